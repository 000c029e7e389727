#include "tests/support/convnet_formula.h"

#include <cstdint>
#include <map>
#include <variant>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/support/golden.h"

namespace ek {
namespace {

std::uint32_t fnv1a(const std::string& name) {
  std::uint32_t hash = 2166136261u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash;
}

/// The finisher of MurmurHash3.
std::uint32_t mix(std::uint32_t h) {
  h = (h ^ (h >> 16)) * 0x85EBCA6Bu;
  h = (h ^ (h >> 13)) * 0xC2B2AE35u;
  return h ^ (h >> 16);
}

using Formulas = std::map<std::string, GoldenCase>;

/// The offset and scale of every tensor.
const Formulas& formulas_of(const std::string& file) {
  static std::map<std::string, Formulas> files;
  Formulas& formulas = files[file];
  if (formulas.empty())
    for (const GoldenCase& c : read_golden(file))
      if (c.name.starts_with("formula/")) formulas[c.name.substr(8)] = c;
  return formulas;
}

}  // namespace

Tensor formula_tensor(const std::string& name, const Shape& shape, const std::string& file) {
  const GoldenCase& formula = formulas_of(file).at(name);
  const Real offset = static_cast<Real>(formula.real("offset"));
  const Real scale = static_cast<Real>(formula.real("scale"));
  const std::uint32_t salt = fnv1a(name);
  Tensor t(shape);
  std::uint32_t i = 0;
  for (Real& value : t.mutable_data()) {
    const std::uint32_t h = mix(i++ * 0x9E3779B1u + salt);
    value = offset + scale * (static_cast<Real>(h >> 16) / Real(32768) - Real(1));
  }
  return t;
}

StateDict formula_state(const Layer& model, const std::string& file) {
  StateDict state;
  for (const auto& [name, value] : model.state_dict())
    if (std::holds_alternative<Tensor>(value))
      state.add(name, formula_tensor(name, shape_of(value), file));
    else
      state.add(name, value);
  return state;
}

}  // namespace ek

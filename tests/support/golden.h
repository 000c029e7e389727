// Golden files: numbers from PyTorch (tests/golden/make_golden.py) and what to compute to get them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "evenkeel/core/base/conv_shape.h"
#include "evenkeel/core/base/pair.h"
#include "evenkeel/core/files/safetensors.h"
#include "evenkeel/core/files/state.h"
#include "evenkeel/core/ops/conv.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

/// One case: a name, its options ("stride=2,1 padding=same") and its tensors.
struct GoldenCase {
  std::string name;
  std::map<std::string, std::string> options;
  std::map<std::string, StateValue> tensors;

  bool has(const std::string& tensor) const { return tensors.contains(tensor); }
  /// A copy of its own, so that a test may change it. Throws std::out_of_range where there is none; so do the
  /// options.
  Tensor tensor(const std::string& name) const;
  /// A tensor of whole numbers as labels.
  std::vector<int> labels(const std::string& name) const;
  /// The tensors below a folder, "state/", without its name.
  StateDict folder(const std::string& prefix) const;

  const std::string& option(const std::string& key) const { return options.at(key); }
  std::vector<std::int64_t> numbers(const std::string& key) const;
  std::int64_t number(const std::string& key) const { return std::stoll(option(key)); }
  double real(const std::string& key) const { return std::stod(option(key)); }
  bool flag(const std::string& key) const { return option(key) == "1"; }
  Pair pair(const std::string& key) const { return {numbers(key).at(0), numbers(key).at(1)}; }
  Padding padding() const;
};

/// "a,b,c" -> {"a", "b", "c"}
std::vector<std::string> split(const std::string& text, char separator);

/// The cases of tests/golden/FILE.safetensors in order of name.
std::vector<GoldenCase> read_golden(const std::string& file);

}  // namespace ek

#include "tests/support/golden.h"

#include <cstddef>
#include <cstdint>
#include <sstream>
#include <utility>

#include "evenkeel/core/base/conv_shape.h"
#include "evenkeel/core/files/state.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);) parts.push_back(part);
  return parts;
}

Tensor GoldenCase::tensor(const std::string& key) const {
  return std::get<Tensor>(tensors.at(key)).clone();
}

std::vector<int> GoldenCase::labels(const std::string& key) const {
  std::vector<int> result;
  for (const std::int64_t value : std::get<IntTensor>(tensors.at(key)).data())
    result.push_back(static_cast<int>(value));
  return result;
}

StateDict GoldenCase::folder(const std::string& prefix) const {
  StateDict state;
  for (const auto& [key, value] : tensors)
    if (key.starts_with(prefix)) state.add(key.substr(prefix.size()), value);
  return state;
}

std::vector<std::int64_t> GoldenCase::numbers(const std::string& key) const {
  std::vector<std::int64_t> result;
  for (const std::string& part : split(option(key), ',')) result.push_back(std::stoll(part));
  return result;
}

Padding GoldenCase::padding() const {
  const std::string& mode = option("padding");
  if (mode == "same" || mode == "valid") return mode.c_str();
  return {pair("padding").h, pair("padding").w};
}

std::vector<GoldenCase> read_golden(const std::string& file) {
  const SafeTensors content =
      read_safetensors(std::string(EVENKEEL_SOURCE_DIR "/tests/golden/") + file + ".safetensors");
  std::map<std::string, GoldenCase> cases;
  for (const auto& [name, options] : content.metadata) {
    if (options.find('=') == std::string::npos) continue;  // "torch": its version
    GoldenCase& c = cases[name];
    c.name = name;
    for (const std::string& pair : split(options, ' ')) {
      const std::size_t equals = pair.find('=');
      c.options[pair.substr(0, equals)] = pair.substr(equals + 1);
    }
  }
  for (const auto& [key, value] : content.tensors) {
    const std::size_t slash = key.find('/');
    cases.at(key.substr(0, slash)).tensors.emplace(key.substr(slash + 1), value);
  }
  std::vector<GoldenCase> result;
  for (auto& [name, c] : cases) result.push_back(std::move(c));
  return result;
}

}  // namespace ek

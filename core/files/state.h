// StateDict: named values in order, as a checkpoint holds them: "conv1.weight", "bn1.num_batches_tracked",
// ...
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

/// A handle on whole numbers (64 bits); copies share the values, like Tensor's.
class IntTensor {
 public:
  explicit IntTensor(Shape shape = {}, std::int64_t value = 0)
      : shape_(shape),
        values_(std::make_shared<std::vector<std::int64_t>>(static_cast<std::size_t>(shape.numel()),
                                                            value)) {}

  const Shape& shape() const { return shape_; }
  const std::vector<std::int64_t>& data() const { return *values_; }
  std::vector<std::int64_t>& mutable_data() { return *values_; }

 private:
  Shape shape_;
  std::shared_ptr<std::vector<std::int64_t>> values_;
};

using StateValue = std::variant<Tensor, IntTensor>;

inline const Shape& shape_of(const StateValue& value) {
  return std::visit([](const auto& v) -> const Shape& { return v.shape(); }, value);
}

/// Names with handles on their values, in the order in which they were added.
struct StateDict : std::vector<std::pair<std::string, StateValue>> {
  void add(std::string name, StateValue value) { emplace_back(std::move(name), std::move(value)); }
  /// The value under this name, or null.
  const StateValue* find(std::string_view name) const {
    for (const auto& [key, value] : *this)
      if (key == name) return &value;
    return nullptr;
  }
};

/// Copies the values of `from` INTO the tensors of `into`, so that every handle stays valid. Unless all names
/// and shapes fit, changes nothing and throws std::invalid_argument with one message that lists every
/// missing, unexpected and mis-shaped name; `what` names the object in it. Counters named
/// "...num_batches_tracked" may be missing, as in files of old PyTorch versions: they become 0.
void load_state(const StateDict& into, const StateDict& from, std::string_view what);

}  // namespace ek

#include "evenkeel/optim/optimizer.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/tensor/pieces.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {
namespace {

/// As profiles name it.
std::string lower_case(std::string name) {
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name;
}

}  // namespace

Optimizer::Optimizer(std::string name, const std::vector<ParameterGroup>& groups, double lr,
                     double weight_decay, std::vector<std::string> buffers)
    : name_(std::move(name)), initial_lr_(lr), lr_(lr), buffer_names_(std::move(buffers)) {
  check_option("lr", lr);
  check_option("weight_decay", weight_decay);
  for (const ParameterGroup& group : groups) {
    check_option("a group's lr", group.lr.value_or(0));
    check_option("a group's weight_decay", group.weight_decay.value_or(0));
    check(!group.lr || lr > 0, name_,
          ": a group has its own lr, which is kept in proportion to the lr of all; that must be "
          "above 0");
    for (const Tensor& parameter : group.parameters)
      add(parameter, group, group.weight_decay.value_or(weight_decay));
  }
  check(!slots_.empty(), name_, ": no parameters to optimize; give it model.parameters()");
  steps_ = IntTensor({static_cast<std::int64_t>(slots_.size())});
}

void Optimizer::add(const Tensor& parameter, const ParameterGroup& group, double weight_decay) {
  const std::size_t position = slots_.size();
  check(parameter.requires_grad(), name_, ": parameter ", position, " requires no gradient",
        parameter ? text(", shape ", parameter.shape()) : " and is empty",
        "; mark it with requires_grad(true)");
  Tensor(parameter).requires_grad(true);  // throws where an op has made it
  for (std::size_t i = 0; i < position; ++i)
    check(!slots_[i].parameter.aliases(parameter), name_, ": parameters ", i, " and ", position,
          " are the same tensor, shape ", parameter.shape(), "; give it once");
  slots_.push_back({parameter, weight_decay, group.lr, {}});
}

void Optimizer::step() {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    if (!slot.parameter.grad()) continue;
    make_buffers(slot);
    // Exactly the group's own rate as long as set_lr was not called.
    const double lr = slot.lr ? *slot.lr * (lr_ / initial_lr_) : lr_;
    update_slot(slot,
                {.step = ++steps_.mutable_data()[i], .lr = lr, .weight_decay = slot.weight_decay});
  }
}

void Optimizer::update_slot(Slot& slot, const StepOptions& options) const {
  std::vector<Real*> values = {slot.parameter.mutable_data().data()};
  for (Tensor& buffer : slot.buffers) values.push_back(buffer.mutable_data().data());
  const Update move = update(options);
  const auto take = [&](std::int64_t first, std::int64_t count, const Real* grad) {
    Piece piece = {count, grad, values[0] + first, {}};
    for (std::size_t k = 1; k < values.size(); ++k) piece.buffers[k - 1] = values[k] + first;
    move(piece);
  };
  consume(slot.parameter.grad(), {lower_case(name_).c_str(), values, take});
}

void Optimizer::load_state_dict(const StateDict& state) {
  // What must be there follows from how often each parameter was updated.
  IntTensor steps(steps_.shape());
  const IntTensor* given = std::get_if<IntTensor>(state.find("step"));
  if (given && given->shape() == steps.shape()) steps.mutable_data() = given->data();
  check(std::ranges::all_of(steps.data(), [](std::int64_t n) { return n >= 0; }), name_,
        ": the saved state counts a negative number of steps");

  std::vector<Slot> slots = slots_;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    slots[i].buffers.clear();
    if (steps.data()[i] > 0) make_buffers(slots[i]);
  }
  load_state(named(slots, steps), state, name_);
  slots_ = std::move(slots);
  steps_ = steps;
}

StateDict Optimizer::named(const std::vector<Slot>& slots, const IntTensor& steps) const {
  StateDict state;
  state.add("step", steps);
  for (std::size_t i = 0; i < slots.size(); ++i)
    for (std::size_t k = 0; k < slots[i].buffers.size(); ++k)
      state.add(text(buffer_names_[k], '.', i), slots[i].buffers[k]);
  return state;
}

void Optimizer::check_option(const char* option, double value, double low, double high) const {
  check(low <= value && value < high, name_, ": ", option, " is ", value, ", expected ",
        high == kInfinity ? text("a number of at least ", low)
                          : text("a number in [", low, ", ", high, ')'));
}

}  // namespace ek

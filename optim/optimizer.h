// Optimizer: moves parameters along their gradients. SGD, Adam and AdamW derive from it.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/files/state.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

/// Parameters that share a learning rate and a weight decay: their own, or where they have none the
/// optimizer's. Norms and biases without decay: SGD({{.parameters = weights}, {.parameters = others,
/// .weight_decay = 0}}, ...).
struct ParameterGroup {
  std::vector<Tensor> parameters;
  std::optional<double> lr = {}, weight_decay = {};
};

/// Reads gradients and writes parameters; a gradient is never written. Options are double, so that the
/// factors made of them are PyTorch's to the last digit. Constructors throw std::invalid_argument for an
/// option that is not finite or out of its range, where there is no parameter, and for one that is given
/// twice, requires no gradient or was made by an op.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer& operator=(Optimizer&&) = delete;  // neither copied nor moved

  /// Updates every parameter that has a gradient. The others stay as they are, and so does what is kept for
  /// them.
  void step();
  /// Removes the gradients of all parameters.
  void zero_grad() {
    for (Slot& slot : slots_) slot.parameter.zero_grad();
  }

  /// Sets the learning rate, at least 0. A group with its own rate keeps its ratio to the first one:
  /// schedules scale all groups alike.
  void set_lr(double lr) {
    check_option("lr", lr);
    lr_ = lr;
  }
  double lr() const { return lr_; }

  /// Handles on what an exact continuation needs: "step", how often each parameter was updated, and for every
  /// updated parameter its buffers, "momentum_buffer.0", "exp_avg.3", by its position over all groups. The
  /// options and the learning rate are not in it.
  StateDict state_dict() const { return named(slots_, steps_); }
  /// Copies a state in, all or nothing: load_state's errors. The optimizer need not have made a step.
  void load_state_dict(const StateDict& state);

 protected:
  /// Some neighbouring values of a parameter, and what belongs to them.
  struct Piece {
    std::int64_t count;
    const Real* grad;
    Real* weight;                  // the parameter's values: to be moved
    std::array<Real*, 2> buffers;  // as the constructor names them; null where there is none
  };
  /// What one step does to a piece of a parameter. From any thread.
  using Update = std::function<void(const Piece& piece)>;

  /// What an update depends on, beside the gradient.
  struct StepOptions {
    std::int64_t step;  // how many updates of this parameter there are with this one
    double lr, weight_decay;
  };
  virtual Update update(const StepOptions& options) const = 0;

  /// `name` is for messages; `buffers` are the names of what is kept for every parameter, at most two.
  Optimizer(std::string name, const std::vector<ParameterGroup>& groups, double lr,
            double weight_decay, std::vector<std::string> buffers);
  static constexpr double kInfinity = std::numeric_limits<double>::infinity();
  /// Throws unless low <= value < high.
  void check_option(const char* option, double value, double low = 0,
                    double high = kInfinity) const;

 private:
  /// One parameter and what its updates depend on.
  struct Slot {
    Tensor parameter;
    double weight_decay;
    std::optional<double> lr;     // the group's own
    std::vector<Tensor> buffers;  // of the parameter's shape; made, as zeros, at the first update
  };

  void update_slot(Slot& slot, const StepOptions& options) const;
  void add(const Tensor& parameter, const ParameterGroup& group, double weight_decay);
  void make_buffers(Slot& slot) const {
    while (slot.buffers.size() < buffer_names_.size())
      slot.buffers.push_back(Tensor::zeros(slot.parameter.shape()));
  }
  StateDict named(const std::vector<Slot>& slots, const IntTensor& steps) const;

  std::string name_;
  double initial_lr_, lr_;
  std::vector<std::string> buffer_names_;
  std::vector<Slot> slots_;
  IntTensor steps_;  // [number of parameters]
};

}  // namespace ek

// Layer: a block with parameters, buffers and children; the base of every model.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/files/state.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

/// Draws the start values of a model's parameters from (seed, parameter name): two models that share a
/// parameter name and shape start from the same values, whatever else they have. `gain` scales every drawn
/// weight matrix.
struct InitSource {
  std::uint64_t seed;
  double gain = 1;
  std::string prefix = {};  // "layer1.0."
  Stream stream(const std::string& name) const { return {seed, prefix + name}; }
};

/// A layer owns parameters (trained), buffers (saved, not trained) and children (layers), each under a name,
/// in order of declaration; together they are its state_dict, with PyTorch's names. A model is a struct:
///   struct Net : Layer {
///     Linear& fc = add("fc", Linear(4, 2));
///     Tensor forward(const Tensor& x) override { return fc(x); }
///   };
/// Layers can be moved, not copied: `add` moves a child to the heap and returns a reference that stays valid.
class Layer {
 public:
  virtual ~Layer() = default;
  virtual Tensor forward(const Tensor& x) = 0;
  /// forward, plus: errors that name this layer by its path, and ForwardObserver.
  Tensor operator()(const Tensor& x);

  /// Training mode, or with false inference mode, for this layer and all below it.
  void train(bool on = true) {
    training_ = on;
    for (auto& [name, child] : children_) child->train(on);
  }
  void eval() { train(false); }
  bool training() const { return training_; }

  /// What an optimizer updates, in order of declaration, by full name: "conv1.weight".
  std::vector<std::pair<std::string, Tensor>> named_parameters() const;
  std::vector<Tensor> parameters() const {
    std::vector<Tensor> all;
    for (const auto& [name, value] : named_parameters()) all.push_back(value);
    return all;
  }
  /// Handles on parameters and buffers by full name. Writing to them writes to the layer.
  StateDict state_dict() const { return collect(true); }
  /// Copies values in, all or nothing (see load_state).
  void load_state_dict(const StateDict& state) { load_state(state_dict(), state, describe()); }
  /// Removes the gradients of all parameters.
  void zero_grad() {
    for (Tensor& p : parameters()) p.zero_grad();
  }

  /// Draws all start values anew, for this layer and all below it.
  void initialize(const InitSource& source) {
    initialize_own(source);
    for (auto& [name, child] : children_)
      child->initialize({source.seed, source.gain, source.prefix + name + "."});
  }

  /// As PyTorch prints it: "Conv2d(3, 64, kernel_size=3, padding=1)".
  virtual std::string describe() const { return "Layer"; }
  /// Multiply-adds of one forward pass of this layer itself (not its children) for these shapes.
  virtual std::int64_t multiply_adds(const Shape& /*in*/, const Shape& /*out*/) const { return 0; }
  const std::vector<std::pair<std::string, std::unique_ptr<Layer>>>& children() const {
    return children_;
  }

 protected:
  Layer() = default;
  Layer(Layer&&) = default;
  Tensor parameter(std::string name, Tensor init);
  /// The handle that was given: a Tensor, or an IntTensor.
  auto buffer(std::string name, auto handle) {
    buffers_.emplace_back(checked(std::move(name)), handle);
    return handle;
  }
  IntTensor counter(std::string name) { return buffer(std::move(name), IntTensor()); }
  template <std::derived_from<Layer> L>
  L& add(std::string name, L layer) {
    return static_cast<L&>(
        add(std::move(name), std::unique_ptr<Layer>(std::make_unique<L>(std::move(layer)))));
  }
  Layer& add(std::string name, std::unique_ptr<Layer> layer);

  /// Draws the start values of this layer's own parameters; a layer with parameters overrides it.
  virtual void initialize_own(const InitSource&) {}

 private:
  StateDict collect(bool with_buffers) const;
  /// The name, if it can be one and is not taken.
  std::string checked(std::string name) const;

  std::string name_;  // as a child
  std::vector<std::pair<std::string, Tensor>> parameters_;
  std::vector<std::pair<std::string, StateValue>> buffers_;
  std::vector<std::pair<std::string, std::unique_ptr<Layer>>> children_;
  bool training_ = true;
};

/// An error inside a layer: the message starts with the layer's path and description.
struct LayerError : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

/// While one lives, `model` is in inference mode; then every layer returns to the mode it was in.
class EvalMode {
 public:
  [[nodiscard]] explicit EvalMode(Layer& model) {
    remember(model);
    model.eval();
  }
  ~EvalMode() {
    for (const auto& [layer, mode] : before_)
      layer->train(mode);  // parents first, so each ends in its own mode
  }
  EvalMode& operator=(EvalMode&&) = delete;  // neither copied nor moved

 private:
  void remember(Layer& layer) {
    before_.emplace_back(&layer, layer.training());
    for (const auto& [name, child] : layer.children()) remember(*child);
  }
  std::vector<std::pair<Layer*, bool>> before_;
};

/// While one lives, `watch` is called on this thread after every layer's forward, children before parents,
/// with the layer's path ("" for the model itself), its input and its output.
class ForwardObserver {
 public:
  using Watch =
      std::function<void(const std::string& path, const Layer&, const Tensor& x, const Tensor& y)>;
  [[nodiscard]] explicit ForwardObserver(Watch watch);
  ~ForwardObserver();
  ForwardObserver& operator=(ForwardObserver&&) = delete;  // neither copied nor moved

 private:
  Watch before_;
};

}  // namespace ek

#include "tests/support/layer_table.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/pair.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/conv2d.h"
#include "evenkeel/layers/functions.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/layers/linear.h"
#include "evenkeel/layers/norm.h"
#include "evenkeel/layers/sequential.h"

namespace ek {
namespace {

using Table = std::vector<OpCase>;
enum class Mode { train, eval };

/// Start values that hide nothing: a norm's weight of 1 and bias of 0 would.
void set_values(Layer& layer) {
  for (auto& [name, value] : layer.state_dict()) {
    if (!std::holds_alternative<Tensor>(value)) continue;
    Tensor t = std::get<Tensor>(value);
    const Tensor drawn = random_tensor(t.shape(), name);
    for (std::size_t i = 0; i < t.data().size(); ++i)
      t.mutable_data()[i] =
          name.ends_with("running_var") ? Real(0.3) + std::abs(drawn.data()[i]) : drawn.data()[i];
  }
}

/// The weight of a norm gets a 0 among its values, which are of both signs.
void set_zero(Layer& layer, const std::string& name) {
  for (auto& [key, value] : layer.named_parameters())
    if (key == name) Tensor(value).mutable_data()[0] = 0;
}

template <typename L>
void add(Table& table, const Shape& x, Mode mode, L prototype,
         const std::string& zero_weight = "") {
  const auto layer = std::make_shared<L>(std::move(prototype));
  set_values(*layer);
  set_zero(*layer, zero_weight);
  layer->train(mode == Mode::train);
  OpCase c{text(layer->describe(), " ", x, mode == Mode::train ? " train" : " eval"),
           {random_tensor(x, "x")},
           [layer](const std::vector<Tensor>& in) { return (*layer)(in[0]); }};
  for (const Tensor& p : layer->parameters()) c.inputs.push_back(p);
  table.push_back(c);
}

void plain(Table& table) {
  add(table, {3, 5}, Mode::train, Linear(5, 4));
  add(table, {3, 5}, Mode::train, Linear(5, 4, {.bias = false}));
  add(table, {2, 3, 3, 2}, Mode::train, Conv2d(3, 4, 3, {.padding = 1}));
  add(table, {3, 2, 1, 1}, Mode::train, Conv2d(2, 3, 3, {.padding = 1, .bias = false}));
  add(table, {2, 4, 5, 4}, Mode::train,
      Conv2d(4, 2, {3, 2}, {.stride = {2, 1}, .padding = {1, 0}, .groups = 2}));
  add(table, {2, 3, 4}, Mode::train, ReLU());
  add(table, {2, 3, 4}, Mode::train, LeakyReLU());
  add(table, {2, 3, 4}, Mode::train, Sigmoid());
  add(table, {2, 3, 4}, Mode::train, Tanh());
  add(table, {2, 3, 4}, Mode::train, GELU());
  add(table, {2, 3, 4}, Mode::train, Softmax());
  add(table, {2, 3, 4}, Mode::train, LogSoftmax(1));
  add(table, {2, 3, 5, 4}, Mode::train, MaxPool2d(2));
  add(table, {2, 3, 5, 4}, Mode::train, AvgPool2d(3, {.stride = Pair(2), .padding = 1}));
  add(table, {2, 3, 5, 4}, Mode::train, AdaptiveAvgPool2d({2, 3}));
  add(table, {2, 3, 2}, Mode::train, Flatten());
  add(table, {2, 3, 2}, Mode::train, Identity());
  add(table, {2, 3, 2}, Mode::eval, Dropout(0.5));
}

void batch_norms(Table& table) {
  for (const Mode mode : {Mode::train, Mode::eval})
    for (const double eps : {1e-5, 0.1})
      for (const bool affine : {true, false})
        for (const bool track : {true, false}) {
          const BatchNormOptions options{
              .eps = eps, .affine = affine, .track_running_stats = track};
          for (const std::int64_t n : {2, 3, 5}) {
            add(table, {n, 3}, mode, BatchNorm1d(3, options), "weight");
            add(table, {n, 3, 4}, mode, BatchNorm1d(3, options), "weight");
            add(table, {n, 3, 1, 1}, mode, BatchNorm2d(3, options), "weight");
            add(table, {n, 3, 3, 2}, mode, BatchNorm2d(3, options), "weight");
          }
          add(table, {1, 3, 3, 2}, mode, BatchNorm2d(3, options), "weight");
        }
}

void other_norms(Table& table) {
  for (const Mode mode : {Mode::train, Mode::eval})
    for (const double eps : {1e-5, 0.1})
      for (const bool affine : {true, false})
        for (const std::int64_t n : {2, 3, 5}) {
          const NormOptions options{.eps = eps, .affine = affine};
          const InstanceNormOptions instance{.eps = eps, .affine = affine};
          add(table, {n, 5}, mode, LayerNorm(5, options), "weight");
          add(table, {n, 2, 3, 2}, mode, LayerNorm(Shape{3, 2}, options), "weight");
          add(table, {n, 4, 3, 2}, mode, GroupNorm(2, 4, options), "weight");
          add(table, {n, 4, 1, 1}, mode, GroupNorm(2, 4, options), "weight");
          add(table, {n, 4}, mode, GroupNorm(1, 4, options), "weight");
          add(table, {n, 3, 4}, mode, InstanceNorm1d(3, instance), "weight");
          add(table, {n, 3, 3, 2}, mode, InstanceNorm2d(3, instance), "weight");
        }
}

/// Layers in a row, where each one's backward works on what the next one left.
void stacks(Table& table) {
  for (const Mode mode : {Mode::train, Mode::eval}) {
    add(table, {3, 2, 4, 4}, mode,
        Sequential(Conv2d(2, 3, 3, {.padding = 1, .bias = false}), BatchNorm2d(3), ReLU(),
                   MaxPool2d(2), Flatten(), Linear(12, 4), BatchNorm1d(4), Tanh(), Linear(4, 2)));
    add(table, {3, 2, 4, 3}, mode, Sequential(BatchNorm2d(2), ReLU(), Conv2d(2, 3, 3), Flatten()),
        "0.weight");
    add(table, {2, 4, 3, 3}, mode,
        Sequential(GroupNorm(2, 4), GELU(), AvgPool2d(3), Flatten(), Softmax()));
  }
}

}  // namespace

std::vector<OpCase> layer_table() {
  Table table;
  for (const auto family : {plain, batch_norms, other_norms, stacks}) family(table);
  return table;
}

}  // namespace ek

// Longer than usual: one table of all ops.
#include "tests/support/op_table.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <string>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/ops/activation.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/loss.h"
#include "evenkeel/core/ops/matmul.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/ops/reduce.h"
#include "evenkeel/core/ops/reshape.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/support/naive.h"

namespace ek {
namespace {

using Inputs = std::vector<Tensor>;
using naive::Values;
using Table = std::vector<OpCase>;

void unary(Table& table, const std::string& name, const Tensor& x, Tensor (*op)(const Tensor&),
           double (*f)(double)) {
  table.push_back({name,
                   {x},
                   [op](const Inputs& in) { return op(in[0]); },
                   [f](const Inputs& in) {
                     Values y = naive::values(in[0]);
                     for (double& value : y) value = f(value);
                     return y;
                   }});
}

void binary(Table& table, const std::string& name, const Tensor& b,
            Tensor (*op)(const Tensor&, const Tensor&), double (*f)(double, double)) {
  table.push_back({name,
                   {random_tensor(b.shape(), "a"), b},
                   [op](const Inputs& in) { return op(in[0], in[1]); },
                   [f](const Inputs& in) {
                     Values y = naive::values(in[0]);
                     for (std::size_t i = 0; i < y.size(); ++i) y[i] = f(y[i], in[1].data()[i]);
                     return y;
                   }});
}

void arithmetic(Table& table) {
  const Shape shape = {3, 1, 5};
  binary(table, "a + b", random_tensor(shape, "b"), operator+,
         [](double a, double b) { return a + b; });
  binary(table, "a - b", random_tensor(shape, "b"), operator-,
         [](double a, double b) { return a - b; });
  binary(table, "a * b", random_tensor(shape, "b"), operator*,
         [](double a, double b) { return a * b; });
  binary(table, "a / b", positive(shape, "b"), operator/, [](double a, double b) { return a / b; });
  const Tensor x = random_tensor(shape, "x"), p = positive(shape, "p");
  constexpr Real c = Real(0.75);
  unary(
      table, "x + c", x, [](const Tensor& t) { return t + c; }, [](double v) { return v + c; });
  unary(
      table, "x - c", x, [](const Tensor& t) { return t - c; }, [](double v) { return v - c; });
  unary(
      table, "x * c", x, [](const Tensor& t) { return t * c; }, [](double v) { return v * c; });
  unary(
      table, "x / c", x, [](const Tensor& t) { return t / c; }, [](double v) { return v / c; });
  unary(
      table, "c + x", x, [](const Tensor& t) { return c + t; }, [](double v) { return c + v; });
  unary(
      table, "c - x", x, [](const Tensor& t) { return c - t; }, [](double v) { return c - v; });
  unary(
      table, "c * x", x, [](const Tensor& t) { return c * t; }, [](double v) { return c * v; });
  unary(
      table, "c / x", p, [](const Tensor& t) { return c / t; }, [](double v) { return c / v; });
  unary(
      table, "-x", x, [](const Tensor& t) { return -t; }, [](double v) { return -v; });
  unary(
      table, "exp", x, [](const Tensor& t) { return exp(t); },
      [](double v) { return std::exp(v); });
  unary(
      table, "log", p, [](const Tensor& t) { return log(t); },
      [](double v) { return std::log(v); });
  unary(
      table, "sqrt", p, [](const Tensor& t) { return sqrt(t); },
      [](double v) { return std::sqrt(v); });
}

/// The same tensor more than once: its gradients must be added up, and not through a shared buffer.
void shared_inputs(Table& table) {
  const Tensor x = random_tensor({3, 3}, "shared");
  unary(
      table, "x + x", x, [](const Tensor& t) { return t + t; }, [](double v) { return 2 * v; });
  unary(
      table, "x - x", x, [](const Tensor& t) { return t - t; }, [](double) { return 0.0; });
  unary(
      table, "x * x", x, [](const Tensor& t) { return t * t; }, [](double v) { return v * v; });
  unary(
      table, "x / x", x, [](const Tensor& t) { return t / t; }, [](double) { return 1.0; });
  unary(
      table, "a diamond: (x + 1) * (x + 1) + x", x,
      [](const Tensor& t) {
        const Tensor s = t + Real(1);
        return s * s + t;
      },
      [](double v) { return (v + 1) * (v + 1) + v; });
  unary(
      table, "a chain of sums of one tensor", x,
      [](const Tensor& t) {
        const Tensor s = t + t;
        return (s + s) + (s + t);
      },
      [](double v) { return 7 * v; });
  table.push_back({"x x",
                   {x},
                   [](const Inputs& in) { return matmul(in[0], in[0]); },
                   [](const Inputs& in) { return naive::matmul(in[0], in[0]); }});
  table.push_back({"x + reshape x", {x}, [](const Inputs& in) {
                     return in[0] + reshape(in[0], {3, 3});
                   }});
}

double gelu_of(double v) { return v * 0.5 * (1 + std::erf(v / std::numbers::sqrt2)); }

void activations(Table& table) {
  for (const Shape& shape : {Shape{7}, Shape{2, 3, 3, 5}}) {
    const Tensor x = distinct(shape, "activation");
    unary(table, text("relu ", shape), x, relu, [](double v) { return v > 0 ? v : 0; });
    unary(
        table, text("leaky_relu ", shape), x,
        [](const Tensor& t) { return leaky_relu(t, Real(0.125)); },
        [](double v) { return v > 0 ? v : 0.125 * v; });
    unary(table, text("sigmoid ", shape), x, sigmoid,
          [](double v) { return 1 / (1 + std::exp(-v)); });
    unary(table, text("tanh ", shape), x, tanh, [](double v) { return std::tanh(v); });
    unary(table, text("gelu ", shape), x, gelu, gelu_of);
  }
}

void softmaxes(Table& table) {
  const Tensor x = random_tensor({3, 5, 2}, "softmax");
  for (const int axis : {0, 1, 2, -1}) {
    table.push_back({text("softmax ", axis),
                     {x},
                     [axis](const Inputs& in) { return softmax(in[0], axis); },
                     [axis](const Inputs& in) { return naive::softmax(in[0], axis); }});
    table.push_back({text("log_softmax ", axis),
                     {x},
                     [axis](const Inputs& in) { return log_softmax(in[0], axis); },
                     [axis](const Inputs& in) {
                       Values y = naive::softmax(in[0], axis);
                       for (double& value : y) value = std::log(value);
                       return y;
                     }});
  }
}

void reductions(Table& table) {
  const Tensor x = random_tensor({3, 5, 2}, "reduce");
  table.push_back({"sum",
                   {x},
                   [](const Inputs& in) { return sum(in[0]); },
                   [](const Inputs& in) {
                     double total = 0;
                     for (const double value : naive::values(in[0])) total += value;
                     return Values{total};
                   }});
  table.push_back({"mean", {x}, [](const Inputs& in) { return mean(in[0]); }});
  for (const int axis : {0, 1, -1}) {
    table.push_back(
        {text("sum ", axis), {x}, [axis](const Inputs& in) { return sum(in[0], axis); }});
    table.push_back(
        {text("mean ", axis), {x}, [axis](const Inputs& in) { return mean(in[0], axis); }});
  }
}

void shapes(Table& table) {
  const Tensor x = random_tensor({2, 3, 5}, "reshape");
  table.push_back({"reshape",
                   {x},
                   [](const Inputs& in) {
                     return reshape(in[0], {5, -1});
                   },
                   [](const Inputs& in) { return naive::values(in[0]); }});
  table.push_back({"flatten",
                   {x},
                   [](const Inputs& in) { return flatten(in[0]); },
                   [](const Inputs& in) { return naive::values(in[0]); }});
  table.push_back({"transpose", {random_tensor({3, 5}, "transpose")}, [](const Inputs& in) {
                     return transpose(in[0]);
                   }});
}

void joined(Table& table) {
  const Inputs rows = {random_tensor({2, 3}, "a"), random_tensor({1, 3}, "b"),
                       random_tensor({3, 3}, "c")};
  table.push_back({"cat 0", rows, [](const Inputs& in) { return cat(in, 0); },
                   [](const Inputs& in) {
                     Values y;
                     for (const Tensor& part : in)
                       y.insert(y.end(), part.data().begin(), part.data().end());
                     return y;
                   }});
  const Inputs maps = {random_tensor({2, 2, 3, 2}, "a"), random_tensor({2, 3, 3, 2}, "b")};
  table.push_back({"cat 1", maps, [](const Inputs& in) { return cat(in, 1); }});
  table.push_back({"cat -1", {maps[0], random_tensor({2, 2, 3, 1}, "c")}, [](const Inputs& in) {
                     return cat(in, -1);
                   }});
  table.push_back({"cat of x and x", {maps[0]}, [](const Inputs& in) {
                     return cat({in[0], in[0]}, 2);
                   }});
}

void products(Table& table) {
  for (const auto& [m, k, n] : {std::array{1, 1, 1}, std::array{3, 5, 2}, std::array{7, 1, 3}}) {
    const Inputs operands = {random_tensor({m, k}, "a"), random_tensor({k, n}, "b")};
    table.push_back({text("matmul ", m, "x", k, "x", n), operands,
                     [](const Inputs& in) { return matmul(in[0], in[1]); },
                     [](const Inputs& in) { return naive::matmul(in[0], in[1]); }});
    const Inputs layer = {random_tensor({m, k}, "x"), random_tensor({n, k}, "weight"),
                          random_tensor({n}, "bias")};
    table.push_back({text("linear ", m, "x", k, "x", n), layer,
                     [](const Inputs& in) { return linear(in[0], in[1], in[2]); }});
    table.push_back({text("linear without bias ", m, "x", k, "x", n),
                     {layer[0], layer[1]},
                     [](const Inputs& in) { return linear(in[0], in[1]); }});
  }
}

void losses(Table& table) {
  const std::vector<int> labels = {0, 4, 2, -100, 2};
  const Tensor logits = random_tensor({5, 5}, "logits");
  for (const Reduction reduction : {Reduction::mean, Reduction::sum, Reduction::none}) {
    const int r = static_cast<int>(reduction);
    for (const double smoothing : {0.0, 0.1, 1.0})
      for (const bool weighted : {false, true}) {
        const CrossEntropyOptions options{
            .class_weights = weighted ? positive({5}, "class weights") : Tensor(),
            .label_smoothing = smoothing,
            .reduction = reduction};
        table.push_back(
            {text("cross_entropy ", r, " smoothing ", smoothing, " weighted ", weighted),
             {logits},
             [=](const Inputs& in) { return cross_entropy(in[0], labels, options); }});
      }
    table.push_back({text("mse_loss ", r),
                     {random_tensor({3, 2}, "prediction"), random_tensor({3, 2}, "target")},
                     [=](const Inputs& in) { return mse_loss(in[0], in[1], reduction); }});
  }
}

void dropouts(Table& table) {
  for (const double p : {0.0, 0.3, 1.0})
    table.push_back({text("dropout ", p),
                     {random_tensor({5, 7}, "dropout")},
                     [p](const Inputs& in) { return dropout(in[0], p, Stream(3, "dropout")); }});
}

}  // namespace

Tensor distinct(Shape shape, const std::string& name) {
  Tensor t(shape);
  const auto order = permutation(t.numel(), Stream(7, name));
  for (std::size_t i = 0; i < order.size(); ++i)
    t.mutable_data()[i] =
        static_cast<Real>(0.05 * (2 * double(order[i]) - double(order.size()) + 0.5));
  return t;
}

Tensor positive(Shape shape, const std::string& name) {
  Tensor t = random_tensor(shape, name);
  for (Real& value : t.mutable_data()) value = std::abs(value) + Real(0.3);
  return t;
}

Tensor signs(std::int64_t n) {
  Tensor t({n});
  for (std::int64_t i = 0; i < n; ++i)
    t.mutable_data()[static_cast<std::size_t>(i)] = Real(1.5) * Real(i % 3 - 1);
  return t;
}

std::vector<OpCase> op_table() {
  Table table;
  for (const auto family : {arithmetic, shared_inputs, activations, softmaxes, reductions, shapes,
                            joined, products, add_image_ops, losses, dropouts})
    family(table);
  return table;
}

}  // namespace ek

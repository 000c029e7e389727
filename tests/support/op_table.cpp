#include "tests/support/op_table.h"

#include <array>
#include <cmath>
#include <numbers>

#include "core/activation.h"
#include "core/check.h"
#include "core/dropout.h"
#include "core/elementwise.h"
#include "core/loss.h"
#include "core/matmul.h"
#include "core/normalize.h"
#include "core/random.h"
#include "core/reduce.h"
#include "core/reshape.h"
#include "core/softmax.h"
#include "tests/support/naive.h"

namespace ek {
namespace {

using Inputs = std::vector<Tensor>;
using naive::Values;
using Table = std::vector<OpCase>;

/// Values 0.1 apart from each other and at least 0.025 from 0: no kink within reach.
Tensor distinct(Shape shape, const std::string& name) {
  Tensor t(shape);
  const auto order = permutation(t.numel(), Stream(7, name));
  for (std::size_t i = 0; i < order.size(); ++i)
    t.mutable_data()[i] = static_cast<Real>(0.05 * (2 * double(order[i]) - double(order.size()) + 0.5));
  return t;
}

/// Values from 0.3 up.
Tensor positive(Shape shape, const std::string& name) {
  Tensor t = random_tensor(shape, name);
  for (Real& value : t.mutable_data()) value = std::abs(value) + Real(0.3);
  return t;
}

/// One number of each sign, and 0: what a weight of a norm may be.
Tensor signs(std::int64_t n) {
  Tensor t({n});
  for (std::int64_t i = 0; i < n; ++i)
    t.mutable_data()[static_cast<std::size_t>(i)] = Real(1.5) * Real(i % 3 - 1);
  return t;
}

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
  binary(table, "a + b", random_tensor(shape, "b"), operator+, [](double a, double b) { return a + b; });
  binary(table, "a - b", random_tensor(shape, "b"), operator-, [](double a, double b) { return a - b; });
  binary(table, "a * b", random_tensor(shape, "b"), operator*, [](double a, double b) { return a * b; });
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
      table, "exp", x, [](const Tensor& t) { return exp(t); }, [](double v) { return std::exp(v); });
  unary(
      table, "log", p, [](const Tensor& t) { return log(t); }, [](double v) { return std::log(v); });
  unary(
      table, "sqrt", p, [](const Tensor& t) { return sqrt(t); }, [](double v) { return std::sqrt(v); });
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
  table.push_back({"x + reshape x", {x}, [](const Inputs& in) { return in[0] + reshape(in[0], {3, 3}); }});
}

double gelu_of(double v) { return v * 0.5 * (1 + std::erf(v / std::numbers::sqrt2)); }

void activations(Table& table) {
  for (const Shape& shape : {Shape{7}, Shape{2, 3, 3, 5}}) {
    const Tensor x = distinct(shape, "activation");
    unary(table, text("relu ", shape), x, relu, [](double v) { return v > 0 ? v : 0; });
    unary(
        table, text("leaky_relu ", shape), x, [](const Tensor& t) { return leaky_relu(t, Real(0.125)); },
        [](double v) { return v > 0 ? v : 0.125 * v; });
    unary(table, text("sigmoid ", shape), x, sigmoid, [](double v) { return 1 / (1 + std::exp(-v)); });
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
    table.push_back({text("sum ", axis), {x}, [axis](const Inputs& in) { return sum(in[0], axis); }});
    table.push_back({text("mean ", axis), {x}, [axis](const Inputs& in) { return mean(in[0], axis); }});
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
  table.push_back(
      {"transpose", {random_tensor({3, 5}, "transpose")}, [](const Inputs& in) { return transpose(in[0]); }});
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

void conv(Table& table, Shape x, Shape weight, bool bias, const Conv2dOptions& options) {
  Inputs inputs = {random_tensor(x, "x"), random_tensor(weight, "weight")};
  if (bias) inputs.push_back(random_tensor({weight[0]}, "bias"));
  OpCase c{
      text("conv2d ", x, " * ", weight, " stride ", options.stride, " padding ", options.padding.size,
           options.padding.same ? " same" : "", " dilation ", options.dilation, " groups ", options.groups),
      inputs, [options](const Inputs& in) {
        return conv2d(in[0], in[1], in.size() > 2 ? in[2] : Tensor(), options);
      }};
  if (!options.padding.same)
    c.reference = [options](const Inputs& in) {
      return naive::conv2d(in[0], in[1], in.size() > 2 ? in[2] : Tensor(), options).y;
    };
  table.push_back(c);
}

void convolutions(Table& table) {
  for (const std::int64_t n : {2, 3}) {
    conv(table, {n, 2, 3, 2}, {3, 2, 3, 3}, true, {.padding = 1});
    conv(table, {n, 2, 1, 1}, {3, 2, 3, 3}, true, {.padding = 1});
    conv(table, {n, 3, 3, 2}, {2, 3, 1, 1}, false, {});
  }
  conv(table, {2, 2, 5, 4}, {3, 2, 3, 3}, true, {});
  conv(table, {2, 2, 5, 7}, {3, 2, 3, 3}, true, {.stride = 2, .padding = 1});
  conv(table, {2, 2, 5, 4}, {3, 2, 3, 2}, true, {.stride = {2, 1}, .padding = {1, 0}});
  conv(table, {2, 2, 5, 6}, {3, 2, 3, 3}, true, {.padding = 2, .dilation = 2});
  conv(table, {1, 2, 6, 6}, {2, 2, 5, 5}, false, {.padding = {2, 1}});
  conv(table, {2, 4, 3, 4}, {6, 2, 3, 3}, true, {.padding = 1, .groups = 2});
  conv(table, {2, 3, 4, 3}, {3, 1, 3, 3}, true, {.stride = 2, .padding = 1, .groups = 3});
  conv(table, {2, 2, 3, 4}, {2, 2, 2, 4}, true, {.padding = "same"});
  conv(table, {2, 2, 3, 4}, {2, 2, 3, 2}, true, {.padding = "same", .dilation = {1, 2}});
}

void pool(Table& table, Shape x, Pair kernel, const PoolOptions& options) {
  const std::string where = text(x, " kernel ", kernel, " padding ", options.padding);
  table.push_back(
      {"max_pool2d " + where,
       {distinct(x, "pool")},
       [=](const Inputs& in) { return max_pool2d(in[0], kernel, options); },
       [=](const Inputs& in) { return naive::pool2d(in[0], kernel, options, naive::Pool::max); }});
  for (const bool include : {true, false}) {
    PoolOptions average = options;
    average.count_include_pad = include;
    table.push_back(
        {text("avg_pool2d ", where, " include ", include),
         {random_tensor(x, "pool")},
         [=](const Inputs& in) { return avg_pool2d(in[0], kernel, average); },
         [=](const Inputs& in) { return naive::pool2d(in[0], kernel, average, naive::Pool::average); }});
  }
}

void pooling(Table& table) {
  pool(table, {2, 3, 4, 6}, 2, {});
  pool(table, {2, 2, 5, 3}, {2, 3}, {});
  pool(table, {2, 2, 5, 4}, 3, {.stride = Pair(2), .padding = 1});
  pool(table, {1, 2, 4, 5}, {3, 2}, {.stride = Pair(1, 2), .padding = {1, 0}});
  pool(table, {2, 1, 1, 1}, 1, {});
  for (const Pair& output : {Pair(1), Pair(2, 3), Pair(5, 7), Pair(7, 8)})
    table.push_back({text("adaptive_avg_pool2d ", output),
                     {random_tensor({2, 2, 5, 7}, "adaptive")},
                     [output](const Inputs& in) { return adaptive_avg_pool2d(in[0], output); }});
  table.push_back({"global_avg_pool2d", {random_tensor({2, 3, 3, 2}, "global")}, [](const Inputs& in) {
                     return global_avg_pool2d(in[0]);
                   }});
}

void norm(Table& table, Shape x, std::int64_t groups, double eps) {
  const Inputs inputs = {random_tensor(x, "norm"), signs(x[1]), random_tensor({x[1]}, "bias")};
  const NormView view = groups == 0 ? NormView::across(x) : NormView::within(x, groups);
  const std::string where = text(x, " groups ", groups, " eps ", eps);
  table.push_back({"normalize " + where, inputs,
                   [=](const Inputs& in) { return normalize(in[0], view, in[1], in[2], eps); },
                   [=](const Inputs& in) { return naive::normalize(in[0], groups, in[1], in[2], eps); }});
  table.push_back({"normalize without weight " + where,
                   {inputs[0]},
                   [=](const Inputs& in) { return normalize(in[0], view, {}, {}, eps); },
                   [=](const Inputs& in) { return naive::normalize(in[0], groups, {}, {}, eps); }});
  table.push_back({"normalize without bias " + where, {inputs[0], inputs[1]}, [=](const Inputs& in) {
                     return normalize(in[0], view, in[1], {}, eps);
                   }});
}

void normalizations(Table& table) {
  for (const std::int64_t n : {2, 3, 5})
    for (const double eps : {1e-5, 0.1}) {
      norm(table, {n, 3}, 0, eps);
      norm(table, {n, 4, 1, 1}, 0, eps);
      norm(table, {n, 3, 3, 2}, 0, eps);
    }
  for (const std::int64_t groups : {1, 2, 4}) norm(table, {2, 4, 3, 2}, groups, 0.1);
  norm(table, {1, 3, 3, 2}, 0, 1e-5);
  for (const Shape& x : {Shape{3, 4}, Shape{2, 4, 3, 2}}) {
    const Tensor mean = random_tensor({4}, "mean"), var = positive({4}, "var");
    const Inputs inputs = {random_tensor(x, "norm"), signs(4), random_tensor({4}, "bias")};
    table.push_back({text("normalize_with ", x), inputs, [=](const Inputs& in) {
                       return normalize_with(in[0], NormView::across(x), mean, var, in[1], in[2], 1e-3);
                     }});
    table.push_back({text("normalize_with, no weight ", x), {inputs[0]}, [=](const Inputs& in) {
                       return normalize_with(in[0], NormView::across(x), mean, var, {}, {}, 1e-3);
                     }});
  }
  table.push_back({"scale_shift_rows",
                   {random_tensor({3, 5}, "x"), signs(5), random_tensor({5}, "bias")},
                   [](const Inputs& in) { return scale_shift_rows(in[0], in[1], in[2]); }});
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
        table.push_back({text("cross_entropy ", r, " smoothing ", smoothing, " weighted ", weighted),
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
    table.push_back({text("dropout ", p), {random_tensor({5, 7}, "dropout")}, [p](const Inputs& in) {
                       return dropout(in[0], p, Stream(3, "dropout"));
                     }});
}

}  // namespace

std::vector<OpCase> op_table() {
  Table table;
  for (const auto family : {arithmetic, shared_inputs, activations, softmaxes, reductions, shapes, products,
                            convolutions, pooling, normalizations, losses, dropouts})
    family(table);
  return table;
}

}  // namespace ek

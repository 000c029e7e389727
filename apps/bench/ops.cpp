// bench_ops: times single ops of the library on request, for ops.py. Reads lines "OP SIZE... STEPS" and answers each
// with {"ms": median}. `bench_ops THREADS [tiny]`; the ops and their sizes are those of kOps. tiny: all values are denormals
// of some 1e-40, for denormals.py.
#include <algorithm>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/kernels/dispatch.h"
#include "evenkeel/core/machine/denormals.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/ops/activation.h"
#include "evenkeel/core/ops/conv.h"
#include "evenkeel/core/ops/matmul.h"
#include "evenkeel/core/ops/pooling.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/norm.h"
#include "evenkeel/optim/adam.h"
#include "evenkeel/optim/sgd.h"

namespace ek {
namespace {

using Sizes = std::vector<std::int64_t>;

constexpr int kWarmUp = 2;

/// What is timed, and what comes before it without being timed: `prepare` for all runs at once, so that they follow
/// each other as oneDNN's do and find in the caches what the one before has left there.
struct Timed {
  std::function<void()> prepare, run;
};

bool tiny = false;  // the values are denormals

/// Numbers of some 1e-40, of both signs, as bits: no sum of ours could make them.
void fill_denormal(Tensor& t, const Stream& stream) {
  constexpr std::uint32_t kSign = 0x80000000, kLargest = 1 << 17;  // 2^17 times 1.4e-45
  std::uint64_t i = 0;
  for (Real& value : t.mutable_data()) {
    const std::uint32_t bits = stream.bits(i++);
    value = std::bit_cast<float>((bits & kSign) | (1 + bits % kLargest));
  }
}

Tensor random(const Shape& shape, std::uint64_t number = 0) {
  Tensor t(shape);
  if (tiny) {
    fill_denormal(t, Stream(1, number));
  } else {
    fill_normal(t, 0, 1, Stream(1, number));
  }
  return t;
}

Tensor marked(Tensor leaf) { return leaf.requires_grad(true); }

/// y = op(). Reading the values is part of it: an op may leave its result to be computed when it is first read.
Timed forward(std::function<Tensor()> op) {
  return {[] {}, [op] { op().data(); }};
}

Timed inference(std::function<Tensor()> op) {
  return forward([op] {
    const NoGrad no_grad;
    const Tensor y = op();
    y.data();
    return y;
  });
}

/// The gradients of the marked leaves, given that of y = op(): a "loss" hands dy to y, and backward() begins there.
/// They are read, as above.
Timed backward(std::function<Tensor()> op, std::vector<Tensor> leaves) {
  struct State {
    Tensor dy;
    std::vector<Tensor> ys,
        losses;  // one for each run; a y that were freed would be the next run's cold memory
  };
  const auto state = std::make_shared<State>();
  auto prepare = [op, state] {
    const Tensor y = op();
    y.data();
    if (!state->dy) state->dy = random(y.shape(), 1);
    state->ys.push_back(y);
    state->losses.push_back(record("loss", Tensor::zeros({1}), {y},
                                   [dy = state->dy](const Tensor&) -> Gradients { return {dy}; }));
  };
  return {prepare, [state, leaves]() mutable {
            for (Tensor& leaf : leaves) leaf.zero_grad();
            state->losses.back().backward();
            state->losses.pop_back();
            for (const Tensor& leaf : leaves) leaf.grad().data();
          }};
}

// ---- The ops ------------------------------------------------------------------------------------

/// N, C, O, side, stride: a 3x3 convolution with padding 1.
Timed conv(const Sizes& s, bool x_grad, bool weight_grad) {
  Tensor x = random({s[0], s[1], s[3], s[3]}), weight = random({s[2], s[1], 3, 3});
  auto op = [=] { return conv2d(x, weight, {}, {.stride = s[4], .padding = 1}); };
  if (!x_grad && !weight_grad) return inference(op);
  Tensor& leaf = x_grad ? x : weight;
  leaf.requires_grad(true);
  return backward(op, {leaf});
}

/// N, C, side: in training, with a relu behind it or without.
Timed batchnorm(const Sizes& s, bool with_relu, bool is_backward) {
  const Tensor x = marked(random({s[0], s[1], s[2], s[2]}));
  const auto layer = std::make_shared<BatchNorm2d>(s[1]);
  auto op = [=] { return with_relu ? relu((*layer)(x)) : (*layer)(x); };
  if (!is_backward) return forward(op);
  std::vector<Tensor> leaves = layer->parameters();
  leaves.push_back(x);
  return backward(op, leaves);
}

/// N, C, side.
Timed elementwise(const Sizes& s, Tensor (*op)(const Tensor&), bool is_backward) {
  const Tensor x = marked(random({s[0], s[1], s[2], s[2]}));
  if (is_backward) return backward([=] { return op(x); }, {x});
  return inference([=] { return op(x); });
}

Tensor pool_2x2(const Tensor& x) { return max_pool2d(x, 2); }

/// N, inputs, outputs.
Timed linear_op(const Sizes& s, bool is_backward) {
  const Tensor x = marked(random({s[0], s[1]})), weight = marked(random({s[2], s[1]})),
               bias = marked(random({s[2]}));
  auto op = [=] { return linear(x, weight, bias); };
  if (is_backward) return backward(op, {x, weight, bias});
  return inference(op);
}

/// The number of weights.
template <typename Kind, typename Settings>
Timed optimizer_step(const Sizes& s, const Settings& settings) {
  Tensor weight = marked(random({s[0]}));
  weight.set_grad(random({s[0]}, 1));
  const auto optimizer = std::make_shared<Kind>(std::vector<Tensor>{weight}, settings);
  return {[] {}, [optimizer] { optimizer->step(); }};
}

struct Op {
  std::size_t sizes;
  std::function<Timed(const Sizes&)> make;
};

const std::map<std::string, Op> kOps = {
    {"conv_forward", {5, [](const Sizes& s) { return conv(s, false, false); }}},
    {"conv_input_gradient", {5, [](const Sizes& s) { return conv(s, true, false); }}},
    {"conv_weight_gradient", {5, [](const Sizes& s) { return conv(s, false, true); }}},
    {"batchnorm_forward", {3, [](const Sizes& s) { return batchnorm(s, false, false); }}},
    {"batchnorm_backward", {3, [](const Sizes& s) { return batchnorm(s, false, true); }}},
    {"batchnorm_relu_forward", {3, [](const Sizes& s) { return batchnorm(s, true, false); }}},
    {"batchnorm_relu_backward", {3, [](const Sizes& s) { return batchnorm(s, true, true); }}},
    {"relu_forward", {3, [](const Sizes& s) { return elementwise(s, relu, false); }}},
    {"relu_backward", {3, [](const Sizes& s) { return elementwise(s, relu, true); }}},
    {"max_pool_forward", {3, [](const Sizes& s) { return elementwise(s, pool_2x2, false); }}},
    {"max_pool_backward", {3, [](const Sizes& s) { return elementwise(s, pool_2x2, true); }}},
    {"linear_forward", {3, [](const Sizes& s) { return linear_op(s, false); }}},
    {"linear_backward", {3, [](const Sizes& s) { return linear_op(s, true); }}},
    {"sgd",
     {1,
      [](const Sizes& s) {
        return optimizer_step<SGD>(s, SgdOptions{.lr = 0.01, .momentum = 0.9});
      }}},
    {"adam", {1, [](const Sizes& s) { return optimizer_step<Adam>(s, AdamOptions{}); }}},
};

// ---- Requests -----------------------------------------------------------------------------------

double median_ms(const Timed& timed, std::int64_t steps) {
  std::vector<double> ms;
  for (std::int64_t i = 0; i < kWarmUp + steps; ++i) timed.prepare();
  for (std::int64_t i = 0; i < kWarmUp + steps; ++i) {
    const auto start = std::chrono::steady_clock::now();
    timed.run();
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    if (i >= kWarmUp) ms.push_back(took.count());
  }
  std::ranges::sort(ms);
  return (ms[(ms.size() - 1) / 2] + ms[ms.size() / 2]) / 2;
}

double answer(const std::string& line) {
  std::istringstream in(line);
  std::string name;
  in >> name;
  Sizes numbers;
  for (std::int64_t n; in >> n;) numbers.push_back(n);
  const auto op = kOps.find(name);
  check(op != kOps.end(), "bench_ops: unknown op '", name, "'");
  check(numbers.size() == op->second.sizes + 1 &&
            std::ranges::all_of(numbers, [](auto n) { return n > 0; }),
        "bench_ops: expected ", op->second.sizes,
        " sizes and a number of steps, all positive, in '", line, "'");
  const std::int64_t steps = numbers.back();
  numbers.pop_back();
  return median_ms(op->second.make(numbers), steps);
}

int run(int argc, char** argv) {
  try {
    if (argc > 1) set_num_threads(std::stoi(argv[1]));
    tiny = argc > 2 && std::string(argv[2]) == "tiny";
    for (std::string line; std::getline(std::cin, line);)
      std::cout << nlohmann::json{{"ms", answer(line)}, {"cpu", kernels().name}} << std::endl;
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}

}  // namespace
}  // namespace ek

int main(int argc, char** argv) {
  ek::flush_denormals();
  return ek::run(argc, argv);
}

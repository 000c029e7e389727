// What all optimizers share: groups, skipped parameters, state, and the same bits however they run.
#include "evenkeel/optim/optimizer.h"

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/files/safetensors.h"
#include "evenkeel/core/files/state.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/optim/adam.h"
#include "evenkeel/optim/sgd.h"
#include "tests/optim/problem.h"

namespace ek {
namespace {

using Parameters = std::vector<Tensor>;

struct Kind {
  const char* name;
  std::function<std::unique_ptr<Optimizer>(const Parameters&)> make;
};

const Kind kKinds[] = {
    {"SGD",
     [](const Parameters& p) {
       return std::make_unique<SGD>(p, SgdOptions{.lr = 0.1, .weight_decay = 0.1});
     }},
    {"momentum",
     [](const Parameters& p) {
       return std::make_unique<SGD>(p, SgdOptions{.lr = 0.1, .momentum = 0.9, .dampening = 0.3});
     }},
    {"Adam",
     [](const Parameters& p) {
       return std::make_unique<Adam>(p, AdamOptions{.weight_decay = 0.1});
     }},
    {"AdamW", [](const Parameters& p) { return std::make_unique<AdamW>(p); }},
};

// The second parameter is larger than a chunk of parallel_for; the third has its first gradient at step 4,
// and then at every other step only.
Parameters start() {
  return {random_parameter({8, 3, 3, 3}, "a"), random_parameter({3, kElementGrain}, "b"),
          random_parameter({10}, "c")};
}

void steps(Optimizer& optimizer, const Parameters& parameters, int from, int to) {
  for (int step = from; step <= to; ++step) {
    optimizer.zero_grad();
    for (int i = 0; i < 3; ++i)
      if (i < 2 || (step >= 4 && step % 2 == 0))
        set_random_gradient(parameters[static_cast<std::size_t>(i)], i, step);
    optimizer.step();
  }
}

void check_same(const Parameters& a, const Parameters& b) {
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(same_bits(a[i], b[i]));
}

StateDict copied(const StateDict& state) {
  StateDict copy;
  for (const auto& [name, value] : state) {
    if (const Tensor* tensor = std::get_if<Tensor>(&value)) {
      copy.add(name, tensor->clone());
    } else {
      IntTensor whole(shape_of(value));
      whole.mutable_data() = std::get<IntTensor>(value).data();
      copy.add(name, whole);
    }
  }
  return copy;
}

TEST_CASE("the bits are the same for any number of threads") {
  const int before = num_threads();
  for (const Kind& kind : kKinds) {
    CAPTURE(kind.name);
    std::vector<Parameters> results;
    for (int threads : {1, 2, 4}) {
      set_num_threads(threads);
      results.push_back(start());
      const auto optimizer = kind.make(results.back());
      steps(*optimizer, results.back(), 1, 5);
    }
    check_same(results[0], results[1]);
    check_same(results[0], results[2]);
  }
  set_num_threads(before);
}

TEST_CASE(
    "stopped after any step and continued in a fresh optimizer, through a file: the same bits") {
  const auto path =
      std::filesystem::temp_directory_path() / text("ek-optim-", ::getpid(), ".safetensors");
  for (const Kind& kind : kKinds) {
    CAPTURE(kind.name);
    Parameters whole = start();
    const auto straight = kind.make(whole);
    steps(*straight, whole, 1, 6);
    for (int stop = 0; stop <= 5; ++stop) {
      CAPTURE(stop);
      Parameters parameters = start();
      const auto first = kind.make(parameters);
      steps(*first, parameters, 1, stop);
      write_safetensors(path, {first->state_dict(), {}});
      Parameters resumed;
      for (const Tensor& p : parameters) resumed.push_back(p.clone().requires_grad(true));
      const auto second = kind.make(resumed);
      second->load_state_dict(read_safetensors(path).tensors);
      steps(*second, resumed, stop + 1, 6);
      check_same(resumed, whole);
    }
  }
  std::filesystem::remove(path);
}

TEST_CASE("a state that was loaded is a copy, and replaces what was there") {
  for (const Kind& kind : kKinds) {
    CAPTURE(kind.name);
    Parameters a = start(), b = start();
    const auto optimizer_a = kind.make(a), optimizer_b = kind.make(b);
    steps(*optimizer_a, a, 1, 2);
    const StateDict saved = copied(optimizer_a->state_dict());
    const Parameters weights = {a[0].clone(), a[1].clone(), a[2].clone()};
    steps(*optimizer_b, b, 1, 6);  // all three have buffers now
    optimizer_b->load_state_dict(saved);
    CHECK(optimizer_b->state_dict().size() == saved.size());
    for (std::size_t i = 0; i < 3; ++i)
      std::copy(weights[i].data().begin(), weights[i].data().end(), b[i].mutable_data().begin());
    steps(*optimizer_a, a, 3, 5);
    steps(*optimizer_b, b, 3, 5);
    check_same(a, b);
  }
}

TEST_CASE("the state has PyTorch's names, by position, for parameters that were updated") {
  Parameters p = start();
  Adam adam(p);
  steps(adam, p, 1, 2);
  std::vector<std::string> names;
  for (const auto& [name, value] : adam.state_dict()) names.push_back(name);
  CHECK(names ==
        std::vector<std::string>{"step", "exp_avg.0", "exp_avg_sq.0", "exp_avg.1", "exp_avg_sq.1"});
  CHECK(std::get<IntTensor>(*adam.state_dict().find("step")).data() ==
        std::vector<std::int64_t>{2, 2, 0});
  SGD sgd(p, {.lr = 0.1, .momentum = 0.9});
  steps(sgd, p, 4, 4);
  CHECK(sgd.state_dict().find("momentum_buffer.2"));
  CHECK(sgd.state_dict().size() == 4);
}

std::string load_refusal(Optimizer& optimizer, const StateDict& state) {
  try {
    optimizer.load_state_dict(state);
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "no error";
}

TEST_CASE("a state that does not fit changes nothing") {
  Parameters p = start(), q = start();
  Adam adam(p), twin(q);
  steps(adam, p, 1, 2);
  steps(twin, q, 1, 2);
  const StateDict good = copied(adam.state_dict());

  StateDict wrong_shape, missing, none, negative;
  for (const auto& [name, value] : good) {
    wrong_shape.add(name, name == "exp_avg.1" ? StateValue(Tensor::full({2}, 9)) : value);
    if (name != "exp_avg_sq.0") missing.add(name, value);
  }
  negative.add("step", IntTensor({3}, -1));
  CHECK(load_refusal(adam, wrong_shape)
            .find("Adam: the saved state does not fit; not fitting: exp_avg.1 (expected "
                  "[3, 16384], found [2])") == 0);
  CHECK(load_refusal(adam, missing)
            .find("Adam: the saved state does not fit; missing: exp_avg_sq.0;") == 0);
  CHECK(load_refusal(adam, none).find("Adam: the saved state does not fit; missing: step;") == 0);
  CHECK(load_refusal(adam, negative) == "Adam: the saved state counts a negative number of steps");
  SGD sgd(p, {.lr = 0.1, .momentum = 0.9});
  CHECK(load_refusal(sgd, good).find(
            "missing: momentum_buffer.0, momentum_buffer.1; unexpected: exp_avg.0") !=
        std::string::npos);
  Adam fewer(Parameters{p[0]});
  CHECK(load_refusal(fewer, good).find("not fitting: step (expected [1], found [3])") !=
        std::string::npos);

  steps(adam, p, 3, 4);
  steps(twin, q, 3, 4);
  check_same(p, q);
}

TEST_CASE("parameters without a gradient stay as they are, and gradients are never written") {
  for (const Kind& kind : kKinds) {
    CAPTURE(kind.name);
    Parameters p = start();
    const Tensor before = p[2].clone();
    const auto optimizer = kind.make(p);
    set_random_gradient(p[0], 0, 1);
    const Tensor gradient = p[0].grad(), copy = gradient.clone();
    optimizer->step();
    CHECK(same_bits(p[2], before));
    CHECK(same_bits(p[0].grad(), copy));
    CHECK(p[0].grad().aliases(gradient));
    optimizer->zero_grad();
    CHECK_FALSE(p[0].grad());
    const Tensor after = p[0].clone();
    optimizer->step();
    CHECK(same_bits(p[0], after));
  }
}

TEST_CASE("groups have their own learning rate and decay") {
  const auto one = [] { return Tensor::full({1}, 1).requires_grad(true); };
  Tensor plain = one(), slow = one(), free = one();
  SGD sgd({{.parameters = {plain}},
           {.parameters = {slow}, .lr = 0.25},
           {.parameters = {free}, .weight_decay = 0}},
          {.lr = 0.5, .weight_decay = 1});
  const auto step = [&] {
    for (Tensor* p : {&plain, &slow, &free}) {
      p->mutable_data()[0] = 1;
      p->set_grad(Tensor::full({1}, 1));
    }
    sgd.step();
  };
  step();
  CHECK(plain.item() == 0);    // 1 - 0.5 (1 + 1)
  CHECK(slow.item() == 0.5f);  // 1 - 0.25 (1 + 1)
  CHECK(free.item() == 0.5f);  // 1 - 0.5 1
  CHECK(sgd.lr() == 0.5);
  sgd.set_lr(0.25);
  CHECK(sgd.lr() == 0.25);
  step();
  CHECK(plain.item() == 0.5f);
  CHECK(slow.item() == 0.75f);
  CHECK(free.item() == 0.75f);
  sgd.set_lr(0);
  step();
  CHECK(plain.item() == 1);
  CHECK(slow.item() == 1);
}

TEST_CASE("a group's own values are what the same options for all would be") {
  Parameters p = start(), q = start();
  AdamW grouped({{.parameters = {p[0], p[1]}, .lr = 0.007, .weight_decay = 0.3},
                 {.parameters = {p[2]}, .lr = 0.007, .weight_decay = 0.3}},
                {.lr = 0.1});
  AdamW plain(q, {.lr = 0.007, .weight_decay = 0.3});
  steps(grouped, p, 1, 5);
  steps(plain, q, 1, 5);
  check_same(p, q);
}

std::string refusal(const std::function<void()>& make) {
  try {
    make();
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "no error";
}

TEST_CASE("parameters that cannot be optimized") {
  const Tensor w = random_parameter({2, 3}, "w"), constant = random_tensor({4}, "constant");
  CHECK(refusal([] { Adam(Parameters{}); }) ==
        "Adam: no parameters to optimize; give it model.parameters()");
  CHECK(refusal([] { Adam(std::vector<ParameterGroup>(2)); }) ==
        "Adam: no parameters to optimize; give it model.parameters()");
  CHECK(refusal([&] {
          Adam(Parameters{w, constant});
        }) ==
        "Adam: parameter 1 requires no gradient, shape [4]; mark it with requires_grad(true)");
  CHECK(refusal([&] {
          Adam(Parameters{w, Tensor()});
        }) ==
        "Adam: parameter 1 requires no gradient and is empty; mark it with requires_grad(true)");
  CHECK(refusal([&] {
          Adam(Parameters{w, w});
        }) == "Adam: parameters 0 and 1 are the same tensor, shape [2, 3]; give it once");
  CHECK(refusal([&] {
          AdamW({{.parameters = {w}}, {.parameters = {random_parameter({1}, "b"), w}}});
        }) == "AdamW: parameters 0 and 2 are the same tensor, shape [2, 3]; give it once");
  CHECK(refusal([&] { Adam(Parameters{w + w}); }).find("only a tensor that no op has made") !=
        std::string::npos);
}

TEST_CASE("groups and rates that make no sense") {
  const Tensor w = random_parameter({2}, "w");
  const auto sgd = [&](ParameterGroup group, double lr) {
    return refusal([&] { SGD(std::vector{group}, {.lr = lr}); });
  };
  CHECK(sgd({{w}, -1.0, {}}, 1) == "SGD: a group's lr is -1, expected a number of at least 0");
  CHECK(sgd({{w}, {}, NAN}, 1) ==
        "SGD: a group's weight_decay is nan, expected a number of at least 0");
  CHECK(sgd({{w}, 0.1, {}}, 0) ==
        "SGD: a group has its own lr, which is kept in proportion to the lr of all; that must be "
        "above 0");
  SGD good(Parameters{w}, {.lr = 0.1});
  CHECK(refusal([&] { good.set_lr(-1); }) == "SGD: lr is -1, expected a number of at least 0");
  CHECK(refusal([&] { good.set_lr(NAN); }) == "SGD: lr is nan, expected a number of at least 0");
  CHECK(good.lr() == 0.1);
}

}  // namespace
}  // namespace ek

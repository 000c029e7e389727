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
#include "tests/optim/optimizer_kinds.h"
#include "tests/optim/problem.h"

namespace ek {
namespace {

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
            .find("Adam: the saved state does not fit; not fitting: exp_avg.1 (expected [3, "
                  "16384], found [2])") == 0);
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

}  // namespace
}  // namespace ek

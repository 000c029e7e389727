#include "evenkeel/core/files/state.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/tensor/tensor.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <variant>

namespace ek {
namespace {

StateDict model() {
  StateDict state;
  state.add("fc.weight", Tensor::zeros({2, 3}));
  state.add("fc.bias", Tensor::zeros({2}));
  state.add("bn.num_batches_tracked", IntTensor({}, 7));
  return state;
}

StateDict saved(const std::string& prefix = "") {
  StateDict state;  // in another order than the model's
  state.add(prefix + "bn.num_batches_tracked", IntTensor({}, 5));
  state.add(prefix + "fc.bias", Tensor::from({2}, {7, 8}));
  state.add(prefix + "fc.weight", Tensor::from({2, 3}, {1, 2, 3, 4, 5, 6}));
  return state;
}

std::string refusal(const StateDict& into, const StateDict& from) {
  try {
    load_state(into, from, "Net");
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "no error";
}

const Tensor& reals(const StateDict& state, const char* name) {
  return std::get<Tensor>(*state.find(name));
}
std::int64_t count(const StateDict& state) {
  return std::get<IntTensor>(*state.find("bn.num_batches_tracked")).data()[0];
}

void check_untouched(const StateDict& state) {
  for (const auto& [name, value] : state) {
    if (!std::holds_alternative<Tensor>(value)) continue;
    for (Real x : std::get<Tensor>(value).data()) CHECK(x == 0);
  }
  CHECK(count(state) == 7);
}

TEST_CASE("values are copied into the tensors that are there") {
  const StateDict into = model(), from = saved();
  const Tensor weight = reals(into, "fc.weight");  // a handle from before
  load_state(into, from, "Net");
  CHECK(weight.data()[0] == 1);
  CHECK(weight.data()[5] == 6);
  CHECK(reals(into, "fc.bias").data()[1] == 8);
  CHECK(count(into) == 5);
  CHECK_FALSE(weight.aliases(reals(from, "fc.weight")));
}

TEST_CASE("one message lists all that does not fit, and nothing changes") {
  StateDict from;
  from.add("fc.weight", Tensor::full({3, 2}, 1));
  from.add("head.weight", Tensor::full({1}, 1));
  from.add("head.bias", Tensor::full({1}, 1));
  from.add("bn.num_batches_tracked", Tensor::full({}, 1));
  const StateDict into = model();
  CHECK(refusal(into, from) ==
        "Net: the saved state does not fit; missing: fc.bias; unexpected: head.weight, head.bias; "
        "not fitting: fc.weight (expected [2, 3], found [3, 2]), bn.num_batches_tracked (expected "
        "whole numbers, found real ones); load it into what it was saved from, made with the same "
        "options");
  check_untouched(into);
}

TEST_CASE("a single fault of each kind is enough") {
  StateDict missing, unexpected = saved(), misfit;
  missing.add("fc.weight", Tensor::full({2, 3}, 1));
  unexpected.add("extra", IntTensor({3}));
  misfit.add("fc.weight", Tensor::full({6}, 1));
  misfit.add("fc.bias", Tensor::full({2}, 1));
  const StateDict into = model();
  CHECK(refusal(into, missing).find("fit; missing: fc.bias; load") != std::string::npos);
  CHECK(refusal(into, unexpected).find("fit; unexpected: extra; load") != std::string::npos);
  CHECK(refusal(into, misfit)
            .find("fit; not fitting: fc.weight (expected [2, 3], found [6]); load") !=
        std::string::npos);
  check_untouched(into);
}

TEST_CASE("counters of batches may be missing, as in old files, and become 0") {
  StateDict from;
  from.add("fc.weight", Tensor::full({2, 3}, 1));
  from.add("fc.bias", Tensor::full({2}, 1));
  const StateDict into = model();
  load_state(into, from, "Net");
  CHECK(count(into) == 0);
  CHECK(reals(into, "fc.bias").data()[0] == 1);
}

TEST_CASE("DataParallel's prefix is recognised") {
  const StateDict into = model();
  const char* remedy =
      "remove DataParallel's \"module.\" from the names (save model.module.state_dict())";
  CHECK(refusal(into, saved("module.")).find(remedy) != std::string::npos);
  check_untouched(into);
  StateDict mixed = saved("module.");
  mixed.add("module.other", Tensor::zeros({1}));
  CHECK(refusal(into, mixed).find("module.other") != std::string::npos);
  CHECK(refusal(into, mixed).find(remedy) == std::string::npos);
  CHECK(refusal(into, saved("modules.")).find(remedy) == std::string::npos);
}

TEST_CASE("whatever stands before every name is recognised, as torch.compile's prefix") {
  const StateDict into = model();
  CHECK(refusal(into, saved("_orig_mod."))
            .find("remove torch.compile's \"_orig_mod.\" from the names (save "
                  "model._orig_mod.state_dict())") != std::string::npos);
  CHECK(refusal(into, saved("model.net."))
            .find("remove \"model.net.\", which stands before every name") != std::string::npos);
  CHECK(refusal(into, saved("x\x1B.")).find('\x1B') == std::string::npos);
}

}  // namespace
}  // namespace ek

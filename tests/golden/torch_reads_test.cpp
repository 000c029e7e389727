// A checkpoint of ours in PyTorch. Skipped where python3 has no torch.
#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "evenkeel/core/files/safetensors.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/layers/make_norm.h"
#include "evenkeel/models/convnet.h"
#include "tests/support/convnet_formula.h"

namespace ek {
namespace {

namespace fs = std::filesystem;

/// A folder that is gone at the end of the test.
struct TemporaryFolder {
  fs::path path = fs::temp_directory_path() / ("evenkeel-" + std::to_string(getpid()));
  TemporaryFolder() { fs::create_directory(path); }
  ~TemporaryFolder() { fs::remove_all(path); }
};

void write_answer(Layer& model, const fs::path& path) {
  const EvalMode eval(model);
  const NoGrad no_grad;
  SafeTensors answer;
  answer.tensors.add("images", formula_tensor("images", {8, 3, 32, 32}));
  answer.tensors.add("logits", model(formula_tensor("images", {8, 3, 32, 32})));
  write_safetensors(path, answer);
}

TEST_CASE("PyTorch loads a checkpoint of ours and computes our logits from it") {
  if (!fs::exists(EVENKEEL_PYTHON)) {
    std::puts("SKIPPED: there is no python3");
    return;
  }
  for (const Norm norm : {Norm::batch, Norm::none}) {
    const TemporaryFolder folder;
    ConvNet model({.norm = {.norm = norm}}, 1);
    model.load_state_dict(formula_state(model));
    write_safetensors(folder.path / "checkpoint.safetensors",
                      {model.state_dict(), {{"format", "pt"}}});
    write_answer(model, folder.path / "answer.safetensors");
    const std::string command = "'" EVENKEEL_PYTHON "' -B '" EVENKEEL_SOURCE_DIR
                                "/tests/golden/check_checkpoint.py' '" +
                                (folder.path / "checkpoint.safetensors").string() + "' '" +
                                (folder.path / "answer.safetensors").string() + "'";
    CHECK(std::system(command.c_str()) == 0);
  }
}

}  // namespace
}  // namespace ek

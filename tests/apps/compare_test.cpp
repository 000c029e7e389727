// convnet compare: both arms, from the same start, side by side.
#include <doctest/doctest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "core/safetensors.h"
#include "tests/apps/run_program.h"

namespace ek {
namespace {

const Tensor& tensor(const SafeTensors& file, const char* name) { return std::get<Tensor>(*file.tensors.find(name)); }

TEST_CASE("an arm is the run that train would make") {
  const Workshop dir;
  const Finished f = dir.run("compare " + kQuick + "--epochs 2 --dropout 0.2 --out both");
  CHECK(f.code == 0);
  CHECK(f.err == "");
  REQUIRE(dir.run("train " + kQuick + "--epochs 2 --dropout 0.2 --norm none --out none").code == 0);
  CHECK(dir.text("both/norm-none/last.safetensors") == dir.text("none/last.safetensors"));
  CHECK(dir.text("both/norm-none/config.json") == dir.text("none/config.json"));
  for (const char* file : {"config.json", "metrics.jsonl", "last.safetensors", "best.safetensors"})
    CHECK(dir.has(fs::path("both/norm-batch") / file));
  for (const char* part :
       {"norm batch against none", "\nnorm batch\n", "\nnorm none\n", "seconds  images/s", "best test acc"})
    CHECK(f.out.find(part) != std::string::npos);

  const Finished again = dir.run("compare " + kQuick + "--out both");
  CHECK(again.code == 2);
  CHECK(again.err.find("both/norm-batch already holds a run") != std::string::npos);
}

TEST_CASE("the arms share their start weights") {
  const Workshop dir;
  REQUIRE(dir.run("compare " + kQuick + "--epochs 1 --lr 0").code == 0);  // so the last weights are the first
  const SafeTensors batch = read_safetensors(dir.path / "runs/compare-1/norm-batch/last.safetensors");
  const SafeTensors none = read_safetensors(dir.path / "runs/compare-1/norm-none/last.safetensors");
  CHECK(none.tensors.size() == 6);
  for (const auto& [name, value] : none.tensors) {
    const std::string shared = name;  // a binding cannot be captured
    CAPTURE(shared);
    CHECK(std::ranges::equal(tensor(batch, name.c_str()).data(), std::get<Tensor>(value).data()));
  }
}

TEST_CASE("an arm that does not stay finite is a result") {
  const Workshop dir;
  // Three layers multiply the gain: 1e45 does not fit, but the norm takes it out in between.
  const Finished f = dir.run("compare " + kQuick + "--epochs 1 --init-gain 1e15 --lr 0 --out both");
  CHECK(f.code == 0);
  CHECK(f.out.find("non-finite at epoch 1, step 1") != std::string::npos);
  CHECK(f.out.find("norm batch is ahead: norm none did not stay finite") != std::string::npos);
  CHECK(dir.has("both/norm-batch/best.safetensors"));
  CHECK(!dir.has("both/norm-none/best.safetensors"));
  const auto line = nlohmann::json::parse(dir.text("both/norm-none/metrics.jsonl"));
  CHECK(line["step"] == 1);
  CHECK(line["error"].get<std::string>().starts_with("epoch 1, step 1: the loss is "));
}

TEST_CASE("other norms, on request") {
  const Workshop dir;
  REQUIRE(dir.run("compare " + kQuick + "--max-steps 1 --norms group,layer,instance --out three").code == 0);
  for (const char* arm : {"norm-group", "norm-layer", "norm-instance"})
    CHECK(dir.has(fs::path("three") / arm / "last.safetensors"));
  const std::string blanks = "cd " + dir.path.string() + " && " EVENKEEL_BUILD_DIR "/convnet compare " + kQuick +
                             "--max-steps 1 --norms 'batch, none' --out two > out 2> err";
  CHECK(std::system(blanks.c_str()) == 0);
  CHECK(read_text(dir.path / "err") == "");
  CHECK(dir.has("two/norm-none/last.safetensors"));
}

}  // namespace
}  // namespace ek

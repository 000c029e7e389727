// Ctrl-C and SIGTERM: the first ends the run after its step, with a checkpoint; a second ends it at once.
#include <doctest/doctest.h>

#include <csignal>

#include "tests/apps/run_program.h"

namespace ek {
namespace {

// No --quiet: the lines of progress say that training has begun.
const std::string kLong =
    "--dataset cifar10 --data cifar --model convnet-8x8 --batch-size 8 --epochs 100000 --print-freq 1 --out "
    "run";

TEST_CASE("an interrupted run leaves a checkpoint that can be loaded") {
  for (const auto& [signal, code] : {std::pair(SIGINT, 130), std::pair(SIGTERM, 143)}) {
    const Workshop dir;
    Program program(dir.path, "train " + kLong);
    REQUIRE(program.wait_for("epoch 2/100000: step 2 of 5"));
    program.send(signal);
    const Finished f = program.wait();
    CHECK(f.code == code);
    const std::string line = f.err.substr(f.err.rfind('\n', f.err.size() - 2) + 1);
    CHECK(line.starts_with("convnet train: interrupted: stopped in epoch "));
    CHECK(line.ends_with("; run/last.safetensors is written\n"));
    CHECK(dir.run("eval --data cifar --checkpoint run/last.safetensors").code == 0);
    CHECK(dir.has("run/best.safetensors"));  // of the epochs before
  }
}

TEST_CASE("an interrupted comparison does not go on with the other arm") {
  const Workshop dir;
  Program program(dir.path, "compare " + kLong);
  REQUIRE(program.wait_for("epoch 1/100000: step 2 of 5"));
  program.send(SIGINT);
  CHECK(program.wait().code == 130);
  CHECK(dir.has("run/norm-batch/last.safetensors"));
  CHECK(!dir.has("run/norm-none/config.json"));
}

TEST_CASE("a second signal ends the program at once") {
  const Workshop dir;
  Program program(dir.path, "train " + kLong + " --save-every 100000");
  REQUIRE(program.wait_for("epoch 2/100000: step 2 of 5"));
  program.send(SIGINT);
  program.send(SIGTERM);
  const Finished f = program.wait();
  CHECK((f.code == 130 || f.code == 143));
  CHECK(f.err.find("interrupted:") == std::string::npos);
  CHECK(!dir.has("run/last.safetensors"));
}

}  // namespace
}  // namespace ek

// The program where the system gives fewer threads than it wants: one line says so, and the results are the same.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/apps/run_program.h"
#include "tests/data/files.h"

namespace ek {
namespace {

/// The environment of a program that gets so many threads beside its first one; OpenBLAS makes none of them.
std::vector<std::string> threads_given(int count) {
  return {"LD_PRELOAD=" EVENKEEL_BUILD_DIR "/libfew_threads.so",
          "EVENKEEL_TEST_THREADS=" + std::to_string(count), "OPENBLAS_NUM_THREADS=1"};
}

const std::string kBench = "bench --json --model convnet-8x8 -b 8 --steps 1 --threads 32 ";

TEST_CASE("fewer threads are a warning with their number, and give the same weights") {
  const TempDir dir;
  const Finished few = convnet(dir.path, kBench, threads_given(2)),
                 many = convnet(dir.path, kBench);
  CHECK(few.code == 0);
  CHECK(few.err.starts_with(
      "convnet bench: warning: threads: the system gives 3 of the 32 wanted; going on with 3 and"));
  CHECK(many.err.find("warning") == std::string::npos);
  const auto a = nlohmann::json::parse(few.out), b = nlohmann::json::parse(many.out);
  CHECK(a["threads"] == 3);
  CHECK(b["threads"] == 32);
  CHECK(a["weights_sha256"] == b["weights_sha256"]);
}

TEST_CASE(
    "training without any further thread, neither for the loops nor for the batches nor for a "
    "message") {
  const Workshop shop;
  const std::string flags =
      "train --dataset cifar10 --data cifar --model convnet-8x8 --batch-size 8 --epochs 1 --out ";
  const Finished none = shop.run(flags + "a --threads 4", threads_given(0));
  CHECK(none.code == 0);
  CHECK(none.err.find("the system gives 1 of the 4 wanted") != std::string::npos);
  CHECK(shop.run(flags + "b --threads 4").code == 0);
  CHECK(shop.text("a/last.safetensors") == shop.text("b/last.safetensors"));
}

TEST_CASE("--quiet") {
  const TempDir dir;
  CHECK(convnet(dir.path, kBench + "--quiet", threads_given(2)).err == "");
}

}  // namespace
}  // namespace ek

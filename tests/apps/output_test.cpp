// Where output cannot be written: a full disk, a closed pipe, a read-only folder.
#include <doctest/doctest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "tests/apps/run_program.h"

namespace ek {
namespace {

TEST_CASE("a run does not depend on its standard output") {
  const Workshop dir;
  Program program(dir.path, "train " + kQuick + "--max-steps 2 --out run", {}, "/dev/full");
  const Finished f = program.wait();
  CHECK(f.code == 0);
  CHECK(f.err ==
        "convnet train: warning: stdout: cannot write: No space left on device; going on without it, "
        "the run's files are complete\n");
  CHECK(dir.has("run/last.safetensors"));
}

TEST_CASE("a command whose result is its output fails with it") {
  const TempDir dir;
  Program program(dir.path, "inspect --model convnet-8x8", {}, "/dev/full");
  const Finished f = program.wait();
  CHECK(f.code == 1);
  CHECK(f.err == "convnet inspect: error: stdout: cannot write: No space left on device\n");
}

TEST_CASE("a reader that goes away is an error, not a signal") {
  const TempDir dir;
  const std::string command = "cd " + dir.path.string() +
                              " && { { " EVENKEEL_BUILD_DIR
                              "/convnet inspect --model convnet-8x8; echo $? > code; } 2> err | true; }";
  // The pipe's reader is gone at once; only by luck is the program faster.
  bool broken = false;
  for (int i = 0; i < 20 && !broken; ++i) {
    REQUIRE(std::system(command.c_str()) == 0);
    broken = read_text(dir.path / "code") == "1\n";
  }
  CHECK(broken);
  CHECK(read_text(dir.path / "err") == "convnet inspect: error: stdout: cannot write: Broken pipe\n");
}

TEST_CASE("a folder that cannot be made") {
  const Workshop dir;
  write_file(dir.path / "file", "x");
  const Finished f = dir.run("train " + kQuick + "--max-steps 1 --out file/run");
  CHECK(f.code == 1);
  CHECK(f.err == "convnet train: error: file/run: cannot make the folder: Not a directory\n");
}

TEST_CASE("metrics that cannot be written cost one warning") {
  const Workshop dir;
  Program program(dir.path,
                  "train --dataset cifar10 --data cifar --model convnet-8x8 --batch-size 8 --epochs 100000 "
                  "--print-freq 1 --out run");
  REQUIRE(program.wait_for("epoch 2/100000: step 1"));
  fs::remove(dir.path / "run/metrics.jsonl");
  fs::create_directory(dir.path / "run/metrics.jsonl");
  const std::string warning = "convnet train: warning: run/metrics.jsonl: cannot write: Is a directory\n";
  REQUIRE(program.wait_for(warning));
  REQUIRE(program.wait_for("epoch 6/100000: step 1"));
  program.send(SIGINT);
  const Finished f = program.wait();
  CHECK(f.code == 130);
  CHECK(f.err.find(warning) == f.err.rfind(warning));
}

TEST_CASE("a checkpoint that cannot be written ends the run") {
  const Workshop dir;
  const std::string limited = "cd " + dir.path.string() +
                              " && (ulimit -f 100; " EVENKEEL_BUILD_DIR  // 50 KiB
                              "/convnet train " +
                              kQuick + "--out run > out 2> err; echo $? > code)";
  REQUIRE(std::system(limited.c_str()) == 0);
  CHECK(read_text(dir.path / "code") == "1\n");
  const std::string err = read_text(dir.path / "err");
  CHECK(err.starts_with("convnet train: error: run/best.safetensors: cannot write: File too large (the file takes "));
  CHECK(!dir.has("run/best.safetensors"));
}

}  // namespace
}  // namespace ek

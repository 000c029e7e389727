// Ctrl-C, SIGTERM and SIGHUP: the first ends the run after its step, with a checkpoint; a second ends it at once, and
// leaves nothing half written.
#include <doctest/doctest.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <utility>

#include "evenkeel/core/files/file.h"
#include "tests/apps/run_program.h"
#include "tests/data/files.h"

namespace ek {
namespace {

// No --quiet: the lines of progress say that training has begun.
const std::string kLong =
    "--dataset cifar10 --data cifar --model convnet-8x8 --batch-size 8 --epochs 100000 "
    "--print-freq 1 --out run";

TEST_CASE("an interrupted run leaves a checkpoint that can be loaded") {
  for (const auto& [signal, code] :
       {std::pair(SIGINT, 130), std::pair(SIGTERM, 143), std::pair(SIGHUP, 129)}) {
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

TEST_CASE(
    "a run that ends before its first checkpoint leaves nothing that is in the way of the next "
    "one") {
  const Workshop dir;
  Program program(dir.path, "train " + kLong + " --max-steps 4");
  REQUIRE(program.wait_for("epoch 1/100000: step 1 of 4"));
  program.send(SIGINT);
  program.send(SIGTERM);
  program.wait();
  if (!dir.has("run/last.safetensors")) CHECK(!dir.has("run/config.json"));
  CHECK(dir.has("run/last.safetensors") == dir.has("run/config.json"));
}

TEST_CASE("a terminal that is closed may say so more than once") {
  const Workshop dir;
  Program program(dir.path, "train " + kLong + " --save-every 100000");
  REQUIRE(program.wait_for("epoch 2/100000: step 2 of 5"));
  for (const int signal : {SIGHUP, SIGHUP, SIGTERM}) program.send(signal);
  CHECK(program.wait().code >= 128);
  CHECK(dir.has("run/last.safetensors"));
}

TEST_CASE("under nohup a run goes on") {
  const Workshop dir;
  std::signal(SIGHUP, SIG_IGN);  // as nohup does; the program inherits it
  Program program(dir.path, "train " + kLong);
  std::signal(SIGHUP, SIG_DFL);
  REQUIRE(program.wait_for("epoch 2/100000: step 2 of 5"));
  program.send(SIGHUP);
  CHECK(program.wait_for("epoch 4/100000: step 2 of 5"));
}

/// The temporary files in a folder.
int temporaries(const fs::path& folder) {
  int count = 0;
  if (!fs::exists(folder)) return count;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    count += entry.path().filename().string().find(".tmp-") != std::string::npos;
  return count;
}

/// Starts a run whose checkpoints are large, interrupts it, and sends `second` while one is written. False where that
/// moment was missed.
bool ended_while_writing(const Workshop& dir, int second) {
  Program program(dir.path,
                  "train --dataset cifar10 --data cifar --batch-size 8 --epochs 100000 "
                  "--save-every 100000 --print-freq 1 --out run --force");
  REQUIRE(program.wait_for("epoch 1/100000: step 2 of 5"));
  program.send(SIGINT);
  while (temporaries(dir.path / "run") == 0 && !program.has_ended()) ::usleep(200);
  program.send(second);
  const int code = program.wait().code;
  return second == SIGKILL ? code == -SIGKILL : !dir.has("run/last.safetensors");
}

TEST_CASE("a second signal leaves no temporary file") {
  const Workshop dir;
  bool ended = false;
  for (int i = 0; i < 10 && !ended; ++i) {
    ended = ended_while_writing(dir, SIGINT);
    CHECK(temporaries(dir.path / "run") == 0);
    CHECK(!dir.has("run/.lock"));
  }
  CHECK(ended);
}

TEST_CASE("what a killed run left is removed by the next one in its folder, and nothing else") {
  const Workshop dir;
  for (int i = 0; i < 10 && temporaries(dir.path / "run") == 0; ++i)
    ended_while_writing(dir, SIGKILL);
  REQUIRE(temporaries(dir.path / "run") == 1);
  write_file(dir.path / "run/notes.tmp-1-0", "a user's");
  REQUIRE(dir.run("train " + kQuick + "--max-steps 1 --out run --force").code == 0);
  CHECK(temporaries(dir.path / "run") == 1);
  CHECK(dir.text("run/notes.tmp-1-0") == "a user's");
}

}  // namespace
}  // namespace ek

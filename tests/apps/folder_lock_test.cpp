// Two runs in one folder: the second is refused, whatever it is and however the first one ends.
#include "apps/training/folder_lock.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <string>

#include "evenkeel/core/files/file.h"
#include "tests/apps/run_program.h"
#include "tests/data/files.h"

namespace ek {
namespace {

// Goes on until it is stopped; its lines of progress say that it has begun.
const std::string kLong =
    " --dataset cifar10 --data cifar --model convnet-8x8 --batch-size 8 --epochs 100000 "
    "--print-freq 1 --out ";
const std::string kShort =
    " --dataset cifar10 --data cifar --model convnet-8x8 --batch-size 8 --max-steps 1 --out ";
const std::string kBegun = "epoch 1/100000: step 2 of 5";

void check_refused(const Workshop& dir, const std::string& arguments, const std::string& folder,
                   const Program& holder) {
  CAPTURE(arguments);
  const Finished f = dir.run(arguments);
  CHECK(f.code == 1);
  CHECK(f.out == "");
  const std::string command =
      arguments.starts_with("lab run") ? "lab run" : arguments.substr(0, arguments.find(' '));
  CHECK(f.err == "convnet " + command + ": error: " + folder + ": another convnet (process " +
                     std::to_string(holder.pid()) +
                     ") is writing there; wait until it ends, or name another folder with --out\n");
}

TEST_CASE("a folder that a run writes into is refused to all others, also with --force") {
  const Workshop dir;
  Program holder(dir.path, "train" + kLong + "run");
  REQUIRE(holder.wait_for(kBegun));
  const std::string config = dir.text("run/config.json");
  for (const char* command : {"train", "compare"})
    for (const char* force : {"", " --force"})
      check_refused(dir, command + kShort + "run" + force, "run", holder);
  CHECK(dir.text("run/config.json") == config);
  holder.send(SIGINT);
  CHECK(holder.wait().code == 130);
  CHECK(!dir.has("run/.lock"));
  CHECK(dir.run("train" + kShort + "run --force").code == 0);
}

TEST_CASE("compare holds its folder and those of its arms") {
  const Workshop dir;
  Program holder(dir.path, "compare" + kLong + "both");
  REQUIRE(holder.wait_for(kBegun));
  check_refused(dir, "compare" + kShort + "both --force --norms group,layer", "both", holder);
  for (const char* arm : {"both/norm-batch", "both/norm-none"})  // the second has not begun
    check_refused(dir, "train" + kShort + arm + " --force", arm, holder);
  holder.send(SIGINT);
  CHECK(holder.wait().code == 130);
  for (const char* folder : {"both", "both/norm-batch", "both/norm-none"})
    CHECK(!dir.has(fs::path(folder) / ".lock"));
}

TEST_CASE("a refused comparison has removed nothing") {
  const Workshop dir;
  REQUIRE(dir.run("compare" + kShort + "both").code == 0);
  const std::string before = dir.text("both/norm-batch/last.safetensors");
  Program holder(dir.path, "train" + kLong + "both/norm-none --force");
  REQUIRE(holder.wait_for(kBegun));
  CHECK(dir.run("compare" + kShort + "both --force").code == 1);
  CHECK(dir.text("both/norm-batch/last.safetensors") == before);
}

TEST_CASE("two labs in one folder") {
  const Workshop dir;
  const std::string lab =
      "lab run higher-learning-rates --seeds 2 --dataset cifar10 --data cifar --out lab";
  Program holder(dir.path, lab + " --print-freq 1");
  REQUIRE(holder.wait_for("higher-learning-rates 1/36 "));
  check_refused(dir, lab, "lab", holder);
  holder.send(SIGINT);
  CHECK(holder.wait().code == 130);
  CHECK(!dir.has("lab/.lock"));
}

TEST_CASE("a lock does not outlive its process, and makes no run of an empty folder") {
  const Workshop dir;
  {
    Program killed(dir.path, "train" + kLong + "run");
    REQUIRE(killed.wait_for(kBegun));
    killed.send(SIGKILL);
    CHECK(killed.wait().code == -SIGKILL);
  }
  CHECK(dir.has("run/.lock"));
  CHECK(dir.run("train" + kShort + "run --force").code == 0);
  CHECK(!dir.has("run/.lock"));

  write_file(dir.path / "empty/.lock", "1234\n");
  CHECK(dir.run("train" + kShort + "empty").code == 0);
  write_file(dir.path / "lab/.lock", "1234\n");
  Program lab(
      dir.path,
      "lab run higher-learning-rates --dataset cifar10 --data cifar --out lab --print-freq 1");
  CHECK(lab.wait_for("higher-learning-rates 1/"));
}

TEST_CASE("of runs that start at once exactly one trains") {
  const Workshop dir;
  for (int round = 0; round < 5; ++round) {
    const std::string out = "run" + std::to_string(round);
    Program a(dir.path, "train" + kLong + out), b(dir.path, "train" + kLong + out);
    bool of_a = false, of_b = false;
    for (int tries = 0; tries < 20000 && !of_a && !of_b; ++tries) {
      ::usleep(1000);
      of_a = a.has_ended();
      of_b = b.has_ended();
    }
    REQUIRE(of_a != of_b);
    Program &refused = of_a ? a : b, &holder = of_a ? b : a;
    CHECK(refused.wait().code == 1);
    CHECK(holder.wait_for(kBegun));
  }
}

TEST_CASE("where there are no locks, a run says so and goes on") {
  const Workshop dir;
  const Finished f = dir.run("train" + kShort + "run", {"LD_PRELOAD=" EVENKEEL_NO_LOCKS,
                                                        "ASAN_OPTIONS=verify_asan_link_order=0"});
  CHECK(f.code == 0);
  CHECK(f.err ==
        "convnet train: warning: run: its file system has no locks (No locks available), so "
        "nothing keeps another convnet from writing there too\n");
  CHECK(dir.has("run/last.safetensors"));
  CHECK(!dir.has("run/.lock"));
}

TEST_CASE("a folder that cannot be written into says so") {
  const TempDir dir;
  CHECK(error_of<std::runtime_error>([] {
          FolderLock("/proc/self");
        }).starts_with("/proc/self: cannot write into "));
  CHECK(error_of<std::runtime_error>([&] {
          FolderLock(dir.path / "none");
        }).ends_with("No such file or directory"));
}

}  // namespace
}  // namespace ek

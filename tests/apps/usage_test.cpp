// What the program says to arguments that make no sense: one line, exit code 2, nothing written.
#include <doctest/doctest.h>
#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>
#include <vector>
#include "evenkeel/core/files/file.h"
#include "tests/apps/refused.h"
#include "tests/apps/run_program.h"
#include "tests/data/files.h"

namespace ek {
namespace {

TEST_CASE("commands and flags that do not exist") {
  for (const Case& c : std::vector<Case>{
           {"",
            "convnet: error: no command given, expected train, compare, eval, predict, inspect, "
            "bench, lab; see convnet --help"},
           {"lab",
            "convnet: error: no command given, expected lab list, run, report; see convnet lab "
            "--help"},
           {"lab rnu", "convnet: error: unknown command 'rnu'; the nearest known one is 'run'"},
           {"lab --quiet",
            "convnet: error: expected a command before '--quiet'; see convnet lab --help"},
           {"lab run", "convnet lab run: error: CLAIM is required"},
           {"lab run hgher-learning-rates",
            "convnet lab run: error: unknown claim 'hgher-learning-rates'; the nearest known one "
            "is 'higher-learning-rates'; convnet lab list shows them"},
           {"lab run all --epochs 2",
            "convnet lab run: error: unknown flag '--epochs'; convnet lab run --help lists the "
            "flags"},
           {"lab run all --seeds 1",
            "convnet lab run: error: --seeds: Value 1 not in range 2 to 1000"},
           {"lab run all --preset night",
            "convnet lab run: error: --preset: night not in {quick,full}"},
           {"lab report", "convnet lab report: error: DIR is required"},
           {"trian", "convnet: error: unknown command 'trian'; the nearest known one is 'train'"},
           {"--lr 1", "convnet: error: expected a command before '--lr'; see convnet --help"},
           {"train --epoch 1",
            "convnet train: error: unknown flag '--epoch'; the nearest known one is '--epochs'"},
           {"train --batchsize=3",
            "convnet train: error: unknown flag '--batchsize'; the nearest known one is "
            "'--batch-size'"},
           {"eval --lr 1",
            "convnet eval: error: unknown flag '--lr'; convnet eval --help lists the flags"},
           {"train 3", "convnet train: error: unexpected argument '3'; flags start with --"},
           {"compare --norm none",
            "convnet compare: error: unknown flag '--norm'; the nearest known one is '--norms'"}})
    check_refused(c);
}

TEST_CASE("flags and commands of other programs") {
  const auto here = [](const char* command, const char* flag, const char* ours) {
    check_refused({std::string(command) + " --" + flag + " 1",
                   std::string("convnet ") + command + ": error: unknown flag '--" + flag +
                       "'; here it is called '--" + ours + "'"});
  };
  for (const auto& [flag, ours] :
       std::vector<std::pair<const char*, const char*>>{{"learning-rate", "lr"},
                                                        {"bs", "batch-size"},
                                                        {"num-epochs", "epochs"},
                                                        {"wd", "weight-decay"},
                                                        {"workers", "threads"},
                                                        {"num-workers", "threads"},
                                                        {"output-dir", "out"},
                                                        {"data-path", "data"},
                                                        {"arch", "model"},
                                                        {"opt", "optimizer"},
                                                        {"pretrained", "init"}})
    here("train", flag, ours);
  here("eval", "weights", "checkpoint");
  for (const char* flag : {"--device", "--gpu"})
    check_refused(
        {std::string("train ") + flag + " 0",
         std::string("convnet train: error: unknown flag '") + flag +
             "'; the program runs on the CPU only, and --threads says on how many of its cores"});
  check_refused({"test", "convnet: error: unknown command 'test'; here it is called 'eval'"});
  check_refused({"fit", "convnet: error: unknown command 'fit'; here it is called 'train'"});
  check_refused(
      {"summary", "convnet: error: unknown command 'summary'; here it is called 'inspect'"});
}

TEST_CASE("no flag that destroys is suggested, nor one that is not near") {
  for (const std::string flag : {"--forc", "--forced", "--Force", "--workspace", "--xyzzy"})
    check_refused({"train " + flag, "convnet train: error: unknown flag '" + flag +
                                        "'; convnet train --help lists the flags"});
}

/// What the program says to arguments in a shell's spelling, which may have blanks and empty words.
std::string shell_error(const TempDir& dir, const std::string& arguments) {
  const std::string command = "cd " + dir.path.string() + " && " EVENKEEL_BUILD_DIR "/convnet " +
                              arguments + " > out 2> err; echo $? > code";
  REQUIRE(std::system(command.c_str()) == 0);
  CHECK(read_text(dir.path / "code") == "2\n");
  return read_text(dir.path / "err");
}

TEST_CASE("an empty name is not the same as none") {
  const TempDir dir;
  for (const std::string flag :
       {"--out", "--data", "--init", "--dataset", "--lr", "--config", "-b"})
    for (const char* empty : {" ''", "=", "= --epochs 3"})
      CHECK(shell_error(dir, "train --dataset synthetic --max-steps 1 " + flag + empty) ==
            "convnet train: error: " + flag + ": '' is empty, expected a value\n");
  CHECK(shell_error(dir, "eval --checkpoint= --quiet") ==
        "convnet eval: error: --checkpoint: '' is empty, expected a value\n");
  CHECK(shell_error(dir, "bench --trace '' --steps 1") ==
        "convnet bench: error: --trace: '' is empty, expected a value\n");
  CHECK(shell_error(dir, "predict a.png '' --checkpoint x") ==
        "convnet predict: error: argument 3: '' is empty, expected a value\n");
  CHECK(!fs::exists(dir.path / "runs"));
}

TEST_CASE("kernels that this machine cannot run") {
  const TempDir dir;
  const Finished f = convnet(dir.path, "bench", {"EVENKEEL_CPU=abacus"});
  CHECK(f.code == 2);
  CHECK(f.err.starts_with(
      "convnet bench: error: EVENKEEL_CPU: 'abacus' cannot run here; this CPU can run baseline"));
}

TEST_CASE("a batch of one value per channel is found before training starts") {
  const Workshop dir;
  const std::string start =
      "error: bn2 (BatchNorm1d(256, eps=1e-05, momentum=0.1)): one value per channel in input [1, "
      "256]; take ";
  const std::string end = ", or --norm layer, group or none\n";
  for (const auto& [flags, remedy] :
       {std::pair("--batch-size 1", "a larger --batch-size"),
        std::pair("--batch-size 39 --drop-last no",
                  "another --batch-size (the last batch has one image), --drop-last yes")}) {
    const Finished f = dir.run("train " + kQuick + flags + " --out run");
    CHECK(f.code == 2);
    CHECK(f.out == "");
    CHECK(f.err == "convnet train: " + start + remedy + end);
    CHECK(!dir.has("run"));
  }
  check_refused(
      {"bench --model convnet-8x8 -b 1",
       "convnet bench: " + start + "a larger --batch-size" + end.substr(0, end.size() - 1)});
  CHECK(dir.run("train " + kQuick + "--batch-size 39 --epochs 1 --out run").code ==
        0);  // auto drops it
  CHECK(dir.run("train " + kQuick + "--batch-size 1 --norm none --max-steps 1 --out run2").code ==
        0);
}

TEST_CASE("no batch at all") {
  const Workshop dir;
  const Finished f = dir.run("train " + kQuick + "--batch-size 64 --drop-last yes --out run");
  CHECK(f.code == 2);
  CHECK(f.err.starts_with(
      "convnet train: error: loader: 40 image(s) of cifar10 make no batch of 64; "));
  CHECK(!dir.has("run"));
}

TEST_CASE("the version, and help in other words") {
  const TempDir dir;
  const Finished version = convnet(dir.path, "--version");
  CHECK(version.code == 0);
  CHECK(version.out.starts_with("convnet (Evenkeel) "));
  CHECK(convnet(dir.path, "version").out == version.out);
  CHECK(convnet(dir.path, "help").out == convnet(dir.path, "--help").out);
  CHECK(convnet(dir.path, "help train").out == convnet(dir.path, "train --help").out);
  CHECK(convnet(dir.path, "help lab").out == convnet(dir.path, "lab --help").out);
  const Finished run = convnet(dir.path, "help lab run");
  CHECK(run.code == 0);
  CHECK(run.out == convnet(dir.path, "lab run --help").out);
  check_refused(
      {"help trian", "convnet: error: unknown command 'trian'; the nearest known one is 'train'"});
}

TEST_CASE("help fits the terminal, and breaks no word") {
  const TempDir dir;
  for (const std::string command :
       {"", "train ", "compare ", "eval ", "predict ", "inspect ", "bench ", "lab run "})
    for (const std::size_t width : {44u, 60u, 80u, 100u}) {
      const Finished f =
          convnet(dir.path, command + "--help", {"COLUMNS=" + std::to_string(width)});
      std::istringstream lines(f.out);
      for (std::string line; std::getline(lines, line);) CHECK_MESSAGE(line.size() <= width, line);
      std::istringstream wide(convnet(dir.path, command + "--help", {"COLUMNS=1000"}).out),
          narrow(f.out);
      const std::vector<std::string> a(std::istream_iterator<std::string>(wide), {}),
          b(std::istream_iterator<std::string>(narrow), {});
      CHECK(a == b);
    }
}

TEST_CASE("help goes to standard output") {
  const TempDir dir;
  const Finished all = convnet(dir.path, "--help");
  CHECK(all.code == 0);
  CHECK(all.err == "");
  for (const char* command : {"train", "compare", "eval", "predict", "inspect", "bench"}) {
    CHECK(all.out.find(std::string("\n  ") + command + " ") != std::string::npos);
    const Finished one = convnet(dir.path, std::string(command) + " --help");
    CHECK(one.code == 0);
    CHECK(one.out.find(std::string("Usage: convnet ") + command) != std::string::npos);
  }
  CHECK(convnet(dir.path, "train -h").out.find("0.1 (= Keras 0.9)") != std::string::npos);
}

}  // namespace
}  // namespace ek

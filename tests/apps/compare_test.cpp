// convnet compare: both arms, from the same start, side by side.
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "evenkeel/core/files/file.h"
#include "evenkeel/core/files/safetensors.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/apps/run_program.h"

namespace ek {
namespace {

const Tensor& tensor(const SafeTensors& file, const char* name) {
  return std::get<Tensor>(*file.tensors.find(name));
}

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
       {"norm batch against none", "\nBatchNorm\n", "\nwithout norm\n", "seconds  images/s",
        "best epoch", "chosen on the test images themselves:"})
    CHECK(f.out.find(part) != std::string::npos);

  const Finished again = dir.run("compare " + kQuick + "--out both");
  CHECK(again.code == 2);
  CHECK(again.err.find("both/norm-batch already holds a run") != std::string::npos);
}

TEST_CASE("the arms share their start weights") {
  const Workshop dir;
  REQUIRE(dir.run("compare " + kQuick + "--epochs 1 --lr 0").code ==
          0);  // so the last weights are the first
  const SafeTensors batch =
      read_safetensors(dir.path / "runs/compare-1/norm-batch/last.safetensors");
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
  CHECK(f.out.find("BatchNorm is ahead: the network without norm did not stay finite") !=
        std::string::npos);
  CHECK(dir.has("both/norm-batch/best.safetensors"));
  CHECK(!dir.has("both/norm-none/best.safetensors"));
  const auto line = nlohmann::json::parse(dir.text("both/norm-none/metrics.jsonl"));
  CHECK(line["step"] == 1);
  CHECK(line["error"].get<std::string>().starts_with("epoch 1, step 1: the loss is "));
}

TEST_CASE("where no arm stays finite, the comparison fails") {
  const Workshop dir;
  const Finished f = dir.run("compare " + kQuick + "--epochs 1 --lr 1e30 --out both");
  CHECK(f.code == 4);
  CHECK(f.err.starts_with(
      "convnet compare: error: no arm stayed finite; BatchNorm: epoch 1, step 2: the loss is "));
  CHECK(std::ranges::count(f.err, '\n') == 1);
  CHECK(dir.has("both/report.html"));
}

TEST_CASE("other norms, on request") {
  const Workshop dir;
  REQUIRE(dir.run("compare " + kQuick + "--max-steps 1 --norms group,layer,instance --out three")
              .code == 0);
  for (const char* arm : {"norm-group", "norm-layer", "norm-instance"})
    CHECK(dir.has(fs::path("three") / arm / "last.safetensors"));
  const std::string blanks = "cd " + dir.path.string() +
                             " && " EVENKEEL_BUILD_DIR "/convnet compare " + kQuick +
                             "--max-steps 1 --norms 'batch, none' --out two > out 2> err";
  CHECK(std::system(blanks.c_str()) == 0);
  CHECK(read_text(dir.path / "err") == "");
  CHECK(dir.has("two/norm-none/last.safetensors"));
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// metrics.jsonl without what differs from run to run.
std::vector<nlohmann::json> metrics(const Workshop& dir, const fs::path& arm) {
  std::istringstream lines(dir.text(arm / "metrics.jsonl"));
  std::vector<nlohmann::json> all;
  for (std::string line; std::getline(lines, line);) {
    all.push_back(nlohmann::json::parse(line));
    for (const char* key : {"seconds", "images_per_second", "peak_rss_mb"}) all.back().erase(key);
  }
  return all;
}

TEST_CASE("the report shows the runs") {
  const Workshop dir;
  const Finished f = dir.run("compare " + kQuick + "--epochs 2 --limit-test 20 --out both");
  CHECK(f.out.ends_with("\nboth: report.html\n"));
  const std::string page = dir.text("both/report.html");
  for (const char* part :
       {"<title>Norms compared in convnet-8x8: BatchNorm, without norm</title>",
        "<a href=\"#norm-batch\">BatchNorm</a>", "<h2>Without norm", "Loss in training",
        "Accuracy on the test images", "Activations by layer", "Gradients by layer",
        "were taken for each class (column), after epoch ", "Layer by layer", "<td>conv1</td>",
        "<td>airplane</td>",
        "build/convnet compare --dataset cifar10 --data cifar --limit-test 20 --model convnet-8x8 "
        "--epochs 2 --batch-size 8</code>"})
    CHECK_MESSAGE(contains(page, part), part);
  CHECK(!contains(page, "http-equiv=\"refresh\""));
  const auto first = page.find("class=\"plot\" viewBox"),
             last = page.rfind("class=\"plot\" viewBox");
  CHECK(first != last);
}

TEST_CASE("--live changes no bit of the training") {
  const Workshop dir;
  const std::string run =
      "compare " + kQuick + "--epochs 3 --dropout 0.3 --norms batch,none,group ";
  REQUIRE(dir.run(run + "--out plain").code == 0);
  const Finished live = dir.run(run + "--live --out live");
  REQUIRE(live.code == 0);
  CHECK(live.err == "");
  CHECK(contains(live.out, "\npage       live/report.html\n"));
  for (const char* arm : {"norm-batch", "norm-none", "norm-group"}) {
    for (const char* file : {"last.safetensors", "best.safetensors"})
      CHECK(dir.text(fs::path("plain") / arm / file) == dir.text(fs::path("live") / arm / file));
    CHECK(metrics(dir, fs::path("plain") / arm) == metrics(dir, fs::path("live") / arm));
  }
  CHECK(!contains(dir.text("live/report.html"), "http-equiv=\"refresh\""));
}

TEST_CASE(
    "the report of a run that goes on reloads itself, that of one that was interrupted does not") {
  const Workshop dir;
  Program program(dir.path,
                  "compare --dataset cifar10 --data cifar --model convnet-8x8 --batch-size 8 "
                  "--epochs 100000 --print-freq 1 --live --out run");
  REQUIRE(program.wait_for("epoch 2/100000: step 2 of 5"));
  const std::string page = dir.text("run/report.html");
  CHECK(contains(page, "http-equiv=\"refresh\""));
  CHECK(contains(page, "<span class=\"badge open\">RUNNING</span>"));
  CHECK(contains(page, "<span class=\"badge open\">WAITING</span>"));
  program.send(SIGINT);
  CHECK(program.wait().code == 130);
  const std::string last = dir.text("run/report.html");
  CHECK(!contains(last, "http-equiv=\"refresh\""));
  CHECK(contains(last, "<span class=\"badge open\">INTERRUPTED</span>"));
}

TEST_CASE("the report of an arm that did not stay finite") {
  const Workshop dir;
  REQUIRE(
      dir.run("compare " + kQuick + "--epochs 1 --init-gain 1e15 --lr 0 --live --out both").code ==
      0);
  const std::string page = dir.text("both/report.html");
  CHECK(contains(page, "<span class=\"badge bad\">NON-FINITE</span>"));
  CHECK(contains(page, "<strong>Not finite:</strong> epoch 1, step 1: the loss is "));
  CHECK(contains(
      page, "BatchNorm is ahead, from one seed: the network without norm did not stay finite."));
}

TEST_CASE("a report that cannot be written costs a warning") {
  const Workshop dir;
  fs::create_directories(dir.path / "both/report.html");
  for (const char* live : {"", "--live --force "}) {
    const Finished f = dir.run("compare " + kQuick + "--epochs 2 --out both " + live);
    CHECK(f.code == 0);
    CHECK(
        f.err.starts_with("convnet compare: warning: both/report.html: cannot rename: Is a "
                          "directory (the file takes "));
    CHECK(std::ranges::count(f.err, '\n') == 1);
    CHECK(!contains(f.out, "both: report.html"));
    CHECK(dir.has("both/norm-none/best.safetensors"));
  }
}

}  // namespace
}  // namespace ek

// Images to choose the best epoch by: --val-split, or val/ in a folder; the test images are then looked at once.
#include <doctest/doctest.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "evenkeel/core/files/safetensors.h"
#include "tests/apps/run_program.h"
#include "tests/data/files.h"

namespace ek {
namespace {

using nlohmann::json;

std::vector<json> metrics(const Workshop& dir, const std::string& run) {
  std::vector<json> all;
  std::istringstream lines(dir.text(run + "/metrics.jsonl"));
  for (std::string line; std::getline(lines, line);) all.push_back(json::parse(line));
  return all;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE(
    "--val-split: best is chosen on held-back images, and the test images are looked at once") {
  const Workshop dir;
  const Finished f = dir.run("train " + kQuick + "--epochs 4 --val-split 0.25 --out run");
  REQUIRE(f.code == 0);
  const std::vector<json> lines = metrics(dir, "run");
  REQUIRE(lines.size() == 4);
  double best = -1;
  std::int64_t best_epoch = 0;
  for (const json& line : lines) {
    CHECK(line.contains("val_loss"));
    CHECK(line.contains("test_loss") == (line["epoch"] == 4));
    if (line["val_acc"] > best) {
      best = line["val_acc"];
      best_epoch = line["epoch"];
    }
  }
  const SafeTensors chosen = read_safetensors(dir.path / "run/best.safetensors");
  CHECK(chosen.metadata.at("epoch") == std::to_string(best_epoch));
  CHECK(json::parse(chosen.metadata.at("val_accuracy")) == best);
  CHECK(chosen.metadata.contains("test_accuracy") == (best_epoch == 4));
  CHECK(contains(f.out, "  val loss    val acc "));
  CHECK(contains(f.out, "result  test accuracy "));
  CHECK(contains(unwrapped(f.out), ", chosen on 8 validation images "));
  CHECK(!contains(f.out, "optimistic"));

  // The figures of the end are those of the checkpoints.
  const auto accuracy = [&](const std::string& file) {
    return json::parse(dir.run("eval --json run/" + file).out)["accuracy"].get<double>();
  };
  CHECK(accuracy("last.safetensors") == lines[3]["test_acc"]);
  std::ostringstream percent;
  percent.precision(2);
  percent << std::fixed << 100 * accuracy("best.safetensors");
  CHECK(
      contains(f.out, "best    " + percent.str() + " % after epoch " + std::to_string(best_epoch)));
}

TEST_CASE("looking at the test images does not change the training") {
  const Workshop dir;
  REQUIRE(dir.run("train " + kQuick + "--epochs 3 --val-split 0.25 --out a").code == 0);
  REQUIRE(
      dir.run("train " + kQuick + "--epochs 3 --val-split 0.25 --limit-test 5 --threads 1 --out b")
          .code == 0);
  CHECK(read_safetensors(dir.path / "a/last.safetensors").metadata.at("sha256") ==
        read_safetensors(dir.path / "b/last.safetensors").metadata.at("sha256"));
  REQUIRE(dir.run("train " + kQuick + "--epochs 1 --val-split 0.25 --seed 2 --out other").code ==
          0);
  CHECK(metrics(dir, "other")[0]["val_loss"] != metrics(dir, "a")[0]["val_loss"]);
}

TEST_CASE("val/ of a folder chooses, test/ tests once") {
  const Workshop dir;
  for (const char* split : {"train", "Valid", "test"}) {
    for (int i = 0; i < 4; ++i) {
      const auto shade = static_cast<std::uint8_t>(20 * i);
      write_file(dir.path / "photos" / split / "red" / (std::to_string(i) + ".png"),
                 plain_png(32, 250, shade, 0));
      write_file(dir.path / "photos" / split / "blue" / (std::to_string(i) + ".png"),
                 plain_png(32, 0, shade, 250));
    }
  }
  const std::string train = "train --model convnet-8x8 -b 4 --epochs 2 --data photos ";
  const Finished f = dir.run(train + "--out run");
  REQUIRE(f.code == 0);
  CHECK(contains(unwrapped(f.out), "8 training, 8 validation and 8 test images in 2 classes"));
  CHECK(!metrics(dir, "run")[0].contains("test_acc"));
  CHECK(metrics(dir, "run")[1].contains("test_acc"));
  const Finished twice = dir.run(train + "--val-split 0.5 --out other");
  CHECK(twice.code == 2);
  CHECK(contains(twice.err, "--val-split: the folder has validation images of its own"));
}

TEST_CASE("compare judges by the test images after the last epoch") {
  const Workshop dir;
  const Finished f = dir.run("compare " + kQuick + "--epochs 2 --val-split 0.25 --out both");
  REQUIRE(f.code == 0);
  CHECK(contains(f.out, "best epoch  chosen on 8 validation images\n"));
  CHECK(contains(unwrapped(f.out), "test accuracy after the last epoch, from one seed"));
  CHECK(metrics(dir, "both/norm-none")[1].contains("test_acc"));
}

TEST_CASE("a share that leaves nothing is refused") {
  const Workshop dir;
  CHECK(dir.run("train " + kQuick + "--val-split 1").code == 2);
  CHECK(dir.run("train " + kQuick + "--val-split -0.1").code == 2);
}

}  // namespace
}  // namespace ek

// convnet train: what it writes, that it can be repeated to the bit, that it learns, that it overwrites
// nothing.
#include <doctest/doctest.h>

#include <cstddef>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "evenkeel/core/files/file.h"
#include "tests/apps/run_program.h"
#include "tests/data/files.h"

namespace ek {
namespace {

using nlohmann::json;

std::vector<json> lines_of_json(const std::string& text) {
  std::vector<json> all;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) all.push_back(json::parse(line));
  return all;
}

TEST_CASE("a run leaves its configuration, metrics and checkpoints") {
  const Workshop dir;
  const Finished f =
      dir.run("train " + kQuick + "--epochs 3 --limit-train 24 --limit-test 20 --out run");
  CHECK(f.code == 0);
  CHECK(f.err == "");
  for (const char* part :
       {"cifar10 from cifar: 40 training and 25 test images in 10 classes",
        "of these 24 training and 20 test images", "3 epoch(s) of 3 steps, batch 8, seed 1",
        "fc1      Linear(4096, 256)", "1,048,832      1,048,576", "\nresult  test accuracy ",
        " after the last epoch (3)\nbest    ", "chosen on the test images themselves:",
        "run: config.json, metrics.jsonl, last.safetensors, best.safetensors\n"})
    CHECK(f.out.find(part) != std::string::npos);

  const std::vector<json> metrics = lines_of_json(dir.text("run/metrics.jsonl"));
  REQUIRE(metrics.size() == 3);
  for (std::size_t e = 0; e < 3; ++e) {
    const json& m = metrics[e];
    CHECK(m.size() == 10);
    CHECK(m["epoch"] == e + 1);
    CHECK(m["step"] == 3 * (e + 1));
    CHECK(m["lr"] == 0.01);
    for (const char* key : {"train_acc", "test_acc"}) CHECK((m[key] >= 0 && m[key] <= 1));
    for (const char* key :
         {"train_loss", "test_loss", "seconds", "images_per_second", "peak_rss_mb"})
      CHECK(m[key] > 0);
  }
  CHECK(metrics[2]["train_loss"] < metrics[0]["train_loss"]);

  const json config = json::parse(dir.text("run/config.json"));
  CHECK(config["norm"] == "batch");
  CHECK(config["lr"] == 0.01);
  CHECK(config["batch_size"] == 8);
  CHECK(config["weight_decay"] == 0.0);
  CHECK(!config.contains("out"));
}

TEST_CASE("config.json names the data set that auto has found") {
  const Workshop dir;
  REQUIRE(
      dir.run("train --data cifar --model convnet-8x8 --max-steps 1 -b 8 --out run --quiet").code ==
      0);
  CHECK(json::parse(dir.text("run/config.json"))["dataset"] == "cifar10");
}

TEST_CASE("the same bytes from two runs and from any number of threads") {
  const Workshop dir;
  const std::string flags = "train " + kQuick + "--epochs 2 --dropout 0.3 --optimizer adamw ";
  for (const char* run : {"--out a", "--out b", "--out one --threads 1", "--out two --threads 2"})
    REQUIRE(dir.run(flags + run).code == 0);
  for (const char* file : {"last.safetensors", "best.safetensors"}) {
    const std::string a = dir.text(fs::path("a") / file);
    CHECK(a.size() > 1'000'000);
    for (const char* other : {"b", "one", "two"}) CHECK(dir.text(fs::path(other) / file) == a);
  }
  REQUIRE(dir.run(flags + "--out seed --seed 2").code == 0);
  CHECK(dir.text("seed/last.safetensors") != dir.text("a/last.safetensors"));
}

TEST_CASE("it learns 32 images by heart") {
  const Workshop dir;
  REQUIRE(dir.run("train " + kQuick + "--limit-train 32 --epochs 12 --lr 0.02 --out run").code ==
          0);
  const json last = lines_of_json(dir.text("run/metrics.jsonl")).back();
  CHECK(last["train_acc"] == 1.0);
  CHECK(last["train_loss"] < 0.1);
}

TEST_CASE("a run is never overwritten without --force") {
  const Workshop dir;
  const std::string flags = "train " + kQuick + "--max-steps 1 --out run";
  REQUIRE(dir.run(flags).code == 0);
  const std::string before = dir.text("run/last.safetensors");
  const Finished f = dir.run(flags + " --seed 2");
  CHECK(f.code == 2);
  CHECK(f.err ==
        "convnet train: error: --out: run already holds a run (config.json); name another folder "
        "or overwrite it with --force\n");
  CHECK(dir.text("run/last.safetensors") == before);
  REQUIRE(dir.run(flags + " --seed 2 --force").code == 0);
  CHECK(dir.text("run/last.safetensors") != before);
  CHECK(lines_of_json(dir.text("run/metrics.jsonl")).size() == 1);

  write_file(dir.path / "file", "not a folder");
  CHECK(dir.run("train " + kQuick + "--max-steps 1 --out file").code == 2);
  CHECK(dir.text("file") == "not a folder");
}

TEST_CASE("without --out, the first free folder") {
  const Workshop dir;
  const std::string flags = "train " + kQuick + "--max-steps 1 --norm none";
  REQUIRE(dir.run(flags).code == 0);
  REQUIRE(dir.run(flags).code == 0);
  for (const char* run : {"runs/convnet-8x8-none-1", "runs/convnet-8x8-none-2"})
    CHECK(dir.has(fs::path(run) / "best.safetensors"));
}

TEST_CASE("--max-steps ends a run in the middle of an epoch, tested and saved") {
  const Workshop dir;
  REQUIRE(dir.run("train " + kQuick + "--epochs 3 --max-steps 7 --out run").code == 0);
  const auto metrics = lines_of_json(dir.text("run/metrics.jsonl"));  // an epoch has 5 steps
  REQUIRE(metrics.size() == 2);
  CHECK(metrics[1]["epoch"] == 2);
  CHECK(metrics[1]["step"] == 7);
  CHECK(dir.has("run/last.safetensors"));
}

TEST_CASE("--save-every spares last.safetensors until the end") {
  const Workshop dir;
  REQUIRE(dir.run("train " + kQuick + "--epochs 3 --save-every 2 --out run").code == 0);
  CHECK(dir.run("inspect --checkpoint run/last.safetensors").out.find("epoch          3") !=
        std::string::npos);
}

TEST_CASE("--init continues from other weights") {
  const Workshop dir;
  REQUIRE(dir.run("train " + kQuick + "--epochs 1 --out first").code == 0);
  REQUIRE(dir.run("train " + kQuick +
                  "--epochs 1 --lr 0 --bn-momentum 0 --init first/last.safetensors --out second")
              .code == 0);
  const auto first = lines_of_json(dir.text("first/metrics.jsonl")),
             second = lines_of_json(dir.text("second/metrics.jsonl"));
  CHECK(second[0]["test_loss"] == first[0]["test_loss"]);
}

TEST_CASE("numbers that stop being finite end the run and spare its checkpoints") {
  const Workshop dir;
  const Finished f = dir.run("train " + kQuick + "--lr 1e30 --out run");
  CHECK(f.code == 4);
  CHECK(
      f.err.starts_with("convnet train: error: epoch 1, step 2: the loss is nan, expected a finite "
                        "number; the first output that is not finite is that of "));
  CHECK(!dir.has("run/last.safetensors"));
  const json line = lines_of_json(dir.text("run/metrics.jsonl")).at(0);
  CHECK(line["epoch"] == 1);
  CHECK(line["step"] == 2);

  const Finished gain = dir.run("train " + kQuick + "--init-gain 1e25 --norm none --out gain");
  CHECK(gain.code == 4);
  CHECK(gain.err.find("epoch 1, step 1: ") != std::string::npos);
  CHECK(gain.err.find("that of fc1 (Linear(4096, 256))") != std::string::npos);
}

TEST_CASE("decay of norms and biases is a number of its own") {
  const Workshop dir;
  const std::string flags = "train " + kQuick + "--epochs 1 --weight-decay 0.5 ";
  REQUIRE(dir.run(flags + "--out all").code == 0);
  REQUIRE(dir.run(flags + "--norm-weight-decay 0.5 --out same").code == 0);
  REQUIRE(dir.run(flags + "--norm-weight-decay 0 --out weights").code == 0);
  CHECK(dir.text("same/last.safetensors") == dir.text("all/last.safetensors"));
  CHECK(dir.text("weights/last.safetensors") != dir.text("all/last.safetensors"));
}

TEST_CASE("lines of progress where standard error is no terminal") {
  const Workshop dir;
  const Finished f = dir.run("train " + kQuick + "--epochs 2 --print-freq 2 --out run");
  CHECK(f.err.starts_with("epoch 1/2: step 2 of 5, loss "));
  CHECK(f.err.find("\nepoch 1/2: step 4 of 5, loss ") != std::string::npos);
  CHECK(f.err.find("images/s, 0:00 left, at least 0:00 in all\n") !=
        std::string::npos);  // no test was measured yet
  CHECK(f.err.ends_with(" left, 0:00 in all\n"));
}

TEST_CASE("without --print-freq, a line every ten seconds of the program") {
  const Workshop dir;
  std::string flags = "train " + kQuick + "--epochs 2 --out run";
  flags.erase(flags.find("--print-freq 1000000 "), 21);
  CHECK(dir.run(flags).err == "");
}

TEST_CASE("quiet is quiet, but for errors") {
  const Workshop dir;
  for (const std::string command : {"train", "compare"}) {
    const Finished f =
        dir.run(command + " " + kQuick + "--print-freq 1 --quiet --max-steps 2 --out " + command);
    CHECK(f.code == 0);
    CHECK(f.out == "");
    CHECK(f.err == "");
  }
  CHECK(
      dir.run("train " + kQuick + "--quiet --out train").err.starts_with("convnet train: error: "));
  const Finished f = dir.run("eval --quiet --data cifar --checkpoint train/last.safetensors");
  CHECK(f.out.find("accuracy  ") != std::string::npos);  // what was asked for
  CHECK(f.err == "");
}

TEST_CASE("the note's own spelling, on an image folder") {
  const Workshop dir;
  for (const char* name : {"cat", "dog"})
    for (const char* file : {"1.png", "2.png", "3.png", "4.png"})
      write_file(dir.path / "images" / name / file,
                 plain_png(40, name[0] == 'c' ? 200 : 20, 90, 30));
  REQUIRE(dir.run("train --data images --max-steps 1 --quiet --out run").code == 0);
  const Finished f = dir.run("inspect --json --checkpoint run/last.safetensors");
  const json content = json::parse(f.out);
  CHECK(content["metadata"]["class_names"] == R"(["cat","dog"])");
  CHECK(f.out.find("65536") != std::string::npos);
}

}  // namespace
}  // namespace ek

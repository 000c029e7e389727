// convnet eval: the score that training measured, class by class; files of other programs.
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/files/safetensors.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/apps/run_program.h"
#include "tests/data/files.h"

namespace ek {
namespace {

using nlohmann::json;

json last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of('\n');
  return json::parse(text.substr(text.rfind('\n', end) + 1));
}

TEST_CASE("eval finds exactly what training found") {
  const Workshop dir;
  REQUIRE(dir.run("train " + kQuick +
                  "--epochs 2 --norm group --dropout 0.5 --placement after --out run")
              .code == 0);
  const Finished f = dir.run("eval --data cifar --checkpoint run/last.safetensors --json");
  REQUIRE(f.code == 0);
  const json result = json::parse(f.out), trained = last_line(dir.text("run/metrics.jsonl"));
  CHECK(result["loss"] == trained["test_loss"]);
  CHECK(result["accuracy"] == trained["test_acc"]);
  CHECK(result["images"] == 25);

  std::int64_t all = 0, right = 0;
  for (std::size_t k = 0; k < 10; ++k) {
    std::int64_t of_class = 0;
    for (const auto& count : result["confusion"][k]) of_class += count.get<std::int64_t>();
    CHECK(of_class == (k < 5 ? 3 : 2));  // labels 0, ..., 9, 0, ..., 9, 0, ..., 4
    CHECK(result["classes"][k]["images"] == of_class);
    const auto hits = result["confusion"][k][k].get<std::int64_t>();
    CHECK(result["classes"][k]["accuracy"] ==
          static_cast<double>(hits) / static_cast<double>(of_class));
    all += of_class;
    right += hits;
  }
  CHECK(all == 25);
  CHECK(result["accuracy"] == static_cast<double>(right) / 25);
  CHECK(result["classes"][3]["name"] == "cat");

  const Finished table =
      dir.run("eval --data cifar --checkpoint run/last.safetensors --limit-test 5");
  CHECK(table.out.find("of 5 images") != std::string::npos);
  CHECK(table.out.find("3  cat") != std::string::npos);
}

TEST_CASE("a file without a description needs to be told what it is") {
  const Workshop dir;
  REQUIRE(dir.run("train " + kQuick + "--epochs 1 --norm layer --out run").code == 0);
  SafeTensors file = read_safetensors(dir.path / "run/last.safetensors");
  file.metadata = {{"format", "pt"}};  // as PyTorch's own writer leaves it
  write_safetensors(dir.path / "foreign.safetensors", file);

  const Finished silent =
      dir.run("eval --dataset cifar10 --data cifar --checkpoint foreign.safetensors");
  CHECK(silent.code == 2);
  CHECK(silent.err.starts_with(
      "convnet eval: error: --checkpoint: foreign.safetensors does not say which model it holds"));
  const std::string told =
      " --dataset cifar10 --data cifar --checkpoint foreign.safetensors --model convnet-8x8 --norm "
      "layer";
  const Finished f = dir.run("eval --json" + told);
  REQUIRE(f.code == 0);
  CHECK(json::parse(f.out)["loss"] == last_line(dir.text("run/metrics.jsonl"))["test_loss"]);
  write_file(dir.path / "cat.png", plain_png(32, 200, 0, 0));
  CHECK(dir.run("predict cat.png" + told).out.starts_with("cat.png: "));
}

TEST_CASE("every model is trained, compared and evaluated at the width that its checkpoint tells") {
  const Workshop dir;
  const std::string quick =
      " --dataset cifar10 --data cifar --batch-size 8 --max-steps 2 --width 0.125 --quiet ";
  for (const std::string model : {"vgg", "resnet20", "mlp"}) {
    CAPTURE(model);
    REQUIRE(dir.run("compare --model " + model + quick + "--out " + model).code == 0);
    const std::string run = model + "/norm-batch/";
    const Finished f = dir.run("eval --json --data cifar --checkpoint " + run + "last.safetensors");
    CHECK(f.code == 0);
    CHECK(json::parse(f.out)["loss"] == last_line(dir.text(run + "metrics.jsonl"))["test_loss"]);
  }
}

TEST_CASE("a checkpoint that says no width has width 1") {
  const Workshop dir;
  REQUIRE(dir.run("train " + kQuick + "--max-steps 1 --out run").code == 0);
  SafeTensors file = read_safetensors(dir.path / "run/last.safetensors");
  CHECK(file.metadata.erase("width") == 1);
  write_safetensors(dir.path / "older.safetensors", file);
  CHECK(dir.run("eval --data cifar --checkpoint older.safetensors").code == 0);
}

TEST_CASE("a checkpoint that says another width than its tensors have") {
  const Workshop dir;
  REQUIRE(dir.run("train " + kQuick + "--max-steps 1 --width 1.25 --out run").code == 0);
  CHECK(dir.run("eval --data cifar --checkpoint run/last.safetensors").code == 0);
  SafeTensors file = read_safetensors(dir.path / "run/last.safetensors");
  write_file(dir.path / "cat.png", plain_png(32, 200, 0, 0));
  file.metadata["model"] = "convnet";
  file.metadata["width"] = "64";  // fc1.weight would take 275 GB
  write_safetensors(dir.path / "changed.safetensors", file);
  for (const std::string command : {"eval --data cifar", "predict cat.png"}) {
    const Finished f = dir.run(command + " --checkpoint changed.safetensors");
    CHECK(f.code == 3);
    CHECK(f.out == "");
    CHECK(f.err == "convnet " + command.substr(0, command.find(' ')) +
                       ": error: changed.safetensors: its metadata's \"width\" is 64, which makes "
                       "conv1.weight [4096, 3, 3, 3]; the file has [80, 3, 3, 3]\n");
  }
  const Finished typed =
      dir.run("eval --data cifar --checkpoint run/last.safetensors --model convnet --width 64");
  CHECK(typed.code == 3);
  CHECK(
      typed.err.find("last.safetensors: --width is 64, which makes conv1.weight [4096, 3, 3, 3]") !=
      std::string::npos);
}

struct WrongMetadata {
  std::string key, value, message;
};

const std::vector<WrongMetadata> kWrongMetadata = {

    {"norm", "missing", "\"norm\" is missing"},
    {"norm", "batsch",
     "\"norm\": 'batsch' is not one of batch, layer, instance, group, none; the nearest "
     "known one is 'batch'"},
    {"bn_eps", "-1", "\"bn_eps\": -1, expected a finite number above 0"},
    {"dropout", "abc", "\"dropout\": 'abc' is not a number"},
    {"class_names", "missing", "\"class_names\" is missing"},
    {"class_names", "[", "\"class_names\": [, expected a list with the name of every class"},
    {"class_names", "[1]", "\"class_names\": [1], expected a list with the name of every class"},
    {"class_names", "[]", "\"class_names\": [], expected a list with the name of every class"},
    {"mean", "[0.5]", "\"mean\": [0.5], expected three numbers"},
    {"std", "[0,0,0]", "\"std\": [0,0,0], expected three numbers above 0"},
    {"std", "[NaN,1,1]", "\"std\": [NaN,1,1], expected three numbers above 0"},
    {"epoch", "abc", "\"epoch\": abc, expected a whole number"},
    {"test_accuracy", "2", "\"test_accuracy\": 2, expected a number from 0 to 1"},
    {"image_shape", "\"x\"", "\"image_shape\": \"x\", expected [3,32,32]"},
    {"image_shape", "[3,32,40]", "\"image_shape\": [3,32,40], expected [3,32,32]"},
    {"image_shape", "[3,0,0]", "\"image_shape\": [3,0,0], expected [3,32,32]"},
    {"image_shape", "[3,2048,2048]", "\"image_shape\": [3,2048,2048], expected [3,32,32]"},
    {"image_shape", "[3,99999999,99999999]",
     "\"image_shape\": [3,99999999,99999999], expected [3,32,32]"}};

TEST_CASE(
    "a description that cannot be understood: the file, the key, what was found and expected") {
  const Workshop dir;
  REQUIRE(dir.run("train " + kQuick + "--max-steps 1 --out run").code == 0);
  const SafeTensors file = read_safetensors(dir.path / "run/last.safetensors");
  const auto error_with = [&](const std::string& key, const std::string& value) {
    SafeTensors changed = file;
    changed.metadata.erase(key);
    if (value != "missing") changed.metadata[key] = value;
    write_safetensors(dir.path / "changed.safetensors", changed);
    const Finished f = dir.run("eval --data cifar --checkpoint changed.safetensors");
    CHECK(f.code == 3);
    CHECK(f.out == "");
    return f.err;
  };
  for (const auto& [key, value, message] : kWrongMetadata) {
    CHECK(error_with(key, value) ==
          "convnet eval: error: changed.safetensors: its metadata does not describe a model of "
          "this program: " +
              message + "\n");
  }
  CHECK(error_with("class_names", std::string(1000, 'x')).size() < 300);
  CHECK(error_with("dataset", "../../etc") ==
        "convnet eval: error: changed.safetensors: its metadata's \"dataset\" is '../../etc', "
        "which is none of this program's; name the test images with --dataset and --data\n");
}

TEST_CASE("a flipped bit in the weights") {
  const Workshop dir;
  REQUIRE(dir.run("train " + kQuick + "--max-steps 1 --out run").code == 0);
  const SafeTensors file = read_safetensors(dir.path / "run/last.safetensors");
  CHECK(file.metadata.at("sha256").size() == 64);
  std::string bytes = dir.text("run/last.safetensors");
  bytes[bytes.size() - 2] ^= 0x40;
  write_file(dir.path / "flipped.safetensors", bytes);
  write_file(dir.path / "cat.png", plain_png(32, 200, 0, 0));
  for (const std::string command :
       {"eval --data cifar --checkpoint", "predict cat.png --checkpoint", "inspect --checkpoint",
        "train --dataset synthetic --out second --init"}) {
    const Finished f = dir.run(command + " flipped.safetensors");
    CHECK(f.code == 3);
    CHECK(f.out == "");
    CHECK(f.err.find(": error: flipped.safetensors: its tensors are damaged: their SHA-256 is ") !=
          std::string::npos);
    CHECK(f.err.find("expected " + file.metadata.at("sha256")) != std::string::npos);
  }
  SafeTensors foreign = read_safetensors(dir.path / "flipped.safetensors");
  foreign.metadata.erase("sha256");  // a file without one is taken as it is
  write_safetensors(dir.path / "flipped.safetensors", foreign);
  CHECK(dir.run("inspect --checkpoint flipped.safetensors").code == 0);
}

TEST_CASE("weights that are not finite") {
  const Workshop dir;
  REQUIRE(dir.run("train " + kQuick + "--max-steps 1 --out run").code == 0);
  SafeTensors file = read_safetensors(dir.path / "run/last.safetensors");
  Tensor bias = std::get<Tensor>(*file.tensors.find("fc2.bias"));
  bias.mutable_data()[0] = std::numeric_limits<Real>::quiet_NaN();
  file.metadata.erase("sha256");
  write_safetensors(dir.path / "nan.safetensors", file);
  write_file(dir.path / "cat.png", plain_png(32, 200, 0, 0));
  for (const char* command : {"eval --data cifar", "predict cat.png"}) {
    const Finished f = dir.run(std::string(command) + " --checkpoint nan.safetensors");
    CHECK(f.code == 3);
    CHECK(f.out == "");
    CHECK(f.err.find("so its weights are not usable") != std::string::npos);
  }
}

}  // namespace
}  // namespace ek

// convnet inspect: the contents of a file, the layers of a model.
#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "evenkeel/core/files/safetensors.h"
#include "evenkeel/core/files/state.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/apps/run_program.h"
#include "tests/data/files.h"

namespace ek {
namespace {

using nlohmann::json;

TEST_CASE("a file's tensors and metadata") {
  const TempDir dir;
  SafeTensors file;
  file.tensors.add("weight", Tensor::from({2, 2}, {1, -1, 3, -5}));
  file.tensors.add("steps", IntTensor({}, 7));
  file.metadata["origin"] = "a test";
  write_safetensors(dir.path / "x.safetensors", file);

  const json result =
      json::parse(convnet(dir.path, "inspect --checkpoint x.safetensors --json").out);
  CHECK(result["metadata"] == json{{"origin", "a test"}});
  REQUIRE(result["tensors"].size() == 2);
  CHECK(result["tensors"][0] ==
        json{{"name", "steps"}, {"dtype", "I64"}, {"shape", json::array()}, {"l2_norm", 7.0}});
  CHECK(result["tensors"][1] ==
        json{{"name", "weight"}, {"dtype", "F32"}, {"shape", {2, 2}}, {"l2_norm", 6.0}});

  CHECK(convnet(dir.path, "inspect --checkpoint x.safetensors").out ==
        "tensor  type  shape   L2 norm\n"
        "steps   I64   []            7\n"
        "weight  F32   [2, 2]        6\n"
        "2 tensors, 5 numbers\n"
        "\n"
        "origin  a test\n");
}

TEST_CASE("the note's ConvNet, layer by layer") {
  const TempDir dir;
  const json result = json::parse(convnet(dir.path, "inspect --model convnet --json").out);
  CHECK(result["parameters"] == 1792 + 128 + 16777472 + 512 + 2570);
  CHECK(result["multiply_adds"] == 3 * 9 * 64 * 1024 + 65536 * 256 + 2560);
  CHECK(result["layers"][0] == json{{"name", "conv1"},
                                    {"description", "Conv2d(3, 64, kernel_size=3, padding=1)"},
                                    {"output_shape", {64, 32, 32}},
                                    {"parameters", 1792},
                                    {"multiply_adds", 1769472}});
  const json none =
      json::parse(convnet(dir.path, "inspect --model convnet --norm none --json").out);
  CHECK(none["parameters"] == 1792 + 16777472 + 2570);

  const Finished table = convnet(dir.path, "inspect --model convnet-8x8", {"COLUMNS=120"});
  CHECK(table.out.find("pool     MaxPool2d(kernel_size=4, stride=4)") != std::string::npos);
  CHECK(table.out.find("1,053,834      2,820,608\n") != std::string::npos);
}

TEST_CASE("VGG and ResNet-20, and what --width makes of them") {
  const TempDir dir;
  const auto inspect = [&](const std::string& flags) {
    return json::parse(convnet(dir.path, "inspect --json --model " + flags).out);
  };
  CHECK(inspect("vgg")["parameters"] == 2199114);
  CHECK(inspect("vgg")["multiply_adds"] == 153815552);
  const json resnet = inspect("resnet20");
  CHECK(resnet["parameters"] == 269722);
  CHECK(resnet["multiply_adds"] == 40551040);  // the paper: 41 million
  CHECK(resnet["layers"][2]["name"] == "layer1.0.conv1");
  CHECK(inspect("vgg --width 4")["layers"][0]["output_shape"] == json{256, 32, 32});
}

}  // namespace
}  // namespace ek

// Files that are missing or damaged: one line that names the file and what is wrong, exit code 3, nothing
// written.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "evenkeel/core/files/file.h"
#include "tests/apps/run_program.h"
#include "tests/data/encode.h"
#include "tests/data/files.h"

namespace ek {
namespace {

/// Runs and expects one line: "convnet COMMAND: error: ...", with `parts` in it.
void check_data_error(const Workshop& dir, const std::string& arguments,
                      const std::vector<std::string>& parts) {
  CAPTURE(arguments);
  const Finished f = dir.run(arguments);
  CAPTURE(f.err);
  CHECK(f.code == 3);
  CHECK(f.out == "");
  CHECK(std::ranges::count(f.err, '\n') == 1);
  CHECK(f.err.starts_with("convnet " + arguments.substr(0, arguments.find(' ')) + ": error: "));
  for (const std::string& part : parts) CHECK(f.err.find(part) != std::string::npos);
  CHECK(!dir.has("run"));
}

TEST_CASE("data sets that are not there or not whole") {
  const Workshop dir;
  const std::string to_run = " --model convnet-8x8 --out run";
  check_data_error(dir, "train --data nowhere" + to_run, {"nowhere"});
  fs::create_directory(dir.path / "empty");
  check_data_error(dir, "train --data empty" + to_run, {"empty: no data set found there"});
  check_data_error(dir, "compare --dataset folder --data empty" + to_run, {"empty"});

  write_cifar10(dir.path / "short");
  fs::resize_file(dir.path / "short/data_batch_3.bin", 8 * 3073 - 5);
  check_data_error(dir, "train --data short" + to_run, {"short/data_batch_3.bin", "24579", "3073"});

  write_cifar10(dir.path / "label");
  Bytes records(4 * 3073, 0);
  records[3 * 3073] = 200;
  write_file(dir.path / "label/data_batch_2.bin", records);
  check_data_error(dir, "train --data label" + to_run,
                   {"label/data_batch_2.bin", "record 3", "label 200, expected 0..9"});

  const Bytes images = idx({2, 28, 28}, Bytes(2 * 28 * 28, 7)), labels = idx({2}, {1, 2});
  for (const char* split : {"train", "t10k"}) {
    write_file(dir.path / "idx" / (std::string(split) + "-images-idx3-ubyte"), images);
    write_file(dir.path / "idx" / (std::string(split) + "-labels-idx1-ubyte"), labels);
  }
  fs::resize_file(dir.path / "idx/train-images-idx3-ubyte", images.size() - 1);
  check_data_error(dir, "train --dataset mnist --data idx" + to_run,
                   {"idx/train-images-idx3-ubyte"});
}

TEST_CASE("a file in an image folder that is no image") {
  const Workshop dir;
  for (const char* name : {"a", "b"})
    for (const char* file : {"1.png", "2.png", "3.png"})
      write_file(dir.path / "images" / name / file, plain_png(32, 10, 20, 30));
  write_file(dir.path / "images/b/2.png", "this is text");
  check_data_error(dir, "train --data images --out run",
                   {"images/b/2.png", "is no JPEG, PNG or BMP image"});
}

TEST_CASE("checkpoints that do not fit or cannot be read") {
  const Workshop dir;
  REQUIRE(dir.run("train " + kQuick + "--max-steps 1 --norm none --out none").code == 0);
  // Another norm: all that is missing is in the one line.
  check_data_error(dir, "train " + kQuick + "--init none/last.safetensors --out run",
                   {"none/last.safetensors: ConvNet: the saved state does not fit; missing: "
                    "bn1.weight, bn1.bias, bn1.running_mean, bn1.running_var, bn2.weight, "
                    "bn2.bias, bn2.running_mean, bn2.running_var"});
  check_data_error(dir, "eval --data cifar --checkpoint none/last.safetensors --model convnet",
                   {"none/last.safetensors: does not fit --model convnet; it says that it holds "
                    "convnet-8x8, so leave the flag out"});
  write_file(dir.path / "cat.png", plain_png(32, 200, 0, 0));
  check_data_error(dir, "predict --checkpoint none/last.safetensors --norm batch cat.png",
                   {"missing: bn1.weight"});
  check_data_error(dir, "predict --checkpoint nothere.safetensors cat.png",
                   {"nothere.safetensors"});
  write_file(dir.path / "text.png", "this is text");
  check_data_error(dir, "predict --checkpoint none/last.safetensors text.png",
                   {"text.png: is no JPEG, PNG or BMP image"});

  fs::resize_file(dir.path / "none/last.safetensors", 1000);
  check_data_error(dir, "eval --data cifar --checkpoint none/last.safetensors",
                   {"none/last.safetensors"});
  check_data_error(dir, "inspect --checkpoint none/last.safetensors", {"none/last.safetensors"});
  check_data_error(dir, "train " + kQuick + "--init cifar/test_batch.bin --out run",
                   {"cifar/test_batch.bin"});
}

TEST_CASE("data with other classes than the checkpoint's") {
  const Workshop dir;
  REQUIRE(dir.run("train " + kQuick + "--max-steps 1 --out first").code == 0);
  for (const char* name : {"a", "b"})
    for (const char* file : {"1.png", "2.png"})
      write_file(dir.path / "images" / name / file, plain_png(32, 1, 2, 3));
  check_data_error(dir, "eval --dataset folder --data images --checkpoint first/best.safetensors",
                   {"first/best.safetensors: the images have classes that the model does not know "
                    "(a, b); the images' classes: a, b; the model's: airplane, automobile, ",
                    "or leave these out with --skip-unknown-classes"});
}

TEST_CASE("a folder that does not exist is said not to, whatever is expected in it") {
  const Workshop dir;
  REQUIRE(dir.run("train " + kQuick + "--max-steps 1 --out run").code == 0);
  const std::vector<std::string> commands = {"train --out new", "compare --out new",
                                             "lab run all --out new",
                                             "eval --checkpoint run/last.safetensors"};
  for (const std::string& command : commands)
    for (const char* dataset : {"", " --dataset cifar10", " --dataset cifar100", " --dataset mnist",
                                " --dataset fashion-mnist", " --dataset folder", " --dataset auto"})
      for (const auto& [data, reason] : {std::pair("nowhere", "no such folder"),
                                         std::pair("run/config.json", "is not a folder")}) {
        CAPTURE(command + dataset);
        const Finished f = dir.run(command + dataset + " --data " + data);
        CHECK(f.code == 3);
        CHECK(f.err.ends_with(std::string(": error: --data: ") + data + ": " + reason + "\n"));
      }
  CHECK(!dir.has("new"));
}

TEST_CASE("one class is nothing to train on") {
  const Workshop dir;
  for (const char* file : {"1.png", "2.png", "3.png", "4.png"})
    write_file(dir.path / "one/cats" / file, plain_png(32, 200, 90, 30));
  for (const char* command : {"train", "compare"}) {
    const Finished f = dir.run(std::string(command) + " --data one --out run");
    CHECK(f.code == 3);
    CHECK(f.err.find(
              "there is nothing to tell apart with 1 class(es) (cats), expected two or more") !=
          std::string::npos);
    CHECK(!dir.has("run"));
  }
}

}  // namespace
}  // namespace ek

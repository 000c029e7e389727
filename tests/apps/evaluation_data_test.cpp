// Which images eval takes, and what it refuses.
#include <doctest/doctest.h>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>
#include "evenkeel/core/files/file.h"
#include "tests/apps/photographs.h"
#include "tests/apps/run_program.h"
#include "tests/data/files.h"
#include "tests/data/jpeg_writer.h"

namespace ek {
namespace {

TEST_CASE(
    "eval takes every image of the folder that it is given, and the run's own test images without "
    "one") {
  const Workshop dir;
  write_photographs(dir.path / "photos", 15);
  write_photographs(dir.path / "new", 15);
  REQUIRE(dir.run(kTrain + "--data photos --out run").code == 0);
  CHECK(
      contains(dir.run("eval --checkpoint run/last.safetensors --data new").out, " of 30 images"));
  const Finished own = dir.run("eval --checkpoint run/best.safetensors");
  CHECK(own.code == 0);
  CHECK(contains(own.out, " of 4 images"));
  CHECK(contains(own.out, "the place is named by run/config.json"));
  for (const char* way :
       {"run", "--config run/config.json", "--checkpoint run", "run/last.safetensors"}) {
    CHECK(dir.run(std::string("eval ") + way).out.starts_with("file      run/last.safetensors\n"));
  }
  const Finished both = dir.run("eval run --checkpoint run/best.safetensors");
  CHECK(both.code == 2);
  CHECK(contains(unwrapped(dir.run("eval run --data photos").out),
                 "among them the images that the model was trained on"));
}

TEST_CASE(
    "eval refuses a folder whose photographs came or went, because the held-out images would be "
    "others") {
  const Workshop dir;
  write_photographs(dir.path / "photos", 15);
  REQUIRE(dir.run(kTrain + "--data photos --out run").code == 0);
  write_file(dir.path / "photos/red/new.png", plain_png(32, 250, 0, 0));
  for (const char* command :
       {"eval run", "eval --config run/config.json", "eval run/best.safetensors"}) {
    const Finished f = dir.run(command);
    CHECK(f.code == 3);
    CHECK(contains(f.err,
                   "error: photos: its images are not those that run/last.safetensors was trained "
                   "and tested with") == (std::string(command) != "eval run/best.safetensors"));
    CHECK(
        contains(f.err, "name images that it has not seen with --data, or bring the folder back"));
  }
  CHECK(dir.run("eval run --data photos").code == 0);
  fs::remove(dir.path / "photos/red/new.png");
  CHECK(dir.run("eval run").code == 0);
  fs::rename(dir.path / "photos/red/3.png", dir.path / "photos/red/other.png");
  CHECK(dir.run("eval run").code == 3);
}

TEST_CASE("eval tests with as many images as the run did, unless a flag says otherwise") {
  const Workshop dir;
  REQUIRE(dir.run("train " + kQuick + "--max-steps 1 --limit-test 10 --out run").code == 0);
  const std::string own = dir.run("eval run").out;
  CHECK(contains(own, " of 10 images"));
  CHECK(contains(own, "10 of the 25 test images, as the run's --limit-test has it"));
  CHECK(contains(dir.run("eval run --limit-test 7").out, " of 7 images"));
  CHECK(contains(dir.run("eval run --limit-test 0").out, " of 25 images"));
  CHECK(contains(dir.run("eval run --data cifar").out, " of 25 images"));
  write_file(dir.path / "mine.json", R"({"threads": 1})");  // it names no data: the run's own does
  CHECK(contains(dir.run("eval run --config mine.json").out,
                 "the place is named by run/config.json"));
}

TEST_CASE("a run is named by its folder wherever a checkpoint is asked for") {
  const Workshop dir;
  REQUIRE(dir.run("compare " + kQuick + "--max-steps 1 --out both").code == 0);
  const Finished both = dir.run("eval both");
  CHECK(both.code == 3);
  CHECK(
      contains(both.err,
               "both: holds no checkpoint of a run (neither last.safetensors nor "
               "best.safetensors); name one of the runs in it: both/norm-batch, both/norm-none\n"));
  CHECK(contains(dir.run("inspect both/norm-none").out, "conv1.weight"));
  CHECK(contains(dir.run("inspect --checkpoint both/norm-none").out, "conv1.weight"));
  CHECK(dir.run("train " + kQuick + "--max-steps 1 --init both/norm-batch --out more").code == 0);
  const Finished other = dir.run("eval both/norm-batch --model resnet20");
  CHECK(other.code == 3);
  CHECK(std::ranges::count(other.err, '\n') == 1);
  CHECK(other.err.size() < 700);  // not every tensor of the model
}

TEST_CASE("a run's folder does not become a class") {
  const Workshop dir;
  write_photographs(dir.path / "photos", 5);
  const Finished inside = dir.run(kTrain + "--data photos --out photos/run");
  CHECK(inside.code == 2);
  CHECK(contains(inside.err,
                 "--out: photos/run is among the images in photos, where the next run would take "
                 "it for a class; name a folder outside of it\n"));
  CHECK(!dir.has("photos/run"));
  for (const char* split : {"train", "test"}) write_photographs(dir.path / "splits" / split, 3);
  CHECK(dir.run(kTrain + "--data splits --out splits/test/run").code == 2);
  CHECK(dir.run(kTrain + "--data splits --out splits/run").code == 0);  // no class there
}

TEST_CASE("photographs that cannot be used as they lie: what to do") {
  const Workshop dir;
  write_file(dir.path / "loose/1.png", plain_png(8, 1, 2, 3));
  CHECK(contains(dir.run(kTrain + "--data loose").err,
                 "loose: its 1 image(s) are in no class folder; put those of "));
  write_file(dir.path / "foreign/a/1.webp", "RIFF");
  CHECK(contains(dir.run(kTrain + "--data foreign").err,
                 "it holds WebP files, which are not read; mogrify"));
}

TEST_CASE("eval says which flag is missing where the place of the images is not known") {
  const Workshop dir;
  write_photographs(dir.path / "photos", 5);
  REQUIRE(dir.run(kTrain + "--data photos --out run").code == 0);
  fs::copy_file(dir.path / "run/last.safetensors", dir.path / "alone.safetensors");
  const Finished alone = dir.run("eval --checkpoint alone.safetensors");
  CHECK(alone.code == 3);
  CHECK(contains(alone.err,
                 "no config.json beside it says where that is; name the images with --data\n"));
  write_file(dir.path / "config.json",
             R"({"architectures": ["of another program"]})");  // a hint that is none
  CHECK(dir.run("eval --checkpoint alone.safetensors").code == 3);
  CHECK(dir.run("eval --checkpoint alone.safetensors --data photos").code == 0);
  fs::rename(dir.path / "photos", dir.path / "moved");
  const Finished gone = dir.run("eval run");
  CHECK(gone.code == 3);
  CHECK(
      contains(gone.err, "convnet eval: error: photos: no such folder; run/config.json names it"));
  CHECK(contains(gone.err, "name it with --data\n"));
  CHECK(dir.run("eval run --data moved").code == 0);
}

TEST_CASE("classes are paired by their names") {
  const Workshop dir;
  write_photographs(dir.path / "photos", 10);
  REQUIRE(
      dir.run("train --model convnet-8x8 -b 4 --epochs 4 --data photos --out run --quiet").code ==
      0);
  fs::create_directories(dir.path / "some");
  fs::copy(dir.path / "photos/red", dir.path / "some/red");
  fs::copy(dir.path / "photos/blue", dir.path / "some/zebra");
  const Finished refused = dir.run("eval run --data some");
  CHECK(refused.code == 3);
  CHECK(contains(refused.err,
                 "the images have classes that the model does not know (zebra); the images' "
                 "classes: red, zebra; the model's: blue, red"));
  const Finished known = dir.run("eval run --data some --skip-unknown-classes --json");
  REQUIRE(known.code == 0);
  const json result = json::parse(known.out);
  CHECK(result["images"] == 10);
  CHECK(result["accuracy"] == 1.0);  // by place they would be blue
  CHECK(result["classes"][1]["images"] == 10);
  CHECK(result["classes"][0]["accuracy"].is_null());
}

}  // namespace
}  // namespace ek

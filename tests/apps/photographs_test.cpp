// Folders of photographs on the command line: what is read, what is said about it, what happens to bad files.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "evenkeel/core/files/file.h"
#include "tests/apps/run_program.h"
#include "tests/data/files.h"
#include "tests/data/jpeg_writer.h"

namespace ek {
namespace {

using nlohmann::json;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Images of class red/ and blue/ in a folder.
void write_photographs(const fs::path& dir, int of_each_class) {
  for (int i = 0; i < of_each_class; ++i) {
    const auto shade = static_cast<std::uint8_t>(5 * i);
    write_file(dir / "red" / (std::to_string(i) + ".png"), plain_png(32, 250, shade, shade));
    write_file(dir / "blue" / (std::to_string(i) + ".png"), plain_png(32, shade, shade, 250));
  }
}

const std::string kTrain = "train --model convnet-8x8 -b 4 --max-steps 2 ";

/// 32x32 pixels, black but for a white stripe along one side.
Bytes striped(int orientation) {
  BlockImage image = {4, 4, 1, std::vector<int>(16, 0)};
  for (std::size_t i = 0; i < 4; ++i) {
    const bool upright =
        orientation == 1;  // the stripe is on top; else it is stored lying on its left side
    image.values[upright ? i : 4 * i] = 255;
  }
  return jpeg(image, exif_segment(orientation));
}

TEST_CASE(
    "a photograph that is stored lying on its side is trained, evaluated and predicted upright") {
  const Workshop dir;
  for (const int orientation : {1, 6}) {
    const fs::path folder = dir.path / ("photos" + std::to_string(orientation));
    for (const char* split : {"train", "test"}) {
      write_file(folder / split / "a/1.jpg", striped(orientation));
      write_file(folder / split / "b/1.jpg", jpeg({4, 4, 1, std::vector<int>(16, 128)}));
    }
    const std::string number = std::to_string(orientation);
    const Finished f = dir.run(kTrain + "-b 2 --data photos" + number + " --out run" + number);
    REQUIRE(f.code == 0);
    CHECK(contains(unwrapped(f.out), "2 turned upright by their EXIF orientation") ==
          (orientation == 6));
  }
  CHECK(dir.text("run1/last.safetensors") == dir.text("run6/last.safetensors"));
  const auto score = [&](const std::string& data) {
    const Finished f = dir.run("eval run1 --json --data " + data);
    REQUIRE(f.code == 0);
    return json::parse(f.out)["loss"];
  };
  CHECK(score("photos6") == score("photos1"));
  const auto top = [&](const std::string& image) {
    return json::parse(dir.run("predict --json --checkpoint run1 " + image).out)[0]["top"];
  };
  CHECK(top("photos6/test/a/1.jpg") == top("photos1/test/a/1.jpg"));
}

TEST_CASE(
    "train says how images are split, what becomes of them and what is skipped; --verbose names "
    "it") {
  const Workshop dir;
  write_photographs(dir.path / "photos", 20);
  write_file(dir.path / "photos/red/deep/below/1.png", plain_png(64, 9, 9, 9));
  write_file(dir.path / "photos/red/x.webp", "RIFF");
  write_file(dir.path / "photos/red/notes.txt", "text");
  const Finished f = dir.run(kTrain + "--data photos --out run");
  REQUIRE(f.code == 0);
  const std::string said = unwrapped(f.out);
  for (const char* part :
       {"36 training and 5 test images in 2 classes",
        "split: 5 images, a tenth of each class, are held out to test with",
        "images: 32x32 to 64x64; cropped to a square around the centre, resized to 32x32",
        "skipped: 1 WebP (not read; mogrify -format png *.webp (ImageMagick) converts), 1 other "
        "file (--verbose names "
        "them)"}) {
    CHECK_MESSAGE(contains(said, part), part);
  }
  CHECK(!contains(f.out, "notes.txt"));
  const std::string verbose =
      unwrapped(dir.run(kTrain + "--data photos --verbose --out other").out);
  CHECK(contains(verbose, "photos/red/notes.txt: no image by its name (.txt)"));
  CHECK(contains(
      verbose,
      "photos/red/x.webp: WebP, which is not read; mogrify -format png *.webp (ImageMagick) "));
}

TEST_CASE(
    "all images that cannot be read are said at once, and --skip-bad-images goes on without them") {
  const Workshop dir;
  write_photographs(dir.path / "photos", 10);
  write_file(dir.path / "photos/blue/7.png", "no image");
  write_file(dir.path / "photos/red/3.png", "no image either");
  const Finished f = dir.run(kTrain + "--data photos --out run");
  CHECK(f.code == 3);
  CHECK(std::ranges::count(f.err, '\n') == 3);
  CHECK(contains(f.err, "convnet train: error: photos/blue/7.png: is no JPEG, PNG or BMP image\n"));
  CHECK(contains(f.err, "convnet train: error: photos/red/3.png: is no JPEG, PNG or BMP image\n"));
  CHECK(contains(f.err,
                 "convnet train: error: 2 of 20 images cannot be read, the first of them is "));
  CHECK(!dir.has("run"));
  const Finished skipping = dir.run(kTrain + "--data photos --skip-bad-images --out run");
  CHECK(skipping.code == 0);
  CHECK(contains(unwrapped(skipping.out),
                 "2 images are left out: they cannot be read (--verbose names them)"));
  CHECK(dir.run("eval run").code == 0);  // as the run did
  CHECK(dir.run("eval run --data photos").code == 3);
  CHECK(contains(dir.run("eval run --data photos --skip-bad-images").out, " of 18 images"));
}

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
  CHECK(contains(
      both.err,
      "both: holds no checkpoint of a run (neither last.safetensors nor best.safetensors); name "
      "one of the runs in it: both/norm-batch, both/norm-none\n"));
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
  CHECK(contains(
      inside.err,
      "--out: photos/run is among the images in photos, where the next run would take it for a "
      "class; name a folder outside of it\n"));
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
  CHECK(contains(
      refused.err,
      "the images have classes that the model does not know (zebra); the images' classes: red, "
      "zebra; the model's: blue, red"));
  const Finished known = dir.run("eval run --data some --skip-unknown-classes --json");
  REQUIRE(known.code == 0);
  const json result = json::parse(known.out);
  CHECK(result["images"] == 10);
  CHECK(result["accuracy"] == 1.0);  // by place they would be blue
  CHECK(result["classes"][1]["images"] == 10);
  CHECK(result["classes"][0]["accuracy"].is_null());
}

TEST_CASE("start weights of other classes are said") {
  const Workshop dir;
  write_photographs(dir.path / "photos", 3);
  REQUIRE(dir.run(kTrain + "--data photos --out run").code == 0);
  CHECK(dir.run(kTrain + "--data photos --init run/last.safetensors --out again")
            .err.find("warning") == std::string::npos);
  fs::rename(dir.path / "photos/red", dir.path / "photos/apple");
  const Finished f = dir.run(kTrain + "--data photos --init run/last.safetensors --out other");
  CHECK(f.code == 0);
  CHECK(contains(
      f.err,
      "warning: --init: run/last.safetensors knows other classes (blue, red) than the data (apple, "
      "blue); "));
}

TEST_CASE("predict: folders, patterns and standard input; a bad file does not stop the others") {
  const Workshop dir;
  write_photographs(dir.path / "photos", 6);
  REQUIRE(dir.run(kTrain + "--data photos --out run").code == 0);
  write_file(dir.path / "photos/red/bad.png", "no image");
  write_file(dir.path / "odd/caf\xE9\\.png", plain_png(8, 1, 2, 3));
  const Finished f = dir.run(
      "predict --json --checkpoint run photos nowhere.png odd photos/blue/[0-1].png none*.png");
  CHECK(f.code == 3);
  CHECK(std::ranges::count(f.err, '\n') == 3);
  CHECK(contains(f.err, "photos/red/bad.png: is no JPEG, PNG or BMP image\n"));
  CHECK(contains(f.err, "none*.png: no file matches this pattern\n"));
  const json all = json::parse(f.out);
  REQUIRE(all.size() == 18);
  CHECK(all[0]["image"] == "photos/blue/0.png");
  CHECK(all[12]["image"] == "photos/red/bad.png");
  CHECK(all[12]["error"] == "photos/red/bad.png: is no JPEG, PNG or BMP image");
  CHECK(all[13]["image"] == "nowhere.png");
  CHECK(all[14]["image"] == "odd/caf\\xE9\\\\.png");
  CHECK(all[16]["image"] == "photos/blue/1.png");
  CHECK(all[16]["top"] == all[1]["top"]);
  write_file(dir.path / "odd/x.webp", "RIFF");
  const json passed = json::parse(dir.run("predict --json --quiet --checkpoint run odd").out);
  REQUIRE(passed.size() == 2);
  CHECK(passed[1]["image"] == "odd/x.webp");
  CHECK(contains(passed[1]["skipped"].get<std::string>(), "WebP, which is not read; "));

  const std::string pipe = "cd " + dir.path.string() +
                           " && " EVENKEEL_BUILD_DIR
                           "/convnet predict --checkpoint run - < photos/red/1.png > out 2> err";
  CHECK(std::system(pipe.c_str()) == 0);
  CHECK(read_text(dir.path / "out").starts_with("-: "));
}

TEST_CASE("a checkpoint's names do not reach the terminal as commands") {
  const Workshop dir;
  for (const char* name : {"a\x1B[2J", "b"}) {
    for (int i = 0; i < 3; ++i) {
      write_file(dir.path / "photos" / name / (std::to_string(i) + ".png"), plain_png(32, 1, 2, 3));
    }
  }
  REQUIRE(dir.run(kTrain + "-b 2 --data photos --out run").code == 0);
  for (const char* command :
       {"eval run", "predict --checkpoint run photos/b/1.png", "inspect --checkpoint run"}) {
    const Finished f = dir.run(command);
    CHECK(f.code == 0);
    CHECK(contains(f.out, "x1B[2J"));
    CHECK(!contains(f.out + f.err, "\x1B"));
  }
}

}  // namespace
}  // namespace ek

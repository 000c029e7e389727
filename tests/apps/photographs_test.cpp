// Folders of photographs on the command line: what is read, what is said about it, what happens to bad files.
#include "tests/apps/photographs.h"
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
        "file (--verbose names them)"}) {
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

TEST_CASE("start weights of other classes are said") {
  const Workshop dir;
  write_photographs(dir.path / "photos", 3);
  REQUIRE(dir.run(kTrain + "--data photos --out run").code == 0);
  CHECK(dir.run(kTrain + "--data photos --init run/last.safetensors --out again")
            .err.find("warning") == std::string::npos);
  fs::rename(dir.path / "photos/red", dir.path / "photos/apple");
  const Finished f = dir.run(kTrain + "--data photos --init run/last.safetensors --out other");
  CHECK(f.code == 0);
  CHECK(contains(f.err,
                 "warning: --init: run/last.safetensors knows other classes (blue, red) than the "
                 "data (apple, blue); "));
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

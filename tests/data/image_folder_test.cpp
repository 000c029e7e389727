#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "evenkeel/data/image_folder.h"

#include <doctest/doctest.h>

#include "encode.h"
#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/files/file.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/data/load_images.h"
#include "evenkeel/data/split_folders.h"
#include "tests/data/encode.h"
#include "tests/data/files.h"

using namespace ek;

namespace {

const Shape kShape = {3, 2, 2};

/// A 2x2 BMP in which every byte is `value`.
Bytes plain(int value) { return bmp(2, 2, Bytes(12, static_cast<std::uint8_t>(value))); }

std::string listing_error(const fs::path& dir) {
  return error_of<DataError>([&] { list_images(dir); });
}

std::vector<std::string> names_of(const ImageList& list) {
  std::vector<std::string> names;
  for (const fs::path& file : list.files) names.push_back(file.filename());
  return names;
}

}  // namespace

TEST_CASE(
    "one class a folder, classes and images in the order of their bytes, other files counted") {
  TempDir dir;
  for (const char* name : {"zebra", "Ant", "b2", "b10", "\xC3\xA9mu"})
    for (const char* file : {"2.bmp", "10.BMP", "notes.txt", ".hidden.bmp"})
      write_file(dir.path / name / file, plain(static_cast<unsigned char>(name[0])));
  write_file(dir.path / "README", "text");
  write_file(dir.path / ".git" / "config", "text");
  const ImageList list = list_images(dir.path);
  CHECK(list.class_names == std::vector<std::string>{"Ant", "b10", "b2", "zebra", "\xC3\xA9mu"});
  CHECK(names_of(list)[0] == "10.BMP");
  CHECK(names_of(list)[1] == "2.bmp");
  CHECK(list.labels == std::vector<int>{0, 0, 1, 1, 2, 2, 3, 3, 4, 4});
  CHECK(list.skipped.size() == 6);
  CHECK(list.skipped[0].path.filename() == "notes.txt");
  CHECK(list.skipped[0].reason == "no image by its name (.txt)");
  const auto data = load_images(list_images(dir.path), kShape).data;
  CHECK(data->name() == "folder");
  CHECK(data->size() == 10);
  CHECK(data->image_shape() == kShape);
  CHECK(data->label(7) == 3);
  CHECK(image_of(*data, 7) == Bytes(12, 'z'));
}

TEST_CASE("the same images for any number of threads, and every bad file is named") {
  TempDir dir;
  for (int i = 0; i < 100; ++i)
    write_file(dir.path / "a" / (std::to_string(1000 + i) + ".bmp"), plain(i));
  const int before = num_threads();
  for (const int threads : {1, 2, 4}) {
    set_num_threads(threads);
    const auto data = load_images(list_images(dir.path), kShape).data;
    for (int i = 0; i < 100; ++i)
      REQUIRE(image_of(*data, i) == Bytes(12, static_cast<std::uint8_t>(i)));
  }
  write_file(dir.path / "a" / "1020.bmp", "no image");
  const std::string reason =
      ": is no JPEG, PNG or BMP image; mend or remove it, or go on without it with "
      "--skip-bad-images";
  CHECK(error_of<BadImages>([&] { load_images(list_images(dir.path), kShape); }) ==
        (dir.path / "a" / "1020.bmp").string() + reason);
  write_file(dir.path / "a" / "1090.bmp", "no image either");
  for (const int threads : {1, 4}) {
    set_num_threads(threads);
    try {
      load_images(list_images(dir.path), kShape);
      CHECK(false);
    } catch (const BadImages& error) {
      REQUIRE(error.images.size() == 2);
      CHECK(error.images[1].path == dir.path / "a" / "1090.bmp");
      CHECK(error.images[1].reason == "is no JPEG, PNG or BMP image");
      CHECK(std::string(error.what())
                .starts_with("2 of 100 images cannot be read, the first of them is "));
    }
    const LoadedImages good = load_images(list_images(dir.path), kShape, OnBadImage::skip);
    CHECK(good.bad.size() == 2);
    REQUIRE(good.data->size() == 98);
    CHECK(image_of(*good.data, 19) == Bytes(12, 19));
    CHECK(image_of(*good.data, 20) == Bytes(12, 21));
    CHECK(image_of(*good.data, 97) == Bytes(12, 99));
  }
  set_num_threads(before);
}

TEST_CASE("folders that cannot be used") {
  TempDir dir;
  const std::string path = dir.path.string();
  CHECK(listing_error(dir.path / "none") ==
        path + "/none: no such folder; expected one with a sub-folder of images per class");
  CHECK(listing_error(dir.path) ==
        path + ": no class folders, expected a sub-folder of images per class");
  write_file(dir.path / "a.bmp", plain(1));
  CHECK(listing_error(dir.path) == path +
                                       ": its 1 image(s) are in no class folder; put those of each "
                                       "class into a sub-folder that has its name");
  CHECK(listing_error(dir.path / "a.bmp").find("/a.bmp: is not a folder; expected one") !=
        std::string::npos);
  write_file(dir.path / "cats" / "a.bmp", plain(1));
  write_file(dir.path / "dogs" / "a.txt", "text");
  CHECK(listing_error(dir.path) == path +
                                       "/dogs: a class folder without an image (.jpg, .jpeg, .jpe, "
                                       ".jfif, .png, .bmp); fill or remove it");
  write_file(dir.path / "dogs" / "a.webp", "RIFF");
  CHECK(listing_error(dir.path).find(
            "; it holds WebP files, which are not read; mogrify -format png *.webp ") !=
        std::string::npos);
  fs::create_directory(dir.path / "eels");
  CHECK(listing_error(dir.path).find(path + "/dogs, " + path +
                                     "/eels: class folders without an image") == 0);
  TempDir foreign;
  write_file(foreign.path / "a.heic", "any");
  CHECK(listing_error(foreign.path).find("it holds HEIC files, which are not read; ") !=
        std::string::npos);
}

TEST_CASE(
    "links that lead nowhere or in circles, pipes and odd names end in an image, a count or an "
    "error") {
  TempDir around;
  const fs::path dir =
      around.path / "images";  // so that a link to ".." stays in the test's own folder
  write_file(dir / "a" / "1.bmp", plain(1));
  fs::create_symlink("b", dir / "c");
  fs::create_symlink("c", dir / "b");
  fs::create_symlink("nowhere", dir / "d");
  fs::create_symlink(".", dir / "a" / "self");
  CHECK(list_images(dir).skipped.size() == 4);
  CHECK(load_images(list_images(dir), kShape).data->size() == 1);

  fs::create_symlink("..",
                     dir / "up");  // a class folder whose images would be in folders of its own
  CHECK(listing_error(dir).find("/up: a class folder without an image") != std::string::npos);
  fs::remove(dir / "up");

  const fs::path pipe = dir / "a" / "2.png";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(
      error_of<DataError>([&] { load_images(list_images(dir), kShape); }) ==
      pipe.string() +
          ": is not a regular file; mend or remove it, or go on without it with --skip-bad-images");
  fs::remove(pipe);

  write_file(dir / "new\nline\xFF" / "1.bmp", plain(2));
  CHECK(list_images(dir).class_names == std::vector<std::string>{"a", "new\\x0Aline\\xFF"});
  CHECK(load_images(list_images(dir), kShape).data->size() == 2);
  write_file(dir / "new\nline\xFF" / "2.bmp", "x");
  CHECK(error_of<DataError>([&] {
          load_images(list_images(dir), kShape);
        }).find("/new\\x0Aline\\xFF/2.bmp: ") != std::string::npos);
}

TEST_CASE("names that are not UTF-8 stay apart") {
  TempDir dir;
  for (const char* name : {"caf\xE9", "caf\xE8"}) write_file(dir.path / name / "1.bmp", plain(1));
  CHECK(list_images(dir.path).class_names == std::vector<std::string>{"caf\\xE8", "caf\\xE9"});
  write_file(dir.path / "caf\\xE9" / "1.bmp", plain(1));  // a name that looks like such an escape
  CHECK(listing_error(dir.path).find(
            "two class folders are called caf\\xE9 when they are printed") != std::string::npos);
}

TEST_CASE("images in sub-folders belong to their class, in torchvision's order") {
  TempDir dir;
  for (const char* file :
       {"a/2.bmp", "a/b/d/1.bmp", "a/b-c/1.bmp", "a/b/1.bmp", "a/b/x.webp", "z/1.jfif"}) {
    write_file(dir.path / file, plain(1));
  }
  const ImageList list = list_images(dir.path);
  std::vector<std::string> files;
  for (const fs::path& file : list.files)
    files.push_back(file.lexically_relative(dir.path).string());
  CHECK(files ==
        std::vector<std::string>{"a/2.bmp", "a/b/1.bmp", "a/b-c/1.bmp", "a/b/d/1.bmp", "z/1.jfif"});
  CHECK(list.labels == std::vector<int>{0, 0, 0, 0, 1});
  REQUIRE(list.skipped.size() == 1);
  CHECK(list.skipped[0].path == dir.path / "a/b/x.webp");
  CHECK(list.skipped[0].reason ==
        "WebP, which is not read; mogrify -format png *.webp (ImageMagick) converts it");
}

namespace {

/// Two classes with an image each; image bytes are `value`.
void write_classes(const fs::path& dir, int value) {
  for (const char* name : {"a", "b"}) write_file(dir / name / "1.bmp", plain(value));
}

std::string splits_error(const fs::path& dir) {
  return error_of<DataError>([&] { list_splits(dir); });
}

}  // namespace

TEST_CASE("splits: the names of the ecosystem, in any case of letters") {
  for (const char* train : {"train", "Training"}) {
    for (const char* test :
         {"test", "testing", "Test", "val", "valid", "validation", "Val", "eval"}) {
      CAPTURE(test);
      TempDir dir;
      write_classes(dir.path / train, 1);
      write_classes(dir.path / test, 3);
      const ImageSplits splits = list_splits(dir.path);
      CHECK(splits.train.files.size() == 2);
      CHECK(splits.validation.files.empty());
      CHECK(image_of(*load_images(splits.test, kShape).data, 1) == Bytes(12, 3));
      REQUIRE(splits.notes.size() == 1);
      CHECK(splits.notes[0] ==
            "split: " + std::string(train) + "/ trains (2 images), " + test + "/ tests (2 images)");
      CHECK(holds_image_folder(dir.path));
    }
  }
}

TEST_CASE("splits: with train, val and test, val chooses and test tests") {
  TempDir dir;
  write_classes(dir.path / "train", 1);
  write_classes(dir.path / "val", 2);
  write_classes(dir.path / "test", 3);
  write_classes(dir.path / "extra", 4);
  const ImageSplits splits = list_splits(dir.path);
  CHECK(image_of(*load_images(splits.validation, kShape).data, 0) == Bytes(12, 2));
  CHECK(image_of(*load_images(splits.test, kShape).data, 0) == Bytes(12, 3));
  CHECK(splits.notes ==
        std::vector<std::string>{
            "split: train/ trains (2 images), val/ chooses the best epoch (2 images), test/ tests "
            "(2 images)",
            "not read: extra/, no split by its name"});
  TempDir kaggle;
  write_classes(kaggle.path / "train", 1);
  write_classes(kaggle.path / "val", 2);
  write_file(kaggle.path / "test" / "1.bmp", plain(3));
  CHECK(list_splits(kaggle.path).notes.back() == "not read: test/, which has no class folders");
  write_classes(dir.path / "Validation", 2);
  CHECK(splits_error(dir.path) ==
        dir.path.string() + ": Validation/ and val/ would be the same split; rename one");
}

TEST_CASE("splits: labels go by the names of the classes") {
  TempDir dir;
  for (const char* name : {"a", "b", "c"})
    write_file(dir.path / "train" / name / "1.bmp", plain(1));
  write_file(dir.path / "test" / "c" / "1.bmp", plain(3));
  const ImageSplits splits = list_splits(dir.path);
  CHECK(splits.test.labels == std::vector<int>{2});
  CHECK(splits.notes.back() == "test/ has no image of class a, b");
  write_file(dir.path / "test" / "d" / "1.bmp", plain(1));
  CHECK(splits_error(dir.path) ==
        (dir.path / "test").string() +
            ": its class d is not known; its classes: c, d; the known ones: a, b, c");
}

TEST_CASE("splits: a class may be called train, test or val") {
  TempDir dir;
  for (const char* name : {"bus", "train", "test", "val"})
    write_file(dir.path / name / "1.bmp", plain(1));
  CHECK(list_images(dir.path).class_names.size() == 4);
  CHECK_FALSE(find_split_folders(dir.path).any());
  write_file(dir.path / "train" / "steam" / "1.bmp",
             plain(1));  // it has sub-folders, and images of its own
  CHECK_FALSE(find_split_folders(dir.path).any());

  TempDir unclear;
  write_file(unclear.path / "bus" / "1.bmp", plain(1));
  write_file(unclear.path / "train" / "steam" / "1.bmp", plain(1));
  CHECK(splits_error(unclear.path) == unclear.path.string() +
                                          ": is train/ a split with class folders, or a class like "
                                          "bus/? Name the split itself with "
                                          "--data, or rename the class");

  for (const char* name : {"1.bmp", "2.bmp", "3.bmp"})
    write_file(unclear.path / "train" / "diesel" / name, plain(1));
  write_file(unclear.path / "train" / "stray.bmp", plain(1));  // does not make a class of it
  CHECK(splits_error(unclear.path)
            .find(": is train/ a split with class folders, or a class like bus/?") !=
        std::string::npos);

  TempDir unlabelled;
  for (const char* name : {"train", "test"}) write_file(unlabelled.path / name / "1.bmp", plain(1));
  CHECK(splits_error(unlabelled.path) ==
        unlabelled.path.string() +
            ": its folders are called test and train, but hold images without a class; put them "
            "into a sub-folder per "
            "class");
}

TEST_CASE("splits: else a tenth of each class, the same one every time") {
  TempDir dir;
  for (int i = 0; i < 25; ++i)
    write_file(dir.path / "a" / (std::to_string(100 + i) + ".bmp"), plain(i));
  for (int i = 0; i < 2; ++i)
    write_file(dir.path / "b" / (std::to_string(100 + i) + ".bmp"), plain(i));
  write_file(dir.path / "c" / "100.bmp", plain(0));
  const ImageSplits splits = list_splits(dir.path);
  const ImageList &train = splits.train, &test = splits.test;
  CHECK(test.labels == std::vector<int>{0, 0, 0, 1});
  CHECK(train.files.size() == 24);
  CHECK(std::ranges::count(train.labels, 1) == 1);
  CHECK(std::ranges::count(train.labels, 2) == 1);
  CHECK(train.class_names == test.class_names);
  std::vector<fs::path> all = train.files;
  all.insert(all.end(), test.files.begin(), test.files.end());
  std::ranges::sort(all);
  CHECK(all == list_images(dir.path).files);
  CHECK(list_splits(dir.path).test.files == test.files);
  // The same files as ever, so that scores of runs that were made before can be compared.
  CHECK(names_of(test) == std::vector<std::string>{"100.bmp", "106.bmp", "115.bmp", "100.bmp"});
  CHECK(splits.notes[0].starts_with(
      "split: 4 images, a tenth of each class, are held out to test with; "));

  TempDir only_train;  // dir/train alone is split too
  fs::rename(dir.path / "a", only_train.path / "a");
  fs::create_directory(only_train.path / "train");
  fs::rename(only_train.path / "a", only_train.path / "train" / "a");
  CHECK(list_splits(only_train.path).test.files.size() == 3);

  TempDir single;
  write_file(single.path / "a" / "1.bmp", plain(0));
  CHECK(
      splits_error(single.path) ==
      single.path.string() +
          ": no class has two images, so none is left to test with; give the folder a train and a "
          "test folder");
}

TEST_CASE("splits: a folder that has the name of one, but no image, is said") {
  TempDir dir;
  write_classes(dir.path / "train", 2);
  write_file(dir.path / "train" / "a" / "2.bmp", plain(7));
  fs::create_directory(dir.path / "test");
  CHECK(list_splits(dir.path).notes.back() == "not read: test/, without an image");
}

TEST_CASE("splits: a folder without images, or none, is an error") {
  TempDir dir;
  CHECK(splits_error(dir.path) ==
        dir.path.string() + ": no class folders, expected a sub-folder of images per class");
  CHECK(splits_error(dir.path / "none").find("/none: no such folder; ") != std::string::npos);
  CHECK(error_of<DataError>([&] {
          list_images_to_test(dir.path / "none");
        }).find("no such folder") != std::string::npos);
}

TEST_CASE("the training split named by itself says what lies beside it") {
  TempDir dir;
  for (int i = 0; i < 2; ++i)
    write_file(dir.path / "train" / "a" / (std::to_string(i) + ".bmp"), plain(i));
  write_classes(dir.path / "val", 2);
  CHECK(list_splits(dir.path / "train").notes.back().starts_with("not read: val/ beside it; "));
}

TEST_CASE("to evaluate, all images of the folder count") {
  TempDir dir;
  for (int i = 0; i < 30; ++i) write_file(dir.path / "a" / (std::to_string(i) + ".bmp"), plain(i));
  CHECK(list_images_to_test(dir.path).images.files.size() == 30);
  CHECK(list_images_to_test(dir.path).note == "all images of the folder");
  TempDir splits;
  write_classes(splits.path / "train", 1);
  write_classes(splits.path / "val", 2);
  CHECK(list_images_to_test(splits.path).note == "all images of val/; not read: train/");
  write_classes(splits.path / "Test", 3);
  CHECK(list_images_to_test(splits.path).note == "all images of Test/; not read: train/, val/");
  fs::remove_all(splits.path / "train");  // to evaluate, the test images suffice
  CHECK(list_images_to_test(splits.path).images.files.size() == 2);
  CHECK(splits_error(splits.path).find("has Test/ but no train folder with class folders in it") !=
        std::string::npos);
}

TEST_CASE("an image folder is recognised") {
  TempDir dir;
  CHECK_FALSE(holds_image_folder(dir.path));
  CHECK_FALSE(holds_image_folder(dir.path / "none"));
  write_file(dir.path / "a" / "1.txt", "text");
  CHECK_FALSE(holds_image_folder(dir.path));
  write_file(dir.path / "val" / "a" / "1.jpeg", "any");
  CHECK(holds_image_folder(dir.path));
  CHECK(holds_image_folder(dir.path / "val"));
  for (const char* name :
       {"photo.jpg", "photo.webp", "deep/photo.heic"}) {  // list_splits says what is to be done
    TempDir loose;
    write_file(loose.path / name, "any");
    CHECK_MESSAGE(holds_image_folder(loose.path), name);
  }
}

// Which images of a folder train, choose and test.
#include "evenkeel/data/split_folders.h"
#include <doctest/doctest.h>
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>
#include "encode.h"
#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/files/file.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/data/image_folder.h"
#include "evenkeel/data/load_images.h"
#include "tests/data/encode.h"
#include "tests/data/files.h"
#include "tests/data/folder_support.h"

namespace ek {
namespace {

/// Two classes with an image each; image bytes are `value`.
void write_classes(const fs::path& dir, int value) {
  for (const char* name : {"a", "b"}) write_file(dir / name / "1.bmp", plain(value));
}

std::string splits_error(const fs::path& dir) {
  return error_of<DataError>([&] { list_splits(dir); });
}

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
        std::vector<std::string>{"split: train/ trains (2 images), val/ chooses the best epoch (2 "
                                 "images), test/ tests (2 images)",
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
  CHECK(splits_error(unclear.path) ==
        unclear.path.string() +
            ": is train/ a split with class folders, or a class like bus/? Name the split itself "
            "with --data, or rename the class");

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
            "into a sub-folder per class");
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
  CHECK(splits_error(single.path) == single.path.string() +
                                         ": no class has two images, so none is left to test with; "
                                         "give the folder a train and a test folder");
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

}  // namespace
}  // namespace ek

#include "data/image_folder.h"

#include <doctest/doctest.h>

#include "core/parallel.h"
#include "encode.h"

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

TEST_CASE("one class a folder, classes and images in the order of their bytes, other files counted") {
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
  CHECK(list.skipped == 6);
  const auto data = load_images(list_images(dir.path), kShape);
  CHECK(data->name() == "folder");
  CHECK(data->size() == 10);
  CHECK(data->image_shape() == kShape);
  CHECK(data->label(7) == 3);
  CHECK(image_of(*data, 7) == Bytes(12, 'z'));
}

TEST_CASE("the same images for any number of threads, and the first bad file is named") {
  TempDir dir;
  for (int i = 0; i < 100; ++i) write_file(dir.path / "a" / (std::to_string(1000 + i) + ".bmp"), plain(i));
  const int before = num_threads();
  for (const int threads : {1, 2, 4}) {
    set_num_threads(threads);
    const auto data = load_images(list_images(dir.path), kShape);
    for (int i = 0; i < 100; ++i) REQUIRE(image_of(*data, i) == Bytes(12, static_cast<std::uint8_t>(i)));
  }
  write_file(dir.path / "a" / "1020.bmp", "no image");
  write_file(dir.path / "a" / "1090.bmp", "no image either");
  for (const int threads : {1, 4}) {
    set_num_threads(threads);
    const std::string message = error_of<DataError>([&] { load_images(list_images(dir.path), kShape); });
    CHECK(message.find((dir.path / "a" / "1020.bmp").string() + ": is no JPEG, PNG or BMP image") == 0);
  }
  set_num_threads(before);
}

TEST_CASE("folders that cannot be used") {
  TempDir dir;
  const std::string path = dir.path.string();
  CHECK(listing_error(dir.path / "none") ==
        path + "/none: no such folder; expected one with a sub-folder of images per class");
  CHECK(listing_error(dir.path) == path + ": no class folders, expected a sub-folder of images per class");
  write_file(dir.path / "a.bmp", plain(1));
  CHECK(listing_error(dir.path) ==
        path + ": no class folders, expected a sub-folder of images per class (1 other files are there)");
  CHECK(listing_error(dir.path / "a.bmp").find("/a.bmp: is not a folder; expected one") != std::string::npos);
  write_file(dir.path / "cats" / "a.bmp", plain(1));
  write_file(dir.path / "dogs" / "a.txt", "text");
  CHECK(listing_error(dir.path) ==
        path + "/dogs: a class folder without an image (.jpg, .jpeg, .png, .bmp); fill or remove it");
}

TEST_CASE("links that lead nowhere or in circles, pipes and odd names end in an image, a count or an error") {
  TempDir around;
  const fs::path dir = around.path / "images";  // so that a link to ".." stays in the test's own folder
  write_file(dir / "a" / "1.bmp", plain(1));
  fs::create_symlink("b", dir / "c");
  fs::create_symlink("c", dir / "b");
  fs::create_symlink("nowhere", dir / "d");
  fs::create_symlink(".", dir / "a" / "self");
  CHECK(list_images(dir).skipped == 4);
  CHECK(load_images(list_images(dir), kShape)->size() == 1);

  fs::create_symlink("..", dir / "up");  // a class folder whose images would be in folders of its own
  CHECK(listing_error(dir).find("/up: a class folder without an image") != std::string::npos);
  fs::remove(dir / "up");

  const fs::path pipe = dir / "a" / "2.png";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(error_of<DataError>([&] { load_images(list_images(dir), kShape); }) ==
        pipe.string() + ": is not a regular file");
  fs::remove(pipe);

  write_file(dir / "new\nline\xFF" / "1.bmp", plain(2));
  CHECK(list_images(dir).class_names == std::vector<std::string>{"a", "new?line?"});
  CHECK(load_images(list_images(dir), kShape)->size() == 2);
  write_file(dir / "new\nline\xFF" / "2.bmp", "x");
  CHECK(error_of<DataError>([&] { load_images(list_images(dir), kShape); }).find("/new?line?/2.bmp: ") !=
        std::string::npos);
}

TEST_CASE("splits: train and test (or val) where they are") {
  for (const char* test_name : {"test", "val"}) {
    TempDir dir;
    for (const char* name : {"a", "b"}) {
      write_file(dir.path / "train" / name / "1.bmp", plain(1));
      write_file(dir.path / "train" / name / "2.bmp", plain(2));
      write_file(dir.path / test_name / name / "3.bmp", plain(3));
    }
    CHECK(load_images(list_images(dir.path, Split::train), kShape)->size() == 4);
    const auto test = load_images(list_images(dir.path, Split::test), kShape);
    CHECK(test->size() == 2);
    CHECK(image_of(*test, 1) == Bytes(12, 3));

    write_file(dir.path / test_name / "c" / "1.bmp", plain(1));
    CHECK(error_of<DataError>([&] { list_images(dir.path, Split::train); }) ==
          (dir.path / test_name).string() + ": its classes (a, b, c) are not those of " +
              (dir.path / "train").string() + " (a, b)");
    CHECK(error_of<DataError>([&] { list_images(dir.path, Split::test); }) ==
          (dir.path / "train").string() + ": its classes (a, b) are not those of " + (dir.path / test_name).string() +
              " (a, b, c)");
    fs::remove_all(dir.path / "train");  // to evaluate, the test images suffice
    CHECK(list_images(dir.path, Split::test).files.size() == 3);
    CHECK(error_of<DataError>([&] { list_images(dir.path, Split::train); }).find("/train: no such folder") !=
          std::string::npos);
  }
}

TEST_CASE("splits: else a tenth of each class, the same one every time") {
  TempDir dir;
  for (int i = 0; i < 25; ++i) write_file(dir.path / "a" / (std::to_string(100 + i) + ".bmp"), plain(i));
  for (int i = 0; i < 2; ++i) write_file(dir.path / "b" / (std::to_string(100 + i) + ".bmp"), plain(i));
  write_file(dir.path / "c" / "100.bmp", plain(0));
  const ImageList train = list_images(dir.path, Split::train), test = list_images(dir.path, Split::test);
  CHECK(test.labels == std::vector<int>{0, 0, 0, 1});
  CHECK(train.files.size() == 24);
  CHECK(std::ranges::count(train.labels, 1) == 1);
  CHECK(std::ranges::count(train.labels, 2) == 1);
  CHECK(train.class_names == test.class_names);
  std::vector<fs::path> all = train.files;
  all.insert(all.end(), test.files.begin(), test.files.end());
  std::ranges::sort(all);
  CHECK(all == list_images(dir.path).files);
  CHECK(list_images(dir.path, Split::test).files == test.files);

  TempDir only_train;  // dir/train alone is split too
  fs::rename(dir.path / "a", only_train.path / "a");
  fs::create_directory(only_train.path / "train");
  fs::rename(only_train.path / "a", only_train.path / "train" / "a");
  CHECK(list_images(only_train.path, Split::test).files.size() == 3);

  TempDir single;
  write_file(single.path / "a" / "1.bmp", plain(0));
  CHECK(error_of<DataError>([&] { list_images(single.path, Split::test); }) ==
        single.path.string() +
            ": no class has two images, so none is left to test with; give the folder a train "
            "and a test folder");
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
}

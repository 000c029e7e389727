
#include "evenkeel/data/image_folder.h"
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
#include "evenkeel/data/load_images.h"
#include "evenkeel/data/split_folders.h"
#include "tests/data/encode.h"
#include "tests/data/files.h"
#include "tests/data/folder_support.h"

namespace ek {
namespace {

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

}  // namespace
}  // namespace ek

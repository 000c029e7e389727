#include "evenkeel/data/idx.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "encode.h"
#include "evenkeel/core/base/check.h"
#include "evenkeel/core/files/file.h"
#include "evenkeel/data/dataset.h"
#include "tests/data/encode.h"
#include "tests/data/files.h"

using namespace ek;

namespace {

/// Pixel p of image i is (i + p) % 256.
Bytes grey(std::uint32_t count) {
  Bytes pixels;
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t p = 0; p < 784; ++p) pixels.push_back(static_cast<std::uint8_t>(i + p));
  return pixels;
}

Bytes good_images() { return idx({3, 28, 28}, grey(3)); }
Bytes good_labels() { return idx({3}, {9, 0, 4}); }

std::string error_with(const Bytes& images, const Bytes& labels) {
  TempDir dir;
  write_file(dir.path / "train-images-idx3-ubyte", images);
  write_file(dir.path / "train-labels-idx1-ubyte", labels);
  MemoryCap cap;
  const auto start = std::chrono::steady_clock::now();
  std::string message = error_of<DataError>([&] { load_mnist(dir.path, Split::train); });
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
  for (std::size_t at; (at = message.find(dir.path.string() + "/")) != std::string::npos;)
    message.erase(at, dir.path.string().size() + 1);
  return message;
}

}  // namespace

TEST_CASE("IDX: images are padded to 32x32 and repeated on three channels") {
  TempDir dir;
  write_file(dir.path / "train-images-idx3-ubyte", good_images());
  write_file(dir.path / "train-labels-idx1-ubyte", good_labels());
  CHECK(holds_idx(dir.path));
  const auto data = load_mnist(dir.path, Split::train);
  CHECK(data->name() == "mnist");
  CHECK(data->class_names()[7] == "7");
  REQUIRE(data->size() == 3);
  CHECK(data->label(0) == 9);
  CHECK(data->label(2) == 4);
  const Bytes image = image_of(*data, 1), source = grey(3);
  for (std::size_t i = 0; i < image.size(); ++i) {
    const std::size_t y = i / 32 % 32, x = i % 32;
    const bool border = y < 2 || y >= 30 || x < 2 || x >= 30;
    REQUIRE(image[i] == (border ? 0 : source[784 + (y - 2) * 28 + x - 2]));
  }
}

TEST_CASE(
    "IDX: every spelling of the names, gzipped or not, gives the same; Fashion-MNIST has its own "
    "class names") {
  const auto load = [](const std::string& images, const std::string& labels, bool packed) {
    TempDir dir;
    write_file(dir.path / images, packed ? gzip(good_images()) : good_images());
    write_file(dir.path / labels, packed ? gzip(good_labels()) : good_labels());
    CHECK(holds_idx(dir.path));
    const auto data = load_fashion_mnist(dir.path, Split::test);
    CHECK(data->class_names()[9] == "Ankle boot");
    CHECK(data->label(2) == 4);
    return image_of(*data, 2);
  };
  const Bytes plain = load("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", false);
  CHECK(plain[2 * 32 + 2] == 2);
  CHECK(load("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz", true) == plain);
  CHECK(load("t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte", false) == plain);
  CHECK(load("t10k-images.idx3-ubyte.gz", "t10k-labels-idx1-ubyte", true) == plain);
  CHECK(load("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", true) ==
        plain);  // gzipped without saying so
}

TEST_CASE("IDX: missing files are named") {
  TempDir dir;
  CHECK_FALSE(holds_idx(dir.path));
  CHECK(error_of<DataError>([&] { load_mnist(dir.path, Split::test); }) ==
        "mnist: no t10k-images-idx3-ubyte in " + dir.path.string() +
            ", nor with .gz, nor spelled t10k-images.idx3-ubyte; put the four MNIST files there");
  write_file(dir.path / "train-images-idx3-ubyte", good_images());
  const std::string message =
      error_of<DataError>([&] { load_fashion_mnist(dir.path, Split::train); });
  CHECK(message.find("no train-labels-idx1-ubyte") != std::string::npos);
  CHECK(message.find("apt-get install dataset-fashion-mnist") != std::string::npos);
}

TEST_CASE("IDX: a header that is not what it should be") {
  const std::string images = "train-images-idx3-ubyte: ", labels = "train-labels-idx1-ubyte: ";
  CHECK(error_with(good_images(), good_labels()) == "no error");
  CHECK(error_with(good_labels(), good_labels()) == images + "11 bytes, its header alone has 16");
  CHECK(error_with(idx({20}, Bytes(20)), good_labels()) ==
        images + "magic number 0x00000801, expected 0x00000803 (unsigned bytes, 3 axes)");
  CHECK(error_with(good_images(), good_images()) ==
        labels + "magic number 0x00000803, expected 0x00000801 (unsigned bytes, 1 axis)");
  Bytes floats = good_images();
  floats[2] = 0x0D;
  CHECK(error_with(floats, good_labels()) ==
        images + "magic number 0x00000d03, expected 0x00000803 (unsigned bytes, 3 axes)");
  CHECK(error_with({}, good_labels()) == images + "0 bytes, its header alone has 16");
  CHECK(error_with(good_images(), {0, 0, 8}) == labels + "3 bytes, its header alone has 8");
  CHECK(error_with(idx({3, 32, 32}, Bytes(3072)), good_labels()) ==
        images + "images of 32x32, expected 28x28");
  CHECK(error_with(idx({0, 28, 28}, {}), good_labels()) == images + "0 items, expected at least 1");
  CHECK(error_with(idx({2, 28, 28}, grey(2)), good_labels()) ==
        images + "2 images, but 3 labels in train-labels-idx1-ubyte");
  CHECK(error_with(good_images(), idx({3}, {1, 10, 2})) ==
        labels + "record 1 (byte 9): label 10, expected 0..9");
}

TEST_CASE("IDX: a hostile size costs neither time nor memory, plain or gzipped") {
  const std::string images = "train-images-idx3-ubyte: ", labels = "train-labels-idx1-ubyte: ";
  const Bytes huge = idx({0xFFFFFFFF, 28, 28}, grey(3)),
              overflow = idx({1u << 31, 1u << 31, 1u << 31}, grey(3));
  for (const bool packed : {false, true}) {
    const auto wrap = [&](const Bytes& bytes) { return packed ? gzip(bytes) : bytes; };
    CHECK(error_with(wrap(huge), good_labels()) ==
          images + "4294967295 items, expected at most 1000000");
    CHECK(error_with(wrap(overflow), good_labels()) ==
          images + "images of 2147483648x2147483648, expected 28x28");
    CHECK(error_with(good_images(), wrap(idx({0xFFFFFFFF}, {1, 2, 3}))) ==
          labels + "4294967295 items, expected at most 1000000");
    Bytes cut = good_images(), longer = good_images();
    cut.pop_back();
    longer.resize(longer.size() +
                  (std::size_t{64} << 20));  // what comes after the promised bytes is not read
    CHECK(error_with(wrap(cut), good_labels()) ==
          images + "2351 bytes after the header, expected 2352 for 3 items");
    CHECK(error_with(wrap(longer), good_labels()) ==
          images + "more than 2352 bytes after the header, expected 2352 for 3 items");
  }
}

TEST_CASE("IDX: the headers are compared before anything is unpacked") {
  // The labels would unpack to a million bytes, if somebody read them.
  CHECK(error_with(good_images(), gzip(idx({1000000}, Bytes(1000000)))) ==
        "train-images-idx3-ubyte: 3 images, but 1000000 labels in train-labels-idx1-ubyte");
}

TEST_CASE("IDX: a folder that bears a file's name does not hide the file of the other spelling") {
  TempDir dir;
  fs::create_directories(dir.path / "t10k-images-idx3-ubyte");
  fs::create_directories(dir.path / "t10k-labels-idx1-ubyte");
  CHECK(error_of<DataError>([&] {
          load_mnist(dir.path, Split::test);
        }).find("is not a regular file") != std::string::npos);
  write_file(dir.path / "t10k-images.idx3-ubyte", good_images());
  write_file(dir.path / "t10k-labels-idx1-ubyte.gz", gzip(good_labels()));
  CHECK(load_mnist(dir.path, Split::test)->size() == 3);
}

TEST_CASE(
    "IDX: a damaged or cut gzip file is an error at every length, and nothing of it is used") {
  const Bytes whole = gzip(good_labels());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    CAPTURE(size);
    CHECK(error_with(good_images(), cut).find("train-labels-idx1-ubyte: ") == 0);
  }
  Bytes wrong = whole;
  wrong[wrong.size() - 9] ^= 1;  // the last label
  CHECK(error_with(good_images(), wrong) ==
        "train-labels-idx1-ubyte: damaged after 0 unpacked bytes: incorrect data check; fetch the "
        "file again");
}

TEST_CASE("IDX: Debian's Fashion-MNIST") {
  const fs::path dir = "/usr/share/datasets/fashion-mnist";
  if (!holds_idx(dir)) {
    std::puts("not run: apt-get install dataset-fashion-mnist");
    return;
  }
  const auto test = load_fashion_mnist(dir, Split::test);
  CHECK(test->size() == 10000);
  CHECK(test->label(0) == 9);
}

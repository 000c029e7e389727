#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "evenkeel/data/cifar.h"

#include <doctest/doctest.h>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/files/file.h"
#include "evenkeel/data/dataset.h"
#include "files.h"
#include "tests/data/files.h"

using namespace ek;

namespace {

/// Records with the labels given; pixel p of image i is (7 i + p) % 251.
Bytes records(const std::vector<Bytes>& labels) {
  Bytes out;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    out.insert(out.end(), labels[i].begin(), labels[i].end());
    for (std::size_t p = 0; p < 3072; ++p)
      out.push_back(static_cast<std::uint8_t>((7 * i + p) % 251));
  }
  return out;
}

/// Five training files, with the labels 2k and 2k + 1 in file k, and a test file with the label 9.
void write_cifar10(const fs::path& dir) {
  for (std::uint8_t k = 0; k < 5; ++k)
    write_file(
        dir / ("data_batch_" + std::to_string(k + 1) + ".bin"),
        records({{static_cast<std::uint8_t>(2 * k)}, {static_cast<std::uint8_t>(2 * k + 1)}}));
  write_file(dir / "test_batch.bin", records({{9}}));
}

std::string train_error(const fs::path& dir) {
  return error_of<DataError>([&] { load_cifar10(dir, Split::train); });
}

const std::string kAll =
    "data_batch_1.bin, data_batch_2.bin, data_batch_3.bin, data_batch_4.bin, data_batch_5.bin";

}  // namespace

TEST_CASE("CIFAR-10: files in order, label first, pixels as they are") {
  TempDir dir;
  write_cifar10(dir.path);
  const auto train = load_cifar10(dir.path, Split::train);
  CHECK(train->name() == "cifar10");
  CHECK(train->image_shape() == Shape{3, 32, 32});
  CHECK(train->class_names().size() == 10);
  CHECK(train->class_names()[0] == "airplane");
  CHECK(train->class_names()[9] == "truck");
  REQUIRE(train->size() == 10);
  for (int i = 0; i < 10; ++i) CHECK(train->label(i) == i);
  const Bytes pixels = image_of(*train, 3);  // the second of its file
  for (std::size_t p = 0; p < 3072; ++p) REQUIRE(pixels[p] == (7 + p) % 251);
  const auto test = load_cifar10(dir.path, Split::test);
  CHECK(test->size() == 1);
  CHECK(test->label(0) == 9);
}

TEST_CASE("CIFAR-10: the folder around the official one does too, and one split is enough") {
  TempDir dir;
  write_cifar10(dir.path / "cifar-10-batches-bin");
  CHECK(load_cifar10(dir.path, Split::train)->size() == 10);
  CHECK(holds_cifar10(dir.path));
  CHECK_FALSE(holds_cifar100(dir.path));
  TempDir only_test;
  write_file(only_test.path / "test_batch.bin", records({{1}}));
  CHECK(holds_cifar10(only_test.path));
  CHECK(load_cifar10(only_test.path, Split::test)->size() == 1);
}

TEST_CASE("CIFAR-10: a folder that bears a file's name does not hide the official folder") {
  TempDir dir;
  write_cifar10(dir.path / "cifar-10-batches-bin");
  fs::create_directories(dir.path / "data_batch_1.bin");
  CHECK(load_cifar10(dir.path, Split::train)->size() == 10);
}

TEST_CASE("CIFAR-10: class names from batches.meta.txt, without blank lines at its end") {
  TempDir dir;
  write_cifar10(dir.path);
  write_file(dir.path / "batches.meta.txt", "a\r\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n\n");
  CHECK(load_cifar10(dir.path, Split::test)->class_names() ==
        std::vector<std::string>{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"});
  write_file(dir.path / "batches.meta.txt", "a\nb\n");
  CHECK(train_error(dir.path) ==
        (dir.path / "batches.meta.txt").string() + ": 2 class names, expected 10");
}

TEST_CASE("CIFAR-10: a label out of range is named with file, record and byte") {
  TempDir dir;
  write_cifar10(dir.path);
  Bytes bytes = records(std::vector<Bytes>(140, Bytes{3}));
  bytes[421001] = 200;
  write_file(dir.path / "data_batch_1.bin", bytes);
  CHECK(train_error(dir.path) == (dir.path / "data_batch_1.bin").string() +
                                     ": record 137 (byte 421001): label 200, expected 0..9");
  bytes[421001] = 10;
  write_file(dir.path / "data_batch_1.bin", bytes);
  CHECK(train_error(dir.path).find("label 10, expected 0..9") != std::string::npos);
}

TEST_CASE("CIFAR-10: a file must be whole records, and at least one") {
  TempDir dir;
  write_cifar10(dir.path);
  const auto expect = [&](const Bytes& bytes, const std::string& size) {
    write_file(dir.path / "data_batch_3.bin", bytes);
    CHECK(train_error(dir.path) == (dir.path / "data_batch_3.bin").string() + ": " + size +
                                       " bytes, expected a multiple of 3073: records of 1 label "
                                       "byte(s) and 3072 pixels; fetch the file again");
  };
  Bytes bytes = records({{0}, {1}});
  bytes.pop_back();
  expect(bytes, "6145");
  bytes.resize(6147);
  expect(bytes, "6147");
  expect({}, "0");
}

TEST_CASE("CIFAR-10: what is missing, where it was looked for and how to get it") {
  TempDir dir;
  const std::string where = " in " + dir.path.string() + " or its folder cifar-10-batches-bin; ";
  CHECK(train_error(dir.path) ==
        "cifar10: no " + kAll + where + "data/get_cifar10.sh fetches them");
  CHECK(error_of<DataError>([&] { load_cifar10(dir.path, Split::test); }) ==
        "cifar10: no test_batch.bin" + where + "data/get_cifar10.sh fetches them");
  write_cifar10(dir.path);
  fs::remove(dir.path / "data_batch_4.bin");
  CHECK(train_error(dir.path) ==
        (dir.path / "data_batch_4.bin").string() +
            ": no such file, though others of cifar10 are there; data/get_cifar10.sh fetches them");
}

TEST_CASE("CIFAR-10: the Python version, a packed archive and a pipe have hints of their own") {
  TempDir python;
  write_file(python.path / "data_batch_1", "pickle");
  CHECK(train_error(python.path)
            .find("what is there is the Python version, the binary version is needed: "
                  "data/get_cifar10.sh fetches them") != std::string::npos);
  TempDir python_folder;
  fs::create_directory(python_folder.path / "cifar-10-batches-py");
  CHECK(train_error(python_folder.path).find("the Python version") != std::string::npos);
  TempDir packed;
  write_file(packed.path / "cifar-10-binary.tar.gz", "gz");
  const std::string archive = (packed.path / "cifar-10-binary.tar.gz").string();
  CHECK(train_error(packed.path)
            .find("the archive is not unpacked: tar -xzf " + archive + " -C " +
                  packed.path.string()) != std::string::npos);
  CHECK(train_error(archive).find("name the folder that holds them, unpacked") !=
        std::string::npos);
  TempDir pipe;
  write_cifar10(pipe.path);
  fs::remove(pipe.path / "data_batch_2.bin");
  REQUIRE(mkfifo((pipe.path / "data_batch_2.bin").c_str(), 0600) == 0);
  CHECK(train_error(pipe.path) ==
        (pipe.path / "data_batch_2.bin").string() + ": is not a regular file");
}

TEST_CASE("CIFAR-100: the fine label counts; names are numbers where there is no file of them") {
  TempDir dir;
  write_file(dir.path / "cifar-100-binary" / "train.bin", records({{19, 0}, {0, 99}}));
  write_file(dir.path / "cifar-100-binary" / "test.bin", records({{4, 42}}));
  CHECK(holds_cifar100(dir.path));
  const auto train = load_cifar100(dir.path, Split::train);
  CHECK(train->name() == "cifar100");
  REQUIRE(train->size() == 2);
  CHECK(train->label(0) == 0);
  CHECK(train->label(1) == 99);
  CHECK(image_of(*train, 1)[0] == 7);
  CHECK(train->class_names().size() == 100);
  CHECK(train->class_names()[99] == "99");
  CHECK(load_cifar100(dir.path, Split::test)->label(0) == 42);
  std::string names;
  for (int i = 0; i < 100; ++i) names += "name " + std::to_string(i) + "\n";
  write_file(dir.path / "cifar-100-binary" / "fine_label_names.txt", names);
  CHECK(load_cifar100(dir.path, Split::test)->class_names()[42] == "name 42");
}

TEST_CASE("CIFAR-100: errors") {
  TempDir dir;
  write_file(dir.path / "train.bin", records({{0, 1}, {19, 100}}));
  CHECK(error_of<DataError>([&] { load_cifar100(dir.path, Split::train); }) ==
        (dir.path / "train.bin").string() + ": record 1 (byte 3075): label 100, expected 0..99");
  CHECK(error_of<DataError>([&] { load_cifar100(dir.path, Split::test); }) ==
        "cifar100: no test.bin in " + dir.path.string() +
            " or its folder cifar-100-binary; "
            "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz, unpacked, has them");
  write_file(dir.path / "train.bin", Bytes(3073));
  CHECK(error_of<DataError>([&] {
          load_cifar100(dir.path, Split::train);
        }).find("3073 bytes, expected a multiple of 3074") != std::string::npos);
}

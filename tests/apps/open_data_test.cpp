#include <stdexcept>
#include <string>
#include <vector>

#include "apps/training/open_data.h"

#include <doctest/doctest.h>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/files/file.h"
#include "evenkeel/data/idx.h"
#include "tests/data/encode.h"
#include "tests/data/files.h"

using namespace ek;

namespace {

/// While one lives, the working directory is a fresh empty one.
struct Elsewhere {
  TempDir dir;
  fs::path before = fs::current_path();
  Elsewhere() { fs::current_path(dir.path); }
  ~Elsewhere() { fs::current_path(before); }
};

void write_cifar10(const fs::path& dir) {
  for (const char* name : {"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4",
                           "data_batch_5", "test_batch"})
    write_file(dir / (std::string(name) + ".bin"), Bytes(3073));
}

void write_mnist(const fs::path& dir) {
  for (const char* name : {"train", "t10k"}) {
    write_file(dir / (std::string(name) + "-images-idx3-ubyte"), idx({2, 28, 28}, Bytes(1568)));
    write_file(dir / (std::string(name) + "-labels-idx1-ubyte"), idx({2}, {1, 2}));
  }
}

void write_folder(const fs::path& dir) {
  for (const char* name : {"a", "b"})
    for (const char* file : {"1.bmp", "2.bmp", "3.bmp"})
      write_file(dir / name / file, bmp(2, 2, Bytes(12, 9)));
  write_file(dir / "notes.txt", "text");
}

std::string error(const std::string& kind, const fs::path& dir) {
  return error_of<DataError>([&] { open_data(kind, dir); });
}

}  // namespace

TEST_CASE(
    "auto without a folder: CIFAR-10 in ./data, else what Debian has, else synthetic images") {
  Elsewhere elsewhere;
  const bool fashion = holds_idx("/usr/share/datasets/fashion-mnist");
  const DataSource fallback = open_data("auto", {}, {.needs = Needs::own_test});
  CHECK(fallback.train == nullptr);
  CHECK(fallback.test->name() == (fashion ? "fashion-mnist" : "synthetic"));
  CHECK(
      fallback.description ==
      (fashion
           ? "fashion-mnist from /usr/share/datasets/fashion-mnist: 10000 test images in 10 classes"
           : "synthetic images, made by the program: 2000 test images in 10 classes"));
  write_cifar10("data/cifar-10-batches-bin");
  const DataSource cifar = open_data("auto");
  CHECK(cifar.train->name() == "cifar10");
  CHECK(cifar.description == "cifar10 from data: 5 training and 1 test images in 10 classes");
}

TEST_CASE("auto with a folder takes what is in it") {
  const auto opened = [](const fs::path& dir) { return open_data("auto", dir).train->name(); };
  TempDir dir;
  write_cifar10(dir.path / "c10");
  write_cifar10(dir.path / "above" / "cifar-10-batches-bin");
  write_file(dir.path / "c100" / "train.bin", Bytes(3074));
  write_file(dir.path / "c100" / "test.bin", Bytes(3074));
  write_mnist(dir.path / "digits");
  write_mnist(dir.path / "Fashion-MNIST");
  write_folder(dir.path / "images");
  CHECK(opened(dir.path / "c10") == "cifar10");
  CHECK(opened(dir.path / "above") == "cifar10");
  CHECK(opened(dir.path / "c100") == "cifar100");
  CHECK(opened(dir.path / "digits") == "mnist");
  CHECK(opened(dir.path / "Fashion-MNIST") == "fashion-mnist");
  CHECK(opened(dir.path / "images") == "folder");
  TempDir empty;
  CHECK(error("auto", empty.path) ==
        empty.path.string() +
            ": no data set found there; looked for CIFAR-10 (data_batch_1.bin ... test_batch.bin), "
            "CIFAR-100 (train.bin, test.bin), MNIST or Fashion-MNIST (train-images-idx3-ubyte, "
            "with or without .gz) and a folder of images (CLASS/NAME with .jpg, .jpeg, .jpe, "
            ".jfif, .png, .bmp); data/get_cifar10.sh fetches CIFAR-10");
  CHECK(error("auto", empty.path / "none").ends_with("/none: no such folder"));
}

TEST_CASE("auto does not pass over CIFAR-10 that is damaged") {
  Elsewhere elsewhere;
  write_cifar10("data/cifar-10-batches-bin");
  fs::remove("data/cifar-10-batches-bin/data_batch_5.bin");
  CHECK(error("auto", {}).find("data/cifar-10-batches-bin/data_batch_5.bin: no such file") == 0);
}

TEST_CASE("a named kind is opened from its folder or its usual place") {
  Elsewhere elsewhere;
  CHECK(error("cifar10", {}).find(" in data or its folder cifar-10-batches-bin; ") !=
        std::string::npos);
  CHECK(error("cifar100", {}).find(" in data or its folder cifar-100-binary; ") !=
        std::string::npos);
  CHECK(error("mnist", {}).find("mnist: no train-images-idx3-ubyte in data, ") == 0);
  write_mnist("somewhere");
  CHECK(open_data("fashion-mnist", "somewhere").train->class_names()[0] == "T-shirt/top");
  CHECK(open_data("mnist", "somewhere").description ==
        "mnist from somewhere: 2 training and 2 test images in 10 classes");
  write_folder("images");
  const DataSource folder = open_data("folder", "images");
  CHECK(folder.train->image_shape() == Shape{3, 32, 32});
  CHECK(folder.description == "folder from images: 4 training and 2 test images in 2 classes");
  CHECK(folder.notes ==
        std::vector<std::string>{
            "split: 2 images, a tenth of each class, are held out to test with; which ones follows "
            "from the class's name and its number of images, not from --seed",
            "images: 2x2; cropped to a square around the centre, resized to 32x32",
            "skipped: 1 file (--verbose names them)"});
  CHECK(folder.skipped ==
        std::vector<std::string>{"images/notes.txt: no image by its name (.txt)"});
  const DataSource synthetic = open_data("synthetic");
  CHECK(synthetic.description ==
        "synthetic images, made by the program: 10000 training and 2000 test images in 10 classes");
}

TEST_CASE("kinds that are not there") {
  CHECK(error_of<std::invalid_argument>([] { open_data("cifar", "x"); }) ==
        "dataset 'cifar' is not known, expected one of auto, cifar10, cifar100, fashion-mnist, "
        "mnist, folder, synthetic; the nearest known one is 'cifar10'");
  CHECK(error_of<std::invalid_argument>([] { open_data("folder"); }) ==
        "dataset folder: no folder is named; name one with --data DIR");
  CHECK(error_of<std::invalid_argument>([] { open_data("synthetic", "x"); }) ==
        "dataset synthetic: the program makes its images, so --data x would not be read; leave it "
        "out, or name the data set that is there with --dataset");
}

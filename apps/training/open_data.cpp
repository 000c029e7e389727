#include "apps/training/open_data.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <system_error>

#include "apps/training/nearest.h"
#include "apps/training/open_folder.h"
#include "evenkeel/core/base/check.h"
#include "evenkeel/core/files/file.h"
#include "evenkeel/data/cifar.h"
#include "evenkeel/data/idx.h"
#include "evenkeel/data/image_format.h"
#include "evenkeel/data/split_folders.h"
#include "evenkeel/data/synthetic.h"

namespace ek {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kSyntheticTrain = 10000, kSyntheticTest = 2000;

struct Kind {
  std::string name;
  fs::path usual_dir;
  std::function<std::shared_ptr<const Dataset>(const fs::path&, Split)> load;
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {
      {"cifar10", "data", load_cifar10},
      {"cifar100", "data", load_cifar100},
      {"fashion-mnist", "/usr/share/datasets/fashion-mnist", load_fashion_mnist},
      {"mnist", "data", load_mnist},
      {"folder", "", nullptr},  // apps/training/open_folder.h
      {"synthetic", "", [](const fs::path&, Split split) {
         return make_synthetic(split == Split::train ? kSyntheticTrain : kSyntheticTest, split);
       }}};
  return all;
}

const Kind& find_kind(const std::string& name) {
  for (const Kind& kind : kinds())
    if (kind.name == name) return kind;
  throw std::invalid_argument(text("dataset '", name, "' is not known, expected one of auto, ",
                                   joined(dataset_names()), suggestion(name, dataset_names(), "")));
}

/// MNIST and Fashion-MNIST have the same file names: the folder's name tells them apart.
std::string idx_kind(const fs::path& dir) {
  std::string name = fs::absolute(dir).native();
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name.find("fashion") != std::string::npos ? "fashion-mnist" : "mnist";
}

/// The kind that `auto` stands for.
std::string recognise(const fs::path& dir) {
  if (dir.empty()) {
    if (holds_cifar10("data")) return "cifar10";
    return holds_idx(find_kind("fashion-mnist").usual_dir) ? "fashion-mnist" : "synthetic";
  }
  if (holds_cifar10(dir)) return "cifar10";
  if (holds_cifar100(dir)) return "cifar100";
  if (holds_idx(dir)) return idx_kind(dir);
  check_data(
      holds_image_folder(dir), printable(dir), ": no data set found there; looked for CIFAR-10 ",
      "(data_batch_1.bin ... test_batch.bin), CIFAR-100 (train.bin, test.bin), MNIST or "
      "Fashion-MNIST ",
      "(train-images-idx3-ubyte, with or without .gz) and a folder of images (CLASS/NAME with ",
      kImageEndings, "); data/get_cifar10.sh fetches CIFAR-10");
  return "folder";
}

/// A name that is mistyped is no folder without a data set. What "synthetic" says of any folder is said below.
void check_is_folder(const std::string& kind, const fs::path& dir) {
  std::error_code unknown;
  if (dir.empty() || kind == "synthetic" || fs::is_directory(dir, unknown)) return;
  check_data(path_exists(dir), "--data: ", printable(dir), ": no such folder");
  check_data(false, "--data: ", printable(dir), ": is not a folder");
}

}  // namespace

std::vector<std::string> dataset_names() {
  std::vector<std::string> names;
  for (const Kind& kind : kinds()) names.push_back(kind.name);
  return names;
}

DataSource open_data(const std::string& name, const fs::path& given_dir,
                     const OpenOptions& options) {
  if (name != "auto") find_kind(name);  // an unknown one comes first
  check_is_folder(name, given_dir);
  const Kind& kind = find_kind(name == "auto" ? recognise(given_dir) : name);
  const fs::path dir = given_dir.empty() ? kind.usual_dir : given_dir;
  check(!dir.empty() || kind.name != "folder",
        "dataset folder: no folder is named; name one with --data DIR");
  check(given_dir.empty() || kind.name != "synthetic",
        "dataset synthetic: the program makes its images, so --data ", printable(given_dir),
        " would not be read; leave it out, or name the data set that is there with --dataset");
  DataSource source;
  if (kind.name == "folder") {
    source = open_folder(dir, options);
  } else {
    if (options.needs == Needs::train_and_test) source.train = kind.load(dir, Split::train);
    source.test = kind.load(dir, Split::test);
  }
  const std::string where =
      kind.name == "synthetic" ? " images, made by the program" : " from " + printable(dir);
  const std::string training = source.train ? text(source.train->size(), " training") : "";
  const std::string validation =
      source.validation ? text(", ", source.validation->size(), " validation") : "";
  source.description =
      text(kind.name, where, ": ", training, validation, source.train ? " and " : "",
           source.test->size(), " test images in ", source.test->class_names().size(), " classes");
  return source;
}

}  // namespace ek

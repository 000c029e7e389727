#include "apps/training/open_data.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <system_error>

#include "apps/training/nearest.h"
#include "core/check.h"
#include "core/file.h"
#include "data/cifar.h"
#include "data/idx.h"
#include "data/image_folder.h"
#include "data/synthetic.h"

namespace ek {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kSyntheticTrain = 10000, kSyntheticTest = 2000;
const Shape kImageShape = {3, 32, 32};

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
      {"folder", "",
       [](const fs::path& dir, Split split) { return load_images(list_images(dir, split), kImageShape); }},
      {"synthetic", "", [](const fs::path&, Split split) {
         return make_synthetic(split == Split::train ? kSyntheticTrain : kSyntheticTest, split);
       }}};
  return all;
}

const Kind& find_kind(const std::string& name) {
  for (const Kind& kind : kinds())
    if (kind.name == name) return kind;
  throw std::invalid_argument(text("dataset '", name, "' is not known, expected one of auto, ", joined(dataset_names()),
                                   suggestion(name, dataset_names(), "")));
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
  check_data(holds_image_folder(dir), printable(dir), ": no data set found there; looked for CIFAR-10 ",
             "(data_batch_1.bin ... test_batch.bin), CIFAR-100 (train.bin, test.bin), MNIST or Fashion-MNIST ",
             "(train-images-idx3-ubyte, with or without .gz) and a folder of images (CLASS/NAME.jpg, .jpeg, .png, ",
             ".bmp); data/get_cifar10.sh fetches CIFAR-10");
  return "folder";
}

/// How many files of an image folder were passed over, as a part of the description.
std::string skipped(const fs::path& dir, const DataSource& source) {
  const ImageList test = list_images(dir, Split::test);
  std::int64_t count = test.skipped;
  if (source.train)
    if (const ImageList train = list_images(dir, Split::train); train.dir != test.dir) count += train.skipped;
  return count > 0 ? text("; ", count, " other file(s) skipped") : "";
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

DataSource open_data(const std::string& name, const fs::path& given_dir, Needs needs) {
  if (name != "auto") find_kind(name);  // an unknown one comes first
  check_is_folder(name, given_dir);
  const Kind& kind = find_kind(name == "auto" ? recognise(given_dir) : name);
  const fs::path dir = given_dir.empty() ? kind.usual_dir : given_dir;
  check(!dir.empty() || kind.name != "folder", "dataset folder: no folder is named; name one with --data DIR");
  check(given_dir.empty() || kind.name != "synthetic", "dataset synthetic: the program makes its images, so --data ",
        printable(given_dir), " would not be read; leave it out, or name the data set that is there with --dataset");
  DataSource source;
  if (needs == Needs::train_and_test) source.train = kind.load(dir, Split::train);
  source.test = kind.load(dir, Split::test);
  source.description =
      text(kind.name, kind.name == "synthetic" ? " images, made by the program" : " from " + printable(dir), ": ",
           source.train ? text(source.train->size(), " training and ") : "", source.test->size(), " test images in ",
           source.test->class_names().size(), " classes", kind.name == "folder" ? skipped(dir, source) : "");
  return source;
}

}  // namespace ek

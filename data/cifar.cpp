#include "evenkeel/data/cifar.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/shape.h"

namespace ek {
namespace {

constexpr std::size_t kPixels = 3 * 32 * 32;

struct Format {
  std::string name, stem;                // stem: how the names of the official archives begin
  std::string folder;                    // what the binary one unpacks to
  std::vector<std::string> train, test;  // files
  std::vector<std::string> python;       // by which to recognise the Python version
  std::string how_to_get, names_file;
  std::vector<std::string> class_names;  // where there is no such file
  std::size_t label_bytes;               // of a record; the last one is the label

  const std::vector<std::string>& files(Split split) const {
    return split == Split::train ? train : test;
  }
};

std::vector<std::string> numbers(int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.push_back(std::to_string(i));
  return names;
}

const Format kCifar10 = {
    .name = "cifar10",
    .stem = "cifar-10",
    .folder = "cifar-10-batches-bin",
    .train = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
              "data_batch_5.bin"},
    .test = {"test_batch.bin"},
    .python = {"data_batch_1", "test_batch", "cifar-10-batches-py", "cifar-10-python.tar.gz"},
    .how_to_get = "data/get_cifar10.sh fetches them",
    .names_file = "batches.meta.txt",
    .class_names = {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship",
                    "truck"},
    .label_bytes = 1};

const Format kCifar100 = {
    .name = "cifar100",
    .stem = "cifar-100",
    .folder = "cifar-100-binary",
    .train = {"train.bin"},
    .test = {"test.bin"},
    .python = {"meta", "cifar-100-python", "cifar-100-python.tar.gz"},
    .how_to_get = "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz, unpacked, has them",
    .names_file = "fine_label_names.txt",
    .class_names = numbers(100),
    .label_bytes = 2};

bool any_exists(const fs::path& dir, const std::vector<std::string>& files) {
  return std::ranges::any_of(files,
                             [&](const std::string& file) { return path_exists(dir / file); });
}

bool any_is_file(const fs::path& dir, const std::vector<std::string>& files) {
  return std::ranges::any_of(files, [&](const std::string& file) { return is_file(dir / file); });
}

/// `dir` or the official folder in it, where one of the split's files is there (a folder of that name is none, unless
/// nothing better is found); else an empty path.
fs::path find_folder(const Format& format, const fs::path& dir, Split split) {
  for (const fs::path& candidate : {dir, dir / format.folder})
    if (any_is_file(candidate, format.files(split))) return candidate;
  for (const fs::path& candidate : {dir, dir / format.folder})
    if (any_exists(candidate, format.files(split))) return candidate;
  return {};
}

bool holds(const Format& format, const fs::path& dir) {
  return !find_folder(format, dir, Split::train).empty() ||
         !find_folder(format, dir, Split::test).empty();
}

std::string hint(const Format& format, const fs::path& dir) {
  std::error_code ignored;
  if (fs::is_regular_file(dir, ignored)) return "name the folder that holds them, unpacked";
  const fs::path archive = dir / (format.stem + "-binary.tar.gz");
  if (path_exists(archive))
    return text("the archive is not unpacked: tar -xzf ", printable(archive), " -C ",
                printable(dir));
  if (any_exists(dir, format.python))
    return text("what is there is the Python version, the binary version is needed: ",
                format.how_to_get);
  return format.how_to_get;
}

/// The lines of the file, without blank ones at the end; the standard names where there is no such file.
std::vector<std::string> read_class_names(const Format& format, const fs::path& folder) {
  const fs::path path = folder / format.names_file;
  if (!path_exists(path)) return format.class_names;
  const std::vector<std::uint8_t> bytes = read_file(path);
  std::istringstream lines(std::string(bytes.begin(), bytes.end()));
  std::vector<std::string> names;
  for (std::string line; std::getline(lines, line);)
    names.push_back(printable(line.substr(0, line.find('\r'))));
  while (!names.empty() && names.back().empty()) names.pop_back();
  check_data(names.size() == format.class_names.size(), printable(path), ": ", names.size(),
             " class names, expected ", format.class_names.size());
  return names;
}

std::shared_ptr<const Dataset> load(const Format& format, const fs::path& dir, Split split) {
  const fs::path folder = find_folder(format, dir, split);
  check_data(!folder.empty(), format.name, ": no ", joined(format.files(split)), " in ",
             printable(dir), " or its folder ", format.folder, "; ", hint(format, dir));
  std::vector<std::string> names = read_class_names(format, folder);
  const auto classes = static_cast<int>(names.size());
  const std::size_t record = format.label_bytes + kPixels;
  const std::vector<std::string>& files = format.files(split);
  for (const std::string& file : files)
    check_data(path_exists(folder / file), printable(folder / file),
               ": no such file, though others of ", format.name, " are there; ", format.how_to_get);
  std::vector<std::uint8_t> pixels;
  std::vector<int> labels;
  for (const std::string& file : files) {
    const std::string path = printable(folder / file);
    const std::vector<std::uint8_t> bytes = read_file(folder / file);
    check_data(!bytes.empty() && bytes.size() % record == 0, path, ": ", bytes.size(),
               " bytes, expected a multiple of ", record, ": records of ", format.label_bytes,
               " label byte(s) and ", kPixels, " pixels; fetch the file again");
    if (pixels.empty())
      pixels.reserve(bytes.size() * files.size());  // the files of a set are of one size
    for (std::size_t at = format.label_bytes - 1; at < bytes.size(); at += record) {
      check_data(bytes[at] < classes, path, ": record ", at / record, " (byte ", at, "): label ",
                 int{bytes[at]}, ", expected 0..", classes - 1);
      labels.push_back(bytes[at]);
      const auto first = bytes.begin() + static_cast<std::ptrdiff_t>(at) + 1;
      pixels.insert(pixels.end(), first, first + kPixels);
    }
  }
  return std::make_shared<InMemoryDataset>(format.name, Shape{3, 32, 32}, std::move(names),
                                           std::move(pixels), std::move(labels));
}

}  // namespace

std::shared_ptr<const Dataset> load_cifar10(const fs::path& dir, Split split) {
  return load(kCifar10, dir, split);
}
std::shared_ptr<const Dataset> load_cifar100(const fs::path& dir, Split split) {
  return load(kCifar100, dir, split);
}

bool holds_cifar10(const fs::path& dir) { return holds(kCifar10, dir); }
bool holds_cifar100(const fs::path& dir) { return holds(kCifar100, dir); }

}  // namespace ek

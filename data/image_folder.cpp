#include "data/image_folder.h"

#include <cctype>

#include "core/parallel.h"
#include "data/image.h"

namespace ek {
namespace {

bool is_dir(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

bool has_image_name(const fs::path& path) {
  std::string ending = path.extension().native();
  for (char& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return ending == ".jpg" || ending == ".jpeg" || ending == ".png" || ending == ".bmp";
}

/// What is in a folder, sorted by the bytes of the names, without names that start with a dot.
std::vector<fs::path> entries(const fs::path& dir) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::directory_iterator it(dir, error), end; !error && it != end; it.increment(error))
    if (it->path().filename().native()[0] != '.') paths.push_back(it->path());
  check_data(!error, printable(dir), ": cannot be listed: ", error.message());
  std::ranges::sort(paths, {}, [](const fs::path& path) { return path.filename().native(); });
  return paths;
}

/// A tenth of each class for the test split, the others for training; both stay sorted.
ImageList hold_out(const ImageList& list, Split split) {
  ImageList part = {list.dir, list.class_names, {}, {}, list.skipped};
  for (std::size_t first = 0; first < list.files.size();) {  // the files are sorted by class
    const int label = list.labels[first];
    const std::int64_t count = std::ranges::count(list.labels, label);
    auto order = permutation(count, Stream(0, list.class_names[static_cast<std::size_t>(label)]));
    const auto middle = order.begin() + (count > 1 ? (count + 9) / 10 : 0);
    order.erase(split == Split::test ? middle : order.begin(), split == Split::test ? order.end() : middle);
    std::ranges::sort(order);
    for (const std::int64_t i : order) part.files.push_back(list.files[first + static_cast<std::size_t>(i)]);
    part.labels.resize(part.files.size(), label);
    first += static_cast<std::size_t>(count);
  }
  check_data(!part.files.empty(), printable(list.dir), ": no class has two images, so none is left to test with; give ",
             "the folder a train and a test folder");
  return part;
}

}  // namespace

ImageList list_images(const fs::path& dir) {
  check_data(is_dir(dir), printable(dir), path_exists(dir) ? ": is not a folder" : ": no such folder",
             "; expected one with a sub-folder of images per class");
  std::vector<fs::path> folders = entries(dir);
  ImageList list = {dir, {}, {}, {}, static_cast<std::int64_t>(std::erase_if(folders, std::not_fn(is_dir)))};
  for (const fs::path& folder : folders) {
    std::vector<fs::path> files = entries(folder);
    list.skipped += static_cast<std::int64_t>(std::erase_if(files, std::not_fn(has_image_name)));
    check_data(!files.empty(), printable(folder),
               ": a class folder without an image (.jpg, .jpeg, .png, .bmp); fill or remove it");
    list.files.insert(list.files.end(), files.begin(), files.end());
    list.labels.resize(list.files.size(), static_cast<int>(list.class_names.size()));
    list.class_names.push_back(printable(folder.filename()));
  }
  check_data(!list.files.empty(), printable(dir), ": no class folders, expected a sub-folder of images per class",
             list.skipped > 0 ? text(" (", list.skipped, " other files are there)") : "");
  return list;
}

ImageList list_images(const fs::path& dir, Split split) {
  const fs::path train = dir / "train", test = is_dir(dir / "test") ? dir / "test" : dir / "val";
  if (!is_dir(test)) return hold_out(list_images(is_dir(train) ? train : dir), split);
  ImageList list = list_images(split == Split::train ? train : test);
  const fs::path other = split == Split::train ? test : train;
  if (is_dir(other)) {
    const std::vector<std::string> names = list_images(other).class_names;
    check_data(names == list.class_names, printable(other), ": its classes (", joined(names), ") are not those of ",
               printable(list.dir), " (", joined(list.class_names), ")");
  }
  return list;
}

std::shared_ptr<const Dataset> load_images(const ImageList& list, const Shape& image_shape) {
  const auto bytes = static_cast<std::size_t>(image_shape.numel());
  std::vector<std::uint8_t> pixels(list.files.size() * bytes);
  parallel_each(std::ssize(list.files), 16, [&](std::int64_t file) {
    const auto i = static_cast<std::size_t>(file);
    read_image(list.files[i], image_shape, std::span(pixels).subspan(i * bytes, bytes));
  });
  return std::make_shared<InMemoryDataset>("folder", image_shape, list.class_names, std::move(pixels), list.labels);
}

bool holds_image_folder(const fs::path& dir) {
  for (const fs::path& root : {dir, dir / "train", dir / "test", dir / "val"})
    if (is_dir(root))
      for (const fs::path& folder : entries(root))
        if (is_dir(folder) && std::ranges::any_of(entries(folder), has_image_name)) return true;
  return false;
}

}  // namespace ek

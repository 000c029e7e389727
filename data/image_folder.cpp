#include "evenkeel/data/image_folder.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <system_error>
#include <utility>

#include "evenkeel/core/base/check.h"
#include "evenkeel/data/image_format.h"

namespace ek {
namespace {

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

/// What is in a folder, sorted by the bytes of the names, without names that start with a dot.
std::vector<fs::path> entries(const fs::path& dir) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::directory_iterator it(dir, error), end; !error && it != end; it.increment(error)) {
    if (it->path().filename().native()[0] != '.') paths.push_back(it->path());
  }
  check_data(!error, printable(dir), ": cannot be listed: ", error.message());
  std::ranges::sort(paths, {}, [](const fs::path& path) { return path.filename().native(); });
  return paths;
}

std::string reason_to_skip(const fs::path& file) {
  if (!path_exists(file)) return "a link that leads nowhere";
  const std::string foreign = foreign_format(file);
  if (!foreign.empty())
    return text(foreign, ", which is not read; ", how_to_convert(foreign), " converts it");
  const std::string ending = file.extension().string();
  return text("no image by its name (", ending.empty() ? "without an ending" : printable(ending),
              ")");
}

/// Walks through a folder and all below it. `visit` returns false to end the walk.
class Walk {
 public:
  Walk(std::function<bool(const fs::path& image)> visit,
       std::function<void(const fs::path&, std::string)> skip)
      : visit_(std::move(visit)), skip_(std::move(skip)) {}

  /// A folder that the walk must not enter: through a link it would go in circles.
  void bar(const fs::path& folder) { above_.push_back(real_path(folder)); }

  /// False if `visit` ended it.
  bool through(const fs::path& folder) {
    const fs::path real = real_path(folder);
    if (std::ranges::find(above_, real) != above_.end()) {
      skip_(folder, "a link back to a folder above it");
      return true;
    }
    above_.push_back(real);
    const bool go_on =
        std::ranges::all_of(entries(folder), [&](const fs::path& entry) { return look_at(entry); });
    above_.pop_back();
    return go_on;
  }

 private:
  bool look_at(const fs::path& entry) {
    if (is_folder(entry)) return through(entry);
    if (has_image_name(entry) && path_exists(entry)) return visit_(entry);
    skip_(entry, reason_to_skip(entry));
    return true;
  }
  static fs::path real_path(const fs::path& folder) {
    std::error_code error;
    const fs::path real = fs::canonical(folder, error);
    return error ? folder : real;
  }

  std::function<bool(const fs::path&)> visit_;
  std::function<void(const fs::path&, std::string)> skip_;
  std::vector<fs::path> above_;  // the folders that it is in
};

/// "; it holds WebP files, ...": of what was skipped below the folder, the first format that can be converted.
std::string foreign_files(const std::vector<Skipped>& skipped, const fs::path& below) {
  for (const Skipped& one : skipped) {
    const std::string format = foreign_format(one.path);
    if (format.empty() || !one.path.native().starts_with((below / "").native())) continue;
    return text("; it holds ", format, " files, which are not read; ", how_to_convert(format),
                " converts them");
  }
  return {};
}

/// The images in `folder` and below it; a link to `above` is not followed.
std::vector<fs::path> images_in(const fs::path& folder, const fs::path& above,
                                std::vector<Skipped>& skipped) {
  std::vector<fs::path> files;
  Walk walk(
      [&](const fs::path& image) {
        files.push_back(image);
        return true;
      },
      [&](const fs::path& path, std::string why) {
        skipped.push_back({path, std::move(why)});
      });
  if (!above.empty()) walk.bar(above);
  walk.through(folder);
  // torchvision's order: folder by folder, by the bytes of their whole paths.
  std::ranges::sort(files, {}, [](const fs::path& file) {
    return std::pair(file.parent_path().native(), file.filename().native());
  });
  return files;
}

/// Adds the images of a class; without any it is none.
void add_class(ImageList& list, const fs::path& folder, std::vector<fs::path>& without_images) {
  const std::vector<fs::path> files = images_in(folder, list.dir, list.skipped);
  if (files.empty()) {
    without_images.push_back(folder);
    return;
  }
  const std::string name = printable(folder.filename());
  check_data(std::ranges::find(list.class_names, name) == list.class_names.end(),
             printable(list.dir), ": two class folders are called ", name,
             " when they are printed; rename one");
  list.files.insert(list.files.end(), files.begin(), files.end());
  list.labels.resize(list.files.size(), static_cast<int>(list.class_names.size()));
  list.class_names.push_back(name);
}

/// Throws where class folders have no image, for all of them at once.
void check_all_have_images(const ImageList& list, const std::vector<fs::path>& without_images) {
  if (without_images.empty()) return;
  std::vector<std::string> names;
  for (const fs::path& folder : without_images) names.push_back(printable(folder));
  const bool is_one = names.size() == 1;
  throw DataError(text(joined(names), is_one ? ": a class folder" : ": class folders",
                       " without an image (", kImageEndings, "); fill or remove ",
                       is_one ? "it" : "them",
                       foreign_files(list.skipped, without_images.front())));
}

/// Throws where there is no class.
void check_has_classes(const ImageList& list) {
  if (!list.files.empty()) return;
  const auto images = std::ranges::count_if(
      list.skipped, [](const Skipped& one) { return has_image_name(one.path); });
  check_data(images == 0, printable(list.dir), ": its ", images,
             " image(s) are in no class folder; put those of each ",
             "class into a sub-folder that has its name");
  throw DataError(
      text(printable(list.dir), ": no class folders, expected a sub-folder of images per class",
           foreign_files(list.skipped, list.dir),
           list.skipped.empty() ? "" : text(" (other files there: ", list.skipped.size(), ")")));
}

}  // namespace

std::vector<fs::path> folders_in(const fs::path& dir) {
  if (!is_folder(dir)) return {};
  std::vector<fs::path> folders = entries(dir);
  std::erase_if(folders, std::not_fn(is_folder));
  return folders;
}

std::vector<fs::path> images_below(const fs::path& dir, std::vector<Skipped>& skipped) {
  return images_in(dir, {}, skipped);
}

bool holds_images(const fs::path& dir) {
  bool found = false;
  Walk walk(
      [&](const fs::path&) {
        found = true;
        return false;
      },
      [](const fs::path&, const std::string&) {});
  try {
    walk.through(dir);
  } catch (
      const DataError&) {  // what cannot be listed, such as lost+found, is no class; as one it is said when it is read
  }
  return found;
}

ImageList list_images(const fs::path& dir) {
  check_data(is_folder(dir), printable(dir),
             path_exists(dir) ? ": is not a folder" : ": no such folder",
             "; expected one with a sub-folder of images per class");
  ImageList list = {.dir = dir};
  std::vector<fs::path> without_images;
  for (const fs::path& entry : entries(dir)) {
    if (is_folder(entry)) {
      add_class(list, entry, without_images);
    } else {
      list.skipped.push_back({entry, has_image_name(entry) ? "an image outside of the class folders"
                                                           : reason_to_skip(entry)});
    }
  }
  check_all_have_images(list, without_images);
  check_has_classes(list);
  return list;
}

ImageList with_classes(ImageList list, const std::vector<std::string>& class_names) {
  std::vector<int> places;
  for (const std::string& name : list.class_names) {
    const auto found = std::ranges::find(class_names, name);
    check_data(found != class_names.end(), printable(list.dir), ": its class ", name,
               " is not known; its classes: ", joined(list.class_names),
               "; the known ones: ", joined(class_names));
    places.push_back(static_cast<int>(found - class_names.begin()));
  }
  for (int& label : list.labels) label = places[static_cast<std::size_t>(label)];
  list.class_names = class_names;
  return list;
}

}  // namespace ek

#include "evenkeel/data/split_folders.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string_view>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/files/file.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/data/image_format.h"

namespace ek {
namespace {

enum class Role { train, validation, test };

/// What a folder's name says that it is for.
std::optional<Role> role_of(const fs::path& folder) {
  std::string name = folder.filename().native();
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const auto is_one_of = [&](std::initializer_list<std::string_view> names) {
    return std::ranges::find(names, name) != names.end();
  };
  if (is_one_of({"train", "training"})) return Role::train;
  if (is_one_of({"val", "valid", "validation", "eval", "evaluation"})) return Role::validation;
  if (is_one_of({"test", "testing"})) return Role::test;
  return {};
}

bool holds_class_folders(const fs::path& dir) {
  return std::ranges::any_of(folders_in(dir), holds_images);
}

/// True if at least as many images lie in the folder itself as in folders below it: a class, not a split with a stray one.
bool holds_mostly_images_itself(const fs::path& dir) {
  std::vector<Skipped> ignored;
  const std::vector<fs::path> images = images_below(dir, ignored);
  const auto itself =
      std::ranges::count(images, dir, [](const fs::path& image) { return image.parent_path(); });
  return 2 * itself >= std::ssize(images);
}

fs::path& folder_of(SplitFolders& splits, Role role) {
  switch (role) {
    case Role::train: return splits.train;
    case Role::validation: return splits.validation;
    case Role::test: break;
  }
  return splits.test;
}

/// Throws where folders have the names of splits and hold images, but no class folders.
void check_not_unlabelled(const fs::path& dir, const std::vector<fs::path>& folders) {
  const auto has_role = [](const fs::path& folder) { return role_of(folder).has_value(); };
  if (folders.size() < 2 || !std::ranges::all_of(folders, has_role)) return;
  throw DataError(text(printable(dir), ": its folders are called ",
                       printable(folders.front().filename()), " and ",
                       printable(folders.back().filename()),
                       ", but hold images without a class; put them into a sub-folder per class"));
}

std::string count_of(const ImageList& list) { return text(list.files.size(), " images"); }

std::string name_of(const fs::path& folder) { return printable(folder.filename()) + "/"; }

/// A tenth of each class for the test, the others for training; both stay sorted.
ImageSplits hold_out(const ImageList& list) {
  ImageSplits splits;
  splits.train = {.dir = list.dir, .class_names = list.class_names, .skipped = list.skipped};
  splits.test = {.dir = list.dir, .class_names = list.class_names};
  splits.is_held_out = true;
  for (std::size_t first = 0; first < list.files.size();) {  // the files are sorted by class
    const int label = list.labels[first];
    const std::int64_t count = std::ranges::count(list.labels, label);
    std::vector<std::int64_t> order =
        permutation(count, Stream(0, list.class_names[static_cast<std::size_t>(label)]));
    const auto middle = order.begin() + (count > 1 ? (count + 9) / 10 : 0);
    std::sort(order.begin(), middle);
    std::sort(middle, order.end());
    for (auto i = order.begin(); i != order.end(); ++i) {
      ImageList& part = i < middle ? splits.test : splits.train;
      part.files.push_back(list.files[first + static_cast<std::size_t>(*i)]);
      part.labels.push_back(label);
    }
    first += static_cast<std::size_t>(count);
  }
  check_data(!splits.test.files.empty(), printable(list.dir),
             ": no class has two images, so none is left to test with; give the folder a train and "
             "a test folder");
  splits.notes.push_back(
      text("split: ", count_of(splits.test), ", a tenth of each class, are held out to test with; ",
           "which ones follows from the class's name and its number of images, not from --seed"));
  return splits;
}

/// Classes of the training images that a split has no image of.
std::string absent_classes(const ImageList& list, const fs::path& folder) {
  std::vector<std::string> absent;
  for (std::size_t k = 0; k < list.class_names.size(); ++k) {
    if (std::ranges::count(list.labels, static_cast<int>(k)) == 0)
      absent.push_back(list.class_names[k]);
  }
  return absent.empty() ? "" : text(name_of(folder), " has no image of class ", joined(absent));
}

std::string unread_note(const std::vector<fs::path>& unread) {
  std::vector<std::string> names;
  for (const fs::path& folder : unread) {
    names.push_back(name_of(folder) +
                    (role_of(folder) ? ", which has no class folders" : ", no split by its name"));
  }
  return text("not read: ", joined(names));
}

void add_note(std::vector<std::string>& notes, const std::string& note) {
  if (!note.empty()) notes.push_back(note);
}

/// Folders that have the name of a split, but no image, so that they are none.
std::string empty_splits_note(const fs::path& dir) {
  std::vector<std::string> names;
  for (const fs::path& folder : folders_in(dir)) {
    if (role_of(folder) && !holds_images(folder)) names.push_back(name_of(folder));
  }
  return names.empty() ? "" : text("not read: ", joined(names), ", without an image");
}

/// Where `dir` is itself the training split of a folder that has others.
std::string beside_note(const fs::path& dir) {
  const fs::path above = fs::absolute(dir / "").lexically_normal().parent_path().parent_path();
  if (role_of(fs::absolute(dir / "").lexically_normal().parent_path()) != Role::train) return {};
  for (const fs::path& folder : folders_in(above)) {
    const auto role = role_of(folder);
    if (role && role != Role::train && holds_class_folders(folder)) {
      return text("not read: ", name_of(folder),
                  " beside it; --data with the folder that holds both would test with it");
    }
  }
  return {};
}

}  // namespace

SplitFolders find_split_folders(const fs::path& dir) {
  std::vector<fs::path> with_images = folders_in(dir);
  std::erase_if(with_images, std::not_fn(holds_images));
  SplitFolders splits;
  std::vector<fs::path> candidates;
  for (const fs::path& folder : with_images) {
    const std::optional<Role> role = role_of(folder);
    if (!role || !holds_class_folders(folder)) continue;
    fs::path& place = folder_of(splits, *role);
    check_data(place.empty(), printable(dir), ": ", name_of(place), " and ", name_of(folder),
               " would be the same split; rename one");
    place = folder;
    candidates.push_back(folder);
  }
  // A single one that holds images itself is a class with images in sub-folders too.
  if (candidates.size() == 1 && with_images.size() > 1 &&
      holds_mostly_images_itself(candidates.front()))
    return {};
  if (candidates.empty()) {
    check_not_unlabelled(dir, with_images);
    return {};
  }
  for (const fs::path& folder : with_images) {
    if (std::ranges::find(candidates, folder) == candidates.end()) splits.unread.push_back(folder);
  }
  check_data(candidates.size() > 1 || splits.unread.empty(), printable(dir), ": is ",
             name_of(candidates.front()), " a split with class folders, or a class like ",
             name_of(splits.unread.empty() ? dir : splits.unread[0]),
             "? Name the split itself with --data, or rename the class");
  return splits;
}

bool holds_image_folder(const fs::path& dir) {
  if (holds_images(dir)) return true;
  std::vector<Skipped> skipped;
  try {
    images_below(dir, skipped);
  } catch (const DataError&) {  // there is none, or it cannot be listed
    return false;
  }
  return std::ranges::any_of(skipped,
                             [](const Skipped& one) { return !foreign_format(one.path).empty(); });
}

ImageSplits list_splits(const fs::path& dir) {
  const SplitFolders found = find_split_folders(dir);
  if (found.test.empty() && found.validation.empty()) {
    ImageSplits splits = hold_out(list_images(found.train.empty() ? dir : found.train));
    add_note(splits.notes, beside_note(dir));
    add_note(splits.notes, empty_splits_note(dir));
    return splits;
  }
  check_data(!found.train.empty(), printable(dir), ": has ",
             name_of(found.test.empty() ? found.validation : found.test),
             " but no train folder with class folders in it, so there is nothing to train on");
  ImageSplits splits;
  splits.train = list_images(found.train);
  const auto listed = [&](const fs::path& folder) {
    ImageList list = with_classes(list_images(folder), splits.train.class_names);
    add_note(splits.notes, absent_classes(list, folder));
    return list;
  };
  const bool has_both = !found.test.empty() && !found.validation.empty();
  const fs::path& test = found.test.empty() ? found.validation : found.test;
  splits.test = listed(test);
  if (has_both) splits.validation = listed(found.validation);
  splits.notes.insert(
      splits.notes.begin(),
      text("split: ", name_of(found.train), " trains (", count_of(splits.train), ")",
           has_both ? text(", ", name_of(found.validation), " chooses the best epoch (",
                           count_of(splits.validation), ")")
                    : "",
           ", ", name_of(test), " tests (", count_of(splits.test), ")"));
  if (!found.unread.empty()) splits.notes.push_back(unread_note(found.unread));
  add_note(splits.notes, empty_splits_note(dir));
  return splits;
}

ImagesToTest list_images_to_test(const fs::path& dir) {
  const SplitFolders found = find_split_folders(dir);
  for (const fs::path& split : {found.test, found.validation, found.train}) {
    if (split.empty()) continue;
    ImagesToTest chosen = {list_images(split), text("all images of ", name_of(split))};
    std::vector<std::string> others;
    for (const fs::path& other : {found.train, found.validation, found.test}) {
      if (!other.empty() && other != split) others.push_back(name_of(other));
    }
    if (!others.empty()) chosen.note += text("; not read: ", joined(others));
    return chosen;
  }
  return {list_images(dir), "all images of the folder"};
}

}  // namespace ek

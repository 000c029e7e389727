#include "apps/training/open_folder.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "apps/training/digest.h"
#include "apps/training/errors.h"
#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/files/file.h"
#include "evenkeel/data/dataset.h"
#include "evenkeel/data/image_folder.h"
#include "evenkeel/data/image_format.h"
#include "evenkeel/data/load_images.h"
#include "evenkeel/data/split_folders.h"

namespace ek {
namespace {

namespace fs = std::filesystem;

const Shape kImageShape = {3, 32, 32};

/// Of the files' names as seen from the folder, so that the folder may be moved.
std::string names_digest(const ImageList& list) {
  std::vector<std::string> names;
  for (const fs::path& file : list.files)
    names.push_back(file.lexically_relative(list.dir).native());
  return sha256(names);
}

/// Gathers what is said about the parts of a data set.
class Reader {
 public:
  Reader(DataSource& source, const OpenOptions& options)
      : source_(source),
        on_bad_image_(options.skip_bad_images ? OnBadImage::skip : OnBadImage::fail),
        where_named_(options.verbose ? "" : " (--verbose names them)") {}

  /// The images of a list, which may be empty.
  std::shared_ptr<const Dataset> read(const ImageList& list) {
    skipped_.insert(skipped_.end(), list.skipped.begin(), list.skipped.end());
    if (list.files.empty()) return nullptr;
    try {
      LoadedImages loaded = load_images(list, kImageShape, on_bad_image_);
      facts_.add(loaded.facts);
      bad_.insert(bad_.end(), loaded.bad.begin(), loaded.bad.end());
      return loaded.data;
    } catch (const BadImages& error) {  // those of the other parts are to be said too
      bad_.insert(bad_.end(), error.images.begin(), error.images.end());
      of_ += std::ssize(list.files);
      failed_ = true;
      return nullptr;
    }
  }

  /// Adds the notes. Throws BadImages where images of some list could not be read.
  void finish() {
    if (failed_) throw bad_images(bad_, facts_.images + of_);
    source_.notes.push_back(images_note());
    if (!bad_.empty()) {
      source_.notes.push_back(
          text(bad_.size(), " images are left out: they cannot be read", where_named_));
    }
    if (!skipped_.empty()) source_.notes.push_back(skipped_note());
    for (const std::vector<Skipped>& some : {bad_, skipped_}) {
      for (const Skipped& one : some)
        source_.skipped.push_back(text(printable(one.path), ": ", one.reason));
    }
  }

 private:
  /// "images: 640x480 to 4000x3000, ..."
  std::string images_note() const {
    const std::string smallest = text(facts_.smallest_width, "x", facts_.smallest_height);
    const std::string largest = text(facts_.largest_width, "x", facts_.largest_height);
    std::string note = text("images: ", smallest, smallest == largest ? "" : " to " + largest);
    if (facts_.turned > 0)
      note += text("; ", facts_.turned, " turned upright by their EXIF orientation");
    if (smallest != "32x32" || largest != "32x32") {
      note += "; cropped to a square around the centre, resized to 32x32";
    }
    if (facts_.transparent > 0)
      note += text("; ", facts_.transparent, " transparent, laid over white");
    return note;
  }

  /// "skipped: 3 WebP (not read; ... converts them), 2 others"
  std::string skipped_note() const {
    std::map<std::string, std::int64_t> foreign;
    std::int64_t others = 0;
    for (const Skipped& one : skipped_) {
      const std::string format = foreign_format(one.path);
      if (format.empty()) {
        ++others;
      } else {
        ++foreign[format];
      }
    }
    std::vector<std::string> parts;
    for (const auto& [format, count] : foreign) {
      parts.push_back(
          text(count, " ", format, " (not read; ", how_to_convert(format), " converts)"));
    }
    if (others > 0)
      parts.push_back(
          text(others, foreign.empty() ? "" : " other", others == 1 ? " file" : " files"));
    return text("skipped: ", joined(parts), where_named_);
  }

  DataSource& source_;
  OnBadImage on_bad_image_;
  const char* where_named_;
  FolderFacts facts_;
  std::vector<Skipped> skipped_, bad_;
  std::int64_t of_ = 0;  // images of the lists with bad ones
  bool failed_ = false;
};

}  // namespace

DataSource open_folder(const fs::path& dir, const OpenOptions& options) {
  DataSource source;
  Reader reader(source, options);
  if (options.needs == Needs::all_to_test) {
    ImagesToTest chosen = list_images_to_test(dir);
    source.notes = {chosen.note};
    source.test = reader.read(chosen.images);
  } else {
    ImageSplits splits = list_splits(dir);
    source.notes = splits.notes;
    if (splits.is_held_out) source.held_out = names_digest(splits.test);
    if (options.needs == Needs::train_and_test) {
      source.train = reader.read(splits.train);
      source.validation = reader.read(splits.validation);
    }
    source.test = reader.read(splits.test);
  }
  reader.finish();
  return source;
}

void check_is_no_class(const fs::path& out, const fs::path& data) {
  const SplitFolders splits = find_split_folders(data);
  for (const fs::path& folder :
       {splits.train, splits.validation, splits.test, splits.any() ? fs::path() : data}) {
    if (folder.empty()) continue;
    const fs::path way = fs::weakly_canonical(out).lexically_relative(fs::weakly_canonical(folder));
    if (way.empty() || *way.begin() == "..") continue;
    throw UsageError(
        text("--out: ", printable(out), " is among the images in ", printable(folder),
             ", where the next run would take it for a class; name a folder outside of it"));
  }
}

}  // namespace ek

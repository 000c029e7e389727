// The images of a list, decoded into memory.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/data/dataset.h"
#include "evenkeel/data/image_folder.h"

namespace ek {

/// What the images were like before they were brought to one shape.
struct FolderFacts {
  std::int64_t images = 0, turned = 0, transparent = 0;  // turned: by their EXIF orientation
  std::int64_t smallest_width = 0, smallest_height = 0, largest_width = 0,
               largest_height = 0;  // by area

  /// Takes those of other images in.
  void add(const FolderFacts& others);
};

struct LoadedImages {
  std::shared_ptr<const Dataset> data;
  FolderFacts facts;
  std::vector<Skipped> bad;  // images that cannot be read
};

/// Images that cannot be read: all of them, each with its reason.
struct BadImages : DataError {
  BadImages(const std::string& what, std::vector<Skipped> bad)
      : DataError(what), images(std::move(bad)) {}
  std::vector<Skipped> images;
};

/// The error for these, of so many images that were to be read.
BadImages bad_images(std::vector<Skipped> bad, std::int64_t of);

enum class OnBadImage { fail, skip };

/// Decodes the images of a list, in parallel, to image_shape [3, H, W]. Throws BadImages where some cannot be read, or
/// leaves them out; then DataError where none is left.
LoadedImages load_images(const ImageList& list, const Shape& image_shape,
                         OnBadImage on_bad_image = OnBadImage::fail);

}  // namespace ek

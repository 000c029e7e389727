// A folder of images, one sub-folder a class.
#pragma once

#include "core/file.h"
#include "data/dataset.h"

namespace ek {

/// What a folder holds, before anything is decoded.
struct ImageList {
  fs::path dir;  // where the class folders are
  std::vector<std::string> class_names;
  std::vector<fs::path> files;
  std::vector<int> labels;   // of the files
  std::int64_t skipped = 0;  // files without an image's name
};

/// Lists dir/CLASS/IMAGE: .jpg, .jpeg, .png and .bmp in any case, classes and images sorted by the bytes of
/// their names, names with a leading dot left out. Throws DataError where there is no class folder or one
/// without an image.
ImageList list_images(const fs::path& dir);

/// Lists one split. Where dir/train and dir/test (or dir/val) exist, those, and both must have the same
/// classes. Else the classes are in dir (or dir/train), and a tenth of each class, at least one image of two,
/// is the test split: which ones depends on the class's name and number of images alone.
ImageList list_images(const fs::path& dir, Split split);

/// Decodes the images of a list, in parallel, to image_shape [3, H, W]. Throws DataError for a file that is no image.
std::shared_ptr<const Dataset> load_images(const ImageList& list, const Shape& image_shape);

/// True if some class folder of `dir`, or of its folder train, test or val, has an image.
bool holds_image_folder(const fs::path& dir);

}  // namespace ek

// A folder of images, one sub-folder a class: what is in it.
#pragma once

#include <string>
#include <vector>

#include "evenkeel/core/files/file.h"

namespace ek {

/// A file or folder that is not read, and why.
struct Skipped {
  fs::path path;
  std::string reason;
};

/// What a folder holds, before anything is decoded.
struct ImageList {
  fs::path dir = {};  // where the class folders are
  std::vector<std::string> class_names = {};
  std::vector<fs::path> files = {};
  std::vector<int> labels = {};  // of the files
  std::vector<Skipped> skipped = {};
};

/// Lists dir/CLASS/.../IMAGE as torchvision's ImageFolder does: the images in sub-folders of a class are its own, classes
/// and images are sorted by the bytes of their names. Names with a leading dot are left out. Files without an image's
/// name (data/image_format.h) and links that lead nowhere or in circles are in `skipped`. Throws DataError where there is
/// no class folder or one without an image.
ImageList list_images(const fs::path& dir);

/// The list with its labels as places in `class_names`, by name. Throws DataError with both lists for a class that is not
/// among them; a class without an image is none.
ImageList with_classes(ImageList list, const std::vector<std::string>& class_names);

/// The images in a folder and below it, in the order of list_images; what is skipped is added to `skipped`.
std::vector<fs::path> images_below(const fs::path& dir, std::vector<Skipped>& skipped);

/// True if there is an image in the folder or below it.
bool holds_images(const fs::path& dir);

/// The folders in `dir`, sorted by the bytes of their names, without those whose names start with a dot.
std::vector<fs::path> folders_in(const fs::path& dir);

}  // namespace ek

// The images that predict is asked about: files, folders, patterns and standard input.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "evenkeel/core/files/file.h"
#include "evenkeel/data/image_folder.h"

namespace ek {

/// An image, or why there is none.
struct ImageArgument {
  fs::path path;
  std::string error = {};
};

struct ImageArguments {
  std::vector<ImageArgument> images;
  std::vector<Skipped> skipped;  // what lies in a folder and is no image
};

/// What each argument stands for, in order: a file, or "-", itself; a folder all images in it and below it; a pattern that
/// is no file's name (*, ?, [...]) the files that match. A folder without images and a pattern without matches are errors.
ImageArguments expand_images(const std::vector<std::string>& arguments);

/// The bytes of an image; of standard input for "-". Throws DataError.
std::vector<std::uint8_t> read_image_bytes(const fs::path& path);

}  // namespace ek

// Folders of tiny images.
#pragma once

#include <doctest/doctest.h>
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>
#include "encode.h"
#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/files/file.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/data/image_folder.h"
#include "evenkeel/data/load_images.h"
#include "evenkeel/data/split_folders.h"
#include "tests/data/encode.h"
#include "tests/data/files.h"

namespace ek {
namespace {

inline const Shape kShape = {3, 2, 2};

/// A 2x2 BMP in which every byte is `value`.
inline Bytes plain(int value) { return bmp(2, 2, Bytes(12, static_cast<std::uint8_t>(value))); }

inline std::string listing_error(const fs::path& dir) {
  return error_of<DataError>([&] { list_images(dir); });
}

inline std::vector<std::string> names_of(const ImageList& list) {
  std::vector<std::string> names;
  for (const fs::path& file : list.files) names.push_back(file.filename());
  return names;
}

}  // namespace
}  // namespace ek

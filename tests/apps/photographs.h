// Folders of photographs for the program.
#pragma once

#include <doctest/doctest.h>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>
#include "evenkeel/core/files/file.h"
#include "tests/apps/run_program.h"
#include "tests/data/files.h"
#include "tests/data/jpeg_writer.h"

namespace ek {
namespace {

using nlohmann::json;

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Images of class red/ and blue/ in a folder.
inline void write_photographs(const fs::path& dir, int of_each_class) {
  for (int i = 0; i < of_each_class; ++i) {
    const auto shade = static_cast<std::uint8_t>(5 * i);
    write_file(dir / "red" / (std::to_string(i) + ".png"), plain_png(32, 250, shade, shade));
    write_file(dir / "blue" / (std::to_string(i) + ".png"), plain_png(32, shade, shade, 250));
  }
}

inline const std::string kTrain = "train --model convnet-8x8 -b 4 --max-steps 2 ";

/// 32x32 pixels, black but for a white stripe along one side.
inline Bytes striped(int orientation) {
  BlockImage image = {4, 4, 1, std::vector<int>(16, 0)};
  for (std::size_t i = 0; i < 4; ++i) {
    const bool upright =
        orientation == 1;  // the stripe is on top; else it is stored lying on its left side
    image.values[upright ? i : 4 * i] = 255;
  }
  return jpeg(image, exif_segment(orientation));
}

}  // namespace
}  // namespace ek

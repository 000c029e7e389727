// A folder of photographs as a data set, and what is to be said about it.
#pragma once

#include <filesystem>

#include "apps/training/open_data.h"

namespace ek {

/// Lists, decodes and describes the images of a folder, as open_data does.
DataSource open_folder(const std::filesystem::path& dir, const OpenOptions& options);

/// What becomes of an image of another size, for notes and help texts.
inline constexpr const char* kHowImagesAreRead =
    "turned upright by their EXIF orientation, cropped to a square around their centre, resized to 32x32; what is "
    "transparent becomes white";

}  // namespace ek

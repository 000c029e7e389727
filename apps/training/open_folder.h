// A folder of photographs as a data set, and what is to be said about it.
#pragma once

#include <filesystem>

#include "apps/training/open_data.h"

namespace ek {

/// Lists, decodes and describes the images of a folder, as open_data does.
DataSource open_folder(const std::filesystem::path& dir, const OpenOptions& options);

/// Throws UsageError where a run's folder would lie among the class folders of a folder of images: the next run would take
/// it for a class.
void check_is_no_class(const std::filesystem::path& out, const std::filesystem::path& data);

}  // namespace ek

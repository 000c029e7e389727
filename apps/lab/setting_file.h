// lab.json: the setting that a lab's runs were made with.
#pragma once

#include <filesystem>
#include <string>

#include "apps/lab/claim.h"
#include "apps/lab/trial.h"

namespace ek {

std::filesystem::path setting_file(const std::filesystem::path& dir);

std::string as_json(const Setting& setting);

/// Throws DataError where the folder holds no lab, or one whose setting cannot be understood.
Setting read_setting(const std::filesystem::path& dir);

}  // namespace ek

// The types of numbers in a .safetensors file, and how they become ours.
#pragma once

#include <cstdint>
#include <string_view>

#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/files/file.h"
#include "evenkeel/core/files/state.h"

namespace ek {

struct Dtype {
  std::string_view name;  // "F32"
  std::uint64_t bytes;    // of a number
  /// Reads the numbers of a tensor that begin at byte `at` of the file; null for a type that would lose digits.
  StateValue (*read)(const InputFile& file, std::uint64_t at, const Shape& shape);
};

/// The type of that name, or null.
const Dtype* find_dtype(std::string_view name);

}  // namespace ek

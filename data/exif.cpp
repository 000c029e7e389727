#include "evenkeel/data/exif.h"

#include <cstddef>
#include <string_view>

namespace ek {
namespace {

constexpr int kUpright = 1;
constexpr std::uint32_t kOrientation = 0x0112, kShort = 3;

/// Whole numbers in a TIFF file, in its own byte order; 0 beyond its end.
struct Numbers {
  std::span<const std::uint8_t> bytes;
  bool big_endian;

  std::uint32_t read(std::size_t at, std::size_t count) const {
    if (at > bytes.size() || bytes.size() - at < count) return 0;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      value = value << 8 | bytes[at + (big_endian ? i : count - 1 - i)];
    }
    return value;
  }
  std::uint32_t u16(std::size_t at) const { return read(at, 2); }
  std::uint32_t u32(std::size_t at) const { return read(at, 4); }
};

}  // namespace

/// "MM" or "II", 42, and where the first directory is. A directory: the number of its entries (2 bytes), then entries of
/// 12 bytes: tag (2), type (2), count (4), and the value itself where it fits into 4 bytes.
int exif_orientation(std::span<const std::uint8_t> tiff) {
  constexpr std::size_t kEntry = 12;
  if (tiff.size() < 8) return kUpright;
  const std::string_view order(reinterpret_cast<const char*>(tiff.data()), 2);
  if (order != "MM" && order != "II") return kUpright;
  const Numbers numbers = {tiff, order == "MM"};
  if (numbers.u16(2) != 42) return kUpright;
  const std::size_t directory = numbers.u32(4);
  const std::size_t entries = numbers.u16(directory);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + kEntry * i;
    if (numbers.u16(entry) != kOrientation) continue;
    const std::uint32_t value = numbers.u16(entry + 8);
    const bool is_known = numbers.u16(entry + 2) == kShort && value >= 1 && value <= 8;
    return is_known ? static_cast<int>(value) : kUpright;
  }
  return kUpright;
}

}  // namespace ek

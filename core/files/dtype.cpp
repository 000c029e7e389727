#include "evenkeel/core/files/dtype.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <span>
#include <type_traits>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {
namespace {

enum class Half : std::uint16_t {};
enum class BFloat16 : std::uint16_t {};

auto value_of(auto x) { return x; }
float value_of(BFloat16 x) { return std::bit_cast<float>(static_cast<std::uint32_t>(x) << 16); }
float value_of(Half x) {
  const auto bits = static_cast<std::uint32_t>(x), sign = (bits & 0x8000) << 16,
             magnitude = bits & 0x7fff;
  if (magnitude >= 0x7c00)
    return std::bit_cast<float>(sign | 0x7f800000 | (magnitude & 0x3ff) << 13);  // inf, nan
  // Half's exponent and fraction, moved to float's places, are the value times 2^-112. Half's denormals are no float's.
  const float value = magnitude < 0x400 ? static_cast<float>(magnitude) * 0x1p-24f
                                        : std::bit_cast<float>((magnitude << 13) + (112u << 23));
  return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(value));
}

template <typename Stored, typename Handle>
StateValue read_as(const InputFile& file, std::uint64_t at, const Shape& shape) {
  Handle handle(shape);
  const std::span into(handle.mutable_data());
  using Value = typename decltype(into)::value_type;
  if constexpr (std::is_same_v<Stored, Value>) {
    file.read(at, into.data(), into.size_bytes());
  } else {
    std::array<Stored, 8192> piece;
    for (std::size_t done = 0; done < into.size(); done += piece.size()) {
      const std::size_t n = std::min(piece.size(), into.size() - done);
      file.read(at + done * sizeof(Stored), piece.data(), n * sizeof(Stored));
      for (std::size_t i = 0; i < n; ++i) into[done + i] = static_cast<Value>(value_of(piece[i]));
    }
  }
  return handle;
}

constexpr Dtype kDtypes[] = {
    {"F32", 4, read_as<float, Tensor>},
    {"F64", 8, sizeof(Real) == 8 ? read_as<double, Tensor> : nullptr},
    {"F16", 2, read_as<Half, Tensor>},
    {"BF16", 2, read_as<BFloat16, Tensor>},
    {"I64", 8, read_as<std::int64_t, IntTensor>},
    {"I32", 4, read_as<std::int32_t, IntTensor>},
    {"U8", 1, read_as<std::uint8_t, IntTensor>},
    {"BOOL", 1, read_as<std::uint8_t, IntTensor>},
};

}  // namespace

const Dtype* find_dtype(std::string_view name) {
  const Dtype* found = std::ranges::find(kDtypes, name, &Dtype::name);
  return found == std::end(kDtypes) ? nullptr : found;
}

}  // namespace ek

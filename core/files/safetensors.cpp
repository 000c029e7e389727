#include "evenkeel/core/files/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <stdexcept>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/files/replace_file.h"
#include "evenkeel/core/files/safetensors_header.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {
namespace {

using nlohmann::json, nlohmann::ordered_json;
using Bytes = std::uint64_t;

static_assert(std::endian::native == std::endian::little, "the format's numbers are little-endian");

constexpr Bytes kMaxHeader = 100'000'000;  // the format's own limit

/// Sorts the tensors by their places, which must fill the data without a hole and without an overlap.
void check_layout(const InputFile& file, std::vector<Place>& places, Bytes data_begin) {
  std::ranges::sort(places, {}, [](const Place& p) { return std::tie(p.begin, p.end, p.name); });
  Bytes at = 0;
  for (const Place& p : places) {
    check_data(p.begin == at, file.name(), ": tensor ", shown(p.name), " starts at byte ", p.begin,
               " of the data, expected ", at, p.begin > at ? " (a hole)" : " (an overlap)",
               kDamaged);
    at = p.end;
  }
  check_data(file.size() - data_begin == at, file.name(), ": ", file.size(), " bytes, expected ",
             data_begin + at, kDamaged);
}

std::span<const std::byte> bytes_of(const StateValue& value) {
  return std::visit([](const auto& handle) { return std::as_bytes(std::span(handle.data())); },
                    value);
}

std::string header_text(const StateDict& items,
                        const std::map<std::string, std::string>& metadata) try {
  check(items.size() <= kMaxNames, "safetensors: cannot save ", items.size(), " tensors, at most ",
        kMaxNames);
  check(metadata.size() <= kMaxNames, "safetensors: cannot save ", metadata.size(),
        " metadata strings, at most ", kMaxNames);
  const std::size_t bytes = json(metadata).dump().size() - 2;
  check(bytes <= kMaxEntry / 2, "safetensors: cannot save metadata of ", bytes, " bytes, at most ",
        kMaxEntry / 2);
  auto header = ordered_json::object();
  auto& entries =
      header.get_ref<ordered_json::object_t&>();  // its [] would look through all that are there
  if (!metadata.empty()) entries.emplace_back("__metadata__", metadata);
  std::set<std::string_view> names = {"__metadata__"};
  Bytes begin = 0;
  for (const auto& [name, value] : items) {
    check(names.insert(name).second, "safetensors: cannot save two tensors under the name ",
          shown(name));
    check(std::ranges::none_of(name, is_control),
          "safetensors: a tensor's name has a control character");
    const Bytes end = begin + bytes_of(value).size();
    const char* dtype = std::holds_alternative<IntTensor>(value) ? "I64"
                        : sizeof(Real) == 8                      ? "F64"
                                                                 : "F32";
    entries.emplace_back(name, ordered_json{{"dtype", dtype},
                                            {"shape", shape_of(value).sizes()},
                                            {"data_offsets", {begin, end}}});
    begin = end;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
} catch (const json::exception&) {
  throw std::invalid_argument("safetensors: a name or metadata string is not UTF-8");
}

}  // namespace

SafeTensors read_safetensors(const fs::path& path) {
  const InputFile file(path);
  check_data(file.size() >= 8, file.name(), ": ", file.size(), " bytes, expected at least 8",
             kDamaged);
  Bytes header_size = 0;
  file.read(0, &header_size, 8);
  check_data(header_size <= kMaxHeader, file.name(), ": header of ", header_size,
             " bytes, expected at most ", kMaxHeader, kDamaged);
  check_data(header_size <= file.size() - 8, file.name(), ": header of ", header_size,
             " bytes in a file of ", file.size(), kDamaged);
  const Bytes data_begin = 8 + header_size;
  HeaderReader header(file, data_begin);
  check_layout(file, header.places, data_begin);

  SafeTensors content = {{}, std::move(header.metadata)};
  for (const Place& p : header.places)
    content.tensors.add(p.name, p.dtype->read(file, data_begin + p.begin, p.shape));
  return content;
}

void write_safetensors(const fs::path& path, const SafeTensors& content) {
  StateDict items = content.tensors;
  // Whole numbers, which take 8 bytes, come first: all values are then aligned to their size.
  std::ranges::sort(items, {}, [](const auto& item) {
    return std::pair(std::holds_alternative<Tensor>(item.second), std::string_view(item.first));
  });
  const std::string header = header_text(items, content.metadata);
  const Bytes header_size = header.size();
  std::vector parts = {std::as_bytes(std::span(&header_size, 1)), std::as_bytes(std::span(header))};
  for (const auto& [name, value] : items) parts.push_back(bytes_of(value));
  replace_file(path, parts);
}

}  // namespace ek

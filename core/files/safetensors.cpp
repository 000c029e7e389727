#include "evenkeel/core/files/safetensors.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <istream>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/files/replace_file.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {
namespace {

using nlohmann::json, nlohmann::ordered_json;
using Bytes = std::uint64_t;

static_assert(std::endian::native == std::endian::little, "the format's numbers are little-endian");

constexpr Bytes kMaxHeader = 100'000'000;  // the format's own limit
// Ours, so that a hostile header costs little time and memory before it is refused. An entry is one tensor's
// or all of the metadata.
constexpr std::size_t kMaxNames = 16'384;
constexpr Bytes kMaxEntry = Bytes{2} << 20;

constexpr const char* kDamaged =
    "; the file is damaged or not a .safetensors file: fetch or save it again";

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// A name from a file, fit for a message of one line.
std::string shown(const std::string& name) {
  return name.size() <= 100 ? text("'", printable(name), "'")
                            : text("'", printable(name.substr(0, 100)), "...'");
}

// ---- Reading: values ----------------------------------------------------------------------------

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
StateValue read_as(const InputFile& file, Bytes at, const Shape& shape) {
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

struct Dtype {
  std::string_view name;
  Bytes bytes;
  StateValue (*read)(const InputFile& file, Bytes at,
                     const Shape& shape);  // null: would lose digits
};

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

// ---- Reading: the header ------------------------------------------------------------------------

// Where a tensor's values are, with every number checked.
struct Place {
  std::string name;
  const Dtype* dtype;
  Shape shape;
  Bytes begin, end;  // in the data
};

Shape checked_shape(const std::string& tensor, const std::vector<Bytes>& sizes) try {
  return Shape(std::vector<std::int64_t>(sizes.begin(), sizes.end()));
} catch (const std::invalid_argument&) {
  throw DataError(text(tensor, ": its shape has too many elements", kDamaged));
}

// Reads the JSON part of a file in pieces, entry by entry, so that a long header never lies in memory as a whole, and
// takes values only in the places where the format has them. An entry is the metadata or
//   "name":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}
class HeaderReader : private std::streambuf {
 public:
  HeaderReader(const InputFile& file, Bytes end) : file_(file), end_(end) {
    check_data(sgetc() == '{', file.name(), ": the header does not start with '{'", kDamaged);
    std::istream in(this);
    try {
      std::ignore = json::parse(
          in, [this](int depth, Event event, json& value) { return take(depth, event, value); });
    } catch (const json::parse_error& error) {
      throw DataError(
          text(file.name(), ": the header is not JSON at byte ", 7 + error.byte, kDamaged));
    } catch (const json::out_of_range&) {
      throw DataError(
          text(file.name(), ": the header is not JSON: a number of it is out of range", kDamaged));
    }
  }
  std::vector<Place> places;
  std::map<std::string, std::string> metadata;

 private:
  using Event = json::parse_event_t;

  int_type underflow() override {
    const Bytes n = std::min<Bytes>(piece_.size(), end_ - at_);
    if (n == 0) return traits_type::eof();
    file_.read(at_, piece_.data(), n);
    // The parser takes a NUL for the end of the text.
    check_data(!std::memchr(piece_.data(), 0, n), file_.name(), ": the header contains a NUL byte",
               kDamaged);
    at_ += n;
    entry_bytes_ += n;
    check_data(entry_bytes_ <= kMaxEntry, file_.name(), ": an entry of the header takes more than ",
               kMaxEntry, " bytes at byte ", at_, "; this reader takes none longer");
    setg(piece_.data(), piece_.data(), piece_.data() + n);
    return traits_type::to_int_type(piece_[0]);
  }

  // Called for a value, and for the beginning and the end of an object or array, inside of `depth` others. False where
  // the parser need not keep it.
  bool take(int depth, Event event, const json& value) {
    switch (event) {
      case Event::key: depth == 1 ? begin_entry(value) : begin_field(value); break;
      case Event::value: take_value(depth, value); break;
      case Event::object_start: expect(depth < 2, "an object"); break;
      case Event::array_start:
        expect(depth == 2 && (in("shape") || in("data_offsets")), "an array");
        break;
      case Event::object_end:
        if (depth == 1 && !in_metadata_) places.push_back(checked_place());
        return depth == 0;
      case Event::array_end: break;
    }
    return event != Event::value;
  }

  void take_value(int depth, const json& value) {
    constexpr const char* kKinds[] = {
        "null", "", "", "a string", "true or false", "a negative number", "a number"};
    const char* kind = value.is_number_float() ? "a number with a fraction or exponent"
                                               : kKinds[static_cast<std::size_t>(value.type())];
    const bool text_wanted = depth == 2 && (in_metadata_ || in("dtype"));
    expect(text_wanted ? value.is_string() : depth == 3 && value.is_number_unsigned(), kind);
    if (text_wanted) {
      (in_metadata_ ? metadata[field_] : dtype_) = value.get<std::string>();
      return;
    }
    std::vector<Bytes>& list = in("shape") ? shape_ : offsets_;
    list.push_back(value.get<Bytes>());
    check_data(list.size() <= Shape::kMaxRank, file_.name(), tensor(), ": more than ",
               Shape::kMaxRank, " numbers in ", field_, "; tensors have at most ", Shape::kMaxRank,
               " axes here");
  }

  void begin_entry(const std::string& name) {
    entry_bytes_ = 0;
    check_data(std::ranges::none_of(name, is_control), file_.name(), ": tensor ", places.size(),
               " has a control character in its name", kDamaged);
    check_data(names_.insert(name).second, file_.name(), ": the name ", shown(name),
               " occurs twice", kDamaged);
    name_ = name;
    in_metadata_ = name == "__metadata__";
    field_.clear();
    fields_.clear();
    shape_.clear();
    offsets_.clear();
  }

  void begin_field(const std::string& name) {
    check_data(fields_.insert(name).second, file_.name(),
               in_metadata_ ? ": metadata key " + shown(name) : tensor() + ": " + name,
               " occurs twice", kDamaged);
    check_data(fields_.size() <= kMaxNames, file_.name(), ": more than ", kMaxNames,
               " metadata strings; this reader takes no more");
    field_ = name;
  }

  Place checked_place() const {
    const std::string what = file_.name() + tensor();
    check_data(places.size() < kMaxNames, file_.name(), ": more than ", kMaxNames,
               " tensors; this reader takes no more");
    check_data(fields_.size() == 3, what, " lacks dtype, shape or data_offsets", kDamaged);
    const Dtype* dtype = std::ranges::find(kDtypes, dtype_, &Dtype::name);
    check_data(dtype != std::end(kDtypes), what, ": dtype ", shown(dtype_),
               " is none of F64, F32, F16, BF16, I64, I32, U8, BOOL; save it as one of these");
    check_data(dtype->read, what,
               " is F64, but this build computes in float32; save it with .float()");
    const Shape shape = checked_shape(what, shape_);
    check_data(offsets_.size() == 2, what, ": data_offsets has ", offsets_.size(),
               " numbers, expected 2", kDamaged);
    const Bytes begin = offsets_[0], end = offsets_[1],
                bytes = dtype->bytes * static_cast<Bytes>(shape.numel());
    check_data(begin <= end && end - begin == bytes, what, ": data_offsets ", begin, "..", end,
               ", but ", dtype->name, ' ', shape, " takes ", bytes, " bytes", kDamaged);
    return {name_, dtype, shape, begin, end};
  }

  std::string tensor() const { return ": tensor " + shown(name_); }
  bool in(std::string_view field) const { return !in_metadata_ && field_ == field; }
  void expect(bool in_place, const char* what) const {
    const std::string place =
        name_.empty() ? ""
                      : text(", tensor ", shown(name_), field_.empty() ? "" : ", " + shown(field_));
    check_data(in_place, file_.name(), ": header", place, ": ", what, " where the format has none",
               kDamaged);
  }

  const InputFile& file_;
  Bytes at_ = 8, end_, entry_bytes_ = 0;  // in the file; of this entry so far
  std::array<char, 65536> piece_;
  std::set<std::string> names_, fields_;  // of the entries; in this one
  std::string name_, field_, dtype_;
  bool in_metadata_ = false;
  std::vector<Bytes> shape_, offsets_;
};

// ---- Writing ------------------------------------------------------------------------------------

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
  std::ranges::sort(header.places, {},
                    [](const Place& p) { return std::tie(p.begin, p.end, p.name); });
  Bytes at = 0;
  for (const Place& p : header.places) {
    check_data(p.begin == at, file.name(), ": tensor ", shown(p.name), " starts at byte ", p.begin,
               " of the data, expected ", at, p.begin > at ? " (a hole)" : " (an overlap)",
               kDamaged);
    at = p.end;
  }
  check_data(file.size() - data_begin == at, file.name(), ": ", file.size(), " bytes, expected ",
             data_begin + at, kDamaged);

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

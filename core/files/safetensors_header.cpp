#include "evenkeel/core/files/safetensors_header.h"

#include <algorithm>
#include <cstring>
#include <istream>
#include <stdexcept>
#include <tuple>

#include "evenkeel/core/base/check.h"

namespace ek {
namespace {

using nlohmann::json;
using Bytes = std::uint64_t;

Shape checked_shape(const std::string& tensor, const std::vector<Bytes>& sizes) try {
  return Shape(std::vector<std::int64_t>(sizes.begin(), sizes.end()));
} catch (const std::invalid_argument&) {
  throw DataError(text(tensor, ": its shape has too many elements", kDamaged));
}

}  // namespace

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::string shown(const std::string& name) {
  return name.size() <= 100 ? text("'", printable(name), "'")
                            : text("'", printable(name.substr(0, 100)), "...'");
}

HeaderReader::HeaderReader(const InputFile& file, Bytes end) : file_(file), end_(end) {
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

HeaderReader::int_type HeaderReader::underflow() {
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

bool HeaderReader::take(int depth, Event event, const json& value) {
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

void HeaderReader::take_value(int depth, const json& value) {
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
  take_number(value.get<std::uint64_t>());
}

void HeaderReader::take_number(std::uint64_t number) {
  std::vector<Bytes>& list = in("shape") ? shape_ : offsets_;
  list.push_back(number);
  check_data(list.size() <= Shape::kMaxRank, file_.name(), tensor(), ": more than ",
             Shape::kMaxRank, " numbers in ", field_, "; tensors have at most ", Shape::kMaxRank,
             " axes here");
}

void HeaderReader::begin_entry(const std::string& name) {
  entry_bytes_ = 0;
  check_data(std::ranges::none_of(name, is_control), file_.name(), ": tensor ", places.size(),
             " has a control character in its name", kDamaged);
  check_data(names_.insert(name).second, file_.name(), ": the name ", shown(name), " occurs twice",
             kDamaged);
  name_ = name;
  in_metadata_ = name == "__metadata__";
  field_.clear();
  fields_.clear();
  shape_.clear();
  offsets_.clear();
}

void HeaderReader::begin_field(const std::string& name) {
  check_data(fields_.insert(name).second, file_.name(),
             in_metadata_ ? ": metadata key " + shown(name) : tensor() + ": " + name,
             " occurs twice", kDamaged);
  check_data(fields_.size() <= kMaxNames, file_.name(), ": more than ", kMaxNames,
             " metadata strings; this reader takes no more");
  field_ = name;
}

const Dtype* HeaderReader::checked_dtype(const std::string& what) const {
  const Dtype* dtype = find_dtype(dtype_);
  check_data(dtype != nullptr, what, ": dtype ", shown(dtype_),
             " is none of F64, F32, F16, BF16, I64, I32, U8, BOOL; save it as one of these");
  check_data(dtype->read, what,
             " is F64, but this build computes in float32; save it with .float()");
  return dtype;
}

Place HeaderReader::checked_place() const {
  const std::string what = file_.name() + tensor();
  check_data(places.size() < kMaxNames, file_.name(), ": more than ", kMaxNames,
             " tensors; this reader takes no more");
  check_data(fields_.size() == 3, what, " lacks dtype, shape or data_offsets", kDamaged);
  const Dtype* dtype = checked_dtype(what);
  const Shape shape = checked_shape(what, shape_);
  check_data(offsets_.size() == 2, what, ": data_offsets has ", offsets_.size(),
             " numbers, expected 2", kDamaged);
  const Bytes begin = offsets_[0], end = offsets_[1],
              bytes = dtype->bytes * static_cast<Bytes>(shape.numel());
  check_data(begin <= end && end - begin == bytes, what, ": data_offsets ", begin, "..", end,
             ", but ", dtype->name, ' ', shape, " takes ", bytes, " bytes", kDamaged);
  return {name_, dtype, shape, begin, end};
}

void HeaderReader::expect(bool in_place, const char* what) const {
  const std::string place =
      name_.empty() ? ""
                    : text(", tensor ", shown(name_), field_.empty() ? "" : ", " + shown(field_));
  check_data(in_place, file_.name(), ": header", place, ": ", what, " where the format has none",
             kDamaged);
}

}  // namespace ek

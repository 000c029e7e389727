// The JSON header of a .safetensors file, read so that a hostile one costs little.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <streambuf>
#include <string>
#include <string_view>
#include <vector>

#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/files/dtype.h"
#include "evenkeel/core/files/file.h"

namespace ek {

// Ours, so that a hostile header costs little time and memory before it is refused. An entry is one tensor's or all of
// the metadata.
inline constexpr std::size_t kMaxNames = 16'384;
inline constexpr std::uint64_t kMaxEntry = std::uint64_t{2} << 20;

inline constexpr const char* kDamaged =
    "; the file is damaged or not a .safetensors file: fetch or save it again";

/// True for a character that no name may have.
bool is_control(char c);

/// A name from a file, fit for a message of one line.
std::string shown(const std::string& name);

/// Where a tensor's values are, with every number checked.
struct Place {
  std::string name;
  const Dtype* dtype;
  Shape shape;
  std::uint64_t begin, end;  // in the data
};

/// Reads the JSON part of a file in pieces, entry by entry, so that a long header never lies in memory as a whole, and
/// takes values only in the places where the format has them. An entry is the metadata or
///   "name":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}
class HeaderReader : private std::streambuf {
 public:
  /// Reads bytes 8 to `end` of the file. Throws DataError with the reason.
  HeaderReader(const InputFile& file, std::uint64_t end);

  std::vector<Place> places;
  std::map<std::string, std::string> metadata;

 private:
  using Event = nlohmann::json::parse_event_t;

  int_type underflow() override;
  /// Called for a value, and for the beginning and the end of an object or array, inside of `depth` others. False where
  /// the parser need not keep it.
  bool take(int depth, Event event, const nlohmann::json& value);
  void take_value(int depth, const nlohmann::json& value);
  void take_number(std::uint64_t number);
  void begin_entry(const std::string& name);
  void begin_field(const std::string& name);
  Place checked_place() const;
  const Dtype* checked_dtype(const std::string& what) const;

  std::string tensor() const { return ": tensor " + shown(name_); }
  bool in(std::string_view field) const { return !in_metadata_ && field_ == field; }
  void expect(bool in_place, const char* what) const;

  const InputFile& file_;
  std::uint64_t at_ = 8, end_, entry_bytes_ = 0;  // in the file; of this entry so far
  std::array<char, 65536> piece_;
  std::set<std::string> names_, fields_;  // of the entries; in this one
  std::string name_, field_, dtype_;
  bool in_metadata_ = false;
  std::vector<std::uint64_t> shape_, offsets_;
};

}  // namespace ek

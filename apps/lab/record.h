// What one run of an experiment measured, as numbers by name, and its file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ek {

struct Record {
  /// Follow from the seed alone, to the bit: "test_acc" after each test, ...
  std::map<std::string, std::vector<double>> values = {};
  /// Seconds and other readings of the clock, which no two runs share.
  std::map<std::string, double> times = {};
  /// The step at which the numbers stopped being finite; 0: they did not.
  std::int64_t diverged = 0;

  bool has(const std::string& name) const { return values.contains(name); }
  /// Throws std::runtime_error, which lists what there is, for a name that is missing.
  const std::vector<double>& at(const std::string& name) const;
  /// The last of these values.
  double last(const std::string& name) const;
};

/// One JSON object: the description of the run that it was made from, and the numbers, exact to the bit. Written to
/// another name first: a file that is there is whole. Throws std::runtime_error.
void write_record(const std::filesystem::path& file, const std::string& description,
                  const Record& record);

/// The record in the file, if there is one and it was made from this description. Throws DataError for a file that is
/// no record.
std::optional<Record> read_record(const std::filesystem::path& file,
                                  const std::string& description);

}  // namespace ek

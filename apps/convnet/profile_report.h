// Where the time of a training step goes: a table, JSON, and a trace for chrome://tracing or Perfetto.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "evenkeel/core/machine/profile.h"

namespace ek {

/// The name of the event around every step; what no op inside of it accounts for is the row "rest".
inline constexpr const char* kTrainingStep = "training step";

/// All runs of one op: means per step. Speeds are 0 where nothing was counted.
struct ProfileRow {
  std::string op;
  double calls = 0, ms = 0;
  double gflop_per_s = 0, gb_per_s = 0;
  double share = 0;  // of the step's time; those of all rows add up to 1
};

/// The slowest op first, "rest" last. No events: no rows.
std::vector<ProfileRow> profile_rows(const std::vector<ProfileEvent>& events);

std::string format_profile(const std::vector<ProfileRow>& rows);
nlohmann::ordered_json as_json(const std::vector<ProfileRow>& rows);

/// Writes the events as a Chrome trace (Trace Event Format): "complete" events, times in microseconds from the first.
/// Throws std::runtime_error with the path and the reason where that fails.
void write_trace(const std::filesystem::path& file, const std::vector<ProfileEvent>& events);

}  // namespace ek

// config.json: a key for every flag.
#include <algorithm>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "apps/training/config.h"
#include "apps/training/errors.h"
#include "apps/training/flag_table.h"
#include "apps/training/nearest.h"
#include "evenkeel/core/base/check.h"
#include "evenkeel/core/files/file.h"

namespace ek {
namespace {

using nlohmann::ordered_json;

bool is_in_json(const std::string& flag) { return flag != "out" && flag != "force"; }

/// A JSON number or string as it would be typed; throws UsageError for what no field can be.
std::string as_typed(const std::string& key, const ordered_json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return value.dump();
  throw UsageError(
      text('"', key, "\": ", value.dump(), ", expected a number, a text, true or false"));
}

/// The key that is meant: it may also be spelt like its flag. Throws UsageError for one that is not known.
std::string known_key(const std::string& spelt) {
  const std::string key = key_of(spelt);
  std::vector<std::string> known;
  for (const FlagInfo& flag : flags())
    if (is_in_json(flag.name)) known.push_back(key_of(flag.name));
  if (std::ranges::find(known, key) != known.end()) return key;
  throw UsageError(
      text("unknown key \"", spelt, '"',
           suggestion(spelt, known, "; the keys are those of a run's config.json", '"')));
}

}  // namespace

std::string key_of(std::string flag) {
  std::ranges::replace(flag, '-', '_');
  return flag;
}

void set_key(TrainConfig& config, const std::string& key, const std::string& value) {
  std::string flag = key;
  std::ranges::replace(flag, '_', '-');
  try {
    set_flag(config, flag, value);
    check_ranges(config);
  } catch (const UsageError& error) {  // "--bn-eps: -1, expected ..."
    throw UsageError(text('"', key, '"', std::string(error.what()).substr(2 + flag.size())));
  }
}

std::string to_json(const TrainConfig& config) {
  ordered_json json = ordered_json::object();
  visit_flags(config, [&](const std::string& flag, const char*, const char*, const auto& field) {
    if (!is_in_json(flag)) return;
    if constexpr (std::same_as<std::remove_cvref_t<decltype(field)>, std::optional<double>>) {
      if (field) json[key_of(flag)] = *field;
    } else {
      json[key_of(flag)] = field;
    }
  });
  return json.dump(2) + "\n";
}

void read_config(TrainConfig& config, const std::filesystem::path& file) {
  const std::vector<std::uint8_t> bytes = read_file(file, 1 << 20);
  ordered_json json;
  try {
    json = ordered_json::parse(bytes);
  } catch (const ordered_json::exception& error) {
    const std::string what =
        error.what();  // "[json.exception.parse_error.101] parse error at line 1, ..."
    throw DataError(
        text(printable(file), ": is no JSON: ", printable(what.substr(what.find("] ") + 2))));
  }
  check_data(json.is_object(), printable(file),
             ": expected a JSON object, as in a run's config.json");
  std::map<std::string, std::pair<std::string, std::string>>
      given;  // by the key: as it is spelt, and its value
  for (const auto& [spelt, value] : json.items()) {
    try {
      const std::string key = known_key(spelt), typed = as_typed(spelt, value);
      const auto [other, is_first] = given.insert({key, {spelt, typed}});
      if (!is_first && other->second.second != typed)
        throw UsageError(text('"', spelt, "\": ", typed, ", but \"", other->second.first,
                              "\" says ", other->second.second, "; leave one of them out"));
      set_key(config, key, typed);
    } catch (const UsageError& error) {
      throw UsageError(text(printable(file), ": ", error.what()));
    }
  }
}

}  // namespace ek

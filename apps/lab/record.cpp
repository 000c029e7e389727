#include "apps/lab/record.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/files/file.h"
#include "evenkeel/core/files/replace_file.h"

namespace ek {
namespace {

using nlohmann::ordered_json;

/// JSON has no NaN and no infinity: texts stand for them.
ordered_json as_json(double value) {
  if (std::isfinite(value)) return value;
  return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

double as_number(const ordered_json& value) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (value.is_number()) return value.get<double>();
  const std::string text = value.get<std::string>();
  return text == "inf"    ? infinity
         : text == "-inf" ? -infinity
                          : std::numeric_limits<double>::quiet_NaN();
}

Record record_of(const ordered_json& json) {
  Record record;
  for (const auto& [name, list] : json.at("values").items()) {
    std::vector<double>& values = record.values[name];
    for (const ordered_json& value : list) values.push_back(as_number(value));
  }
  for (const auto& [name, value] : json.at("times").items()) record.times[name] = as_number(value);
  record.diverged = json.at("diverged").get<std::int64_t>();
  return record;
}

}  // namespace

const std::vector<double>& Record::at(const std::string& name) const {
  const auto found = values.find(name);
  if (found != values.end()) return found->second;
  std::string known;
  for (const auto& [other, list] : values) known += (known.empty() ? "" : ", ") + other;
  throw std::runtime_error("no \"" + name + "\" was recorded, there is " + known);
}

double Record::last(const std::string& name) const {
  const std::vector<double>& list = at(name);
  return list.empty() ? std::numeric_limits<double>::quiet_NaN() : list.back();
}

void write_record(const std::filesystem::path& file, const std::string& description,
                  const Record& record) {
  ordered_json values = ordered_json::object(), times = ordered_json::object();
  for (const auto& [name, list] : record.values) {
    values[name] = ordered_json::array();
    for (const double value : list) values[name].push_back(as_json(value));
  }
  for (const auto& [name, value] : record.times) times[name] = as_json(value);
  const ordered_json json = {{"run", ordered_json::parse(description)},
                             {"diverged", record.diverged},
                             {"values", values},
                             {"times", times}};
  replace_file(file, json.dump() + "\n");
}

std::optional<Record> read_record(const std::filesystem::path& file,
                                  const std::string& description) {
  if (!path_exists(file)) return {};
  const std::vector<std::uint8_t> bytes = read_file(file);
  try {
    const ordered_json json = ordered_json::parse(bytes);
    if (json.at("run") != ordered_json::parse(description)) return {};
    return record_of(json);
  } catch (const ordered_json::exception& error) {
    throw DataError(text(printable(file), ": is no record of a run: ", error.what(),
                         "; remove it to run it again"));
  }
}

}  // namespace ek

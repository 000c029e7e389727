#include "apps/training/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <concepts>
#include <system_error>
#include <type_traits>

#include "apps/training/errors.h"
#include "apps/training/flag_table.h"
#include "evenkeel/core/base/check.h"

namespace ek {
namespace {

template <typename Number>
void parse_number(const std::string& flag, const std::string& value, Number& into) {
  const char* end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, into);
  if (error == std::errc() && stop == end && !value.empty()) return;
  const bool too_large = error == std::errc::result_out_of_range;
  throw UsageError(text("--", flag, ": '", value, "' ",
                        too_large ? "is out of range, expected " : "is not ",
                        std::floating_point<Number>      ? "a number"
                        : std::unsigned_integral<Number> ? "a whole number of at least 0"
                                                         : "a whole number"));
}

void parse(const std::string&, const std::string& value, std::string& into) { into = value; }
void parse(const std::string& flag, const std::string& value, double& into) {
  parse_number(flag, value, into);
}
void parse(const std::string& flag, const std::string& value, std::int64_t& into) {
  parse_number(flag, value, into);
}
void parse(const std::string& flag, const std::string& value, std::uint64_t& into) {
  parse_number(flag, value, into);
}
void parse(const std::string& flag, const std::string& value, std::optional<double>& into) {
  parse_number(flag, value, into.emplace());
}
void parse(const std::string& flag, const std::string& value, bool& into) {
  if (value != "true" && value != "false")
    throw UsageError(text("--", flag, ": '", value, "', the flag takes no value"));
  into = value == "true";
}

std::string as_text(const std::optional<double>& value) {
  return value ? fmt::format("{}", *value) : "";
}
template <typename Value>
std::string as_text(const Value& value) {
  return fmt::format("{}", value);
}

}  // namespace

std::vector<FlagInfo> flags() {
  std::vector<FlagInfo> all;
  const TrainConfig defaults;
  visit_flags(defaults,
              [&](const char* name, const char* group, const char* help, const auto& field) {
                constexpr bool is_switch = std::same_as<std::remove_cvref_t<decltype(field)>, bool>;
                all.push_back({name, group, help, is_switch ? "" : as_text(field), is_switch});
              });
  return all;
}

void set_flag(TrainConfig& config, const std::string& flag, const std::string& value) {
  visit_flags(config, [&](const char* name, const char*, const char*, auto& field) {
    if (flag == name) parse(flag, value, field);
  });
}

std::string get_flag(const TrainConfig& config, const std::string& flag) {
  std::string result;
  visit_flags(config, [&](const char* name, const char*, const char*, const auto& field) {
    if (flag == name) result = as_text(field);
  });
  return result;
}

const std::vector<std::string>& model_flags() {
  static const std::vector<std::string> names = {"model",   "norm",  "norm-groups", "placement",
                                                 "dropout", "width", "bn-momentum", "bn-eps"};
  return names;
}

TrainConfig with_defaults(TrainConfig c) {
  if (!c.lr) c.lr = c.optimizer == "sgd" ? 0.01 : 0.001;
  if (!c.weight_decay) c.weight_decay = c.optimizer == "adamw" ? 0.01 : 0;
  if (!c.norm_weight_decay) c.norm_weight_decay = c.weight_decay;
  return c;
}

}  // namespace ek

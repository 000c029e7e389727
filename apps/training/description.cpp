#include "apps/training/description.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <nlohmann/json.hpp>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/files/file.h"

namespace ek {
namespace {

using nlohmann::json;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
const Shape kImage = {3, 32, 32};  // what apps/training/open_data.h brings all images to

void check_value(bool ok, const std::string& key, const std::string& found, const char* expected) {
  constexpr std::size_t kShown = 60;
  check(ok, '"', key, "\": ", printable(found.substr(0, kShown)),
        found.size() > kShown ? "..." : "", ", expected ", expected);
}

const std::string& text_of(const Metadata& m, const std::string& key) {
  const auto found = m.find(key);
  check(found != m.end(), '"', key, "\" is missing");
  return found->second;
}

/// The value of a key, which is written in JSON and for which ok(value) must hold.
template <typename Value, typename Ok>
Value value_of(const Metadata& m, const std::string& key, const char* expected, Ok ok) {
  const std::string& written = text_of(m, key);
  Value value{};
  bool understood = true;
  try {
    value = json::parse(written).get<Value>();
  } catch (const json::exception&) {
    understood = false;
  }
  check_value(understood && ok(value), key, written, expected);
  return value;
}

}  // namespace

Metadata to_metadata(const Description& d) {
  Metadata m;
  for (const std::string& flag : model_flags()) m[key_of(flag)] = get_flag(d.config, flag);
  m["dataset"] = d.data.dataset;
  m["image_shape"] = json(d.data.image.sizes()).dump();
  m["class_names"] = json(d.data.class_names).dump();
  m["mean"] = json(d.data.normalization.mean).dump();
  m["std"] = json(d.data.normalization.std).dump();
  if (!d.data.held_out.empty()) m["held_out"] = d.data.held_out;
  m["epoch"] = json(d.at.epoch).dump();
  m["step"] = json(d.at.step).dump();
  if (d.at.test_accuracy) m["test_accuracy"] = json(*d.at.test_accuracy).dump();
  if (d.at.val_accuracy) m["val_accuracy"] = json(*d.at.val_accuracy).dump();
  return m;
}

Description from_metadata(const Metadata& m) {
  using Numbers = std::vector<double>;
  const auto three = [](const Numbers& values, double above) {
    return values.size() == 3 &&
           std::ranges::all_of(values, [=](double v) { return std::isfinite(v) && v > above; });
  };
  const auto counted = [](std::int64_t count) { return count >= 0; };
  Description d;
  for (const std::string& flag : model_flags())
    if (flag != "width" || m.contains("width"))  // older files have none: width 1
      set_key(d.config, key_of(flag), text_of(m, key_of(flag)));
  d.data.dataset = text_of(m, "dataset");
  d.data.image = Shape(value_of<std::vector<std::int64_t>>(
      m, "image_shape", "[3,32,32]",
      [](const auto& sizes) { return std::ranges::equal(sizes, kImage.sizes()); }));
  d.data.class_names =
      value_of<std::vector<std::string>>(m, "class_names", "a list with the name of every class",
                                         [](const auto& names) { return !names.empty(); });
  for (std::string& name : d.data.class_names)
    name = printable(name);  // it goes to terminals and pages
  d.data.normalization = {value_of<Numbers>(m, "mean", "three numbers",
                                            [&](const Numbers& v) { return three(v, -kInfinity); }),
                          value_of<Numbers>(m, "std", "three numbers above 0",
                                            [&](const Numbers& v) { return three(v, 0); })};
  if (m.contains("held_out")) d.data.held_out = text_of(m, "held_out");
  d.at.epoch = value_of<std::int64_t>(m, "epoch", "a whole number", counted);
  d.at.step = value_of<std::int64_t>(m, "step", "a whole number", counted);
  const auto accuracy = [&](const char* key) -> std::optional<double> {
    if (!m.contains(key)) return {};
    return value_of<double>(m, key, "a number from 0 to 1",
                            [](double a) { return a >= 0 && a <= 1; });
  };
  d.at.test_accuracy = accuracy("test_accuracy");
  d.at.val_accuracy = accuracy("val_accuracy");
  return d;
}

}  // namespace ek

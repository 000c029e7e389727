#include "apps/lab/setting_file.h"

#include <cstddef>
#include <cstdint>
#include <vector>

#include <nlohmann/json.hpp>

#include "apps/lab/claim.h"
#include "evenkeel/core/base/check.h"
#include "evenkeel/core/files/file.h"

namespace ek {
namespace {

using nlohmann::ordered_json;

/// A range of seeds: 1, ..., count.
std::vector<std::uint64_t> first_seeds(std::size_t count) {
  std::vector<std::uint64_t> seeds(count);
  for (std::size_t i = 0; i < count; ++i) seeds[i] = i + 1;
  return seeds;
}

}  // namespace

fs::path setting_file(const fs::path& dir) { return dir / "lab.json"; }

std::string as_json(const Setting& s) {
  const ordered_json json = {{"preset", s.full() ? "full" : "quick"},
                             {"seeds", s.seeds.size()},
                             {"dataset", s.base.dataset},
                             {"data", s.base.data},
                             {"fashion_mnist", s.fashion_mnist}};
  return json.dump(2) + "\n";
}

Setting read_setting(const fs::path& dir) {
  const fs::path file = setting_file(dir);
  if (!path_exists(file))
    throw DataError(text(printable(dir),
                         ": holds no lab, expected lab.json in it; convnet lab run --out ",
                         printable(dir), " makes one"));
  const std::vector<std::uint8_t> bytes = read_file(file, 1 << 20);
  try {
    const ordered_json json = ordered_json::parse(bytes);
    Setting setting;
    const std::string preset = json.at("preset").get<std::string>();
    const std::int64_t seeds = json.at("seeds").get<std::int64_t>();
    check_data((preset == "quick" || preset == "full") && seeds >= 2 && seeds <= 1000,
               printable(file), ": preset '", preset, "' with ", seeds,
               " seeds, expected quick or full, and 2 to 1000 seeds");
    setting.preset = preset == "full" ? Preset::full : Preset::quick;
    setting.seeds = first_seeds(static_cast<std::size_t>(seeds));
    setting.fashion_mnist = json.at("fashion_mnist").get<bool>();
    setting.base.dataset = json.at("dataset").get<std::string>();
    setting.base.data = json.at("data").get<std::string>();
    return setting;
  } catch (const ordered_json::exception& error) {
    throw DataError(text(printable(file), ": is no lab's setting: ", error.what()));
  }
}

}  // namespace ek

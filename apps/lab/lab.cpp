#include "apps/lab/lab.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "apps/training/errors.h"
#include "apps/training/interrupt.h"
#include "apps/training/open_data.h"
#include "apps/training/text_file.h"
#include "core/file.h"

namespace ek {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

fs::path setting_file(const fs::path& dir) { return dir / "lab.json"; }

std::string as_json(const Setting& s) {
  const ordered_json json = {{"preset", s.full() ? "full" : "quick"},
                             {"seeds", s.seeds.size()},
                             {"dataset", s.base.dataset},
                             {"data", s.base.data}};
  return json.dump(2) + "\n";
}

/// A range of seeds: 1, ..., count.
std::vector<std::uint64_t> first_seeds(std::size_t count) {
  std::vector<std::uint64_t> seeds(count);
  for (std::size_t i = 0; i < count; ++i) seeds[i] = i + 1;
  return seeds;
}

Setting read_setting(const fs::path& dir) {
  const fs::path file = setting_file(dir);
  if (!path_exists(file))
    throw DataError(text(printable(dir), ": holds no lab, expected lab.json in it; convnet lab run --out ",
                         printable(dir), " makes one"));
  const std::vector<std::uint8_t> bytes = read_file(file, 1 << 20);
  try {
    const ordered_json json = ordered_json::parse(bytes);
    Setting setting;
    setting.preset = json.at("preset") == "full" ? Preset::full : Preset::quick;
    setting.seeds = first_seeds(json.at("seeds").get<std::size_t>());
    setting.base.dataset = json.at("dataset").get<std::string>();
    setting.base.data = json.at("data").get<std::string>();
    return setting;
  } catch (const ordered_json::exception& error) {
    throw DataError(text(printable(file), ": is no lab's setting: ", error.what()));
  }
}

/// The seeds of which every planned run has a record.
std::vector<std::uint64_t> complete_seeds(const std::vector<std::uint64_t>& seeds,
                                          const std::set<std::uint64_t>& incomplete) {
  std::vector<std::uint64_t> complete;
  for (const std::uint64_t seed : seeds)
    if (!incomplete.contains(seed)) complete.push_back(seed);
  return complete;
}

ordered_json number(double value) {
  if (std::isfinite(value)) return value;
  return fmt::format("{}", value);
}

ordered_json as_json(const Test& test) {
  const Paired& r = test.result;
  return {{"what", test.what},
          {"unit", test.unit},
          {"difference", number(r.difference.mean)},
          {"low", number(r.difference.interval.low)},
          {"high", number(r.difference.interval.high)},
          {"effect_size", number(r.effect_size)},
          {"p", number(r.p)},
          {"seeds", r.difference.n},
          {"rule", test.rule.kind == Rule::Kind::above ? "above" : "within"},
          {"margin", test.rule.margin},
          {"verdict", name_of(test.verdict())}};
}

}  // namespace

Verdict ClaimResult::verdict() const {
  std::vector<Verdict> verdicts;
  if (finding)
    for (const Test& test : finding->tests) verdicts.push_back(test.verdict());
  return all_of(verdicts);
}

Lab::Lab(Setting setting, fs::path dir) : setting_(std::move(setting)), dir_(std::move(dir)) {
  // "auto" is settled once: a lab that is resumed goes on with what it has found.
  if (setting_.base.dataset == "auto") setting_.base.dataset = whole(setting_.base).info.dataset;
  const std::string json = as_json(setting_);
  if (path_exists(setting_file(dir_))) {
    if (as_json(read_setting(dir_)) == json) return;
    const Setting there = read_setting(dir_);
    throw UsageError(fmt::format("{} holds a lab of preset {}, {} seeds, {}; give the same, or another --out",
                                 printable(dir_), there.full() ? "full" : "quick", there.seeds.size(),
                                 there.base.dataset));
  }
  if (path_exists(dir_) && !(fs::is_directory(dir_) && fs::is_empty(dir_)))
    throw UsageError(text(printable(dir_), " exists and is no lab; give another --out"));
  fs::create_directories(dir_);
  write_text(setting_file(dir_), json, WriteMode::replace);
}

Lab Lab::open(const fs::path& dir) { return {read_setting(dir), dir}; }

const RunData& Lab::whole(const TrainConfig& config) {
  const auto found = data_.find(config.dataset);
  if (found != data_.end()) return found->second;
  TrainConfig all = config;
  all.limit_train = all.limit_test = 0;
  return data_.emplace(config.dataset, open_run_data(all)).first->second;
}

fs::path Lab::file_of(const Claim& claim, const Trial& trial) const {
  return dir_ / claim.id / (trial.name() + ".json");
}

std::int64_t Lab::missing(const Claim& claim) const {
  const std::vector<Trial> trials = claim.plan(setting_);
  return std::ranges::count_if(
      trials, [&](const Trial& trial) { return !read_record(file_of(claim, trial), trial.description()); });
}

bool Lab::run(const Claim& claim, const RunDone& done) {
  const std::vector<Trial> trials = claim.plan(setting_);
  fs::create_directories(dir_ / claim.id);
  for (std::size_t i = 0; i < trials.size(); ++i) {
    const Trial& trial = trials[i];
    const fs::path file = file_of(claim, trial);
    if (read_record(file, trial.description())) continue;
    const RunData data = limited(whole(trial.config), trial.config.limit_train, trial.config.limit_test);
    Progress progress(fmt::format("{} {}/{} {}", claim.id, i + 1, trials.size(), trial.name()), steps_of(trial, data),
                      {setting_.base.quiet, setting_.base.print_freq});
    const Record record = run_trial(trial, data, progress);
    if (interrupted() != 0) return false;
    write_record(file, trial.description(), record);
    done();
  }
  return true;
}

ClaimResult Lab::judge(const Claim& claim) const {
  ClaimResult result = {.claim = &claim};
  Records records;
  std::set<std::uint64_t> incomplete;
  for (const Trial& trial : claim.plan(setting_)) {
    ++result.runs;
    const std::optional<Record> record = read_record(file_of(claim, trial), trial.description());
    if (!record) {
      incomplete.insert(trial.config.seed);
      continue;
    }
    ++result.done;
    result.diverged += record->diverged > 0;
    result.seconds += record->times.at("seconds");
    records.add(trial.arm, trial.config.seed, *record);
  }
  result.seeds = complete_seeds(setting_.seeds, incomplete);
  if (result.seeds.size() < 2) return result;
  Setting judged = setting_;
  judged.seeds = result.seeds;
  result.finding = claim.judge(judged, records);
  return result;
}

std::string results_json(const Setting& setting, const std::vector<ClaimResult>& results) {
  ordered_json all = {{"setting", ordered_json::parse(as_json(setting))}, {"claims", ordered_json::array()}};
  all["setting"].erase("data");
  for (const ClaimResult& result : results) {
    if (!result.finding) continue;
    ordered_json tests = ordered_json::array();
    for (const Test& test : result.finding->tests) tests.push_back(as_json(test));
    all["claims"].push_back({{"claim", result.claim->id},
                             {"verdict", name_of(result.verdict())},
                             {"runs", result.done},
                             {"diverged", result.diverged},
                             {"summary", result.finding->summary},
                             {"tests", tests}});
  }
  return all.dump(2) + "\n";
}

}  // namespace ek

#include "apps/lab/lab.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "apps/lab/record.h"
#include "apps/lab/setting_file.h"
#include "apps/lab/statistics.h"
#include "apps/lab/trial.h"
#include "apps/training/config.h"
#include "apps/training/errors.h"
#include "apps/training/interrupt.h"
#include "apps/training/open_data.h"
#include "apps/training/progress.h"
#include "apps/training/run_data.h"
#include "evenkeel/core/base/check.h"
#include "evenkeel/core/files/file.h"
#include "evenkeel/core/files/replace_file.h"
#include "evenkeel/core/files/temporary_file.h"

namespace ek {
namespace {

namespace fs = std::filesystem;

/// Of Debian's package, for the claim whose experiment was made on such images.
constexpr const char* kFashionImages =
    "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz";

bool same_place(const fs::path& a, const fs::path& b) {
  return a == b || (!a.empty() && !b.empty() && fs::weakly_canonical(a) == fs::weakly_canonical(b));
}

/// But for the lock of a lab that was killed before it wrote anything.
bool is_empty_folder(const fs::path& dir) {
  if (!fs::is_directory(dir)) return false;
  for (const fs::directory_entry& entry : fs::directory_iterator(dir))
    if (entry.path().filename() != FolderLock::kName) return false;
  return true;
}

/// The seeds of which every planned run has a record.
std::vector<std::uint64_t> complete_seeds(const std::vector<std::uint64_t>& seeds,
                                          const std::set<std::uint64_t>& incomplete) {
  std::vector<std::uint64_t> complete;
  for (const std::uint64_t seed : seeds)
    if (!incomplete.contains(seed)) complete.push_back(seed);
  return complete;
}

/// For the outlook: runs of the same arm take the same time. Those of a claim's other arms stand in for it until one was
/// made, those of other claims do not: their networks and tests are other ones, and a step may take many times as long.
std::string part_of(const Claim& claim, const Trial& trial) { return claim.id + ' ' + trial.arm; }

}  // namespace

Verdict ClaimResult::verdict() const {
  std::vector<Verdict> verdicts;
  if (finding)
    for (const Test& test : finding->tests) verdicts.push_back(test.verdict());
  return all_of(verdicts);
}

const Test* ClaimResult::deciding() const {
  if (!finding || finding->tests.empty()) return nullptr;
  const auto found = std::ranges::find(finding->tests, verdict(), &Test::verdict);
  return found == finding->tests.end() ? &finding->tests.front() : &*found;
}

Lab::Lab(Setting setting, fs::path dir) : setting_(std::move(setting)), dir_(std::move(dir)) {
  if (path_exists(setting_file(dir_))) {
    resume();
    return;
  }
  if (path_exists(dir_) && !is_empty_folder(dir_))
    throw UsageError(text(printable(dir_), " exists and is no lab; give another --out"));
  // "auto" is settled once: a lab that is resumed goes on with what it has found. And what cannot be opened makes no lab.
  const std::string asked = std::exchange(setting_.base.dataset, whole(setting_.base).info.dataset);
  setting_.fashion_mnist = path_exists(kFashionImages);
  make_folder();
  if (path_exists(setting_file(dir_))) {  // another process was faster, and has ended
    setting_.base.dataset = asked;
    resume();
  } else {
    replace_file(setting_file(dir_), as_json(setting_));
  }
}

void Lab::make_folder() {
  std::error_code error;
  if (fs::create_directories(dir_, error); error)
    throw std::runtime_error(text(printable(dir_), ": cannot make the folder: ", error.message()));
  lock();
}

const FolderLock& Lab::lock() {
  if (lock_) return *lock_;
  lock_ = std::make_unique<const FolderLock>(dir_);
  const auto is_json = [](const std::string& target) { return target.ends_with(".json"); };
  remove_leftovers(
      dir_, [&](const std::string& target) { return is_json(target) || target == "report.html"; });
  for (const fs::directory_entry& claim : fs::directory_iterator(dir_))
    if (claim.is_directory()) remove_leftovers(claim.path(), is_json);
  return *lock_;
}

void Lab::resume() {
  const Setting there = read_setting(dir_);
  const TrainConfig &asked = setting_.base, &found = there.base;
  const bool same = there.full() == setting_.full() && there.seeds == setting_.seeds &&
                    (asked.dataset == "auto" || asked.dataset == found.dataset) &&
                    (asked.data.empty() || same_place(asked.data, found.data));
  if (!same)
    throw UsageError(
        fmt::format("{} holds a lab of preset {}, {} seeds, {}{}; give the same, or another --out",
                    printable(dir_), there.full() ? "full" : "quick", there.seeds.size(),
                    found.dataset, found.data.empty() ? "" : " in " + printable(found.data)));
  setting_.fashion_mnist = there.fashion_mnist;
  setting_.base.dataset = found.dataset;
  setting_.base.data = found.data;
}

Lab Lab::open(const fs::path& dir) { return {read_setting(dir), dir}; }

const RunData& Lab::whole(const TrainConfig& config) {
  const auto found = data_.find(config.dataset);
  if (found != data_.end()) return found->second;
  TrainConfig all = config;
  all.limit_train = all.limit_test = 0;
  all.out = dir_.string();
  const RunData& data = data_.emplace(config.dataset, open_run_data(all)).first->second;
  check_out(all, data);
  return data;
}

fs::path Lab::file_of(const Claim& claim, const Trial& trial) const {
  return dir_ / claim.id / (trial.name() + ".json");
}

void Lab::plan(const Claim& claim) {
  for (const Trial& trial : claim.plan(setting_)) {
    const std::optional<Record> record = read_record(file_of(claim, trial), trial.description());
    if (!record) {
      outlook_.plan(part_of(claim, trial), claim.id, trial.config.max_steps);
      continue;
    }
    const auto steps = record->values.find("train_loss");  // one for every step
    const auto seconds = record->times.find("seconds");
    if (steps != record->values.end() && seconds != record->times.end())
      outlook_.known(part_of(claim, trial), claim.id, std::ssize(steps->second), seconds->second);
  }
}

bool Lab::run(const Claim& claim, const RunDone& done) {
  const std::vector<Trial> trials = claim.plan(setting_);
  fs::create_directories(dir_ / claim.id);
  for (std::size_t i = 0; i < trials.size(); ++i) {
    const Trial& trial = trials[i];
    const fs::path file = file_of(claim, trial);
    if (read_record(file, trial.description())) continue;
    const RunData data =
        limited(whole(trial.config), trial.config.limit_train, trial.config.limit_test);
    Progress progress(fmt::format("{} {}/{} {}", claim.id, i + 1, trials.size(), trial.name()),
                      steps_of(trial, data), {setting_.base.quiet, setting_.base.print_freq},
                      {&outlook_, part_of(claim, trial)});
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
    const auto seconds = record->times.find("seconds");
    if (seconds != record->times.end()) result.seconds += seconds->second;
    records.add(trial.arm, trial.config.seed, *record);
  }
  result.seeds = complete_seeds(setting_.seeds, incomplete);
  if (result.seeds.size() + incomplete.size() > setting_.seeds.size())
    return result;  // one for tuning is missing
  if (result.seeds.size() < 2) return result;
  Setting judged = setting_;
  judged.seeds = result.seeds;
  result.finding = claim.judge(judged, records);
  return result;
}

}  // namespace ek

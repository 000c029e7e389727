// A lab: a folder with the records of experiments, filled run by run and judged at any time.
//
//   DIR/lab.json              the setting
//   DIR/CLAIM/ARM-seed-N.json a record for each run
//   DIR/results.json          verdicts and effects, without any reading of the clock: the same setting, the same bytes
//   DIR/report.html
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/lab/claim.h"
#include "apps/lab/statistics.h"
#include "apps/lab/trial.h"
#include "apps/training/config.h"
#include "apps/training/folder_lock.h"
#include "apps/training/outlook.h"
#include "apps/training/run_data.h"

namespace ek {

/// Where a claim stands.
struct ClaimResult {
  const Claim* claim;
  std::int64_t runs = 0, done = 0;  // planned; with a record
  std::int64_t diverged = 0;        // of those done
  double seconds = 0;               // that those took
  std::vector<std::uint64_t> seeds =
      {};  // that it was judged on: all, or while it runs those that are complete
  std::optional<Finding> finding = {};  // none where fewer than two seeds are complete

  bool complete() const { return done == runs; }
  Verdict verdict() const;  // INCONCLUSIVE without a finding
  /// The comparison that the verdict is due to: one that is not seen is enough against a claim, one that is open leaves
  /// it open. None without a finding.
  const Test* deciding() const;
};

/// Called after every run.
using RunDone = std::function<void()>;

class Lab {
 public:
  /// Opens or makes the folder; one that it makes is locked as lock() does. Throws UsageError where it holds a lab with
  /// another setting, or something else.
  Lab(Setting setting, std::filesystem::path dir);
  /// The lab that the folder holds. Throws DataError where there is none.
  static Lab open(const std::filesystem::path& dir);

  const Setting& setting() const { return setting_; }
  const std::filesystem::path& dir() const { return dir_; }

  /// To be called before runs are made: takes the folder's lock, and removes what was left there when a lab was killed.
  /// Throws std::runtime_error where another process runs this lab.
  const FolderLock& lock();
  /// To be called before run(), for every claim that it will be called for: how much there is to do in all, so that
  /// progress can say how long that will take.
  void plan(const Claim& claim);
  /// Makes the runs of a claim that have no record yet. False on an interrupt.
  bool run(const Claim& claim, const RunDone& done);
  /// Judges a claim from the records that are there.
  ClaimResult judge(const Claim& claim) const;

 private:
  std::filesystem::path file_of(const Claim& claim, const Trial& trial) const;
  const RunData& whole(const TrainConfig& config);
  /// Takes over the setting of the lab that is there, if it is the one that was asked for.
  void resume();
  void make_folder();

  Setting setting_;
  std::filesystem::path dir_;
  std::unique_ptr<const FolderLock> lock_;
  Outlook outlook_;
  std::map<std::string, RunData> data_;  // by the name of the data set; opened when first needed
};

}  // namespace ek

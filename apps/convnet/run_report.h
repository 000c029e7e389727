// How train and compare show a run.
#pragma once

#include <string>
#include <vector>

#include "apps/convnet/table.h"
#include "apps/training/config.h"
#include "apps/training/folder_lock.h"
#include "apps/training/metrics.h"
#include "apps/training/run.h"
#include "apps/training/run_data.h"
#include "apps/training/run_folder.h"
#include "evenkeel/data/loader.h"

namespace ek {

/// The data, model, optimizer and plan of a run: what matters, a line each. `norm` names the norm or norms.
std::vector<Row> plan_rows(const TrainConfig& config, const RunData& data, const DataLoader& loader,
                           const std::string& norm);
std::string format_plan(const TrainConfig& config, const RunData& data, const DataLoader& loader,
                        const std::string& norm);

/// The heading of the lines that follow, and one line for an epoch. What is watched are the validation images, or
/// without them the test images.
std::string epoch_heading(const RunData& data);
std::string format_epoch(const EpochMetrics& metrics, bool best);

/// What a run has come to: the test accuracy after the last epoch, and the best epoch with what it was chosen on.
std::string format_outcome(const RunResult& result);

/// What is said of a figure of the best epoch: "chosen on the test images: optimistic".
std::string how_best_was_chosen(const EpochMetrics& best);

/// A line for every file of the data set that was not read, and why.
std::string format_skipped(const RunData& data);

/// "RUN: config.json, metrics.jsonl, ...": the files that are there.
std::string format_files(const RunFolder& folder);

/// Says on stderr where a folder's file system has no locks.
void report_unlocked(const std::string& command, const FolderLock& lock, bool quiet);

/// What the first Ctrl-C says at once: a step can take a while.
inline constexpr const char* kStopping =
    "\nstopping after this step, with a checkpoint; Ctrl-C again stops at once, without one\n";

/// Says on stderr, unless `quiet`, where an interrupted run stands; returns the exit code, 128 + the signal's number.
int report_interrupt(const std::string& command, const RunResult& result, const RunFolder& folder,
                     bool quiet);

}  // namespace ek

// The images that a run trains on, chooses its best epoch by, and tests with.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "apps/training/config.h"
#include "apps/training/description.h"
#include "evenkeel/data/dataset.h"

namespace ek {

/// The images of a run, limited as the flags say; the normalisation is that of all training images.
struct RunData {
  std::shared_ptr<const Dataset> train, test;
  DataInfo info;
  std::string description;  // one line
  std::shared_ptr<const Dataset> validation =
      {};  // to choose the best epoch by; empty: chosen on the test images
  std::vector<std::string> notes = {}, skipped = {};  // of DataSource
};

/// Throws UsageError and DataError as open_data does. Says on stderr what it waits for.
RunData open_run_data(const TrainConfig& config);
/// Throws UsageError where the run's folder would become a class of the images in --data.
void check_out(const TrainConfig& config, const RunData& data);
/// The same with at most so many images (0: all).
RunData limited(RunData data, std::int64_t train, std::int64_t test);

}  // namespace ek

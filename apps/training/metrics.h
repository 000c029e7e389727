// metrics.jsonl: what a run measured, one JSON object an epoch.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "apps/training/trainer.h"

namespace ek {

struct EpochMetrics {
  std::int64_t epoch, step;
  double lr;
  Score train, test;  // test.images is 0 where the test images were not looked at after this epoch
  double seconds, images_per_second;  // of the training part
  Score validation = {};              // images is 0 where there are none

  /// What the best epoch is chosen by.
  const Score& watched() const { return validation.images > 0 ? validation : test; }
};

/// Adds a line: epoch, step, lr, train_loss, train_acc, test_loss, test_acc, seconds, images_per_second,
/// peak_rss_mb; accuracies lie between 0 and 1. Where there are validation images: val_loss and val_acc in every line,
/// test_loss and test_acc in the last one only. Throws std::runtime_error where the file cannot be written.
void append_metrics(const std::filesystem::path& file, const EpochMetrics& metrics);

/// Adds the line of a run that ended with numbers that are not finite: epoch, step, error.
void append_failure(const std::filesystem::path& file, std::int64_t epoch, std::int64_t step,
                    const std::string& error);

/// The most memory that this process has used so far, in MiB.
double peak_rss_mb();

}  // namespace ek

// The arms of the claim on dropout, and what their records say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "apps/lab/claim.h"
#include "apps/report/page.h"

namespace ek::dropout_claim {

inline constexpr double kDrop = 0.5, kKeep = 1 - kDrop;
/// Shares that dropout keeps, for the normal values.
inline const std::vector<double> kKeeps = {0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1};
inline constexpr std::size_t kKeepAt = 3;  // kKeep among them

struct Arm {
  std::string arm, name, norm;
  double before, behind;  // probability of dropout in front of the last norm, and behind it
};
inline const std::vector<Arm> kArms = {
    {"none", "without either", "none", 0, 0},
    {"batch", "BatchNorm", "batch", 0, 0},
    {"dropout", "dropout", "none", 0, kDrop},
    {"dropout-batch", "both, dropout first", "batch", kDrop, 0},
    {"batch-dropout", "both, BatchNorm first", "batch", 0, kDrop}};

/// Values of a measure, one for each seed.
using Values = std::vector<double>;

struct Results {
  const Setting& setting;
  const Records& records;

  /// Test accuracy in percent.
  Values accuracy(const std::string& arm) const;
  /// The place-th value of that name, or with -1 the last one. Runs that became non-finite have none, so that there may
  /// be fewer than seeds.
  Values measured(const std::string& arm, const std::string& name, std::int64_t place = -1) const;
  /// Accuracy on the training images - on the test images, in points; none of non-finite runs.
  Values gap(const std::string& arm) const;
};

std::vector<Plot> plots_of(const Results& results);
std::vector<Table> tables_of(const Results& results);

}  // namespace ek::dropout_claim

// The arms of the claim on small batches, and what their records say.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apps/lab/claim.h"
#include "apps/lab/statistics.h"
#include "apps/report/page.h"

namespace ek::small_batches_claim {

inline const std::vector<std::int64_t> kSizes = {1, 2, 4, 8, 16, 32, 128};

/// A curve over the batch sizes: a network with a norm.
struct Curve {
  std::string name, arm, norm;
  bool maps_only = false;  // the network whose norms all see maps, instead of the note's
  bool anew = false;       // with statistics measured anew after training
  bool planned(std::int64_t size) const { return maps_only || norm != "batch" || size > 1; }
};
inline const std::vector<Curve> kCurves = {
    {"BatchNorm", "batch", "batch"},
    {"BatchNorm, statistics measured anew", "batch", "batch", false, true},
    {"group norm", "group", "group"},
    {"layer norm", "layer", "layer"},
    {"instance norm", "instance", "instance"},
    {"without norm", "none", "none"},
    {"maps only, BatchNorm", "maps-batch", "batch", true},
    {"maps only, BatchNorm, statistics measured anew", "maps-batch", "batch", true, true},
    {"maps only, group norm", "maps-group", "group", true},
};
inline const Curve &kBatch = kCurves[0], &kAnew = kCurves[1], &kGroup = kCurves[2],
                   &kLayer = kCurves[3];
inline const Curve &kMapsBatch = kCurves[6], &kMapsGroup = kCurves[8];

inline std::string arm(const Curve& curve, std::int64_t size) {
  return curve.arm + "-" + std::to_string(size);
}

/// What the records say, with accuracies in percent.
struct Results {
  const Setting& setting;
  const Records& records;

  /// For each seed; none where this was not planned.
  std::vector<double> accuracy(const Curve& curve, std::int64_t size) const;
  double mean(const Curve& curve, std::int64_t size) const {
    return mean_of(accuracy(curve, size));
  }
  Paired difference(const Curve& a, const Curve& b, std::int64_t size) const {
    return paired(accuracy(a, size), accuracy(b, size));
  }
  /// How much more accurate a network is at 32 than at 2, seed by seed.
  std::vector<double> lost_at_2(const Curve& curve) const;
  /// The noise of the means at this size, of the runs that measured it.
  std::vector<double> noise(const Curve& curve, std::int64_t size) const;
  /// The largest batch size at which group norm is ahead by its interval; 0: none.
  std::int64_t falls_behind(const Curve& group, const Curve& batch) const;
};

std::vector<Plot> plots_of(const Results& results);
std::vector<Table> tables_of(const Results& results);

}  // namespace ek::small_batches_claim

// Which values of the flags are refused, and how that is said.
#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "apps/training/config.h"
#include "apps/training/errors.h"
#include "apps/training/nearest.h"
#include "evenkeel/core/base/check.h"
#include "evenkeel/models/registry.h"

namespace ek {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
// OpenBLAS ends the program where more call it at once than it is built for.
constexpr std::int64_t kMostThreads = 512;
constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();

void check_range(const char* flag, double value, double low, double high) {
  if (std::isfinite(value) && value >= low && value <= high) return;
  const std::string expected = high == kInfinity
                                   ? fmt::format("a finite number of at least {}", low)
                                   : fmt::format("a number from {} to {}", low, high);
  throw UsageError(fmt::format("--{}: {}, expected {}", flag, value, expected));
}

void check_range(const char* flag, std::int64_t value, std::int64_t low,
                 std::int64_t high = kLargest) {
  if (value >= low && value <= high) return;
  throw UsageError(fmt::format("--{}: {}, expected a whole number of at least {}{}", flag, value,
                               low, high == kLargest ? "" : fmt::format(" and at most {}", high)));
}

void check_name(const char* flag, const std::string& value, const std::vector<std::string>& known) {
  std::string list;
  for (const std::string& name : known) {
    if (value == name) return;
    list += (list.empty() ? "" : ", ") + name;
  }
  throw UsageError(
      text("--", flag, ": '", value, "' is not one of ", list, suggestion(value, known, "")));
}

}  // namespace

void check_ranges(const TrainConfig& c) {
  check_range("val-split", c.val_split, 0, 0.9);
  check_range("limit-train", c.limit_train, 0);
  check_range("limit-test", c.limit_test, 0);
  check_name("model", c.model, model_names());
  check_norm(c.norm);
  check_range("norm-groups", c.norm_groups, 1);
  check_name("placement", c.placement, {"before", "after"});
  check_range("dropout", c.dropout, 0, 1);
  check_range("width", c.width, 1. / 64, 64);
  check_range("bn-momentum", c.bn_momentum, 0, 1);
  if (!(c.bn_eps > 0 && std::isfinite(c.bn_eps)))
    throw UsageError(fmt::format("--bn-eps: {}, expected a finite number above 0", c.bn_eps));
  check_range("init-gain", c.init_gain, 0, kInfinity);
  check_name("optimizer", c.optimizer, {"sgd", "adam", "adamw"});
  check_range("lr", c.lr.value_or(0), 0, kInfinity);
  check_range("momentum", c.momentum, 0, kInfinity);
  check_range("weight-decay", c.weight_decay.value_or(0), 0, kInfinity);
  check_range("norm-weight-decay", c.norm_weight_decay.value_or(0), 0, kInfinity);
  check_range("label-smoothing", c.label_smoothing, 0, 1);
  check_range("epochs", c.epochs, 1);
  check_range("max-steps", c.max_steps, 0);
  check_range("batch-size", c.batch_size, 1);
  check_range("threads", c.threads, 0, kMostThreads);
  check_name("drop-last", c.drop_last, {"auto", "yes", "no"});
  check_range("save-every", c.save_every, 1);
  check_range("print-freq", c.print_freq, 0);
}

void check_can_learn(const TrainConfig& c) {
  if (c.dropout == 1)
    throw UsageError(
        "--dropout: 1 drops every feature, so nothing is learnt; expected less than 1");
  if (c.label_smoothing == 1)
    throw UsageError(
        "--label-smoothing: 1 leaves nothing of the labels, so nothing is learnt; expected less "
        "than 1");
}

void check_norm(const std::string& value, const char* flag) {
  check_name(flag, value, {"batch", "layer", "instance", "group", "none"});
}

}  // namespace ek

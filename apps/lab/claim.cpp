#include "apps/lab/claim.h"

#include <cmath>
#include <cstdint>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "apps/lab/record.h"
#include "apps/training/config.h"

namespace ek {

const std::vector<std::uint64_t>& Setting::tuning_seeds() {
  static const std::vector<std::uint64_t> seeds = {1001, 1002};  // --seeds ends before
  return seeds;
}

std::vector<std::uint64_t> Setting::all_seeds() const {
  std::vector<std::uint64_t> all = tuning_seeds();
  all.insert(all.end(), seeds.begin(), seeds.end());
  return all;
}

TrainConfig Setting::config(std::uint64_t seed, std::int64_t train_images, std::int64_t test_images,
                            std::int64_t steps) const {
  TrainConfig config = base;
  config.seed = seed;
  config.limit_train = train_images;
  config.limit_test = test_images;
  config.max_steps = config.epochs = steps;  // an epoch has a step at least
  return config;
}

const Record& Records::at(const std::string& arm, std::uint64_t seed) const {
  const auto found = records_.find({arm, seed});
  if (found == records_.end())
    throw std::logic_error("no run '" + arm + "' with seed " + std::to_string(seed) +
                           " was planned");
  return found->second;
}

std::vector<double> Records::each(const std::string& arm, std::span<const std::uint64_t> seeds,
                                  const std::function<double(const Record&)>& measure) const {
  std::vector<double> values;
  for (const std::uint64_t seed : seeds) values.push_back(measure(at(arm, seed)));
  return values;
}

double final_accuracy(const Record& record, std::int64_t classes) {
  return 100 * (record.diverged > 0 ? 1 / static_cast<double>(classes) : record.last("test_acc"));
}

double final_accuracy(const Record& record) {
  return final_accuracy(record, static_cast<std::int64_t>(record.last("classes")));
}

}  // namespace ek

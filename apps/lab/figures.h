// Pieces of plots and tables that several claims share.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apps/lab/claim.h"
#include "apps/lab/record.h"
#include "apps/report/page.h"

namespace ek {

/// A line of the mean over the seeds, in a band from the smallest to the largest; runs[s][i] is seed s at x[i].
Series over_seeds(std::string name, const std::vector<double>& x,
                  const std::vector<std::vector<double>>& runs);

/// "52.1 ± 0.8": the mean and the standard deviation.
std::string mean_and_sd(std::span<const double> values, int decimals = 1);

/// low, low * ratio, ...: so many values with the same ratio from `low` to `high`.
std::vector<double> geometric(double low, double high, int count);

/// A number as it stands in an arm's name: 0.0316, 10.
std::string short_number(double value);

/// What was noted in an arm's runs over the steps that the list of that name has; y(record) has a value for each of
/// them.
Series noted_curve(std::string name, const Records& records, const std::string& arm,
                   std::span<const std::uint64_t> seeds, const std::string& steps,
                   const std::function<std::vector<double>(const Record&)>& y);

/// Test accuracy in percent over the steps of an arm's runs.
Series test_curve(std::string name, const Records& records, const std::string& arm,
                  std::span<const std::uint64_t> seeds);

/// After how many steps the test accuracy first reached so many percent; in between two tests it is taken to change
/// linearly, and it starts from guessing. None where no test did.
std::optional<double> steps_to(const Record& record, double percent);

/// How many steps it made, and how long one took.
double steps_of(const Record& record);
double seconds_per_step(const Record& record);

/// A line of the mean over the seeds, in a band from the smallest to the largest; values[i] are those of all seeds at
/// x[i], and where there are none, there is no point.
Series with_band(std::string name, const std::vector<double>& x,
                 const std::vector<std::vector<double>>& values);

}  // namespace ek

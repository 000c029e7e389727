// "Faster training": how many steps, and how many seconds, to the same accuracy, each arm at its own best rate?
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "apps/lab/claims.h"
#include "apps/lab/figures.h"

namespace ek {
namespace {

const std::vector<std::pair<std::string, std::string>> kArms = {{"batch", "BatchNorm"}, {"none", "none"}};
constexpr std::size_t kRates = 6;
constexpr double kShare = 0.9;

std::int64_t steps_in(const Setting& setting) { return setting.pick(180, 1500); }

/// Two steps of the grid are a factor of 5, as between the paper's rates.
std::vector<double> rates() { return geometric(0.005, 0.005 * std::pow(5, 2.5), kRates); }

std::string arm(const std::string& norm, std::size_t rate) { return norm + "-lr-" + short_number(rates()[rate]); }

std::vector<Trial> plan(const Setting& setting) {
  std::vector<Trial> trials;
  for (const std::uint64_t seed : setting.seeds)
    for (std::size_t rate = 0; rate < kRates; ++rate)
      for (const auto& [norm, name] : kArms) {
        TrainConfig config = setting.config(seed, setting.pick(10000, 0), setting.pick(1000, 2000), steps_in(setting));
        config.model = "convnet-8x8";
        config.width = setting.pick(0.25, 1.0);
        config.batch_size = 64;
        config.norm = norm;
        config.lr = rates()[rate];
        trials.push_back({.arm = arm(norm, rate), .config = config, .test_every = setting.pick(10, 30)});
      }
  return trials;
}

using Seeds = std::vector<std::uint64_t>;

Seeds without(const Seeds& seeds, std::uint64_t seed) {
  Seeds others;
  std::ranges::copy_if(seeds, std::back_inserter(others), [=](std::uint64_t s) { return s != seed; });
  return others;
}

/// The runs of all rates, and what they are measured by: the steps to an accuracy of so many percent.
struct Race {
  const Records& records;
  double budget;  // a run that does not get there counts as this

  double steps(const std::string& norm, std::size_t rate, std::uint64_t seed, double target) const {
    return std::min(budget, steps_to(records.at(arm(norm, rate), seed), target).value_or(budget));
  }
  /// The rate with the fewest steps, mean over these seeds.
  std::size_t best_rate(const std::string& norm, const Seeds& seeds, double target) const {
    std::vector<double> means;
    for (std::size_t rate = 0; rate < kRates; ++rate) {
      double sum = 0;
      for (const std::uint64_t seed : seeds) sum += steps(norm, rate, seed, target);
      means.push_back(sum / double(seeds.size()));
    }
    return static_cast<std::size_t>(std::ranges::min_element(means) - means.begin());
  }
  /// kShare of the way from guessing to what the network without a norm ends with at its best rate.
  double target(const Seeds& seeds) const {
    const double guessing = 100 / records.at(arm("none", 0), seeds.front()).last("classes");
    double best = guessing;
    for (std::size_t rate = 0; rate < kRates; ++rate)
      best = std::max(
          best, mean_of(records.each(arm("none", rate), seeds, [](const Record& r) { return final_accuracy(r); })));
    return std::lerp(guessing, best, kShare);
  }
};

/// What is compared for one seed; its target and rates come from other seeds.
struct Contest {
  double target;
  std::size_t batch_rate, none_rate;
};

Contest contest(const Race& race, const Seeds& seeds) {
  const double target = race.target(seeds);
  return {target, race.best_rate("batch", seeds, target), race.best_rate("none", seeds, target)};
}

std::vector<Contest> contests(const Setting& setting, const Race& race) {
  std::vector<Contest> all;
  for (const std::uint64_t seed : setting.seeds) all.push_back(contest(race, without(setting.seeds, seed)));
  return all;
}

/// log10 of the steps of each seed, with the rate that `rate_of` takes of its contest.
std::vector<double> log_steps(const Setting& setting, const Race& race, const std::string& norm,
                              const std::function<std::size_t(const Contest&)>& rate_of) {
  std::vector<double> values;
  for (std::size_t s = 0; const Contest& c : contests(setting, race))
    values.push_back(std::log10(race.steps(norm, rate_of(c), setting.seeds[s++], c.target)));
  return values;
}

std::size_t batch_rate(const Contest& c) { return c.batch_rate; }
std::size_t none_rate(const Contest& c) { return c.none_rate; }
std::size_t five_times_none_rate(const Contest& c) { return c.none_rate + 2; }

/// The orders of Ioffe & Szegedy's section 4.2.2, and that of claims about epochs.
std::vector<Test> papers(const Setting& setting, const Race& race, const Paired& tuned) {
  const std::vector<double> none = log_steps(setting, race, "none", none_rate);
  const std::vector<double> same = log_steps(setting, race, "batch", none_rate);
  std::vector<Test> tests = {{"at least 5 times, each at its own rate", "decades", tuned, above(std::log10(5))},
                             {"BatchNorm at none's rate (the paper: 13.3 million steps against 31.0, second-hand)",
                              "decades", paired(none, same), above(0)}};
  if (std::ranges::any_of(contests(setting, race), [](const Contest& c) { return five_times_none_rate(c) >= kRates; }))
    return tests;
  const std::vector<double> five = log_steps(setting, race, "batch", five_times_none_rate);
  tests.push_back({"BatchNorm at 5 times none's rate, at least 3 times (the paper: 2.1 million, second-hand)",
                   "decades", paired(none, five), above(std::log10(3))});
  tests.push_back(
      {"BatchNorm at 5 times none's rate, against BatchNorm at none's", "decades", paired(same, five), above(0)});
  return tests;
}

/// Of the runs with all rates and seeds: a machine that is busy now and then moves it little.
double median_step_seconds(const Setting& setting, const Race& race, const std::string& norm) {
  std::vector<double> seconds;
  for (std::size_t rate = 0; rate < kRates; ++rate)
    for (const std::uint64_t seed : setting.seeds)
      seconds.push_back(seconds_per_step(race.records.at(arm(norm, rate), seed)));
  return quantile_of(seconds, 0.5);
}

Table tuned_table(const Setting& setting, const Race& race) {
  Table table = {.caption =
                     "Each seed at the rate that is best for the other seeds, geometric means; the clock's "
                     "figures from the median step of all runs",
                 .rows = {{"norm", "rate", "steps to the target", "ms per step", "seconds to the target"}},
                 .align = "lrrrr"};
  std::vector<double> step_seconds, steps;
  for (const auto& [norm, name] : kArms) {
    const auto rate_of = norm == "batch" ? batch_rate : none_rate;
    std::vector<double> log_rates;
    for (const Contest& c : contests(setting, race)) log_rates.push_back(std::log10(rates()[rate_of(c)]));
    step_seconds.push_back(median_step_seconds(setting, race, norm));
    steps.push_back(std::pow(10, mean_of(log_steps(setting, race, norm, rate_of))));
    table.rows.push_back({name, short_number(std::pow(10, mean_of(log_rates))), fmt::format("{:.0f}", steps.back()),
                          fmt::format("{:.2f}", 1000 * step_seconds.back()),
                          fmt::format("{:.2f}", steps.back() * step_seconds.back())});
  }
  const double step = step_seconds[0] / step_seconds[1], count = steps[0] / steps[1];
  table.rows.push_back({"BatchNorm / none", "", fmt::format("{:.2f}", count), fmt::format("{:.2f}", step),
                        fmt::format("{:.2f}", count * step)});
  return table;
}

/// Steps to the target for all rates, and how many of the runs got there.
Table rates_table(const Setting& setting, const Race& race, double target) {
  Table table = {
      .caption = fmt::format("Steps to {:.1f} %: mean and sd over the seeds; in brackets how many got there", target),
      .rows = {{"rate", "BatchNorm", "none"}},
      .align = "rrr"};
  for (std::size_t rate = 0; rate < kRates; ++rate) {
    std::vector<std::string> row = {short_number(rates()[rate])};
    for (const auto& [norm, name] : kArms) {
      std::vector<double> steps;
      int there = 0;
      for (const std::uint64_t seed : setting.seeds) {
        steps.push_back(race.steps(norm, rate, seed, target));
        there += steps_to(race.records.at(arm(norm, rate), seed), target).has_value();
      }
      row.push_back(fmt::format("{} ({})", mean_and_sd(steps, 0), there));
    }
    table.rows.push_back(row);
  }
  return table;
}

std::vector<Plot> plots(const Setting& setting, const Race& race, const Contest& overall) {
  Plot curves = {
      .title = "Test accuracy, each at its best rate", .x_label = "step", .y_label = "test accuracy, %", .series = {}};
  Plot steps = {.title = fmt::format("Steps to {:.1f} % against the learning rate", overall.target),
                .x_label = "learning rate",
                .y_label = "steps",
                .series = {},
                .log_x = true,
                .log_y = true};
  for (const auto& [norm, name] : kArms) {
    const std::size_t best = norm == "batch" ? overall.batch_rate : overall.none_rate;
    curves.series.push_back(test_curve(fmt::format("{}, rate {}", name, short_number(rates()[best])), race.records,
                                       arm(norm, best), setting.seeds));
    std::vector<std::vector<double>> runs;
    for (const std::uint64_t seed : setting.seeds) {
      runs.emplace_back();
      for (std::size_t rate = 0; rate < kRates; ++rate)
        runs.back().push_back(race.steps(norm, rate, seed, overall.target));
    }
    steps.series.push_back(over_seeds(name, rates(), runs));
  }
  curves.series.push_back({.name = "target", .x = {0, race.budget}, .y = {overall.target, overall.target}});
  return {curves, steps};
}

Finding judge_race(const Setting& setting, const Records& records) {
  const Race race = {records, double(steps_in(setting))};
  const std::vector<double> batch = log_steps(setting, race, "batch", batch_rate);
  const std::vector<double> none = log_steps(setting, race, "none", none_rate);
  const Contest overall = contest(race, setting.seeds);
  Finding finding;
  finding.tests = {{"steps of none / steps of BatchNorm to the target", "decades", paired(none, batch), above(0)}};
  finding.asides = papers(setting, race, finding.tests[0].result);
  finding.summary = fmt::format(
      "To {:.1f} % accuracy it takes {:.0f} steps with BatchNorm and {:.0f} without, each at its own rate: a factor of "
      "{:.2f} (geometric means over the seeds).",
      overall.target, std::pow(10, mean_of(batch)), std::pow(10, mean_of(none)),
      std::pow(10, finding.tests[0].result.difference.mean));
  finding.plots = plots(setting, race, overall);
  finding.tables = {tuned_table(setting, race), rates_table(setting, race, overall.target)};
  finding.caveats = {
      "Steps decide; the seconds are those of this machine and this program, which two runs do not share.",
      "Accuracy is that of inference, where BatchNorm uses running statistics: in the first steps they lag behind, "
      "which counts against it.",
      "Plain SGD with momentum and a constant rate. With Adam, or with warm-up, the difference may be another."};
  if (!setting.full())
    finding.caveats.push_back(
        "Quick trains for 180 steps: it shows the beginning, not how fast a good accuracy is reached.");
  return finding;
}

}  // namespace

Claim faster_training() {
  return {.id = "faster-training",
          .title = "Faster training",
          .sentence = "It accelerates training",
          .hypothesis =
              "With BatchNorm a network takes fewer steps to the same test accuracy, also when the network without it "
              "has the learning rate that suits it best.",
          .arms =
              "convnet-8x8 (in quick with a quarter of its channels) with BatchNorm and without any norm, SGD with "
              "momentum 0.9, batches of 64, six rates from 0.005 to 0.28, a factor of 2.24 apart.",
          .measure =
              "Steps until a test first shows the target accuracy, between two tests linearly interpolated. A run that "
              "does not get there, or becomes non-finite before, counts as all its steps. For each seed, the OTHER "
              "seeds choose the target, 0.9 of the way from guessing to what none ends with at its best rate, "
              "and for each arm the rate with the fewest mean steps to it.",
          .rule =
              "SUPPORTED if the interval of the paired difference log10(steps of none) - log10(steps of BatchNorm) "
              "lies above 0.",
          .plan = plan,
          .judge = judge_race};
}

}  // namespace ek

// "Faster training": how many steps, and how many seconds, to the same accuracy, each arm at its own best rate?
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "apps/lab/claim.h"
#include "apps/lab/claims.h"
#include "apps/lab/effect_text.h"
#include "apps/lab/figures.h"
#include "apps/lab/probes/race.h"
#include "apps/lab/statistics.h"
#include "apps/lab/trial.h"
#include "apps/report/page.h"
#include "apps/training/config.h"

namespace ek {
namespace {

const std::vector<std::pair<std::string, std::string>> kArms = {{"batch", "BatchNorm"},
                                                                {"none", "without norm"}};

std::int64_t steps_in(const Setting& setting) { return setting.pick(180, 1500); }

/// Two steps of the grid are a factor of 5, as between the paper's rates.
std::vector<double> rates() { return geometric(0.005, 0.005 * std::pow(5, 2.5), 6); }

std::vector<Trial> plan(const Setting& setting) {
  std::vector<Trial> trials;
  for (const std::uint64_t seed : setting.all_seeds())
    for (const double rate : rates())
      for (const auto& [norm, name] : kArms) {
        TrainConfig config = setting.config(seed, setting.pick(10000, 0), setting.pick(1000, 2000),
                                            steps_in(setting));
        config.model = "convnet-8x8";
        config.width = setting.pick(0.25, 1.0);
        config.batch_size = 64;
        config.norm = norm;
        config.lr = rate;
        trials.push_back(
            {.arm = Race::arm(norm, rate), .config = config, .test_every = setting.pick(10, 30)});
      }
  return trials;
}

std::size_t batch_rate(const Contest& c) { return c.batch_rate; }
std::size_t none_rate(const Contest& c) { return c.none_rate; }
std::size_t five_times_none_rate(const Contest& c) { return c.none_rate + 2; }

const Ratio kFewerSteps = {10, "fewer steps", "more steps"};

/// What Ioffe & Szegedy 2015, section 4.2.2, found of a much larger network.
std::vector<Test> papers(const Race& race, const Paired& tuned) {
  const std::vector<double> none = race.log_steps("none", none_rate);
  const std::vector<double> same = race.log_steps("batch", none_rate);
  std::vector<Test> tests = {
      {"BatchNorm against without norm, each at its own rate", "decades", tuned,
       above(std::log10(5)), kFewerSteps},
      {"BatchNorm against without norm, both at the rate that suits the one without", "decades",
       paired(none, same), above(0), kFewerSteps}};
  if (five_times_none_rate(race.contest()) >= race.rates.size()) return tests;
  const std::vector<double> five = race.log_steps("batch", five_times_none_rate);
  tests.push_back({"BatchNorm at 5 times that rate against without norm", "decades",
                   paired(none, five), above(std::log10(3)), kFewerSteps});
  tests.push_back({"BatchNorm at 5 times that rate against BatchNorm at that rate", "decades",
                   paired(same, five), above(0), kFewerSteps});
  return tests;
}

/// Of the runs with all rates and seeds: a machine that is busy now and then moves it little.
double median_step_seconds(const Race& race, const std::string& norm) {
  std::vector<double> seconds;
  for (std::size_t rate = 0; rate < race.rates.size(); ++rate)
    for (const std::uint64_t seed : race.seeds)
      seconds.push_back(seconds_per_step(race.records.at(Race::arm(norm, race.rates[rate]), seed)));
  return quantile_of(seconds, 0.5);
}

Table tuned_table(const Race& race) {
  Table table = {.caption =
                     "Each norm at its rate: geometric means over the seeds; the clock's figures "
                     "from the median step of all runs",
                 .rows = {{"arm", "learning rate", "steps to the target", "ms per step",
                           "seconds to the target"}},
                 .align = "lrrrr"};
  std::vector<double> step_seconds, steps;
  for (const auto& [norm, name] : kArms) {
    const auto rate_of = norm == "batch" ? batch_rate : none_rate;
    step_seconds.push_back(median_step_seconds(race, norm));
    steps.push_back(std::pow(10, mean_of(race.log_steps(norm, rate_of))));
    table.rows.push_back({name, short_number(race.rates[rate_of(race.contest())]),
                          fmt::format("{:.0f}", steps.back()),
                          fmt::format("{:.2f}", 1000 * step_seconds.back()),
                          fmt::format("{:.2f}", steps.back() * step_seconds.back())});
  }
  const double step = step_seconds[0] / step_seconds[1], count = steps[0] / steps[1];
  table.rows.push_back({"BatchNorm / without norm", "", fmt::format("{:.2f}", count),
                        fmt::format("{:.2f}", step), fmt::format("{:.2f}", count * step)});
  return table;
}

/// Steps to the target for all rates, and how many of the runs got there.
Table rates_table(const Race& race, double target) {
  Table table = {
      .caption = fmt::format(
          "Steps to {:.1f} %: mean and sd over the seeds; in brackets how many got there", target),
      .rows = {{"rate", "BatchNorm", "without norm"}},
      .align = "rrr"};
  for (std::size_t rate = 0; rate < race.rates.size(); ++rate) {
    std::vector<std::string> row = {short_number(race.rates[rate])};
    for (const auto& [norm, name] : kArms) {
      std::vector<double> steps;
      int there = 0;
      for (const std::uint64_t seed : race.seeds) {
        steps.push_back(race.steps(norm, rate, seed, target));
        there +=
            steps_to(race.records.at(Race::arm(norm, race.rates[rate]), seed), target).has_value();
      }
      row.push_back(fmt::format("{} ({})", mean_and_sd(steps, 0), there));
    }
    table.rows.push_back(row);
  }
  return table;
}

std::vector<Plot> plots(const Race& race, const Contest& overall) {
  Plot curves = {.title = "Test accuracy, each at its best rate",
                 .x_label = "step",
                 .y_label = "test accuracy, %",
                 .series = {}};
  Plot steps = {.title = fmt::format("Steps to {:.1f} % against the learning rate", overall.target),
                .x_label = "learning rate",
                .y_label = "steps",
                .series = {},
                .log_x = true,
                .log_y = true};
  for (const auto& [norm, name] : kArms) {
    const std::size_t best = norm == "batch" ? overall.batch_rate : overall.none_rate;
    curves.series.push_back(
        test_curve(fmt::format("{}, rate {}", name, short_number(race.rates[best])), race.records,
                   Race::arm(norm, race.rates[best]), race.seeds));
    std::vector<std::vector<double>> runs;
    for (const std::uint64_t seed : race.seeds) {
      runs.emplace_back();
      for (std::size_t rate = 0; rate < race.rates.size(); ++rate)
        runs.back().push_back(race.steps(norm, rate, seed, overall.target));
    }
    steps.series.push_back(over_seeds(name, race.rates, runs));
  }
  curves.series.push_back(
      {.name = "target", .x = {0, race.budget}, .y = {overall.target, overall.target}});
  return {curves, steps};
}

Finding judge_race(const Setting& setting, const Records& records) {
  const Race race = {records, setting.seeds, Setting::tuning_seeds(), rates(),
                     double(steps_in(setting))};
  const std::vector<double> batch = race.log_steps("batch", batch_rate);
  const std::vector<double> none = race.log_steps("none", none_rate);
  const Contest overall = race.contest();
  Finding finding;
  finding.tests = {{"steps to the target, BatchNorm against without norm", "decades",
                    paired(none, batch), above(0), kFewerSteps}};
  finding.asides = papers(race, finding.tests[0].result);
  finding.summary = fmt::format(
      "To {:.1f} % accuracy it takes {:.0f} steps with BatchNorm and {:.0f} without (geometric "
      "means over the seeds), each at its own rate: with BatchNorm {}.",
      overall.target, std::pow(10, mean_of(batch)), std::pow(10, mean_of(none)),
      effect_text(finding.tests[0]));
  finding.plots = plots(race, overall);
  finding.tables = {tuned_table(race), rates_table(race, overall.target)};
  finding.caveats = {
      "Steps decide; the seconds are those of this machine and this program, which two runs do not "
      "share.",
      "Accuracy is that of inference, where BatchNorm uses running statistics: in the first steps "
      "they lag behind, which counts against it.",
      "Ioffe & Szegedy's Inception (section 4.2.2, second-hand) took 31.0 million steps without "
      "BatchNorm to its best accuracy, 13.3 million with it at the same rate and 2.1 million at "
      "five times that rate. The rows beside the verdict's ask for the same order here.",
      "Plain SGD with momentum and a constant rate. With Adam, or with warm-up, the difference may "
      "be another."};
  if (!setting.full())
    finding.caveats.push_back(
        "Quick trains for 180 steps: it shows the beginning, not how fast a good accuracy is "
        "reached.");
  return finding;
}

}  // namespace

Claim faster_training() {
  return {.id = "faster-training",
          .title = "Faster training",
          .sentence = "It accelerates training",
          .hypothesis =
              "With BatchNorm a network takes fewer steps to the same test accuracy, also when the "
              "network without it has the learning rate that suits it best.",
          .arms =
              "convnet-8x8 (in quick with a quarter of its channels) with BatchNorm and without "
              "any norm, SGD with momentum 0.9, batches of 64, six rates from 0.005 to 0.28, a "
              "factor of 2.24 apart.",
          .measure =
              "Steps until a test first shows the target accuracy, between two tests linearly "
              "interpolated. A run that does not get there, or becomes non-finite before, counts "
              "as all its steps. Runs of two more seeds, which are not judged, choose the target, "
              "0.9 of the way from guessing to what the arm without norm ends with at its best "
              "rate, and for each arm the rate with the fewest mean steps to it.",
          .rule =
              "SUPPORTED if the whole interval of the factor, steps without norm / steps with "
              "BatchNorm, lies above 1.",
          .plan = plan,
          .judge = judge_race};
}

}  // namespace ek

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "apps/lab/probes/small_batches.h"

#include <fmt/format.h>

#include "apps/lab/claim.h"
#include "apps/lab/figures.h"
#include "apps/lab/record.h"
#include "apps/lab/statistics.h"
#include "apps/report/page.h"

namespace ek::small_batches_claim {
namespace {

double accuracy_anew(const Record& r) {
  return r.has("anew_acc") ? 100 * r.last("anew_acc") : final_accuracy(r);
}

/// A line over the batch sizes, in a band over the seeds.
Series over_sizes(const std::string& name,
                  const std::function<std::vector<double>(std::int64_t size)>& values) {
  std::vector<std::vector<double>> all;
  for (const std::int64_t size : kSizes) all.push_back(values(size));
  return with_band(name, {kSizes.begin(), kSizes.end()}, all);
}

Plot accuracy_plot(const Results& results, const std::string& title, bool maps_only) {
  Plot plot = {.title = title,
               .x_label = "batch size",
               .y_label = "test accuracy, %",
               .series = {},
               .log_x = true};
  for (const Curve& curve : kCurves)
    if (curve.maps_only == maps_only)
      plot.series.push_back(
          over_sizes(curve.name, [&](std::int64_t size) { return results.accuracy(curve, size); }));
  return plot;
}

Plot noise_plot(const Results& results) {
  Plot plot = {.title = "Noise of a batch's mean, last norm of the network",
               .x_label = "batch size",
               .y_label = "standard deviations of the channel",
               .series = {},
               .log_x = true,
               .log_y = true};
  for (const Curve* curve : {&kBatch, &kMapsBatch})
    plot.series.push_back(
        over_sizes(curve->name, [&](std::int64_t size) { return results.noise(*curve, size); }));
  return plot;
}

Table accuracies(const Results& results) {
  const Record& record = results.records.at(arm(kBatch, 2), results.setting.seeds[0]);
  const std::string missing = record.last("single_image_refused") > 0 ? "refused" : "not run";
  Table table = {.caption = "Test accuracy in percent: mean and sd over the seeds",
                 .rows = {{"network"}},
                 .align = "l"};
  for (const std::int64_t size : kSizes) {
    table.rows[0].push_back(fmt::format("batch {}", size));
    table.align += 'r';
  }
  for (const Curve& curve : kCurves) {
    std::vector<std::string> row = {curve.name};
    for (const std::int64_t size : kSizes)
      row.push_back(curve.planned(size) ? mean_and_sd(results.accuracy(curve, size)) : missing);
    table.rows.push_back(row);
  }
  return table;
}

std::string difference_cell(const Results& results, const Curve& group, const Curve& batch,
                            std::int64_t size) {
  if (!batch.planned(size)) return "";
  const Estimate e = results.difference(group, batch, size).difference;
  return fmt::format("{:+.1f} [{:+.1f}, {:+.1f}]", e.mean, e.interval.low, e.interval.high);
}

Table differences(const Results& results) {
  Table table = {
      .caption =
          "Where BatchNorm falls behind: accuracy with group norm minus with BatchNorm in points, "
          "with 95 % intervals; noise of a batch's mean in the last norm, in standard deviations",
      .rows = {{"batch size", "the note's ConvNet", "noise", "maps only", "noise"}},
      .align = "rrrrr"};
  auto noise = [&](const Curve& curve, std::int64_t size) {
    const std::vector<double> values = results.noise(curve, size);
    return values.empty() ? "" : mean_and_sd(values, 3);
  };
  for (const std::int64_t size : kSizes)
    table.rows.push_back({fmt::format("{}", size), difference_cell(results, kGroup, kBatch, size),
                          noise(kBatch, size),
                          difference_cell(results, kMapsGroup, kMapsBatch, size),
                          noise(kMapsBatch, size)});
  return table;
}

}  // namespace

std::vector<double> Results::accuracy(const Curve& curve, std::int64_t size) const {
  if (!curve.planned(size)) return {};
  return records.each(arm(curve, size), setting.seeds, [&](const Record& r) {
    return curve.anew ? accuracy_anew(r) : final_accuracy(r);
  });
}

std::vector<double> Results::lost_at_2(const Curve& curve) const {
  std::vector<double> lost = accuracy(curve, 32);
  const std::vector<double> at_2 = accuracy(curve, 2);
  for (std::size_t i = 0; i < lost.size(); ++i) lost[i] -= at_2[i];
  return lost;
}

std::vector<double> Results::noise(const Curve& curve, std::int64_t size) const {
  std::vector<double> values;
  if (!curve.planned(size)) return values;
  for (const std::uint64_t seed : setting.seeds) {
    const Record& record = records.at(arm(curve, size), seed);
    if (record.has("noise")) values.push_back(record.last("noise"));
  }
  return values;
}

std::int64_t Results::falls_behind(const Curve& group, const Curve& batch) const {
  std::int64_t largest = 0;
  for (const std::int64_t size : kSizes)
    if (batch.planned(size) && difference(group, batch, size).difference.interval.low > 0)
      largest = size;
  return largest;
}

std::vector<Plot> plots_of(const Results& results) {
  return {accuracy_plot(results, "The note's ConvNet, the same number of images seen", false),
          accuracy_plot(results, "A network whose norms see maps only", true), noise_plot(results)};
}

std::vector<Table> tables_of(const Results& results) {
  return {accuracies(results), differences(results)};
}

}  // namespace ek::small_batches_claim

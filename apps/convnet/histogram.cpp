#include "apps/convnet/histogram.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <limits>
#include <map>

namespace ek {
namespace {

constexpr int kBins = 50;                  // of activations
constexpr double kOutermost = 0.002;       // share of the values beyond the axis
constexpr int kDecades = 6;                // of gradients: smaller ones are not drawn
constexpr int kBinsPerDecade = 6;          // of gradients
constexpr double kSmallestShare = 0.0005;  // in a bin; what is rarer is not drawn

std::vector<double> finite(const std::vector<double>& values) {
  std::vector<double> kept;
  std::ranges::copy_if(values, std::back_inserter(kept), [](double v) { return std::isfinite(v); });
  return kept;
}

/// The absolute value that all but the outermost do not exceed.
double reach_of(std::vector<double> values) {
  if (values.empty()) return 0;
  for (double& v : values) v = std::abs(v);
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(
                                       (1 - kOutermost) * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, at);
  return *at;
}

Series spread(const std::string& name, const std::vector<double>& values, double reach) {
  const double width = 2 * reach / kBins, share = 1 / static_cast<double>(values.size());
  Series s = {.name = name, .x = {}, .y = std::vector<double>(kBins, 0)};
  for (int i = 0; i < kBins; ++i) s.x.push_back((i + 0.5) * width - reach);
  for (const double v : values)
    if (std::abs(v) < reach) s.y[static_cast<std::size_t>((v + reach) / width)] += share;
  for (double& y : s.y)
    if (y < kSmallestShare) y = 0;  // which a logarithmic axis leaves out
  return s;
}

int log_bin(double value) {
  return static_cast<int>(std::floor(kBinsPerDecade * std::log10(std::abs(value))));
}

/// The bins up to `last`.
Series log_spread(const std::string& name, const std::vector<double>& values, int last) {
  std::map<int, double> shares;
  for (const double v : values)
    if (v != 0) shares[log_bin(v)] += 1 / static_cast<double>(values.size());
  Series s = {.name = name, .x = {}, .y = {}};
  for (const auto& [bin, share] : shares)
    if (share >= kSmallestShare && bin > last - kDecades * kBinsPerDecade) {
      s.x.push_back(std::pow(10, (bin + 0.5) / kBinsPerDecade));
      s.y.push_back(share);
    }
  return s;
}

struct ValueMoments {
  double mean = 0, square = 0, zeros = 0;
};

ValueMoments moments_of(const std::vector<double>& values) {
  ValueMoments m;
  for (const double v : values) {
    m.mean += v;
    m.square += v * v;
    m.zeros += v == 0;
  }
  const double n = std::max<double>(1, static_cast<double>(values.size()));
  return {m.mean / n, m.square / n, m.zeros / n};
}

}  // namespace

HistogramBins bins_for(const std::vector<const std::vector<LayerValues>*>& networks) {
  HistogramBins bins = {.reach = 0, .last_gradient = std::numeric_limits<int>::min()};
  for (const std::vector<LayerValues>* layers : networks)
    for (const LayerValues& layer : *layers) {
      bins.reach = std::max(bins.reach, reach_of(finite(layer.activations)));
      for (const double v : finite(layer.gradients))
        if (v != 0) bins.last_gradient = std::max(bins.last_gradient, log_bin(v));
    }
  if (bins.reach == 0) bins.reach = 1;
  return bins;
}

Plot activation_plot(const std::vector<LayerValues>& layers, const std::string& title,
                     const HistogramBins& bins) {
  Plot plot = {.title = title,
               .x_label = "activation",
               .y_label = "share of the values",
               .series = {},
               .log_y = true};
  for (const LayerValues& layer : layers)
    plot.series.push_back(spread(layer.name, finite(layer.activations), bins.reach));
  return plot;
}

Plot gradient_plot(const std::vector<LayerValues>& layers, const std::string& title,
                   const HistogramBins& bins) {
  Plot plot = {.title = title,
               .x_label = "absolute value of a weight's gradient",
               .y_label = "share of the values",
               .series = {},
               .log_x = true};
  for (const LayerValues& layer : layers)
    plot.series.push_back(log_spread(layer.name, finite(layer.gradients), bins.last_gradient));
  return plot;
}

Table layer_table(const std::vector<LayerValues>& layers) {
  Table table = {.caption = "Layer by layer",
                 .rows = {{"layer", "activations: mean", "activations: spread",
                           "gradients: typical size (root mean square)", "gradients that are 0"}},
                 .align = "lrrrr"};
  for (const LayerValues& layer : layers) {
    const ValueMoments a = moments_of(finite(layer.activations)),
                       g = moments_of(finite(layer.gradients));
    table.rows.push_back(
        {layer.name, fmt::format("{:.3g}", a.mean),
         fmt::format("{:.3g}", std::sqrt(std::max(0.0, a.square - a.mean * a.mean))),
         fmt::format("{:.2e}", std::sqrt(g.square)), fmt::format("{:.1f} %", 100 * g.zeros)});
  }
  return table;
}

}  // namespace ek

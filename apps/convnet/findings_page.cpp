#include "apps/convnet/findings_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "apps/convnet/confusion.h"
#include "apps/convnet/table.h"
#include "evenkeel/core/base/shape.h"

namespace ek {
namespace {

constexpr std::size_t kListed = 15;  // confusions

Table matrix(const Confusion& counts, const std::vector<std::string>& names) {
  Table table = {.caption = "", .rows = {{"true class"}}, .align = "l"};
  for (std::size_t k = 0; k < counts.size(); ++k) {
    table.rows[0].push_back(names[k]);
    table.align += 'r';
    std::vector<std::string> row = {names[k]};
    std::vector<double> shades = {0};
    const double images = static_cast<double>(std::max<std::int64_t>(1, images_of(counts, k)));
    for (const std::int64_t count : counts[k]) {
      row.push_back(fmt::format("{}", count));
      shades.push_back(static_cast<double>(count) / images);
    }
    table.rows.push_back(std::move(row));
    table.shades.push_back(std::move(shades));
  }
  return table;
}

Table most_frequent(const Confusion& counts, const std::vector<std::string>& names) {
  std::vector<std::tuple<std::int64_t, std::size_t, std::size_t>>
      pairs;  // -count, true class, predicted class
  for (std::size_t k = 0; k < counts.size(); ++k)
    for (std::size_t j = 0; j < counts.size(); ++j)
      if (j != k && counts[k][j] > 0) pairs.emplace_back(-counts[k][j], k, j);
  std::ranges::sort(pairs);
  Table table = {.caption = "", .rows = {{"true class", "taken for", "images"}}, .align = "llr"};
  for (std::size_t i = 0; i < std::min(kListed, pairs.size()); ++i) {
    const auto [count, k, j] = pairs[i];
    table.rows.push_back(
        {names[k], names[j], fmt::format("{} of {}", -count, images_of(counts, k))});
  }
  return table;
}

/// "0.25 %", with a blank that no line breaks at.
std::string probability(double p) {
  if (p < 0.0001) return "under 0.01\u00a0%";
  return fmt::format("{:.{}f}\u00a0%", 100 * p, p < 0.01 ? 2 : p < 0.1 ? 1 : 0);
}

Picture picture(const Mistake& m, const Dataset& test) {
  const Shape& shape = test.image_shape();
  Picture p = {.pixels = std::vector<unsigned char>(static_cast<std::size_t>(shape.numel())),
               .channels = static_cast<int>(shape[0]),
               .height = static_cast<int>(shape[1]),
               .width = static_cast<int>(shape[2]),
               .caption = {}};
  test.image(m.image, p.pixels);
  const auto& names = test.class_names();
  p.caption =
      fmt::format("{} ({}), taken for {} ({})", names[static_cast<std::size_t>(m.truth)],
                  probability(m.true_probability), names[static_cast<std::size_t>(m.predicted)],
                  probability(m.predicted_probability));
  return p;
}

}  // namespace

void add_findings(Section& section, const TestFindings& findings, const Dataset& test,
                  const std::string& when) {
  if (findings.confusion.empty()) return;
  for (const Mistake& mistake : findings.worst) section.pictures.push_back(picture(mistake, test));
  section.pictures_title =
      fmt::format("The worst mistakes {}, with the probabilities that it gave", when);
  const bool wide = findings.confusion.size() > kWidestMatrix;
  section.tables.push_back((wide ? most_frequent : matrix)(findings.confusion, test.class_names()));
  section.tables.back().caption =
      wide ? "What is confused most " + when
           : "Of each true class (row) how many images were taken for each class (column), " + when;
}

}  // namespace ek

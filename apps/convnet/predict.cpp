// convnet predict: what a checkpoint sees in image files.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "apps/convnet/commands.h"
#include "apps/convnet/load_model.h"
#include "apps/convnet/output.h"
#include "apps/convnet/table.h"
#include "core/activation.h"
#include "core/autograd.h"
#include "core/check.h"
#include "core/file.h"
#include "data/image.h"

namespace ek {
namespace {

using nlohmann::ordered_json;

/// The probability of each class: image file -> [K].
std::vector<double> probabilities(const LoadedModel& loaded, const std::string& file) {
  const auto& [dataset, image, class_names, normalization] = loaded.description.data;
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(image.numel()));
  read_image(file, image, pixels);
  const Tensor x = to_tensor(pixels, {1, image[0], image[1], image[2]}, normalization);  // [1, C, H, W]
  const Tensor p = softmax((*loaded.model)(x));                                          // [1, K]
  return {p.data().begin(), p.data().end()};
}

/// The `count` most probable classes, the most probable first.
std::vector<std::size_t> most_probable(const std::vector<double>& p, std::int64_t count) {
  std::vector<std::size_t> classes(p.size());
  std::iota(classes.begin(), classes.end(), std::size_t{0});
  std::ranges::stable_sort(classes, std::greater<>(), [&](std::size_t k) { return p[k]; });
  classes.resize(std::min(classes.size(), static_cast<std::size_t>(count)));
  return classes;
}

}  // namespace

int run_predict(const Options& options) {
  Output out(options.command, Output::OnFailure::fail);
  const LoadedModel loaded = load_model(options);
  const std::vector<std::string>& names = loaded.description.data.class_names;
  const NoGrad no_grad;
  ordered_json all = ordered_json::array();
  for (const std::string& file : options.images) {
    const std::vector<double> p = probabilities(loaded, file);
    check_data(std::ranges::all_of(p, [](double value) { return std::isfinite(value); }), printable(options.checkpoint),
               ": gives no finite probabilities for ", printable(file),
               ", so its weights are not usable; take an earlier checkpoint");
    const std::vector<std::size_t> best = most_probable(p, options.top);
    ordered_json top = ordered_json::array();
    std::string lines;
    for (const std::size_t k : best) {
      top.push_back({{"class", names[k]}, {"probability", p[k]}});
      lines += fmt::format("{:>10}  {}\n", percent(p[k]), names[k]);
    }
    if (options.json)
      all.push_back({{"image", printable(file)}, {"class", names[best[0]]}, {"top", top}});
    else
      out.print("{}: {}\n{}", printable(file), names[best[0]], lines);
  }
  if (options.json) out.write(all.dump(2) + "\n");
  return 0;
}

}  // namespace ek

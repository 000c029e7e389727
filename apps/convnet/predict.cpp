// convnet predict: what a checkpoint sees in image files.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <new>
#include <nlohmann/json.hpp>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "apps/convnet/checkpoint_choice.h"
#include "apps/convnet/commands.h"
#include "apps/convnet/image_arguments.h"
#include "apps/convnet/load_model.h"
#include "apps/convnet/options.h"
#include "apps/convnet/output.h"
#include "apps/convnet/table.h"
#include "apps/training/description.h"
#include "apps/training/progress.h"
#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/files/file.h"
#include "evenkeel/core/ops/activation.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/data/image.h"
#include "evenkeel/data/image_folder.h"
#include "evenkeel/data/transform.h"

namespace ek {
namespace {

using nlohmann::ordered_json;

/// The probability of each class: image file -> [K].
std::vector<double> probabilities(const LoadedModel& loaded, const fs::path& file) {
  const DataInfo& data = loaded.description.data;
  const Shape& image = data.image;
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(image.numel()));
  decode_image(read_image_bytes(file), printable(file), image, pixels);
  const Tensor x =
      to_tensor(pixels, {1, image[0], image[1], image[2]}, data.normalization);  // [1, C, H, W]
  const Tensor p = softmax((*loaded.model)(x));                                  // [1, K]
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

/// The weights give no finite probabilities for this image.
struct NotUsable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What the model makes of one image, as text and as JSON.
struct Prediction {
  std::string text;
  ordered_json json;
};

Prediction predict(const LoadedModel& loaded, const fs::path& file, std::int64_t top) {
  const std::vector<std::string>& names = loaded.description.data.class_names;
  const std::vector<double> p = probabilities(loaded, file);
  if (!std::ranges::all_of(p, [](double value) { return std::isfinite(value); }))
    throw NotUsable(printable(file));
  const std::vector<std::size_t> best = most_probable(p, top);
  Prediction prediction = {fmt::format("{}: {}\n", printable(file), names[best[0]]),
                           {{"image", escaped_name(file)}, {"class", names[best[0]]}}};
  ordered_json classes = ordered_json::array();
  for (const std::size_t k : best) {
    classes.push_back({{"class", names[k]}, {"probability", p[k]}});
    prediction.text += fmt::format("{:>10}  {}\n", percent(p[k]), names[k]);
  }
  prediction.json["top"] = classes;
  return prediction;
}

void report_skipped(const Options& options, const std::vector<Skipped>& skipped) {
  if (skipped.empty() || options.config.quiet) return;
  report(options.command, "warning",
         fmt::format("{} file(s) in folders are no images, such as {}: {}", skipped.size(),
                     printable(skipped.front().path), skipped.front().reason));
}

}  // namespace

int run_predict(const Options& options) {
  Output out(options.command, Output::OnFailure::fail);
  const fs::path checkpoint = choose_checkpoint(options).file;
  const LoadedModel loaded = load_model(options, checkpoint);
  const ImageArguments arguments = expand_images(options.images);
  report_skipped(options, arguments.skipped);
  const NoGrad no_grad;
  ordered_json all = ordered_json::array();
  std::int64_t failures = 0;
  const auto failed = [&](const fs::path& path, const std::string& reason) {
    ++failures;
    report(options.command, "error", reason);
    all.push_back({{"image", escaped_name(path)}, {"error", reason}});
  };
  Progress progress("predict", std::ssize(arguments.images),
                    {!options.json || options.config.quiet, 1000});
  for (const ImageArgument& image : arguments.images) {
    try {
      check_data(image.error.empty(), image.error);
      const Prediction prediction = predict(loaded, image.path, options.top);
      all.push_back(prediction.json);
      if (!options.json) out.write(prediction.text);
    } catch (const NotUsable& error) {
      throw DataError(text(printable(checkpoint), ": gives no finite probabilities for ",
                           error.what(),
                           ", so its weights are not usable; take an earlier checkpoint"));
    } catch (const DataError& error) {  // the others may be good
      failed(image.path, error.what());
    } catch (const std::bad_alloc&) {
      failed(image.path, printable(image.path) + ": too large for the memory that there is");
    }
    progress.step(1, "");
  }
  for (const Skipped& one : arguments.skipped) {
    all.push_back({{"image", escaped_name(one.path)}, {"skipped", one.reason}});
  }
  if (options.json) out.write(all.dump(2) + "\n");
  return failures > 0 ? kData : 0;
}

}  // namespace ek

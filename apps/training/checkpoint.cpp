#include "apps/training/checkpoint.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "apps/training/build.h"
#include "apps/training/errors.h"
#include "core/check.h"
#include "core/safetensors.h"
#include "data/file.h"

namespace ek {
namespace {

using nlohmann::json;
using Metadata = std::map<std::string, std::string>;

constexpr const char* kMark = "evenkeel";  // with the version of the description as its value

std::string key_of(std::string flag) {
  std::ranges::replace(flag, '-', '_');
  return flag;
}

Metadata to_metadata(const Description& d) {
  Metadata m;
  for (const std::string& flag : model_flags()) m[key_of(flag)] = get_flag(d.config, flag);
  m[kMark] = "1";
  m["format"] = "pt";  // readers of other programs look at it
  m["dataset"] = d.data.dataset;
  m["image_shape"] = json(d.data.image.sizes()).dump();
  m["class_names"] = json(d.data.class_names).dump();
  m["mean"] = json(d.data.normalization.mean).dump();
  m["std"] = json(d.data.normalization.std).dump();
  m["epoch"] = json(d.at.epoch).dump();
  m["step"] = json(d.at.step).dump();
  if (d.at.test_accuracy) m["test_accuracy"] = json(*d.at.test_accuracy).dump();
  return m;
}

Description from_metadata(const Metadata& m) {
  Description d;
  for (const std::string& flag : model_flags())
    if (flag != "width" || m.contains("width"))  // older files have none: width 1
      set_flag(d.config, flag, m.at(key_of(flag)));
  check_ranges(d.config);
  d.data.dataset = m.at("dataset");
  const auto value = [&](const char* key) { return json::parse(m.at(key)); };
  d.data.image = Shape(value("image_shape").get<std::vector<std::int64_t>>());
  d.data.class_names = value("class_names").get<std::vector<std::string>>();
  d.data.normalization = {value("mean").get<std::vector<double>>(), value("std").get<std::vector<double>>()};
  d.at.epoch = value("epoch").get<std::int64_t>();
  d.at.step = value("step").get<std::int64_t>();
  if (m.contains("test_accuracy")) d.at.test_accuracy = value("test_accuracy").get<double>();
  const auto channels = static_cast<std::size_t>(d.data.image.rank() == 3 ? d.data.image[0] : 0);
  check(channels == 3 && d.data.normalization.mean.size() == channels && d.data.normalization.std.size() == channels &&
            !d.data.class_names.empty(),
        "image_shape, mean, std and class_names do not go together");
  return d;
}

}  // namespace

void write_checkpoint(const std::filesystem::path& file, const Layer& model, const Description& description) {
  write_safetensors(file, {model.state_dict(), to_metadata(description)});
}

Checkpoint read_checkpoint(const std::filesystem::path& file) {
  SafeTensors content = read_safetensors(file);
  Checkpoint checkpoint = {std::move(content.tensors), {}};
  if (!content.metadata.contains(kMark)) return checkpoint;
  try {
    checkpoint.description = from_metadata(content.metadata);
  } catch (const std::exception& error) {  // a missing key, a wrong type, a value out of its range
    throw DataError(text(printable(file), ": its metadata does not describe a model of this program: ", error.what()));
  }
  return checkpoint;
}

std::unique_ptr<Layer> make_model(const TrainConfig& config, const DataInfo& data) {
  return make_model(config.model,
                    model_options(config, data.image, static_cast<std::int64_t>(data.class_names.size())));
}

void load_weights(Layer& model, const StateDict& weights, const std::filesystem::path& file) {
  try {
    model.load_state_dict(weights);
  } catch (const std::invalid_argument& error) {
    throw DataError(text(printable(file), ": ", error.what()));
  }
}

}  // namespace ek

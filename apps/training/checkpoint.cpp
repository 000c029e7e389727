#include "apps/training/checkpoint.h"

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>

#include "apps/training/build.h"
#include "apps/training/config.h"
#include "apps/training/digest.h"
#include "evenkeel/core/base/check.h"
#include "evenkeel/core/files/file.h"
#include "evenkeel/core/files/state.h"

namespace ek {
namespace {

constexpr const char* kMark = "evenkeel";  // with the version of the description as its value
constexpr const char* kDigest = "sha256";

/// Over the tensors in the order of their names: a file has them in another order than a model.
std::string digest_of(const StateDict& state) {
  StateDict sorted;
  for (const auto& [name, value] : std::map<std::string, StateValue>(state.begin(), state.end()))
    sorted.add(name, value);
  return sha256(sorted);
}

}  // namespace

void write_checkpoint(const std::filesystem::path& file, const Layer& model,
                      const Description& description) {
  SafeTensors content = {model.state_dict(), to_metadata(description)};
  content.metadata.insert({{kMark, "1"},
                           {"format", "pt"},  // readers of other programs look at it
                           {kDigest, digest_of(content.tensors)}});
  write_safetensors(file, content);
}

void check_digest(const SafeTensors& content, const std::filesystem::path& file) {
  const auto expected = content.metadata.find(kDigest);
  if (!content.metadata.contains(kMark) || expected == content.metadata.end()) return;
  const std::string found = digest_of(content.tensors);
  check_data(found == expected->second, printable(file),
             ": its tensors are damaged: their SHA-256 is ", found, ", expected ",
             printable(expected->second),
             "; take another copy, or, where they were changed on purpose, remove \"sha256\" from "
             "its metadata");
}

Checkpoint read_checkpoint(const std::filesystem::path& file) {
  SafeTensors content = read_safetensors(file);
  check_digest(content, file);
  Checkpoint checkpoint = {std::move(content.tensors), {}};
  if (!content.metadata.contains(kMark)) return checkpoint;
  try {
    checkpoint.description = from_metadata(content.metadata);
  } catch (const std::invalid_argument&
               error) {  // a missing key, a wrong type, a value out of its range
    throw DataError(
        text(printable(file),
             ": its metadata does not describe a model of this program: ", error.what()));
  }
  return checkpoint;
}

std::unique_ptr<Layer> make_model(const TrainConfig& config, const DataInfo& data) {
  return make_model(
      config.model,
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

// convnet inspect: what is in a checkpoint, or what a model is made of.
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>
#include <vector>

#include "apps/convnet/checkpoint_choice.h"
#include "apps/convnet/commands.h"
#include "apps/convnet/model_table.h"
#include "apps/convnet/options.h"
#include "apps/convnet/output.h"
#include "apps/convnet/table.h"
#include "apps/training/checkpoint.h"
#include "apps/training/description.h"
#include "apps/training/errors.h"
#include "evenkeel/core/base/check.h"
#include "evenkeel/core/files/file.h"
#include "evenkeel/core/files/safetensors.h"
#include "evenkeel/core/files/state.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {
namespace {

using nlohmann::ordered_json;

const char* type_of(const StateValue& value) {
  return std::holds_alternative<Tensor>(value) ? "F32" : "I64";
}

/// sqrt of the sum of squares
double l2_norm(const StateValue& value) {
  return std::visit(
      [](const auto& v) {
        double sum = 0;
        for (const auto x : v.data()) sum += static_cast<double>(x) * static_cast<double>(x);
        return std::sqrt(sum);
      },
      value);
}

void inspect_checkpoint(const Options& options, Output& out) {
  const fs::path file = choose_checkpoint(options).file;
  const SafeTensors content = read_safetensors(file);
  check_digest(content, file);
  ordered_json tensors = ordered_json::array();
  std::vector<Row> table = {{"tensor", "type", "shape", "L2 norm"}};
  std::int64_t numbers = 0;
  for (const auto& [name, value] : content.tensors) {
    const double norm = l2_norm(value);
    numbers += shape_of(value).numel();
    table.push_back(
        {printable(name), type_of(value), text(shape_of(value)), fmt::format("{:.6g}", norm)});
    tensors.push_back({{"name", name},
                       {"dtype", type_of(value)},
                       {"shape", shape_of(value).sizes()},
                       {"l2_norm", norm}});
  }
  if (options.json) {
    out.write(ordered_json{{"tensors", tensors}, {"metadata", content.metadata}}.dump(2) + "\n");
    return;
  }
  out.write(format_table(table, "lllr"));
  out.print("{} tensors, {} numbers\n", content.tensors.size(), grouped(numbers));
  std::vector<Row> metadata;
  for (const auto& [key, value] : content.metadata)
    metadata.push_back({printable(key), printable(value)});
  if (!metadata.empty()) out.print("\n{}", format_table(metadata, "ll"));
}

void inspect_model(const Options& options, Output& out) {
  const DataInfo data = {.dataset = "",
                         .image = {3, 32, 32},
                         .class_names = std::vector<std::string>(10),
                         .normalization = {}};
  const auto model = checking_flags([&] { return make_model(options.config, data); });
  const std::vector<LayerRow> rows = layer_rows(*model, data.image);
  if (!options.json) {
    out.write(format_layers(rows));
    return;
  }
  ordered_json layers = ordered_json::array();
  std::int64_t parameters = 0, multiply_adds = 0;
  for (const LayerRow& row : rows) {
    layers.push_back({{"name", row.name},
                      {"description", row.description},
                      {"output_shape", row.output.sizes()},
                      {"parameters", row.parameters},
                      {"multiply_adds", row.multiply_adds}});
    parameters += row.parameters;
    multiply_adds += row.multiply_adds;
  }
  out.write(ordered_json{{"model", options.config.model},
                         {"norm", options.config.norm},
                         {"layers", layers},
                         {"parameters", parameters},
                         {"multiply_adds", multiply_adds}}
                .dump(2) +
            "\n");
}

}  // namespace

int run_inspect(const Options& options) {
  const bool is_file_named = !options.checkpoint.empty() || !options.run.empty();
  if (is_file_named == options.was_given("model"))
    throw UsageError("expected a run or --checkpoint FILE, or --model NAME");
  Output out(options.command, Output::OnFailure::fail);
  if (is_file_named) {
    inspect_checkpoint(options, out);
  } else {
    inspect_model(options, out);
  }
  return 0;
}

}  // namespace ek

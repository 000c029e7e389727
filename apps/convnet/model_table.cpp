#include "apps/convnet/model_table.h"

#include "apps/convnet/table.h"
#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

std::vector<LayerRow> layer_rows(Layer& model, const Shape& image) {
  std::vector<LayerRow> rows;
  const EvalMode eval_mode(model);
  const NoGrad no_grad;
  const ForwardObserver observer(
      [&](const std::string& path, const Layer& layer, const Tensor& x, const Tensor& y) {
        if (!layer.children().empty()) return;
        std::int64_t parameters = 0;
        for (const Tensor& parameter : layer.parameters()) parameters += parameter.numel();
        rows.push_back({path, layer.describe(), Shape(y.shape().sizes().subspan(1)), parameters,
                        layer.multiply_adds(x.shape(), y.shape())});
      });
  model(Tensor::zeros({1, image[0], image[1], image[2]}));
  return rows;
}

std::string format_layers(const std::vector<LayerRow>& rows) {
  std::vector<Row> table = {{"layer", "", "output", "parameters", "multiply-adds"}};
  std::int64_t parameters = 0, multiply_adds = 0;
  for (const LayerRow& row : rows) {
    table.push_back({row.name, row.description, text(row.output), grouped(row.parameters),
                     grouped(row.multiply_adds)});
    parameters += row.parameters;
    multiply_adds += row.multiply_adds;
  }
  table.push_back({"total", "", "", grouped(parameters), grouped(multiply_adds)});
  return format_table(table, "lllrr");
}

}  // namespace ek

// The ops on images of op_table(): convolution, pooling, normalization.
#include <cstdint>
#include <string>
#include <vector>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/conv_shape.h"
#include "evenkeel/core/base/norm_view.h"
#include "evenkeel/core/base/pair.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/ops/normalize.h"
#include "evenkeel/core/ops/pool_windows.h"
#include "evenkeel/core/ops/pooling.h"
#include "evenkeel/core/ops/scale_shift_rows.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/support/gradcheck.h"
#include "tests/support/naive.h"
#include "tests/support/op_table.h"

namespace ek {
namespace {

using Inputs = std::vector<Tensor>;
using Table = std::vector<OpCase>;

void conv(Table& table, Shape x, Shape weight, bool bias, const Conv2dOptions& options) {
  Inputs inputs = {random_tensor(x, "x"), random_tensor(weight, "weight")};
  if (bias) inputs.push_back(random_tensor({weight[0]}, "bias"));
  OpCase c{text("conv2d ", x, " * ", weight, " stride ", options.stride, " padding ",
                options.padding.size, options.padding.same ? " same" : "", " dilation ",
                options.dilation, " groups ", options.groups),
           inputs, [options](const Inputs& in) {
             return conv2d(in[0], in[1], in.size() > 2 ? in[2] : Tensor(), options);
           }};
  if (!options.padding.same)
    c.reference = [options](const Inputs& in) {
      return naive::conv2d(in[0], in[1], in.size() > 2 ? in[2] : Tensor(), options).y;
    };
  table.push_back(c);
}

void convolutions(Table& table) {
  for (const std::int64_t n : {2, 3}) {
    conv(table, {n, 2, 3, 2}, {3, 2, 3, 3}, true, {.padding = 1});
    conv(table, {n, 2, 1, 1}, {3, 2, 3, 3}, true, {.padding = 1});
    conv(table, {n, 3, 3, 2}, {2, 3, 1, 1}, false, {});
  }
  conv(table, {2, 2, 5, 4}, {3, 2, 3, 3}, true, {});
  conv(table, {2, 2, 5, 7}, {3, 2, 3, 3}, true, {.stride = 2, .padding = 1});
  conv(table, {2, 2, 5, 4}, {3, 2, 3, 2}, true, {.stride = {2, 1}, .padding = {1, 0}});
  conv(table, {2, 2, 5, 6}, {3, 2, 3, 3}, true, {.padding = 2, .dilation = 2});
  conv(table, {1, 2, 6, 6}, {2, 2, 5, 5}, false, {.padding = {2, 1}});
  conv(table, {2, 4, 3, 4}, {6, 2, 3, 3}, true, {.padding = 1, .groups = 2});
  conv(table, {2, 3, 4, 3}, {3, 1, 3, 3}, true, {.stride = 2, .padding = 1, .groups = 3});
  conv(table, {2, 2, 3, 4}, {2, 2, 2, 4}, true, {.padding = "same"});
  conv(table, {2, 2, 3, 4}, {2, 2, 3, 2}, true, {.padding = "same", .dilation = {1, 2}});
}

void pool(Table& table, Shape x, Pair kernel, const PoolOptions& options) {
  const std::string where = text(x, " kernel ", kernel, " padding ", options.padding);
  table.push_back(
      {"max_pool2d " + where,
       {distinct(x, "pool")},
       [=](const Inputs& in) { return max_pool2d(in[0], kernel, options); },
       [=](const Inputs& in) { return naive::pool2d(in[0], kernel, options, naive::Pool::max); }});
  for (const bool include : {true, false}) {
    PoolOptions average = options;
    average.count_include_pad = include;
    table.push_back({text("avg_pool2d ", where, " include ", include),
                     {random_tensor(x, "pool")},
                     [=](const Inputs& in) { return avg_pool2d(in[0], kernel, average); },
                     [=](const Inputs& in) {
                       return naive::pool2d(in[0], kernel, average, naive::Pool::average);
                     }});
  }
}

void pooling(Table& table) {
  pool(table, {2, 3, 4, 6}, 2, {});
  pool(table, {2, 2, 5, 3}, {2, 3}, {});
  pool(table, {2, 2, 5, 4}, 3, {.stride = Pair(2), .padding = 1});
  pool(table, {1, 2, 4, 5}, {3, 2}, {.stride = Pair(1, 2), .padding = {1, 0}});
  pool(table, {2, 1, 1, 1}, 1, {});
  for (const Pair& output : {Pair(1), Pair(2, 3), Pair(5, 7), Pair(7, 8)})
    table.push_back({text("adaptive_avg_pool2d ", output),
                     {random_tensor({2, 2, 5, 7}, "adaptive")},
                     [output](const Inputs& in) { return adaptive_avg_pool2d(in[0], output); }});
  table.push_back({"global_avg_pool2d",
                   {random_tensor({2, 3, 3, 2}, "global")},
                   [](const Inputs& in) { return global_avg_pool2d(in[0]); }});
}

void norm(Table& table, Shape x, std::int64_t groups, double eps) {
  const Inputs inputs = {random_tensor(x, "norm"), signs(x[1]), random_tensor({x[1]}, "bias")};
  const NormView view = groups == 0 ? NormView::across(x) : NormView::within(x, groups);
  const std::string where = text(x, " groups ", groups, " eps ", eps);
  table.push_back(
      {"normalize " + where, inputs,
       [=](const Inputs& in) { return normalize(in[0], view, in[1], in[2], eps); },
       [=](const Inputs& in) { return naive::normalize(in[0], groups, in[1], in[2], eps); }});
  table.push_back({"normalize without weight " + where,
                   {inputs[0]},
                   [=](const Inputs& in) { return normalize(in[0], view, {}, {}, eps); },
                   [=](const Inputs& in) { return naive::normalize(in[0], groups, {}, {}, eps); }});
  table.push_back({"normalize without bias " + where,
                   {inputs[0], inputs[1]},
                   [=](const Inputs& in) { return normalize(in[0], view, in[1], {}, eps); }});
}

void normalizations(Table& table) {
  for (const std::int64_t n : {2, 3, 5})
    for (const double eps : {1e-5, 0.1}) {
      norm(table, {n, 3}, 0, eps);
      norm(table, {n, 4, 1, 1}, 0, eps);
      norm(table, {n, 3, 3, 2}, 0, eps);
    }
  for (const std::int64_t groups : {1, 2, 4}) norm(table, {2, 4, 3, 2}, groups, 0.1);
  norm(table, {1, 3, 3, 2}, 0, 1e-5);
  for (const Shape& x : {Shape{3, 4}, Shape{2, 4, 3, 2}}) {
    const Tensor mean = random_tensor({4}, "mean"), var = positive({4}, "var");
    const Inputs inputs = {random_tensor(x, "norm"), signs(4), random_tensor({4}, "bias")};
    table.push_back({text("normalize_with ", x), inputs, [=](const Inputs& in) {
                       return normalize_with(in[0], NormView::across(x), mean, var, in[1], in[2],
                                             1e-3);
                     }});
    table.push_back({text("normalize_with, no weight ", x), {inputs[0]}, [=](const Inputs& in) {
                       return normalize_with(in[0], NormView::across(x), mean, var, {}, {}, 1e-3);
                     }});
  }
  table.push_back({"scale_shift_rows",
                   {random_tensor({3, 5}, "x"), signs(5), random_tensor({5}, "bias")},
                   [](const Inputs& in) { return scale_shift_rows(in[0], in[1], in[2]); }});
}

}  // namespace

void add_image_ops(Table& table) {
  for (const auto family : {convolutions, pooling, normalizations}) family(table);
}

}  // namespace ek

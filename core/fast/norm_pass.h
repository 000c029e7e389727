// One normalization, row by row with the kernels; an addition and a relu behind it are done in the same pass.
//   y = xhat weight + bias + residual (if there is one) and, with relu, max(y, 0);  xhat = (x - mean) rstd
//   g = dy where relu lets it through, which is the residual's gradient too
//   dweight = sum g xhat over all rows of the feature, dbias = sum g
//   dx = rstd (g weight - mean(g weight) - xhat mean(g weight xhat));  constant statistics: dx = rstd g weight
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "evenkeel/core/base/norm_view.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/kernels/kernels.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

/// Whether the mean and the variance are functions of x, or constants to its gradient.
enum class Statistics { of_x, constant };

/// What the gradients of weight, bias and x are made of.
struct NormSums {
  Tensor g;                         // x's shape
  std::vector<DoubleSums> feature;  // sum g, sum g xhat of each feature
  std::vector<DoubleSums> mean;     // mean of g weight and of g weight xhat, of each statistic
};

/// Which sums are wanted of a gradient.
enum class Wanted { nothing, sums };

class NormPass {
 public:
  NormPass(const NormView& view, const Moments& moments, const Tensor& weight, const Tensor& bias,
           double eps, Statistics statistics);

  /// The same pass with more in it.
  NormPass with_relu() const;
  NormPass with_residual(const Tensor& residual) const;

  const NormView& view() const { return view_; }
  bool has_relu() const { return relu_; }
  const Tensor& residual() const { return residual_; }  // x's shape, or empty
  const char* name() const;

  void forward(const Tensor& x, Tensor& y) const;
  /// Without `wanted`, only where they are needed for dx or for g.
  NormSums sums(const Tensor& x, const Tensor& dy, Wanted wanted) const;
  /// dx of a row: `inner` values from g's row on.
  void input_gradient(const Tensor& x, const NormSums& sums, std::int64_t row, const Real* g,
                      Real* dx) const;

 private:
  NormRow row_of(std::int64_t row, bool relu) const;
  /// Where a residual comes before relu, the row alone has none.
  NormRow row_of(std::int64_t row) const { return row_of(row, relu_ && !residual_); }
  std::vector<DoubleSums> row_sums(const Tensor& x, const Tensor& dy, Tensor& masked) const;

  NormView view_;
  std::vector<NormRow> rows_;  // one per feature of each statistic that it belongs to
  Statistics statistics_;
  bool relu_ = false;
  Tensor residual_;
};

/// Calls body(row) for every row: one feature of one sample, `inner` values that lie together.
void for_each_row(const NormView& view, const std::function<void(std::int64_t row)>& body);

/// The value of a feature; `otherwise` where there is no tensor.
Real feature_value(const Tensor& t, std::int64_t feature, Real otherwise);

}  // namespace ek

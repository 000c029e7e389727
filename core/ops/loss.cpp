#include "evenkeel/core/ops/loss.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/machine/denormals.h"
#include "evenkeel/core/machine/profile.h"
#include "evenkeel/core/ops/activation.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/reduce.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/op.h"

namespace ek {
namespace {

void check_labels(const char* op, const Tensor& logits, std::span<const int> labels,
                  int ignore_index) {
  check(logits.rank() == 2, op, ": expected logits [N, classes], got ", logits.shape());
  check(std::ssize(labels) == logits.dim(0), op, ": ", labels.size(), " labels for logits ",
        logits.shape());
  for (std::size_t n = 0; n < labels.size(); ++n)
    check(labels[n] == ignore_index || (labels[n] >= 0 && labels[n] < logits.dim(1)), op,
          ": label ", labels[n], " of sample ", n, " is not in 0..", logits.dim(1) - 1);
}

std::span<const Real> row_of(const Tensor& x, std::size_t n) {
  const auto columns = static_cast<std::size_t>(x.dim(1));
  return x.data().subspan(n * columns, columns);
}

/// The target weights q [N, K] of every sample, and the loss that follows from them and log p.
struct Targets {
  Tensor q;       // [N, K]
  Tensor losses;  // [N]
  double total = 0, total_weight = 0;
};

/// q[n,k] = w[k] ((1 - s) [k = t] + s / K);  loss_n = -sum_k q[n,k] log p[n,k]
Targets weigh(const Tensor& log_p, std::span<const int> labels,
              const CrossEntropyOptions& options) {
  const std::int64_t samples = log_p.dim(0), classes = log_p.dim(1);
  const double s = options.label_smoothing;
  const auto weight = [&](std::int64_t k) {
    return options.class_weights ? double{options.class_weights.data()[static_cast<std::size_t>(k)]}
                                 : 1.0;
  };
  Targets targets = {Tensor::zeros(log_p.shape()), Tensor::zeros({samples})};
  const Real* lp = log_p.data().data();
  Real *q = targets.q.mutable_data().data(), *loss = targets.losses.mutable_data().data();
  for (std::int64_t n = 0; n < samples; ++n) {
    const int t = labels[static_cast<std::size_t>(n)];
    if (t == options.ignore_index) continue;
    double sum = 0;
    for (std::int64_t k = 0; k < classes; ++k) {
      const double share = weight(k) * ((k == t ? 1 - s : 0) + s / static_cast<double>(classes));
      q[n * classes + k] = static_cast<Real>(share);
      if (share != 0) sum -= share * lp[n * classes + k];  // 0 * -inf would be NaN
    }
    loss[n] = static_cast<Real>(sum);
    targets.total += sum;
    targets.total_weight += weight(t);
  }
  return targets;
}

/// dlogits[n,k] = scale dy_n (p[n,k] Q_n - q[n,k]),   Q_n = sum_k q[n,k]
Tensor logits_gradient(const Tensor& log_p, const Tensor& q, double scale, const Tensor& dy) {
  const std::int64_t rows = q.dim(0), columns = q.dim(1);
  Tensor dlogits(q.shape());
  profile_count(0, log_p.numel() + q.numel() + dlogits.numel());
  const Real *l = log_p.data().data(), *t = q.data().data(), *g = dy.data().data();
  Real* d = dlogits.mutable_data().data();
  for (std::int64_t n = 0; n < rows; ++n) {
    const double upstream = scale * g[dy.numel() == 1 ? 0 : n];
    double sum = 0;
    for (std::int64_t k = 0; k < columns; ++k) sum += t[n * columns + k];
    for (std::int64_t i = n * columns; i < (n + 1) * columns; ++i) {
      d[i] = sum == 0 ? 0 : static_cast<Real>(upstream * (std::exp(double{l[i]}) * sum - t[i]));
    }
  }
  return dlogits;
}

}  // namespace

// Everything is linear in log p, with the target weights q of each sample:
//   loss_n = -sum_k q[n,k] log p[n,k],   dlogits[n,k] = d(result)/d(loss_n) (p[n,k] Q_n - q[n,k])
Tensor cross_entropy(const Tensor& logits, std::span<const int> labels,
                     const CrossEntropyOptions& options) {
  check_labels("cross_entropy", logits, labels, options.ignore_index);
  const Tensor& w = options.class_weights;
  check(!w || w.shape() == Shape{logits.dim(1)}, "cross_entropy: expected class weights [",
        logits.dim(1), "], got ", w ? w.shape() : Shape());
  check(options.label_smoothing >= 0 && options.label_smoothing <= 1,
        "cross_entropy: label_smoothing must lie in [0, 1], got ", options.label_smoothing);
  const ProfileScope scope("cross_entropy", logits.shape(), 2 * logits.numel());
  const FlushDenormals flush;
  const Tensor log_p = log_softmax(logits.detach(), 1);  // [N, K]
  const Targets targets = weigh(log_p, labels, options);
  const double divisor = options.reduction == Reduction::mean ? targets.total_weight : 1;
  const Tensor loss = options.reduction == Reduction::none
                          ? targets.losses
                          : Tensor::full({}, static_cast<Real>(targets.total / divisor));
  return record("cross_entropy", loss, {logits},
                [log_p, q = targets.q, scale = 1 / divisor](const Tensor& dy) -> Gradients {
                  return {logits_gradient(log_p, q, scale, dy)};
                });
}

Tensor mse_loss(const Tensor& prediction, const Tensor& target, Reduction reduction) {
  check(prediction.shape() == target.shape(), "mse_loss: shapes must be equal, got ",
        prediction.shape(), " and ", target.shape());
  const Tensor error = prediction - target, squares = error * error;
  if (reduction == Reduction::none) return squares;
  return reduction == Reduction::mean ? mean(squares) : sum(squares);
}

std::vector<int> argmax_rows(const Tensor& x) {
  check(x.rank() == 2 && x.dim(1) > 0, "argmax_rows: expected [N, K], got ", x.shape());
  std::vector<int> best(static_cast<std::size_t>(x.dim(0)));
  for (std::size_t n = 0; n < best.size(); ++n)
    best[n] = static_cast<int>(std::ranges::max_element(row_of(x, n)) - row_of(x, n).begin());
  return best;
}

std::int64_t count_correct(const Tensor& logits, std::span<const int> labels) {
  check_labels("count_correct", logits, labels, CrossEntropyOptions().ignore_index);
  const std::vector<int> predicted = argmax_rows(logits);
  std::int64_t correct = 0;
  for (std::size_t n = 0; n < labels.size(); ++n)
    correct += predicted[n] == labels[n] &&
               std::ranges::none_of(row_of(logits, n), [](Real v) { return std::isnan(v); });
  return correct;
}

}  // namespace ek

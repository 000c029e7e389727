// Losses and accuracy.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "evenkeel/core/tensor/tensor.h"

namespace ek {

enum class Reduction { mean, sum, none };

struct CrossEntropyOptions {
  Tensor class_weights = {};   // [K], or empty: all 1
  int ignore_index = -100;     // samples with this label count for nothing
  double label_smoothing = 0;  // in [0, 1]
  Reduction reduction = Reduction::mean;
};

/// Log-softmax and negative log-likelihood in one: logits [N, K], N labels in [0, K) -> [] (none: [N]).
///   loss_n = -w[t] (1 - s) log p[t] - s/K sum_k w[k] log p[k],   t = labels[n], s = label_smoothing
///   mean: sum of loss_n / sum of w[labels[n]] over the samples that are not ignored (NaN if all are)
/// Throws std::invalid_argument that names the sample where a label is out of range.
Tensor cross_entropy(const Tensor& logits, std::span<const int> labels,
                     const CrossEntropyOptions& options = {});

/// (prediction - target)^2: two tensors of one shape -> [] (none: that shape).
Tensor mse_loss(const Tensor& prediction, const Tensor& target,
                Reduction reduction = Reduction::mean);

/// How many rows of logits [N, K] have their largest value at the label (the first of equal ones counts; a
/// row with a NaN counts as wrong, and so does the label -100, which cross_entropy ignores).
std::int64_t count_correct(const Tensor& logits, std::span<const int> labels);

/// The index of the largest value of each row of [N, K], the first of equal ones.
std::vector<int> argmax_rows(const Tensor& x);

}  // namespace ek

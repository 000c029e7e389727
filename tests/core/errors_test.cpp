// Bad input of every op: the message says which op, what it got and what it expected.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/norm_view.h"
#include "evenkeel/core/base/pair.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/ops/activation.h"
#include "evenkeel/core/ops/conv.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/loss.h"
#include "evenkeel/core/ops/matmul.h"
#include "evenkeel/core/ops/normalize.h"
#include "evenkeel/core/ops/pooling.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/ops/reduce.h"
#include "evenkeel/core/ops/reshape.h"
#include "evenkeel/core/ops/scale_shift_rows.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {
namespace {

#define CHECK_REFUSED(expression, message) \
  CHECK_THROWS_WITH_AS((void)(expression), message, std::invalid_argument)

Tensor ones(Shape shape) { return Tensor::full(shape, 1); }

TEST_CASE("check streams its parts, check_data throws the other type") {
  CHECK_NOTHROW(check(true, "never"));
  CHECK_REFUSED(check(false, "a ", 1, ' ', 2.5), "a 1 2.5");
  CHECK_NOTHROW(check_data(true, "never"));
  CHECK_THROWS_WITH_AS(check_data(false, "file ", 3), "file 3", DataError);
}

TEST_CASE("elementwise") {
  const Tensor a = ones({2, 3}), b = ones({3});
  CHECK_REFUSED(a + b, "add: shapes must be equal, got [2, 3] and [3] (there is no broadcasting)");
  CHECK_REFUSED(a - b, "sub: shapes must be equal, got [2, 3] and [3] (there is no broadcasting)");
  CHECK_REFUSED(a * b, "mul: shapes must be equal, got [2, 3] and [3] (there is no broadcasting)");
  CHECK_REFUSED(a / b, "div: shapes must be equal, got [2, 3] and [3] (there is no broadcasting)");
  CHECK_REFUSED(a + Tensor(), "tensor: this handle is empty");
  CHECK_REFUSED(relu(Tensor()), "tensor: this handle is empty");
}

TEST_CASE("products") {
  CHECK_REFUSED(matmul(ones({2, 3}), ones({2, 3})),
                "matmul: expected [M, K] and [K, N], got [2, 3] and [2, 3]");
  CHECK_REFUSED(matmul(ones({3}), ones({3, 2})),
                "matmul: expected [M, K] and [K, N], got [3] and [3, 2]");
  CHECK_REFUSED(transpose(ones({2, 3, 4})), "transpose: expected [M, N], got [2, 3, 4]");
  CHECK_REFUSED(linear(ones({2, 3}), ones({4})), "linear: expected a weight [out, in], got [4]");
  CHECK_REFUSED(linear(ones({2, 4}), ones({5, 3})), "linear: expected an input [N, 3], got [2, 4]");
  CHECK_REFUSED(linear(ones({2, 3, 1}), ones({5, 3})),
                "linear: expected an input [N, 3], got [2, 3, 1]");
  CHECK_REFUSED(linear(ones({2, 3}), ones({5, 3}), ones({3})),
                "linear: expected a bias [5], got [3]");
}

TEST_CASE("joining") {
  CHECK_REFUSED(cat({}), "cat: expected at least one tensor");
  CHECK_REFUSED(cat({ones({2, 3}), ones({2, 4})}),
                "cat: sizes other than that of axis 0 must be equal, got [2, 3] and [2, 4]");
  CHECK_REFUSED(cat({ones({2, 3}), ones({2, 3, 1})}, -1),
                "cat: sizes other than that of axis -1 must be equal, got [2, 3] and [2, 3, 1]");
  CHECK_REFUSED(cat({ones({2, 3})}, 2), "shape: no axis 2 in [2, 3]");
  CHECK_REFUSED(cat({ones({})}), "shape: no axis 0 in []");
  CHECK_REFUSED(cat({ones({2}), Tensor()}), "tensor: this handle is empty");
}

TEST_CASE("convolution") {
  const Tensor x = ones({2, 3, 8, 8}), w = ones({4, 3, 3, 3});
  CHECK_REFUSED(conv2d(ones({3, 8, 8}), w),
                "conv2d: expected an input [N, C, H, W], got [3, 8, 8]");
  CHECK_REFUSED(conv2d(x, ones({4, 27})),
                "conv2d: expected a weight [O, C/groups, KH, KW], got [4, 27]");
  CHECK_REFUSED(conv2d(x, ones({4, 2, 3, 3})),
                "conv2d: weight [4, 2, 3, 3] with groups = 1 expects 2 input channels, got input "
                "[2, 3, 8, 8]");
  CHECK_REFUSED(conv2d(x, w, {}, {.groups = 3}),
                "conv2d: 4 output channels cannot be split into 3 groups");
  CHECK_REFUSED(conv2d(x, w, {}, {.groups = 0}),
                "conv2d: 4 output channels cannot be split into 0 groups");
  CHECK_REFUSED(conv2d(x, w, {}, {.groups = 2}),
                "conv2d: weight [4, 3, 3, 3] with groups = 2 expects 6 input channels, got input "
                "[2, 3, 8, 8]");
  CHECK_REFUSED(conv2d(x, w, ones({3})), "conv2d: expected a bias [4], got [3]");
  CHECK_REFUSED(conv2d(x, w, {}, {.stride = 0}), "conv2d: stride must be positive, got 0");
  CHECK_REFUSED(conv2d(x, w, {}, {.stride = {1, -2}}),
                "conv2d: stride must be positive, got (1, -2)");
  CHECK_REFUSED(conv2d(x, w, {}, {.dilation = 0}), "conv2d: dilation must be positive, got 0");
  CHECK_REFUSED(conv2d(x, w, {}, {.padding = -1}), "conv2d: padding must not be negative, got -1");
  CHECK_REFUSED(conv2d(x, w, {}, {.stride = 2, .padding = "same"}),
                "conv2d: padding \"same\" needs stride 1, got 2");
  CHECK_REFUSED(conv2d(x, w, {}, {.padding = "full"}),
                "conv2d: padding must be a number, \"same\" or \"valid\", got \"full\"");
  CHECK_REFUSED(conv2d(x, ones({4, 3, 0, 3})), "conv2d: empty kernel in weight [4, 3, 0, 3]");
  CHECK_REFUSED(conv2d(ones({2, 3, 2, 8}), w),
                "conv2d: the kernel of weight [4, 3, 3, 3] (dilation 1) is larger than the padded "
                "input [2, 3, 2, 8]");
}

TEST_CASE("pooling") {
  const Tensor x = ones({2, 3, 4, 4});
  CHECK_REFUSED(max_pool2d(ones({3, 4, 4}), 2),
                "max_pool2d: expected an input [N, C, H, W], got [3, 4, 4]");
  CHECK_REFUSED(avg_pool2d(ones({3, 4, 4}), 2),
                "avg_pool2d: expected an input [N, C, H, W], got [3, 4, 4]");
  CHECK_REFUSED(max_pool2d(x, 0), "max_pool2d: kernel and stride must be positive, got 0 and 0");
  CHECK_REFUSED(max_pool2d(x, 2, {.stride = Pair(0)}),
                "max_pool2d: kernel and stride must be positive, got 2 and 0");
  CHECK_REFUSED(max_pool2d(x, 2, {.padding = 2}),
                "max_pool2d: padding must be at most half the kernel 2, got 2");
  CHECK_REFUSED(avg_pool2d(x, 2, {.padding = -1}),
                "avg_pool2d: padding must be at most half the kernel 2, got -1");
  CHECK_REFUSED(max_pool2d(x, 5),
                "max_pool2d: kernel 5 is larger than the padded input [2, 3, 4, 4]");
  CHECK_REFUSED(adaptive_avg_pool2d(x, 0),
                "adaptive_avg_pool2d: output size must be positive, got 0");
  CHECK_REFUSED(adaptive_avg_pool2d(ones({2, 3}), 1),
                "adaptive_avg_pool2d: expected an input [N, C, H, W], got [2, 3]");
  CHECK_REFUSED(global_avg_pool2d(Tensor({2, 3, 0, 4})),
                "adaptive_avg_pool2d: expected an input [N, C, H, W], got [2, 3, 0, 4]");
}

TEST_CASE("shapes and axes") {
  const Tensor x = ones({2, 3});
  CHECK_REFUSED(reshape(x, {4, 2}), "reshape: [2, 3] has 6 elements, [4, 2] has 8");
  CHECK_REFUSED(reshape(x, {-1, -1}), "reshape: only one size may be -1");
  CHECK_REFUSED(reshape(x, {4, -1}), "reshape: [2, 3] cannot be cut into pieces of 4");
  CHECK_REFUSED(reshape(x, {0, -1}), "reshape: [2, 3] cannot be cut into pieces of 0");
  CHECK_REFUSED(flatten(x, 2), "shape: no axis 2 in [2, 3]");
  CHECK_REFUSED(softmax(x, 2), "shape: no axis 2 in [2, 3]");
  CHECK_REFUSED(log_softmax(x, -3), "shape: no axis -3 in [2, 3]");
  CHECK_REFUSED(sum(x, 2), "shape: no axis 2 in [2, 3]");
  CHECK_REFUSED(mean(x, 2), "shape: no axis 2 in [2, 3]");
}

TEST_CASE("normalization") {
  const Tensor x = ones({2, 4, 3});
  const NormView view = NormView::across(x.shape());
  CHECK_REFUSED(NormView::across({4}), "normalize: expected an input [N, C, ...], got [4]");
  CHECK_REFUSED(NormView::within(x.shape(), 3),
                "normalize: 4 channels cannot be split into 3 groups; input [2, 4, 3]");
  CHECK_REFUSED(NormView::within(x.shape(), 0),
                "normalize: 4 channels cannot be split into 0 groups; input [2, 4, 3]");
  CHECK_REFUSED(normalize(x, NormView{1, 2, 3, 0}, {}, {}, 1e-5),
                "normalize: the view does not fit [2, 4, 3]");
  CHECK_REFUSED(normalize(x, view, {}, {}, 0), "normalize: eps must be positive, got 0");
  CHECK_REFUSED(normalize(x, view, {}, {}, std::nan("")),
                "normalize: eps must be positive, got nan");
  CHECK_REFUSED(normalize(x, view, ones({3}), {}, 1e-5),
                "normalize: expected weight and bias [4] for input [2, 4, 3], got [3]");
  CHECK_REFUSED(normalize(x, view, {}, ones({4, 1}), 1e-5),
                "normalize: expected weight and bias [4] for input [2, 4, 3], got [4, 1]");
  CHECK_REFUSED(
      normalize_with(x, NormView::within(x.shape(), 2), ones({4}), ones({4}), {}, {}, 1e-5),
      "normalize: given statistics are per feature");
  CHECK_REFUSED(normalize_with(x, view, ones({4}), ones({2}), {}, {}, 1e-5),
                "normalize: expected statistics [4], got [2]");
  CHECK_REFUSED(scale_shift_rows(ones({2}), {}, {}), "scale_shift_rows: expected [N, D], got [2]");
  CHECK_REFUSED(scale_shift_rows(ones({2, 3}), ones({2}), {}),
                "scale_shift_rows: expected weight and bias [3], got [2]");
}

TEST_CASE("dropout") {
  CHECK_REFUSED(dropout(ones({2}), -0.1, Stream(1)),
                "dropout: expected a probability between 0 and 1, got -0.1");
  CHECK_REFUSED(dropout(ones({2}), 1.5, Stream(1)),
                "dropout: expected a probability between 0 and 1, got 1.5");
  CHECK_REFUSED(dropout(ones({2}), std::nan(""), Stream(1)),
                "dropout: expected a probability between 0 and 1, got nan");
}

TEST_CASE("losses") {
  const Tensor logits = ones({2, 3});
  const std::vector<int> labels = {0, 2};
  CHECK_REFUSED(cross_entropy(ones({3}), labels),
                "cross_entropy: expected logits [N, classes], got [3]");
  CHECK_REFUSED(cross_entropy(ones({3, 3}), labels), "cross_entropy: 2 labels for logits [3, 3]");
  CHECK_REFUSED(cross_entropy(logits, std::vector<int>{0, 3}),
                "cross_entropy: label 3 of sample 1 is not in 0..2");
  CHECK_REFUSED(cross_entropy(logits, std::vector<int>{-1, 0}),
                "cross_entropy: label -1 of sample 0 is not in 0..2");
  CHECK_REFUSED(cross_entropy(logits, labels, {.class_weights = ones({2})}),
                "cross_entropy: expected class weights [3], got [2]");
  CHECK_REFUSED(cross_entropy(logits, labels, {.label_smoothing = 1.5}),
                "cross_entropy: label_smoothing must lie in [0, 1], got 1.5");
  CHECK_REFUSED(cross_entropy(logits, labels, {.label_smoothing = std::nan("")}),
                "cross_entropy: label_smoothing must lie in [0, 1], got nan");
  CHECK_REFUSED(mse_loss(logits, ones({3, 2})),
                "mse_loss: shapes must be equal, got [2, 3] and [3, 2]");
  CHECK_REFUSED(count_correct(logits, std::vector<int>{0}),
                "count_correct: 1 labels for logits [2, 3]");
  CHECK_REFUSED(count_correct(logits, std::vector<int>{0, 3}),
                "count_correct: label 3 of sample 1 is not in 0..2");
  CHECK_REFUSED(argmax_rows(ones({3})), "argmax_rows: expected [N, K], got [3]");
  CHECK_REFUSED(argmax_rows(Tensor({3, 0})), "argmax_rows: expected [N, K], got [3, 0]");
}

TEST_CASE("losses of unusual but legal input") {
  const Tensor logits = ones({2, 3});
  CHECK(std::isnan(cross_entropy(logits, std::vector<int>{-100, -100}).item()));
  CHECK(cross_entropy(logits, std::vector<int>{-100, -100}, {.reduction = Reduction::sum}).item() ==
        0);
  CHECK(cross_entropy(logits, std::vector<int>{0, -100}).item() == doctest::Approx(std::log(3.0)));
  const Tensor certain = Tensor::from({1, 2}, {0, -std::numeric_limits<Real>::infinity()});
  CHECK(cross_entropy(certain, std::vector<int>{0}).item() == 0);
  CHECK(std::isinf(cross_entropy(certain, std::vector<int>{1}).item()));
  CHECK(cross_entropy(Tensor::from({1, 2}, {1e30f, -1e30f}), std::vector<int>{0}).item() == 0);
}

TEST_CASE("counting what is right") {
  constexpr Real kNan = std::numeric_limits<Real>::quiet_NaN();
  const Tensor logits = Tensor::from({4, 3}, {1, 2, 2, 3, 1, 0, kNan, 1, 0, 0, kNan, 0});
  CHECK(argmax_rows(Tensor::from({2, 3}, {1, 2, 2, 3, 1, 0})) == std::vector<int>{1, 0});
  CHECK(count_correct(logits, std::vector<int>{1, 0, 0, 1}) == 2);  // a row with NaN is wrong
  CHECK(count_correct(logits, std::vector<int>{2, 1, 1, 0}) == 0);
  CHECK(count_correct(Tensor({0, 3}), {}) == 0);
}

}  // namespace
}  // namespace ek

// How far Winograd's convolution and the direct one are from the sums in double, as a part of the largest value. README
// states the numbers.
#include "core/winograd.h"

#include <doctest/doctest.h>

#include <vector>

#include "core/channels_last.h"
#include "core/direct_conv.h"
#include "core/random.h"
#include "tests/support/compare.h"
#include "tests/support/naive.h"

namespace ek {
namespace {

/// The errors of y, dx and dweight.
struct Errors {
  double y, dx, dweight;
};

struct Case {
  std::int64_t samples, in, out, size;
  Errors winograd, direct;  // measured
};

// Measured: the largest of all tables of kernels.
const std::vector<Case> kCases = {
    {1, 32, 32, 16, {4.2e-6, 3.9e-6, 3.1e-6}, {7.9e-7, 6.0e-7, 1.2e-7}},
    {1, 64, 64, 32, {6.3e-6, 7.8e-6, 5.4e-6}, {1.2e-6, 8.4e-7, 2.0e-7}},
    {1, 256, 256, 8, {1.1e-5, 1.3e-5, 4.0e-6}, {1.7e-6, 1.8e-6, 1.2e-7}},
    {1, 512, 128, 4, {1.9e-5, 9.4e-6, 4.4e-6}, {1.7e-6, 1.4e-6, 1.0e-7}},
};

Tensor numbers(Shape shape, const char* name) {
  Tensor t(shape);
  fill_normal(t, 0, 1, Stream(33, name));
  return t;
}

/// Another order of the same sums may round by a fifth more or less.
void check_errors(const Errors& found, const Errors& measured) {
  CHECK(found.y <= 1.2 * measured.y);
  CHECK(found.dx <= 1.2 * measured.dx);
  CHECK(found.dweight <= 1.2 * measured.dweight);
}

TEST_CASE("the errors of 3x3 convolutions are what they were measured to be") {
  for (const Case& c : kCases) {
    CAPTURE(c.in);
    CAPTURE(c.size);
    const Conv2dOptions options = {.padding = 1};
    const Tensor x = numbers({c.samples, c.in, c.size, c.size}, "x"), weight = numbers({c.out, c.in, 3, 3}, "weight");
    const Tensor dy = numbers({c.samples, c.out, c.size, c.size}, "dy");
    const ConvShape s = conv_shape(x.shape(), weight.shape(), options);
    const naive::Conv expected = naive::conv2d(x, weight, {}, options, dy);
    Tensor y(dy.shape()), dx(x.shape()), dweight(weight.shape());
    auto errors = [&] {
      auto error = [](const Tensor& actual, const naive::Values& values) {
        return relative_error(actual.data(), std::span<const double>(values));
      };
      return Errors{error(y, expected.y), error(dx, expected.dx), error(dweight, expected.dweight)};
    };
    winograd_forward(s, x, weight, {}, false, y);
    winograd_forward(mirrored(s), dy, mirrored(weight), {}, false, dx);
    winograd_weight_gradient(s, x, dy, dweight);
    check_errors(errors(), c.winograd);
    direct_forward(s, x, weight, {}, false, y);
    direct_input_gradient(s, weight, dy, dx);
    direct_weight_gradient(s, x, dy, dweight);
    check_errors(errors(), c.direct);
  }
}

}  // namespace
}  // namespace ek

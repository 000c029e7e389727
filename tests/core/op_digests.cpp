// Prints a digest of what ops and their gradients compute, one line each: tables_test.cpp compares tables of kernels.
// Ops that may go to BLAS are not here: its bits depend on the CPU.
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

#include "evenkeel/core/base/conv_shape.h"
#include "evenkeel/core/base/norm_view.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/ops/activation.h"
#include "evenkeel/core/ops/conv.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/matmul.h"
#include "evenkeel/core/ops/normalize.h"
#include "evenkeel/core/ops/pooling.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/ops/reduce.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {
namespace {

Tensor numbers(Shape shape, const char* name) {
  Tensor t(shape);
  fill_normal(t, 0, 1, Stream(35, name));
  return t;
}

/// FNV-1a of all bits.
std::uint64_t digest(const Tensor& t) {
  std::uint64_t hash = 14695981039346656037u;
  for (const Real value : t.data()) {
    unsigned char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    for (const unsigned char byte : bytes) hash = (hash ^ byte) * 1099511628211u;
  }
  return hash;
}

template <typename Op>
void print(const char* name, std::vector<Tensor> inputs, Op op) {
  for (Tensor& t : inputs) t.requires_grad(true);
  const Tensor y = op(inputs);
  sum(y * numbers(y.shape(), "dy")).backward();
  std::printf("%s: %016llx", name, static_cast<unsigned long long>(digest(y)));
  for (const Tensor& t : inputs)
    std::printf(" %016llx", static_cast<unsigned long long>(digest(t.grad())));
  std::printf("\n");
}

void print_conv(const char* name, Shape x, Shape weight, const Conv2dOptions& options) {
  print(name, {numbers(x, "x"), numbers(weight, "weight"), numbers({weight[0]}, "bias")},
        [&](const auto& in) { return conv2d(in[0], in[1], in[2], options); });
}

void print_all() {
  print_conv("conv 3x3", {5, 7, 19, 13}, {9, 7, 3, 3}, {.padding = 1});
  print_conv("conv 5x3, strides", {3, 6, 21, 18}, {20, 6, 5, 3},
             {.stride = {2, 3}, .padding = {3, 0}});
  print_conv("conv 2x4, dilation", {2, 33, 14, 17}, {10, 33, 2, 4}, {.dilation = {3, 2}});
  print_conv("conv 1x1", {4, 40, 9, 9}, {24, 40, 1, 1}, {});
  print_conv("conv, groups", {2, 30, 11, 12}, {12, 10, 3, 3}, {.padding = 1, .groups = 3});
  print_conv("conv 7x7, tall", {1, 3, 150, 31}, {17, 3, 7, 7}, {.stride = 2, .padding = 3});
  print_conv("conv by rows", {3, 24, 10, 32}, {20, 24, 3, 3}, {.padding = 1});
  print_conv("conv by Winograd", {3, 64, 14, 9}, {80, 64, 3, 3}, {.padding = 1});
  for (const bool relu : {false, true})
    print(relu ? "norm and relu" : "norm",
          {numbers({4, 5, 7, 9}, "x"), numbers({5}, "weight"), numbers({5}, "bias")},
          [&](const auto& in) {
            const Tensor y = normalize(in[0], NormView::across(in[0].shape()), in[1], in[2], 1e-5);
            return relu ? ek::relu(y) : y;
          });
  for (const std::int64_t size : {2, 3})
    print(size == 2 ? "max_pool2d 2" : "max_pool2d 3", {numbers({3, 5, 13, 17}, "x")},
          [&](const auto& in) { return max_pool2d(in[0], size); });
  print("avg_pool2d", {numbers({3, 5, 13, 17}, "x")},
        [](const auto& in) { return avg_pool2d(in[0], 2); });
  print("relu", {numbers({12345}, "x")}, [](const auto& in) { return relu(in[0]); });
  print("linear",
        {numbers({16, 1040}, "x"), numbers({129, 1040}, "weight"), numbers({129}, "bias")},
        [](const auto& in) { return linear(in[0], in[1], in[2]); });
}

}  // namespace
}  // namespace ek

int main() { ek::print_all(); }

#include "layers/pooling.h"

#include "core/check.h"

namespace ek {
namespace {

std::string describe_pool(const char* name, Pair kernel, const PoolOptions& o) {
  std::string s = text(name, "(kernel_size=", kernel, ", stride=", o.stride.value_or(kernel));
  return s + (o.padding == Pair(0) ? ")" : text(", padding=", o.padding, ")"));
}

}  // namespace

Tensor MaxPool2d::forward(const Tensor& x) { return max_pool2d(x, kernel_, options_); }
std::string MaxPool2d::describe() const { return describe_pool("MaxPool2d", kernel_, options_); }

Tensor AvgPool2d::forward(const Tensor& x) { return avg_pool2d(x, kernel_, options_); }
std::string AvgPool2d::describe() const { return describe_pool("AvgPool2d", kernel_, options_); }

Tensor AdaptiveAvgPool2d::forward(const Tensor& x) { return adaptive_avg_pool2d(x, output_); }
std::string AdaptiveAvgPool2d::describe() const { return text("AdaptiveAvgPool2d(output_size=", output_, ")"); }

}  // namespace ek

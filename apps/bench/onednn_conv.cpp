// Times oneDNN's 3x3 convolutions for ops.py, in the library's own blocked layouts, so without any change of layout:
// answers lines "conv_forward|conv_input_gradient|conv_weight_gradient N C O SIDE STRIDE STEPS" with {"ms",
// "algorithm"}, the better one of direct and Winograd. ops.py builds it: g++ -O2 onednn_conv.cpp -ldnnl
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <dnnl.hpp>
#include <functional>
#include <iostream>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

using dnnl::algorithm;
using dnnl::memory;
using Arguments = std::unordered_map<int, memory>;

constexpr int kWarmUp = 2;

struct Shape {
  memory::dim n, c, o, side, stride;
};

struct Onednn {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
};

/// A convolution with padding 1 by one algorithm; the library chooses the layouts.
struct Convolution {
  Convolution(const Shape& s, algorithm a)
      : x({s.n, s.c, s.side, s.side}, memory::data_type::f32, memory::format_tag::any),
        weight({s.o, s.c, 3, 3}, memory::data_type::f32, memory::format_tag::any),
        y({s.n, s.o, s.side / s.stride, s.side / s.stride}, memory::data_type::f32,
          memory::format_tag::any),
        strides{s.stride, s.stride},
        before{1, 1},
        after{s.stride == 1 ? 1 : 0, s.stride == 1 ? 1 : 0},
        forward({dnnl::prop_kind::forward_training, a, x, weight, y, strides, before, after},
                lib.engine),
        how(a) {}

  memory allocate(const memory::desc& desc) {
    memory m(desc, lib.engine);
    float* values = static_cast<float*>(m.get_data_handle());
    for (std::size_t i = 0; i < desc.get_size() / sizeof(float); ++i)
      values[i] = static_cast<float>(i * 2654435761u % 65536) / 32768.f - 1;
    return m;
  }

  std::function<void()> executed(const dnnl::primitive& primitive, const Arguments& arguments) {
    return [this, primitive, arguments] {
      primitive.execute(lib.stream, arguments);
      lib.stream.wait();
    };
  }

  std::function<void()> op(const std::string& name) {
    if (name == "conv_forward")
      return executed(dnnl::convolution_forward(forward),
                      {{DNNL_ARG_SRC, allocate(forward.src_desc())},
                       {DNNL_ARG_WEIGHTS, allocate(forward.weights_desc())},
                       {DNNL_ARG_DST, allocate(forward.dst_desc())}});
    if (name == "conv_input_gradient") {
      const dnnl::convolution_backward_data::primitive_desc d(
          {how, x, weight, y, strides, before, after}, lib.engine, forward);
      return executed(dnnl::convolution_backward_data(d),
                      {{DNNL_ARG_DIFF_DST, allocate(d.diff_dst_desc())},
                       {DNNL_ARG_WEIGHTS, allocate(d.weights_desc())},
                       {DNNL_ARG_DIFF_SRC, allocate(d.diff_src_desc())}});
    }
    if (name != "conv_weight_gradient") throw std::invalid_argument("unknown op '" + name + "'");
    const dnnl::convolution_backward_weights::primitive_desc d(
        {how, x, weight, y, strides, before, after}, lib.engine, forward);
    return executed(dnnl::convolution_backward_weights(d),
                    {{DNNL_ARG_DIFF_DST, allocate(d.diff_dst_desc())},
                     {DNNL_ARG_SRC, allocate(d.src_desc())},
                     {DNNL_ARG_DIFF_WEIGHTS, allocate(d.diff_weights_desc())}});
  }

  Onednn lib;
  memory::desc x, weight, y;
  memory::dims strides, before, after;
  dnnl::convolution_forward::primitive_desc forward;
  algorithm how;
};

double median_ms(const std::function<void()>& run, int steps) {
  std::vector<double> ms;
  for (int i = 0; i < kWarmUp + steps; ++i) {
    const auto start = std::chrono::steady_clock::now();
    run();
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    if (i >= kWarmUp) ms.push_back(took.count());
  }
  std::sort(ms.begin(), ms.end());
  return (ms[(ms.size() - 1) / 2] + ms[ms.size() / 2]) / 2;
}

/// Infinity where the algorithm does not take the shape: Winograd takes stride 1 only.
double time_with(algorithm how, const std::string& op, const Shape& shape, int steps) {
  try {
    Convolution convolution(shape, how);
    return median_ms(convolution.op(op), steps);
  } catch (const dnnl::error&) {
    return std::numeric_limits<double>::infinity();
  }
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream in(line);
    std::string op;
    Shape s{};
    int steps = 0;
    if (!(in >> op >> s.n >> s.c >> s.o >> s.side >> s.stride >> steps) || steps < 1) {
      std::cerr << "onednn_conv: cannot read '" << line << "'\n";
      return 1;
    }
    const double direct = time_with(algorithm::convolution_direct, op, s, steps);
    const double winograd = time_with(algorithm::convolution_winograd, op, s, steps);
    std::cout << "{\"ms\": " << std::min(direct, winograd) << ", \"algorithm\": \""
              << (winograd < direct ? "winograd" : "direct") << "\"}" << std::endl;
  }
}

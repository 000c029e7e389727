// With the channels last, the values under a row of the kernel lie together, KW C of them, and those for the next pixel
// of the result stride C further. So what a row u of the kernel adds is a product of matrices, the left of which is a
// view of the image; the im2col matrix is never laid out:
//   y [pixels, O] = sum over u of X_u [pixels, KW C] W_u [KW C, O]
//   X_u[(i, j), (v, c)] = x[i stride + u, j stride + v, c]
//   dW_u [KW C, O] = X_u^T dy
// dx is the same with dy for x, once for every phase of pixels that share their taps. With gaps between the taps
// (dilation), every tap has a product of its own.
#include "core/implicit_gemm.h"

#include "core/deferred.h"
#include "core/op.h"
#include "core/planes.h"

namespace ek {
namespace {

/// A band of an image [channels, height, width] with the channels last. With `top` rows and `left` columns of zeros
/// before it, its row i step + a is row i of phase a: [step, rows, columns, channels].
struct Turned {
  std::int64_t channels, height, width, top, left, step, rows, columns;

  std::int64_t row() const { return columns * channels; }
  /// With room behind it: products take whole vectors of channels.
  std::int64_t size() const { return step * rows * row() + kChannelBlock; }
  std::int64_t offset(std::int64_t y, std::int64_t x) const {
    return (y % step * rows + y / step) * row() + x * channels;
  }
  /// image, from row `first` of each phase on -> to [size()]
  void run(const Real* image, std::int64_t first, Real* to) const {
    for (std::int64_t a = 0; a < step; ++a)
      pack_rows(image, channels, height, width, first * step + a - top, rows, step, left, columns,
                to + a * rows * row());
  }
};

/// Taps whose values lie side by side in the image: one product. `from`: the first one's place under the first pixel.
struct Run {
  std::int64_t from;
  std::vector<Pair> taps;
};

/// Pixels first + i step of the result, which share their taps: rows x columns of them. All runs have as many taps.
struct Part {
  Pair first;
  std::int64_t rows, columns;
  std::vector<Run> runs;
  Tensor weight = {};  // [groups, runs, taps of a run, channels of the source, channels of the result]

  std::int64_t taps() const { return runs.empty() ? 0 : std::ssize(runs.front().taps); }
};

/// One pass over the images: every part of the result, which is s's output, from the turned source, its input.
/// Neighbouring pixels of a part read the source `stride` pixels apart.
struct GemmPass {
  ConvShape s;
  Turned source;
  std::int64_t band, stride;  // band: rows of a part done at once
  Pair step;
  std::vector<Part> parts;  // row after row

  std::int64_t channels() const { return padded_channels(s.out_channels); }
  void set_weights(auto weight);
  void run(const Real* from, const Epilogue& then, Real* result) const;
};

/// From weight(group, tap, channel of the source, channel of the result).
void GemmPass::set_weights(auto weight) {
  for (Part& part : parts) {
    part.weight = Tensor::zeros({s.groups, std::ssize(part.runs), part.taps(), s.in_channels, channels()});
    Real* to = part.weight.mutable_data().data();
    for (std::int64_t g = 0; g < s.groups; ++g)
      for (const Run& run : part.runs)
        for (const Pair& tap : run.taps)
          for (std::int64_t i = 0; i < s.in_channels; ++i, to += channels())
            for (std::int64_t o = 0; o < s.out_channels; ++o) to[o] = weight(g, tap, i, o);
  }
}

void GemmPass::run(const Real* from, const Epilogue& then, Real* result) const {
  const std::int64_t n = channels(), pitch = source.columns / stride, map = s.out_map();
  const std::int64_t rows = parts.front().rows, bands = ceil_div(rows, band);  // no part has more
  const Real* bias = then.bias ? then.bias.data().data() : nullptr;
  parallel_each(s.samples * s.groups * bands, 1, [&](std::int64_t item) {
    const std::int64_t image = item / bands, g = image % s.groups, begin = item % bands * band;
    Tensor turned({source.size()}), product({band * pitch * step.w, n});
    Real *x = turned.mutable_data().data(), *c = product.mutable_data().data();
    source.run(from + image * source.channels * source.height * source.width, begin, x);
    for (const Part& part : parts) {
      const std::int64_t count = std::min(part.rows, begin + band) - begin, k = part.taps() * s.in_channels;
      const std::int64_t m = (count - 1) * pitch + part.columns;
      if (count <= 0) continue;
      const Real* weight = part.weight.data().data() + g * std::ssize(part.runs) * k * n;
      Real* pixels = c + part.first.w * n;
      if (bias || part.runs.empty())
        for (std::int64_t i = 0; i < m; ++i) {
          std::fill_n(pixels + i * step.w * n, n, Real(0));
          if (bias) std::copy_n(bias + g * s.out_channels, s.out_channels, pixels + i * step.w * n);
        }
      for (const Run& run : part.runs) {
        const bool add = bias || &run != &part.runs.front();
        kernels().tile_product(
            {m, n, k, {x + run.from, stride * source.channels, 1}, weight, n, pixels, step.w * n, add});
        weight += k * n;
      }
      if (part.first.w + 1 < std::min(step.w, s.out_width)) continue;  // the row's other pixels are to come
      if (then.relu_at_once()) kernels().relu(count * pitch * step.w * n, c, c);
      for (std::int64_t r = 0; r < count; ++r)
        kernels().transpose(s.out_width, s.out_channels, c + r * pitch * step.w * n, n,
                            result + image * s.out_channels * map + (part.first.h + (begin + r) * step.h) * s.out_width,
                            map);
    }
    then.finish(s, image * s.out_channels, s.out_channels, begin, std::min(rows, begin + band), result);
  });
}

/// What the kernel reads for `rows` rows of the result.
Turned turned_input(const ConvShape& s, std::int64_t rows) {
  const Pair reach = {s.dilation.h * (s.kernel.h - 1), s.dilation.w * (s.kernel.w - 1)};
  const std::int64_t columns = (s.out_width + reach.w / s.stride.w) * s.stride.w;
  return {s.in_channels, s.height, s.width, s.pad_top, s.pad_left, s.stride.h, rows + reach.h / s.stride.h, columns};
}

std::vector<Run> runs_of(const ConvShape& s, const Turned& image) {
  std::vector<Run> runs;
  for (std::int64_t u = 0; u < s.kernel.h; ++u)
    for (std::int64_t v = 0; v < s.kernel.w; ++v) {
      if (v == 0 || s.dilation.w > 1) runs.push_back({image.offset(u * s.dilation.h, v * s.dilation.w), {}});
      runs.back().taps.push_back({u, v});
    }
  return runs;
}

/// Where weight [groups, O, C, KH, KW] has a value.
std::int64_t weight_index(const ConvShape& s, std::int64_t g, std::int64_t o, std::int64_t c, const Pair& tap) {
  return (((g * s.out_channels + o) * s.in_channels + c) * s.kernel.h + tap.h) * s.kernel.w + tap.w;
}

}  // namespace

void implicit_gemm_forward(const ConvShape& s, const Real* x, const Tensor& weight, const Epilogue& then, Real* y) {
  const std::int64_t band =
      band_rows(s.samples * s.groups, s.out_height, s.in_channels * s.stride.h, turned_input(s, 1).columns);
  const Turned image = turned_input(s, band);
  GemmPass pass = {s, image, band, s.stride.w, 1, {{0, s.out_height, s.out_width, runs_of(s, image)}}};
  const Real* w = weight.data().data();
  pass.set_weights([=](auto g, Pair tap, auto c, auto o) { return w[weight_index(s, g, o, c, tap)]; });
  pass.run(x, then, y);
}

// x[y] meets dy[i] under tap u where y + padding = i stride + u dilation. So pixels y, y + stride, ... share their taps,
// and for each of these i rises by one from pixel to pixel.
void implicit_gemm_input_gradient(const ConvShape& s, const Tensor& weight, const Tensor& dy, Tensor& dx) {
  const Real* w = weight.data().data();
  // How far before the first pixel of dy a tap reaches, and how far ahead: dy's borders.
  const Pair back = {s.dilation.h * (s.kernel.h - 1) / s.stride.h, s.dilation.w * (s.kernel.w - 1) / s.stride.w};
  const Pair ahead = {(s.stride.h - 1 + s.pad_top) / s.stride.h, (s.stride.w - 1 + s.pad_left) / s.stride.w};
  const std::int64_t columns = ceil_div(s.width, s.stride.w) + back.w + ahead.w;
  const std::int64_t band = band_rows(s.samples * s.groups, ceil_div(s.height, s.stride.h), s.out_channels, columns);
  const std::int64_t rows = band + back.h + ahead.h;
  const Turned gradient = {s.out_channels, s.out_height, s.out_width, back.h, back.w, 1, rows, columns};
  GemmPass pass = {mirrored(s), gradient, band, 1, s.stride, {}};
  for (std::int64_t a = 0; a < std::min(s.stride.h, s.height); ++a)
    for (std::int64_t b = 0; b < std::min(s.stride.w, s.width); ++b) {
      Part part = {{a, b}, ceil_div(s.height - a, s.stride.h), ceil_div(s.width - b, s.stride.w), {}};
      for (std::int64_t u = 0; u < s.kernel.h; ++u)
        for (std::int64_t v = s.kernel.w - 1; v >= 0; --v) {
          const Pair from = {a + s.pad_top - u * s.dilation.h, b + s.pad_left - v * s.dilation.w};
          if (from.h % s.stride.h != 0 || from.w % s.stride.w != 0) continue;
          if (s.dilation.w > 1 || part.runs.empty() || part.runs.back().taps.back().h != u)
            part.runs.push_back({gradient.offset(back.h + from.h / s.stride.h, back.w + from.w / s.stride.w), {}});
          part.runs.back().taps.push_back({u, v});
        }
      pass.parts.push_back(std::move(part));
    }
  pass.set_weights([=](auto g, Pair tap, auto o, auto c) { return w[weight_index(s, g, o, c, tap)]; });
  pass.run(dy.data().data(), {}, dx.mutable_data().data());
}

// The samples are cut into a fixed number of slices with sums [groups, runs, taps, C, O] of their own, added in order.
// dy's rows, turned, have the pitch of x's: its zeros there add nothing. What a product reads of it stays in the L1
// cache.
void implicit_gemm_weight_gradient(const ConvShape& s, const Tensor& x, const Tensor& dy, Tensor& dweight,
                                   std::span<double> dy_sums) {
  constexpr std::int64_t kMaxSlices = 8, kValues = 8192, kPanel = 64;
  const Turned image = turned_input(s, s.out_height);
  const std::int64_t pitch = image.columns / s.stride.w, n = padded_channels(s.out_channels);
  const Turned gradient = {s.out_channels, s.out_height, s.out_width, 0, 0, 1, s.out_height, pitch};
  const std::vector<Run> runs = runs_of(s, image);
  const std::int64_t k = std::ssize(runs.front().taps) * s.in_channels, run_size = k * n;
  const std::int64_t size = std::ssize(runs) * run_size, slices = std::clamp<std::int64_t>(s.samples, 1, kMaxSlices);
  const std::int64_t share = ceil_div(s.samples, slices);
  const std::int64_t band = std::clamp<std::int64_t>(kValues / std::min(n, kPanel) / pitch, 1, s.out_height);
  Tensor partial = Tensor::zeros({slices, s.groups * size});
  const Samples samples = s.groups == 1 ? samples_of(dy) : Samples();
  if (samples) profile_count(0, 2 * dy.numel());  // what they are made of
  const Real *xs = x.data().data(), *dys = samples ? nullptr : dy.data().data();
  Real* sums = partial.mutable_data().data();
  parallel_each(slices * s.groups, 1, [&](std::int64_t task) {
    const std::int64_t slice = task / s.groups, g = task % s.groups;
    Tensor turned({image.size()}), turned_gradient({gradient.size()}),
        computed({samples ? s.out_channels * s.out_map() : 0});
    Real *v = turned.mutable_data().data(), *d = turned_gradient.mutable_data().data();
    for (std::int64_t sample = slice * share; sample < std::min(s.samples, (slice + 1) * share); ++sample) {
      image.run(xs + (sample * s.groups + g) * s.in_channels * s.in_map(), 0, v);
      if (samples) samples(sample, 1, computed.mutable_data().data());
      const std::int64_t first = (sample * s.groups + g) * s.out_channels;  // of dy's maps
      const Real* maps = samples ? computed.data().data() : dys + first * s.out_map();
      gradient.run(maps, 0, d);
      for (std::int64_t o = 0; o < s.out_channels && !dy_sums.empty(); ++o)
        dy_sums[static_cast<std::size_t>(first + o)] = kernels().sum(s.out_map(), maps + o * s.out_map());
      for (std::int64_t begin = 0; begin < s.out_height; begin += band) {
        const std::int64_t pixels = (std::min(band, s.out_height - begin) - 1) * pitch + s.out_width;
        Real* sum = sums + task * size;
        for (const Run& run : runs) {
          const MatrixView rows = {v + run.from + begin * image.row(), 1, s.stride.w * s.in_channels};
          kernels().tile_product({k, n, pixels, rows, d + begin * gradient.row(), s.out_channels, sum, n, true});
          sum += run_size;
        }
      }
    }
  });
  for (std::int64_t i = 1; i < slices; ++i) kernels().add(s.groups * size, sums, sums + i * s.groups * size, sums);
  Real* dw = dweight.mutable_data().data();
  for (std::int64_t g = 0; g < s.groups; ++g)
    for (const Run& run : runs)
      for (const Pair& tap : run.taps)
        for (std::int64_t c = 0; c < s.in_channels; ++c, sums += n)
          for (std::int64_t o = 0; o < s.out_channels; ++o) dw[weight_index(s, g, o, c, tap)] = sums[o];
}

}  // namespace ek

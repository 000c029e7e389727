// Winograd's way for the rows, the direct way for the columns. Of four rows of the result and the six rows d of the
// image under them, with the matrices A, B and G of core/winograd.cpp:
//   y[o] = A^T [ sum over c, v of  (G w[o, c, :, v]) * (B^T d[c], v columns further) ]        * element by element
// So each of the six positions is a direct convolution by kernels of one row, six rows for four of the result: half of
// the multiplications, and the rows lie in NCHW as vectors want them, where the two-dimensional way must turn them.
// It wins where there are too few channels to pay for that. dx is the same with mirrored weights;
//   dM = A dy,   dU[o, c, :, v] = sum over rows and columns of dM[o] * (V[c], v columns further),   dw = G^T dU
#include "core/row_winograd.h"

#include "core/op.h"
#include "core/planes.h"
#include "core/winograd.h"

namespace ek {
namespace {

constexpr std::int64_t kPositions = 6;

constexpr Real G[kPositions][3] = {{Real(1) / 4, 0, 0},
                                   {-Real(1) / 6, -Real(1) / 6, -Real(1) / 6},
                                   {-Real(1) / 6, Real(1) / 6, -Real(1) / 6},
                                   {Real(1) / 24, Real(1) / 12, Real(1) / 6},
                                   {Real(1) / 24, -Real(1) / 12, Real(1) / 6},
                                   {0, 0, 1}};

/// A map often fills a page of memory, at whose end the processor's own prefetching stops: two maps ahead, by hand.
constexpr std::int64_t kAhead = 2, kCacheLine = 64 / sizeof(Real);

void prefetch(const Real* from, std::int64_t values) {
  for (std::int64_t i = 0; i < values; i += kCacheLine) __builtin_prefetch(from + i, 1);
}

/// The transforms of a map: for every group of four rows of the result, six positions. [6, channels, band, pitch], of
/// `band` groups; `position` apart, a line more than the values, so that no power of two lies between them.
struct RowTransform {
  decltype(Kernels::winograd_rows_image) transform;
  std::int64_t channels, height, width, top, left, band, pitch;

  std::int64_t plane() const { return band * pitch; }
  std::int64_t position() const { return channels * plane() + kChannelBlock; }
  /// image [channels, height, width], groups begin, ..., end -> to
  void run(const Real* image, std::int64_t begin, std::int64_t end, Real* to) const {
    const std::vector<Real> zeros(static_cast<std::size_t>(width));
    if (pitch > width) std::fill_n(to, kPositions * position(), Real(0));
    for (std::int64_t c = 0; c < channels; ++c, image += height * width)
      for (std::int64_t g = begin; g < end; ++g) {
        const Real* rows[6];
        for (std::int64_t i = 0; i < 6; ++i) {
          const std::int64_t row = 4 * g + i - top;
          rows[i] = row >= 0 && row < height ? image + row * width : zeros.data();
        }
        prefetch(image + (kAhead * height + 4 * g) * width, 4 * width);
        transform(width, rows, to + c * plane() + (g - begin) * pitch + left, position());
      }
  }
};

std::int64_t groups_of(const ConvShape& s) { return ceil_div(s.out_height, 4); }

/// V = B^T d
RowTransform image_transform(const ConvShape& s, std::int64_t band) {
  return {kernels().winograd_rows_image, s.in_channels, s.height, s.width, s.pad_top, s.pad_left, band,
          s.out_width + s.kernel.w - 1};
}

/// Where every value of a kernel's row, in the order [C, KW], stands in the planes of a position.
std::vector<std::int64_t> tap_offsets(const ConvShape& s, const RowTransform& image) {
  std::vector<std::int64_t> offset;
  for (std::int64_t c = 0; c < s.in_channels; ++c)
    for (std::int64_t v = 0; v < s.kernel.w; ++v) offset.push_back(c * image.plane() + v);
  return offset;
}

/// Calls body(o, tap, w) for every column of three weights w, kernel.w apart, of weight [O, C, 3, KW]; tap in [C, KW].
void for_each_column(const ConvShape& s, auto* weight, auto body) {
  const std::int64_t taps = s.in_channels * s.kernel.w;
  for (std::int64_t o = 0; o < s.out_channels; ++o)
    for (std::int64_t tap = 0; tap < taps; ++tap)
      body(o, tap, weight + (o * s.in_channels + tap / s.kernel.w) * 3 * s.kernel.w + tap % s.kernel.w);
}

}  // namespace

bool row_winograd_takes(const ConvShape& s) {
  return winograd_enabled() && s.kernel.h == 3 && s.stride == Pair(1) && s.dilation == Pair(1) && s.groups == 1 &&
         std::min(s.width, s.out_width) >= kChannelBlock && std::min(s.in_channels, s.out_channels) >= 8;
}

// An item is a band of groups of one image, whose transforms V [6, C, band, pitch] lie in the L2 cache. For every block
// of kOutBlock channels: six products M [6, kOutBlock, band, width], then their transform back to rows of y.
void row_winograd_forward(const ConvShape& s, const Real* x, const Tensor& weight, const Epilogue& then, Real* y) {
  const std::int64_t groups = groups_of(s), taps = s.in_channels * s.kernel.w, width = s.out_width;
  const std::int64_t band = band_rows(s.samples, groups, kPositions * s.in_channels, width + s.kernel.w - 1);
  const std::int64_t bands = ceil_div(groups, band), blocks = ceil_div(s.out_channels, kOutBlock);
  const RowTransform image = image_transform(s, band);
  const std::vector<std::int64_t> offset = tap_offsets(s, image);
  // G w [6, blocks, taps, kOutBlock]
  std::vector<Real> u(static_cast<std::size_t>(kPositions * blocks * taps * kOutBlock));
  for_each_column(s, weight.data().data(), [&](std::int64_t o, std::int64_t tap, const Real* w) {
    for (std::int64_t p = 0; p < kPositions; ++p)
      u[static_cast<std::size_t>(((p * blocks + o / kOutBlock) * taps + tap) * kOutBlock + o % kOutBlock)] =
          G[p][0] * w[0] + G[p][1] * w[s.kernel.w] + G[p][2] * w[2 * s.kernel.w];
  });
  const Real *bs = then.bias ? then.bias.data().data() : nullptr, no_bias[kOutBlock] = {};
  parallel_each(s.samples * bands, 1, [&](std::int64_t item) {
    const std::int64_t n = item / bands, begin = item % bands * band, end = std::min(groups, begin + band);
    const std::int64_t m_plane = band * width, m_position = kOutBlock * m_plane + kChannelBlock;
    Tensor planes({kPositions, image.position()}), product({kPositions, m_position});
    Real *v = planes.mutable_data().data(), *m = product.mutable_data().data();
    image.run(x + n * s.in_channels * s.in_map(), begin, end, v);
    for (std::int64_t block = 0; block < blocks; ++block) {
      for (std::int64_t p = 0; p < kPositions; ++p)
        kernels().shifted_product({.rows = end - begin,
                                   .columns = width,
                                   .k = taps,
                                   .relu = false,
                                   .weight = u.data() + (p * blocks + block) * taps * kOutBlock,
                                   .bias = no_bias,
                                   .x = {v + p * image.position(), 0, 0, image.pitch},
                                   .offset = offset.data(),
                                   .c = {m + p * m_position, 0, m_plane, width}});
      for (std::int64_t o = block * kOutBlock; o < std::min(s.out_channels, (block + 1) * kOutBlock); ++o)
        for (std::int64_t g = begin; g < end; ++g) {
          Real* to = y + ((n * s.out_channels + o) * s.out_height + 4 * g) * width;
          prefetch(to + kAhead * s.out_map(), 4 * width);
          kernels().winograd_rows_result(width, std::min<std::int64_t>(4, s.out_height - 4 * g),
                                         m + o % kOutBlock * m_plane + (g - begin) * width, m_position, bs ? bs[o] : 0,
                                         then.relu_at_once(), to, width);
        }
    }
    then.add_residual(s, n * s.out_channels, s.out_channels, 4 * begin, std::min(s.out_height, 4 * end), y);
  });
}

// The samples are cut into a fixed number of slices, whose sums dU [6, O, taps] are added in order; within one, as many
// images are transformed at once as fit the cache: V [images, 6, C, groups, pitch], dM [images, 6, O, groups, width].
void row_winograd_weight_gradient(const ConvShape& s, const Tensor& x, const Tensor& dy, Tensor& dweight) {
  constexpr std::int64_t kSlices = 8, kValues = std::int64_t{1} << 18;
  const std::int64_t groups = groups_of(s), taps = s.in_channels * s.kernel.w, weights = s.out_channels * taps;
  const RowTransform image = image_transform(s, groups);
  const RowTransform gradient = {
      kernels().winograd_rows_gradient, s.out_channels, s.out_height, s.out_width, 0, 0, groups, s.out_width};
  const std::int64_t v_size = kPositions * image.position(), dm_size = kPositions * gradient.position();
  const std::int64_t share = std::max<std::int64_t>(ceil_div(s.samples, kSlices), 1);
  const std::int64_t at_once = std::clamp<std::int64_t>(kValues / (v_size + dm_size), 1, share);
  const std::vector<std::int64_t> offset = tap_offsets(s, image);
  Tensor sums = Tensor::zeros({kSlices, kPositions * weights});
  const Real *xs = x.data().data(), *dys = dy.data().data();
  Real* du = sums.mutable_data().data();
  parallel_each(kSlices, 1, [&](std::int64_t slice) {
    if (slice * share >= s.samples) return;
    Tensor images({at_once, v_size}), gradients({at_once, dm_size});
    Real *v = images.mutable_data().data(), *dm = gradients.mutable_data().data();
    const std::int64_t last = std::min(s.samples, (slice + 1) * share);
    for (std::int64_t first = slice * share; first < last; first += at_once) {
      const std::int64_t count = std::min(at_once, last - first);
      for (std::int64_t n = 0; n < count; ++n) {
        image.run(xs + (first + n) * s.in_channels * s.in_map(), 0, groups, v + n * v_size);
        gradient.run(dys + (first + n) * s.out_channels * s.out_map(), 0, groups, dm + n * dm_size);
      }
      for (std::int64_t p = 0; p < kPositions; ++p)
        kernels().shifted_dots({.m = s.out_channels,
                                .k = taps,
                                .rows = groups,
                                .columns = s.out_width,
                                .images = count,
                                .a = {dm + p * gradient.position(), dm_size, gradient.plane(), gradient.pitch},
                                .x = {v + p * image.position(), v_size, 0, image.pitch},
                                .offset = offset.data(),
                                .sums = du + (slice * kPositions + p) * weights});
    }
  });
  for (std::int64_t k = 1; k < kSlices; ++k) kernels().add(kPositions * weights, du, du + k * kPositions * weights, du);
  for_each_column(s, dweight.mutable_data().data(), [&](std::int64_t o, std::int64_t tap, Real* dw) {
    for (std::int64_t u = 0; u < 3; ++u) {
      Real sum = 0;
      for (std::int64_t p = 0; p < kPositions; ++p) sum += G[p][u] * du[p * weights + o * taps + tap];
      dw[u * s.kernel.w] = sum;
    }
  });
}

}  // namespace ek

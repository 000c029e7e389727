// A 4x4 tile of the result needs a 6x6 piece d of the image. With the constant matrices B, G and A of [Lavin2016]
//   y = A^T [ (G w G^T) * (B^T d B) ] A          * element by element, summed over the input channels
// so for each of the 36 positions p, over all tiles t, there is one product of matrices:
//   M[p] [T, O] = V[p] [T, C] U[p] [C, O],   U = G w G^T, V = B^T d B, y = A^T M A
// That is 36 multiplications for 16 results where the direct way needs 144. The gradient for the weights is the same
// chain transposed: dM = A dy A^T, dU[p] = V[p]^T dM[p], dw = G^T dU G.
#include "evenkeel/core/fast/winograd.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "evenkeel/core/base/pair.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/fast/channels_last.h"
#include "evenkeel/core/kernels/kernels.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/tensor/op.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {
namespace {

constexpr std::int64_t kPositions = 36;

/// The result of every image is cut into tiles; a piece is a number of whole images, or of rows of tiles of one image.
struct Tiling {
  std::int64_t rows, columns;  // tiles of an image
  std::int64_t images, band;   // of a piece: images, and rows of tiles of each
  std::int64_t bands, pieces;  // pieces of an image (if it is cut), and in all

  Tiling(const ConvShape& s, std::int64_t wanted_tiles)
      : rows((s.out_height + 3) / 4), columns((s.out_width + 3) / 4) {
    const std::int64_t cuts =
        std::max<std::int64_t>((rows * columns + wanted_tiles / 2) / wanted_tiles, 1);
    band = (rows + cuts - 1) / cuts;
    images = band < rows
                 ? 1
                 : std::max<std::int64_t>(std::min(wanted_tiles / (rows * columns), s.samples), 1);
    bands = (rows + band - 1) / band;
    pieces = (s.samples + images - 1) / images * bands;
  }
};

struct Piece {
  std::int64_t first, last;  // images
  std::int64_t begin, end;   // rows of tiles
  std::int64_t tiles;

  Piece(const ConvShape& s, const Tiling& t, std::int64_t index)
      : first(index / t.bands * t.images),
        last(std::min(s.samples, first + t.images)),
        begin(index % t.bands * t.band),
        end(std::min(t.rows, begin + t.band)),
        tiles((last - first) * (end - begin) * t.columns) {}
};

/// Values from one position to the next of a matrix [rows, columns] for each of them. A line more than its values: the
/// 36 values of a tile are written together, and a power of two between them would put all into one set of the caches.
std::int64_t position_size(std::int64_t rows, std::int64_t columns) {
  return rows * columns + kChannelBlock;
}

/// Maps [N, channels, height, width], of which the first tile begins `top` rows and `left` columns before the first pixel;
/// neighbouring tiles share `overlap` rows and columns.
struct TiledMaps {
  const Real* values;
  std::int64_t channels, height, width, top, left, overlap;
};

/// Channels of `pixels` that are turned at once, or turned back: with the channels last, the pixels stay in the L2 cache
/// between the two passes over them.
std::int64_t channels_at_once(std::int64_t channels, std::int64_t pixels) {
  constexpr std::int64_t kValues = 49152;
  std::int64_t block = kChannelBlock;
  while (block < channels && 2 * block * pixels <= kValues) block *= 2;
  return std::min(block, channels);
}

/// V or dM [36, tiles, channels], `position` the distance between positions, = transform(tile) for every tile of the piece.
void transform_tiles(const TiledMaps& m, const Tiling& t, const Piece& p, auto transform, Real* to,
                     std::int64_t position) {
  const std::int64_t rows = 4 * (p.end - p.begin) + m.overlap, columns = 4 * t.columns + m.overlap;
  const std::int64_t block = channels_at_once(m.channels, rows * columns),
                     image_tiles = p.tiles / (p.last - p.first);
  Tensor packed({rows, columns, block});
  Real* image = packed.mutable_data().data();
  for (std::int64_t n = p.first; n < p.last; ++n, to += image_tiles * m.channels)
    for (std::int64_t first = 0; first < m.channels; first += block) {
      const std::int64_t c = std::min(block, m.channels - first);
      pack_rows(m.values + (n * m.channels + first) * m.height * m.width, c, m.height, m.width,
                4 * p.begin - m.top, rows, m.left, columns, image);
      for (std::int64_t tile = 0; tile < image_tiles; ++tile)
        transform(c, image + 4 * (tile / t.columns * columns + tile % t.columns) * c, columns * c,
                  c, to + tile * m.channels + first, position);
    }
}

/// y = A^T M A and what then comes, for every tile of the piece; M [36, tiles, O].
void result_tiles(const ConvShape& s, const Tiling& t, const Piece& p, const Real* m,
                  const Epilogue& then, Real* y) {
  const std::int64_t o = s.out_channels, columns = 4 * t.columns, width = s.out_width,
                     first_row = 4 * p.begin;
  const std::int64_t rows = std::min(s.out_height, 4 * p.end) - first_row;
  const std::int64_t block = channels_at_once(o, rows * columns),
                     image_tiles = p.tiles / (p.last - p.first);
  const Real* bias = then.bias ? then.bias.data().data() : nullptr;
  Tensor packed({4 * (p.end - p.begin), columns, block});
  Real* image = packed.mutable_data().data();
  for (std::int64_t n = p.first; n < p.last; ++n, m += image_tiles * o) {
    for (std::int64_t first = 0; first < o; first += block) {
      const std::int64_t c = std::min(block, o - first);
      for (std::int64_t tile = 0; tile < image_tiles; ++tile)
        kernels().winograd_result(c, m + tile * o + first, position_size(p.tiles, o),
                                  bias ? bias + first : nullptr, then.relu_at_once(),
                                  image + 4 * (tile / t.columns * columns + tile % t.columns) * c,
                                  columns * c, c);
      Real* to = y + (n * o + first) * s.out_map() + first_row * width;
      const bool whole = columns == width;  // then the rows follow each other without a gap
      for (std::int64_t r = 0; r < (whole ? 1 : rows); ++r)
        kernels().transpose(whole ? rows * columns : width, c, image + r * columns * c, c,
                            to + r * width, s.out_map());
    }
    then.finish(s, n * o, o, first_row, first_row + rows, y);
  }
}

/// U [36, C, O] = G w G^T of every pair of channels.
Tensor weight_transform(const ConvShape& s, const Tensor& weight) {
  const std::int64_t c = s.in_channels, o = s.out_channels;
  Tensor turned({c * 9, o}), u({kPositions, position_size(c, o)});
  const Real* w = weight.data().data();
  Real *t = turned.mutable_data().data(), *to = u.mutable_data().data();
  parallel_for(c, 16, [&](std::int64_t begin, std::int64_t end) {
    kernels().transpose(o, (end - begin) * 9, w + begin * 9, c * 9, t + begin * 9 * o, o);
    for (std::int64_t i = begin; i < end; ++i)
      kernels().winograd_weight(o, t + i * 9 * o, o, to + i * o, position_size(c, o));
  });
  return u;
}

/// sums [slices, kPositions, position]: those of the slices are added to the first one's, in their order.
void add_slices(std::int64_t slices, std::int64_t position, Real* sums) {
  parallel_each(kPositions, 1, [&](std::int64_t i) {
    Real* sum = sums + i * position;
    for (std::int64_t k = 1; k < slices; ++k) {
      kernels().add(position, sum, sums + (k * kPositions + i) * position, sum);
    }
  });
}

/// dw = G^T du G of every pair of channels: du [kPositions, position] -> dweight [O, C, 3, 3].
void write_weight_gradient(std::int64_t c, std::int64_t o, std::int64_t position, const Real* du,
                           Tensor& dweight) {
  Tensor transposed({c * 9, o});
  Real *dw = transposed.mutable_data().data(), *to = dweight.mutable_data().data();
  parallel_for(c, 16, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      kernels().winograd_weight_gradient(o, du + i * o, position, dw + i * 9 * o, o);
    }
    kernels().transpose((end - begin) * 9, o, dw + begin * 9 * o, o, to + begin * 9, c * 9);
  });
}

}  // namespace

bool winograd_enabled() {
  static const bool off =
      std::getenv("EVENKEEL_WINOGRAD") && std::string_view(std::getenv("EVENKEEL_WINOGRAD")) == "0";
  return !off;
}

bool winograd_takes(const ConvShape& s) {
  return winograd_enabled() && s.kernel == Pair(3) && s.stride == Pair(1) &&
         s.dilation == Pair(1) && s.groups == 1 && s.in_channels % kChannelBlock == 0 &&
         s.out_channels % kChannelBlock == 0;
}

void winograd_forward(const ConvShape& s, const Real* x, const Tensor& weight, const Epilogue& then,
                      Real* y) {
  constexpr std::int64_t kTiles = 64;  // V and M of 64 channels: 0.6 MB each
  const Tiling t(s, kTiles);
  const std::int64_t c = s.in_channels, o = s.out_channels;
  const Tensor transformed = weight_transform(s, weight);
  if (then.bias) (void)then.bias.data();  // should it be deferred, threads must not compute it
  const TiledMaps images = {x, c, s.height, s.width, s.pad_top, s.pad_left, 2};
  const Real* u = transformed.data().data();
  parallel_each(t.pieces, 1, [&](std::int64_t index) {
    const Piece p(s, t, index);
    const std::int64_t v_position = position_size(p.tiles, c),
                       m_position = position_size(p.tiles, o);
    Tensor image({kPositions, v_position}), product({kPositions, m_position});
    Real *v = image.mutable_data().data(), *m = product.mutable_data().data();
    transform_tiles(images, t, p, kernels().winograd_image, v, v_position);
    parallel_each(kPositions, 1,
                  [&](std::int64_t k) {  // on all threads where there is but one piece
                    kernels().tile_product({p.tiles,
                                            o,
                                            c,
                                            {v + k * v_position, c, 1},
                                            u + k * position_size(c, o),
                                            o,
                                            m + k * m_position,
                                            o,
                                            false});
                  });
    result_tiles(s, t, p, m, then, y);
  });
}

// The pieces are cut into a fixed number of slices with sums of their own, which are added in order: a thread reads what
// it has just written, and the sums are made in the same order for any number of threads. Large weights have fewer
// slices: their sums, 36 values for 9 weights, do not fit the cache, and adding them up would take longer.
void winograd_weight_gradient(const ConvShape& s, const Tensor& x, const Tensor& dy,
                              Tensor& dweight) {
  constexpr std::int64_t kSmall = 128 * 128;
  const std::int64_t c = s.in_channels, o = s.out_channels, position = position_size(c, o);
  const Tiling t(s, c * o < 32 * 32
                        ? 192
                        : 64);  // a product of a few channels alone takes less than to call for it
  const std::int64_t slices = std::clamp<std::int64_t>(t.pieces, 1, c * o <= kSmall ? 4 : 2);
  const std::int64_t most = t.images * t.band * t.columns, share = (t.pieces + slices - 1) / slices;
  Tensor sums = Tensor::zeros({slices, kPositions * position});
  const TiledMaps images = {x.data().data(), c, s.height, s.width, s.pad_top, s.pad_left, 2};
  const TiledMaps gradients = {dy.data().data(), o, s.out_height, s.out_width, 0, 0, 0};
  Real* du = sums.mutable_data().data();
  parallel_each(slices, 1, [&](std::int64_t slice) {
    Tensor image({kPositions, position_size(most, c)}),
        gradient({kPositions, position_size(most, o)});
    Real *v = image.mutable_data().data(), *dm = gradient.mutable_data().data();
    for (std::int64_t k = slice * share; k < std::min(t.pieces, (slice + 1) * share); ++k) {
      const Piece p(s, t, k);
      const std::int64_t v_position = position_size(p.tiles, c),
                         dm_position = position_size(p.tiles, o);
      transform_tiles(images, t, p, kernels().winograd_image, v, v_position);
      transform_tiles(gradients, t, p, kernels().winograd_gradient, dm, dm_position);
      parallel_each(kPositions, 1, [&](std::int64_t i) {
        Real* sum = du + (slice * kPositions + i) * position;
        kernels().tile_product(
            {c, o, p.tiles, {v + i * v_position, 1, c}, dm + i * dm_position, o, sum, o, true});
      });
    }
  });
  add_slices(slices, position, du);
  write_weight_gradient(c, o, position, du, dweight);
}

}  // namespace ek

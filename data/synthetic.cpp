#include "evenkeel/data/synthetic.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/ops/random.h"

namespace ek {
namespace {

constexpr int kSide = 32, kPlane = kSide * kSide;

/// A class. The direction and width of its stripes: how far the phase, in 1/256 of a period, moves with each pixel to the
/// right (dx) and down (dy); five directions, 36 degrees apart, with periods of 8 and of 5 pixels. And what it adds to the
/// background's red, green and blue; the random part is as large, so that colour alone tells classes apart only now and
/// then.
struct Pattern {
  int dx, dy;
  std::array<int, 3> tint;
};
constexpr Pattern kPatterns[] = {
    {32, 0, {40, 0, 0}},    {26, 19, {0, 40, 0}}, {10, 30, {0, 0, 40}},  {-10, 30, {40, 40, 0}},
    {-26, 19, {0, 40, 40}}, {51, 0, {40, 0, 40}}, {41, 30, {-40, 0, 0}}, {16, 49, {0, -40, 0}},
    {-16, 49, {0, 0, -40}}, {-41, 30, {0, 0, 0}}};

/// What differs between the images of a class.
struct Look {
  int dx, dy, phase;                      // of the stripes
  int x, y, radius;                       // of the round window through which they show
  int contrast;                           // 256: full
  std::array<int, 3> background, colour;  // colour: what a stripe adds to each channel
};

// Blocks 0..15 of an image's stream decide its look, the blocks after them its noise.
constexpr std::uint64_t kNoiseBlocks = 16;

Look draw_look(int label, const Stream& stream) {
  std::uint64_t block = 0;
  const auto between = [&](int low, int high) {
    return low +
           static_cast<int>(stream.below(static_cast<std::uint64_t>(high - low + 1), block++));
  };
  const auto& [dx, dy, tint] = kPatterns[label];
  Look look = {dx + between(-3, 3),
               dy + between(-3, 3),
               between(0, 255),  // braces keep the order of the draws
               between(6, 25),
               between(6, 25),
               between(10, 20),
               between(100, 256),
               {},
               {}};
  for (std::size_t c = 0; c < 3; ++c) {
    look.background[c] = between(83, 163) + tint[c];
    look.colour[c] = between(64, 128);
  }
  return look;
}

/// What the stripes add to each channel at a pixel, in units of 2^-23 of a colour step.
int stripe(const Look& look, int x, int y) {
  const int far = (x - look.x) * (x - look.x) + (y - look.y) * (y - look.y);
  const int window = std::max(0, 256 - 256 * far / (look.radius * look.radius));
  const int wave = 2 * std::abs(((look.dx * x + look.dy * y + look.phase) & 255) - 128) -
                   128;  // a triangle wave
  return wave * window * look.contrast;
}

/// Nearly normal noise, standard deviation 35: the sum of four random bytes around its mean.
int noise(std::uint32_t bits) {
  const auto sum = (bits & 255) + (bits >> 8 & 255) + (bits >> 16 & 255) + (bits >> 24);
  return (static_cast<int>(sum) - 510) * 60 / 256;
}

void draw(int label, const Stream& stream, std::span<std::uint8_t> pixels) {
  const Look look = draw_look(label, stream);
  for (int i = 0; i < 3 * kPlane; i += 4) {
    const auto bits = stream.block(kNoiseBlocks + static_cast<std::uint64_t>(i) / 4);
    for (int j = i; j < i + 4; ++j) {
      const auto c = static_cast<std::size_t>(j / kPlane);
      const int at = j % kPlane;
      const int signal = stripe(look, at % kSide, at / kSide) / 256 * look.colour[c] / (1 << 15);
      const int value = look.background[c] + signal + noise(bits[static_cast<std::size_t>(j - i)]);
      pixels[static_cast<std::size_t>(j)] = static_cast<std::uint8_t>(std::clamp(value, 0, 255));
    }
  }
}

}  // namespace

std::shared_ptr<const Dataset> make_synthetic(std::int64_t size, Split split, std::uint64_t seed) {
  check(size >= 1, "synthetic: expected at least 1 image, got ", size);
  const Shape shape = {3, kSide, kSide};
  const auto bytes = static_cast<std::size_t>(shape.numel());
  const Stream images(seed, split == Split::train ? "synthetic train" : "synthetic test");
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(size) * bytes);
  std::vector<int> labels(static_cast<std::size_t>(size));
  parallel_each(size, 64, [&](std::int64_t image) {
    const auto i = static_cast<std::size_t>(image);
    labels[i] = static_cast<int>(i % std::size(kPatterns));
    draw(labels[i], Stream(images.key(), i), std::span(pixels).subspan(i * bytes, bytes));
  });
  std::vector<std::string> names;
  for (int k = 0; k < std::ssize(kPatterns); ++k) names.push_back("pattern " + std::to_string(k));
  return std::make_shared<InMemoryDataset>("synthetic", shape, std::move(names), std::move(pixels),
                                           std::move(labels));
}

}  // namespace ek

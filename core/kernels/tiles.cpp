// Products of small matrices: the general one, and one whose left matrix lies scattered. Compiled once per instruction set.
#include "evenkeel/core/kernels/kernels.h"
#include "evenkeel/core/kernels/parts.h"
#include "evenkeel/core/kernels/tile.h"

namespace ek::EVENKEEL_TABLE {

void tile_product(const TileProduct& p) { all_columns<kRows, kVectors, kMostRows>(p, 0); }

void indirect_product(const IndirectProduct& p) {
  all_columns<kIndirectRows, 2, kIndirectRows>(p, 0);
}

}  // namespace ek::EVENKEEL_TABLE

#include "apps/lab/claims.h"

#include <vector>

namespace ek {

const std::vector<Claim>& claims() {
  static const std::vector<Claim> all = {
#define CLAIM(name) name(),
#include "apps/lab/claims/list.inc"
#undef CLAIM
  };
  return all;
}

}  // namespace ek

// The one number type of every tensor: float, or double where the same sources are built for gradient checks.
#pragma once

namespace ek {

#ifdef EVENKEEL_REAL_DOUBLE
using Real = double;
#else
using Real = float;
#endif

}  // namespace ek

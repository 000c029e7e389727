// Plots that are to be compared with each other.
#pragma once

#include <vector>

#include "apps/report/page.h"

namespace ek {

/// Gives all these plots the same axes: as far as any of them reaches, and logarithmic where one of them is.
void share_axes(const std::vector<Plot*>& plots);

}  // namespace ek

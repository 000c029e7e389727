// compare's report: OUT/report.html.
#pragma once

#include <vector>

#include "apps/convnet/arm.h"
#include "apps/convnet/options.h"
#include "apps/report/page.h"
#include "apps/training/run_data.h"

namespace ek {

/// The page as far as the arms have got; one that goes on reloads itself.
Page compare_page(const std::vector<Arm>& arms, const Options& options, const RunData& data);

}  // namespace ek

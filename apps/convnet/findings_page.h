// A test's findings as parts of a report.
#pragma once

#include <string>

#include "apps/convnet/test_findings.h"
#include "apps/report/page.h"
#include "evenkeel/data/dataset.h"

namespace ek {

/// Adds the worst mistakes as pictures and the confusion matrix; of many classes the most frequent confusions only.
/// `when`: "after epoch 3". Nothing where there are no findings.
void add_findings(Section& section, const TestFindings& findings, const Dataset& test,
                  const std::string& when);

}  // namespace ek

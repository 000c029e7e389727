// Command lines that are refused, and the one line that says why.
#pragma once

#include <doctest/doctest.h>
#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>
#include <vector>
#include "evenkeel/core/files/file.h"
#include "tests/apps/run_program.h"
#include "tests/data/files.h"

namespace ek {
namespace {

struct Case {
  std::string arguments, message;
};

inline void check_refused(const Case& c, const std::vector<std::string>& environment = {}) {
  CAPTURE(c.arguments);
  const TempDir dir;
  const Finished f = convnet(dir.path, c.arguments, environment);
  CHECK(f.code == 2);
  CHECK(f.out == "");
  CHECK(f.err == c.message + "\n");
  CHECK(fs::is_empty(dir.path));
}

}  // namespace
}  // namespace ek

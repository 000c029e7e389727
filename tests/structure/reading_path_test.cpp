// The reading path: README lists files to read in their order. They meet no fast path, no deferred result and no
// kernel's source, and fit into an afternoon.
#include <doctest/doctest.h>

#include <cstddef>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "tests/structure/source_tree.h"

namespace ek {
namespace {

constexpr std::size_t kMostLines = 2500, kFewestFiles = 20;

/// The files that the list under "## The reading path" names: lines like "- `core/base/shape.h`, 3 minutes".
std::vector<std::string> reading_path(const std::string& readme) {
  static const std::regex kFile(R"(`([\w/]+\.(?:h|cpp))`)");
  std::vector<std::string> files;
  bool is_here = false;
  for (const std::string& line : lines_of(readme)) {
    if (line.starts_with("## ")) is_here = line == "## The reading path";
    if (!is_here || !line.starts_with("- ")) continue;
    for (std::sregex_iterator it(line.begin(), line.end(), kFile), end; it != end; ++it) {
      files.push_back((*it)[1]);
    }
  }
  return files;
}

/// Lines that are neither empty nor a comment.
std::size_t code_lines(const std::string& text) {
  std::size_t count = 0;
  for (const std::string& line : lines_of(text)) {
    const std::size_t first = line.find_first_not_of(' ');
    count += first != std::string::npos && line.compare(first, 2, "//") != 0;
  }
  return count;
}

/// The headers that a file includes and a reader need not meet.
std::vector<std::string> too_fast(const std::string& text) {
  static const std::regex kFast(
      R"re(^#include "evenkeel/(core/(?:fast|lazy|kernels)/(?!dispatch\.h|kernels\.h).*)")re");
  std::vector<std::string> found;
  for (const std::string& line : lines_of(text)) {
    std::smatch match;
    if (std::regex_match(line, match, kFast)) found.push_back(match[1]);
  }
  return found;
}

std::vector<std::string> listed() {
  return reading_path(read_text(std::string(EVENKEEL_SOURCE_DIR) + "/README.md"));
}

TEST_CASE("the reading path is short enough and meets no fast path") {
  std::size_t lines = 0;
  std::set<std::string> seen;
  for (const std::string& path : listed()) {
    CAPTURE(path);
    CHECK(seen.insert(path).second);
    const std::string text = read_text(std::string(EVENKEEL_SOURCE_DIR) + "/" + path);
    CHECK(!text.empty());
    lines += code_lines(text);
    for (const std::string& header : too_fast(text)) CHECK_MESSAGE(false, header);
  }
  MESSAGE("the reading path has ", seen.size(), " files and ", lines, " lines of code");
  CHECK(seen.size() >= kFewestFiles);
  CHECK(lines <= kMostLines);
}

TEST_CASE("the check of the reading path notices what it is for") {
  const std::string readme =
      "## Other\n- `a.h`\n## The reading path\n- `b.h`, first, and `b.cpp`\n- `c/d.cpp`\n## End\n- "
      "`e.h`\n";
  CHECK(reading_path(readme) == std::vector<std::string>{"b.h", "b.cpp", "c/d.cpp"});
  CHECK(code_lines("int x;\n\n  // why\n  f();  // because\n") == 2);
  CHECK(too_fast("#include \"evenkeel/core/fast/gemm.h\"\n").size() == 1);
  CHECK(too_fast("#include \"evenkeel/core/lazy/deferred.h\"\n").size() == 1);
  CHECK(too_fast("#include \"evenkeel/core/kernels/sums.cpp\"\n").size() == 1);
  CHECK(too_fast("#include \"evenkeel/core/kernels/dispatch.h\"\n").empty());
}

}  // namespace
}  // namespace ek

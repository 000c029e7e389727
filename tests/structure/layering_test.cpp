// Who may include what: the arrows between the folders, and one room for every outside header.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "tests/structure/source_tree.h"

namespace ek {
namespace {

using Names = std::vector<std::string>;

// apps ──► models ──► layers ──► core          data  ──► core
//   │         └───────────────────▲            optim ──► core
//   └──────► optim, data ─────────┘            tests ──► everything
const std::map<std::string, std::set<std::string>> kArrows = {
    {"core", {"core"}},
    {"layers", {"core", "layers"}},
    {"optim", {"core", "optim"}},
    {"data", {"core", "data"}},
    {"models", {"core", "layers", "models"}},
    {"evenkeel", {"core", "layers", "optim", "data", "models"}},
    {"apps", {"core", "layers", "optim", "data", "models", "evenkeel", "apps"}},
    {"tests", {"core", "layers", "optim", "data", "models", "evenkeel", "apps", "tests"}}};

// The rooms of the outside headers: a file, or a folder with all that is in it.
const std::vector<std::pair<std::string, Names>> kFences = {
    {"cblas.h", {"core/gemm.cpp"}},
    {"zlib.h",
     {"data/idx.cpp", "data/png.cpp", "tests/data/", "tests/fuzz/"}},  // the tests make the files that they read
    {"stb/stb_image_write", {"apps/report/png.cpp"}},
    {"stb/stb_image", {"data/image.cpp"}},
    {"nlohmann/json.hpp", {"core/safetensors.cpp", "apps/", "tests/"}},
    {"boost/", {"apps/lab/statistics.cpp"}},
    {"openssl/", {"apps/training/digest.cpp", "apps/report/png.cpp"}},
    {"CLI/", {"apps/"}},
    {"fmt/", {"apps/"}},
    {"xmmintrin.h", {"core/denormals.cpp"}},
    {"dnnl.hpp", {"apps/bench/onednn_conv.cpp"}},  // a peer to measure against, not part of the build
    {"doctest/", {"tests/"}},
    {"dlfcn.h", {"tests/support/few_threads.cpp"}},
    {"pthread.h", {"tests/support/few_threads.cpp"}},
    {"core/tensor_impl.h", {"core/"}}};

bool stands_in(const std::string& path, const Names& rooms) {
  return std::ranges::any_of(
      rooms, [&](const std::string& room) { return room.ends_with('/') ? path.starts_with(room) : path == room; });
}

/// C++'s own headers have neither a dot nor a slash; these are the system's.
bool is_standard(const std::string& header) {
  static const std::set<std::string> kSystem = {"fcntl.h", "glob.h", "sched.h", "spawn.h", "unistd.h"};
  return header.starts_with("sys/") || kSystem.contains(header) || header.find_first_of("./") == std::string::npos;
}

/// What is wrong with including `header` in the file `path`; "" if nothing is.
std::string fault_of(const std::string& path, const std::string& header, bool quoted) {
  for (const auto& [prefix, rooms] : kFences)
    if (header.starts_with(prefix)) return stands_in(path, rooms) ? "" : "outside of its room";
  const std::string folder = path.substr(0, path.find('/')), from = header.substr(0, header.find('/'));
  if (kArrows.contains(from) && header != from) return kArrows.at(folder).contains(from) ? "" : "no arrow";
  if (quoted && folder == "tests" && from == header) return "";  // beside it
  if (quoted) return "not a path from the project's root";
  return is_standard(header) ? "" : "an outside header without a room";
}

Names faults_of(const SourceFile& file) {
  static const std::regex kInclude(R"re(^\s*#\s*include\s*([<"])([^>"]+)[>"])re");
  Names faults;
  for (const std::string& line : lines_of(file.text)) {
    std::smatch match;
    if (!std::regex_search(line, match, kInclude)) continue;
    if (const std::string fault = fault_of(file.path, match[2], match[1] == "\""); !fault.empty())
      faults.push_back(file.path + " includes " + match[2].str() + ": " + fault);
  }
  return faults;
}

TEST_CASE("every include follows an arrow or stands in its room") {
  for (const auto& [folder, allowed] : kArrows) {
    const auto files = sources_below(folder);
    CHECK(!files.empty());
    for (const SourceFile& file : files)
      for (const std::string& fault : faults_of(file)) CHECK_MESSAGE(false, fault);
  }
}

TEST_CASE("the check notices what it is for") {
  auto faults = [](const char* path, const char* line) { return faults_of({path, line}); };
  CHECK(faults("core/conv.cpp", "#include \"layers/layer.h\"\n") ==
        Names{"core/conv.cpp includes layers/layer.h: no arrow"});
  CHECK(faults("layers/norm.h", "  #  include <models/convnet.h>\n").size() == 1);
  CHECK(faults("optim/sgd.cpp", "#include \"layers/layer.h\"").size() == 1);
  CHECK(faults("data/cifar.cpp", "#include \"optim/sgd.h\"").size() == 1);
  CHECK(faults("models/vgg.cpp", "#include \"data/cifar.h\"").size() == 1);
  CHECK(faults("apps/convnet/main.cpp", "#include \"tests/support/compare.h\"").size() == 1);
  CHECK(faults("core/conv.cpp", "#include <cblas.h>") == Names{"core/conv.cpp includes cblas.h: outside of its room"});
  CHECK(faults("data/cifar.cpp", "#include <stb/stb_image.h>").size() == 1);
  CHECK(faults("data/image.cpp", "#include <stb/stb_image_write.h>").size() == 1);
  CHECK(faults("layers/layer.cpp", "#include <fmt/format.h>").size() == 1);
  CHECK(faults("core/tensor.cpp", "#include <omp.h>").size() == 1);
  CHECK(faults("layers/layer.cpp", "#include \"core/tensor_impl.h\"").size() == 1);
  CHECK(faults("core/conv.cpp", "#include \"gemm.h\"").size() == 1);
  CHECK(faults("core/conv.cpp", "#include <Eigen/Dense>").size() == 1);
  CHECK(faults("core/conv.cpp", "#include <immintrin.h>").size() == 1);
  CHECK(faults("core/gemm.cpp", "#include <cblas.h>\n#include <vector>\n#include \"core/gemm.h\"").empty());
  CHECK(faults("layers/norm.cpp", "#include \"core/normalize.h\"").empty());
}

}  // namespace
}  // namespace ek

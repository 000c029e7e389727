// Who may include what: the arrows between the folders, and one room for every outside header.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/structure/source_tree.h"

namespace ek {
namespace {

using Names = std::vector<std::string>;

// apps ──► models ──► layers ──► core          data  ──► core
//   │         └───────────────────▲            optim ──► core
//   └──────► optim, data ─────────┘            tests ──► everything
using Arrows = std::map<std::string, std::set<std::string>>;
const Arrows kArrows = {
    {"core", {"core"}},
    {"layers", {"core", "layers"}},
    {"optim", {"core", "optim"}},
    {"data", {"core", "data"}},
    {"models", {"core", "layers", "models"}},
    {"evenkeel", {"core", "layers", "optim", "data", "models"}},
    {"apps", {"core", "layers", "optim", "data", "models", "evenkeel", "apps"}},
    {"tests", {"core", "layers", "optim", "data", "models", "evenkeel", "apps", "tests"}}};

// The rooms of core. Nothing points back at ops, and the files know nothing of the maths.
const Arrows kRooms = {{"base", {"base"}},
                       {"machine", {"base", "machine"}},
                       {"kernels", {"base", "kernels"}},
                       {"tensor", {"base", "machine", "kernels", "tensor"}},
                       {"fast", {"base", "machine", "kernels", "tensor", "fast"}},
                       {"lazy", {"base", "machine", "kernels", "tensor", "fast", "lazy"}},
                       {"ops", {"base", "machine", "kernels", "tensor", "fast", "lazy", "ops"}},
                       {"files", {"base", "tensor", "files"}}};

// The rooms of the outside headers: a file, or a folder with all that is in it.
const std::vector<std::pair<std::string, Names>> kFences = {
    {"cblas.h", {"core/fast/gemm.cpp"}},
    {"zlib.h",
     {"data/idx.cpp", "data/png.cpp", "tests/data/",
      "tests/fuzz/"}},  // the tests make the files that they read
    {"stb/stb_image_write", {"apps/report/png.cpp"}},
    {"stb/stb_image", {"data/image.cpp"}},
    {"nlohmann/json.hpp",
     {"core/files/safetensors.cpp", "core/files/safetensors_header.h",
      "core/files/safetensors_header.cpp", "apps/", "tests/"}},
    {"boost/", {"apps/lab/statistics.cpp"}},
    {"openssl/", {"apps/training/digest.cpp", "apps/report/png.cpp"}},
    {"CLI/", {"apps/"}},
    {"fmt/", {"apps/"}},
    {"xmmintrin.h", {"core/machine/denormals.cpp"}},
    {"dnnl.hpp",
     {"apps/bench/onednn_conv.cpp"}},  // a peer to measure against, not part of the build
    {"doctest/", {"tests/"}},
    {"dlfcn.h", {"tests/support/few_threads.cpp"}},
    {"pthread.h", {"tests/support/few_threads.cpp"}},
    // What is core's own business.
    {"core/tensor/tensor_impl.h", {"core/"}},
    {"core/tensor/pending.h", {"core/"}},
    {"core/lazy/", {"core/", "tests/core/"}},
    {"core/kernels/each.h", {"core/kernels/"}},
    {"core/kernels/lanes.h", {"core/kernels/"}},
    {"core/kernels/parts.h", {"core/kernels/"}},
    {"core/kernels/tile.h", {"core/kernels/"}},
    {"core/kernels/vec.h", {"core/kernels/"}}};

bool stands_in(const std::string& path, const Names& rooms) {
  return std::ranges::any_of(rooms, [&](const std::string& room) {
    return room.ends_with('/') ? path.starts_with(room) : path == room;
  });
}

/// C++'s own headers have neither a dot nor a slash; these are the system's.
bool is_standard(const std::string& header) {
  static const std::set<std::string> kSystem = {"fcntl.h", "glob.h", "sched.h", "spawn.h",
                                                "unistd.h"};
  return header.starts_with("sys/") || kSystem.contains(header) ||
         header.find_first_of("./") == std::string::npos;
}

/// The n-th part of a path, "" if there is none.
std::string part(const std::string& path, std::size_t n) {
  std::size_t begin = 0;
  for (; n > 0 && begin < path.size(); --n) {
    const std::size_t slash = path.find('/', begin);
    begin = slash == std::string::npos ? path.size() : slash + 1;
  }
  return path.substr(begin, path.find('/', begin) - begin);
}

/// What is wrong with including a header of ours, "core/ops/conv.h", in the file `path`.
std::string fault_of_own(const std::string& path, const std::string& header) {
  const std::string folder = part(path, 0), from = part(header, 0);
  if (!kArrows.at(folder).contains(from)) return "no arrow";
  if (folder != "core" || from != "core") return "";
  return kRooms.at(part(path, 1)).contains(part(header, 1)) ? "" : "no arrow between core's rooms";
}

/// What is wrong with including `header` in the file `path`; "" if nothing is.
std::string fault_of(const std::string& path, const std::string& header, bool quoted) {
  static const std::string kPrefix = "evenkeel/";
  const bool is_public = header.starts_with(kPrefix);
  const std::string plain = is_public ? header.substr(kPrefix.size()) : header,
                    from = part(plain, 0);
  for (const auto& [prefix, rooms] : kFences)
    if (plain.starts_with(prefix)) return stands_in(path, rooms) ? "" : "outside of its room";
  if (header == "evenkeel/evenkeel.h")
    return kArrows.at(part(path, 0)).contains("evenkeel") ? "" : "no arrow";
  if (is_public || from == "apps" || from == "tests") {
    if (!kArrows.contains(from)) return "no folder of ours";
    return fault_of_own(path, plain);
  }
  if (kArrows.contains(from) && header != from)
    return "without evenkeel/ in front, where a user's own folder may lie";
  if (quoted && part(path, 0) == "tests" && from == header) return "";  // beside it
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

TEST_CASE("every folder in core is a room") {
  for (const auto& entry : std::filesystem::directory_iterator(EVENKEEL_SOURCE_DIR "/core")) {
    if (entry.is_directory())
      CHECK_MESSAGE(kRooms.contains(entry.path().filename().string()), entry.path().string());
    CHECK_MESSAGE(entry.path().extension() != ".h", entry.path().string());
    CHECK_MESSAGE(entry.path().extension() != ".cpp", entry.path().string());
  }
}

TEST_CASE("the check notices what it is for") {
  auto faults = [](const char* path, const char* line) { return faults_of({path, line}); };
  CHECK(faults("core/ops/conv.cpp", "#include \"evenkeel/layers/layer.h\"\n") ==
        Names{"core/ops/conv.cpp includes evenkeel/layers/layer.h: no arrow"});
  CHECK(faults("core/tensor/tensor.h", "#include \"evenkeel/core/fast/gemm.h\"\n") ==
        Names{"core/tensor/tensor.h includes evenkeel/core/fast/gemm.h: no arrow between core's "
              "rooms"});
  for (const auto& one : std::vector<std::pair<const char*, const char*>>{
           {"layers/layer.h", "#include \"evenkeel/core/lazy/deferred.h\""},
           {"core/fast/gemm.cpp", "#include \"evenkeel/core/kernels/vec.h\""},
           {"core/fast/gemm.cpp", "#include \"evenkeel/core/ops/conv.h\""},
           {"core/lazy/deferred.cpp", "#include \"evenkeel/core/ops/conv.h\""},
           {"core/files/state.h", "#include \"evenkeel/core/ops/conv.h\""},
           {"core/kernels/sums.cpp", "#include \"evenkeel/core/tensor/tensor.h\""},
           {"core/ops/conv.cpp", "#include \"core/tensor/tensor.h\""},  // may be the user's
           {"layers/norm.h", "  #  include <evenkeel/models/convnet.h>\n"},
           {"layers/norm.h", "#include \"evenkeel/evenkeel.h\""},
           {"optim/sgd.cpp", "#include \"evenkeel/layers/layer.h\""},
           {"data/cifar.cpp", "#include \"evenkeel/optim/sgd.h\""},
           {"models/vgg.cpp", "#include \"evenkeel/data/cifar.h\""},
           {"apps/convnet/main.cpp", "#include \"tests/support/compare.h\""},
           {"core/ops/conv.cpp", "#include <cblas.h>"},
           {"data/cifar.cpp", "#include <stb/stb_image.h>"},
           {"data/image.cpp", "#include <stb/stb_image_write.h>"},
           {"layers/layer.cpp", "#include <fmt/format.h>"},
           {"core/tensor/tensor.cpp", "#include <omp.h>"},
           {"layers/layer.cpp", "#include \"evenkeel/core/tensor/tensor_impl.h\""},
           {"core/ops/conv.cpp", "#include \"gemm.h\""},
           {"core/ops/conv.cpp", "#include <Eigen/Dense>"},
           {"core/ops/conv.cpp", "#include <immintrin.h>"}}) {
    const char *path = one.first, *line = one.second;
    CAPTURE(path);
    CHECK_MESSAGE(faults(path, line).size() == 1, line);
  }
  CHECK(faults("core/fast/gemm.cpp",
               "#include <cblas.h>\n#include <vector>\n#include \"evenkeel/core/fast/gemm.h\"")
            .empty());
  CHECK(faults("layers/norm.cpp", "#include \"evenkeel/core/ops/normalize.h\"").empty());
}

}  // namespace
}  // namespace ek

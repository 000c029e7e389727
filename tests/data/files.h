// What the tests of data/ share: files made on the spot, and errors as text.
#pragma once

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "evenkeel/core/base/check.h"
#include "evenkeel/data/dataset.h"

namespace ek {

namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;

/// A folder that lives as long as the test.
struct TempDir {
  fs::path path;
  TempDir() {
    std::string name = (fs::temp_directory_path() / "evenkeel-test-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("mkdtemp failed");
    path = name;
  }
  ~TempDir() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
};

/// Writes a file, and the folders that it is in.
inline void write_file(const fs::path& path, const Bytes& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
  if (!out.flush()) throw std::runtime_error("cannot write " + path.string());
}
inline void write_file(const fs::path& path, std::string_view content) {
  write_file(path, Bytes(content.begin(), content.end()));
}

/// The message of the E that f() throws; "no error" if it throws nothing.
template <typename E, typename F>
std::string error_of(F f) {
  try {
    f();
  } catch (const E& error) {
    return error.what();
  }
  return "no error";
}

/// Image i of a dataset.
inline Bytes image_of(const Dataset& data, std::int64_t i) {
  Bytes pixels(static_cast<std::size_t>(data.image_shape().numel()));
  data.image(i, pixels);
  return pixels;
}

/// While one lives, this process can have 256 MiB of memory more than it had. (Sanitizers keep their own
/// books in far more; under them a huge allocation ends the test anyway.)
class MemoryCap {
 public:
  MemoryCap() {
    getrlimit(RLIMIT_AS, &before_);
    long pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    rlimit cap = before_;
    cap.rlim_cur = static_cast<rlim_t>(pages) * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) +
                   (rlim_t{256} << 20);
    setrlimit(RLIMIT_AS, &cap);
  }
  ~MemoryCap() { setrlimit(RLIMIT_AS, &before_); }
  MemoryCap(const MemoryCap&) = delete;
  MemoryCap& operator=(const MemoryCap&) = delete;

 private:
  rlimit before_{};
};

}  // namespace ek

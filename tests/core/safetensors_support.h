// Files of tensors, byte by byte.
#pragma once

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmath>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>
#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/files/safetensors.h"
#include "evenkeel/core/files/state.h"
#include "evenkeel/core/machine/denormals.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {
namespace {

namespace fs = std::filesystem;

// A folder that is gone when the test is over.
struct Folder {
  fs::path path;
  Folder() {
    std::string name = (fs::temp_directory_path() / "ek-safetensors-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()));
    path = name;
  }
  ~Folder() { fs::remove_all(path); }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(path))
      names.push_back(entry.path().filename().string());
    return names;
  }
};

inline std::string bytes_of_file(const fs::path& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

template <typename T>
inline std::string raw(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

// A file with this header and data.
inline std::string file_with(const std::string& header, const std::string& data = "") {
  return raw<std::uint64_t>({header.size()}) + header + data;
}

// One tensor "x".
inline std::string file_of(const std::string& dtype, const std::string& shape,
                           const std::string& data) {
  return file_with(text(R"({"x":{"dtype":")", dtype, R"(","shape":)", shape,
                        R"(,"data_offsets":[0,)", data.size(), "]}}"),
                   data);
}

struct Reader {
  Folder folder;
  fs::path path = folder.path / "file.safetensors";

  SafeTensors read(const std::string& bytes) const {
    fs::remove(
        path);  // some file systems flush a file that is cut and written again, which takes long
    std::ofstream(path, std::ios::binary) << bytes;
    return read_safetensors(path);
  }
  std::string refusal(const std::string& bytes) const {
    try {
      read(bytes);
    } catch (const DataError& e) {
      const std::string message = e.what();
      CHECK(message.starts_with(path.string() + ": "));
      CHECK(message.find('\n') == std::string::npos);
      CHECK(message.size() < 600);
      return message.substr(path.string().size() + 2);
    }
    return "no error";
  }
};

#define CHECK_REFUSED(bytes, reason)                   \
  do {                                                 \
    const std::string message = reader.refusal(bytes); \
    INFO(message);                                     \
    CHECK(message.find(reason) != std::string::npos);  \
  } while (false)

inline const Tensor& reals(const SafeTensors& content, const char* name) {
  return std::get<Tensor>(*content.tensors.find(name));
}
inline const IntTensor& integers(const SafeTensors& content, const char* name) {
  return std::get<IntTensor>(*content.tensors.find(name));
}

inline bool same(const StateValue& a, const StateValue& b) {
  if (a.index() != b.index() || shape_of(a) != shape_of(b)) return false;
  if (const IntTensor* ints = std::get_if<IntTensor>(&a))
    return ints->data() == std::get<IntTensor>(b).data();
  const auto x = std::get<Tensor>(a).data(), y = std::get<Tensor>(b).data();
  return std::memcmp(x.data(), y.data(), x.size_bytes()) == 0;
}

inline bool same(const SafeTensors& a, const SafeTensors& b) {
  if (a.metadata != b.metadata || a.tensors.size() != b.tensors.size()) return false;
  for (const auto& [name, value] : a.tensors) {
    const StateValue* other = b.tensors.find(name);
    if (!other || !same(value, *other)) return false;
  }
  return true;
}

// 160 bytes, written from the format's description.
inline const std::string kGolden =
    raw<std::uint64_t>({0x88}) +
    R"({"bn.num_batches_tracked":{"dtype":"I64","shape":[],"data_offsets":[0,8]},)"
    R"("bn.weight":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}})" +
    raw<std::int64_t>({5}) + std::string("\0\0\x80\x3f\0\0\0\x40", 8);

inline SafeTensors golden_content() {
  SafeTensors content;
  content.tensors.add("bn.weight", Tensor::from({2}, {1, 2}));
  content.tensors.add("bn.num_batches_tracked", IntTensor({}, 5));
  return content;
}

inline SafeTensors varied_content() {
  SafeTensors content;
  content.metadata = {{"epoch", "12"}, {"config", "{\"norm\": \"batch\"}\n\u00e9"}};
  content.tensors.add("w", Tensor::from({2, 1, 2}, {-0.0f, 1e-40f, INFINITY, -3.5f}));
  content.tensors.add("scalar", Tensor::from({}, {42}));
  content.tensors.add("empty", Tensor({0, 3}));
  content.tensors.add("\u03b3 \"quoted\\\"", Tensor::from({1}, {7}));
  IntTensor steps({3});
  steps.mutable_data() = {-1, std::numeric_limits<std::int64_t>::max(), 0};
  content.tensors.add("steps", steps);
  return content;
}

}  // namespace
}  // namespace ek

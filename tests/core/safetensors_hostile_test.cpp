// Longer than usual: one list of what a hostile file may hold.
// Files that are damaged or hostile are refused, in little time and memory.
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
#include "evenkeel/core/files/file.h"
#include "evenkeel/core/files/safetensors.h"
#include "evenkeel/core/files/state.h"
#include "evenkeel/core/machine/denormals.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/core/safetensors_support.h"

namespace ek {
namespace {

TEST_CASE("a file cut at any byte is refused") {
  const Reader reader;
  write_safetensors(reader.path, varied_content());
  for (const std::string& whole : {kGolden, bytes_of_file(reader.path)})
    for (std::size_t n = 0; n < whole.size(); ++n) {
      CAPTURE(n);
      CHECK(reader.refusal(whole.substr(0, n)) != "no error");
    }
  CHECK_REFUSED("", "0 bytes, expected at least 8");
  CHECK_REFUSED(kGolden.substr(0, 159), "159 bytes, expected 160");
}

// Names, metadata and the sizes of an empty tensor have no redundancy in the format. A changed name is
// refused when the file is loaded by name.
TEST_CASE("a flipped bit in the header is refused or changes nothing") {
  const Reader reader;
  write_safetensors(reader.path, varied_content());
  const std::string whole = bytes_of_file(reader.path);
  const SafeTensors original = read_safetensors(reader.path);
  std::uint64_t header_size = 0;
  std::memcpy(&header_size, whole.data(), 8);
  int refused = 0, renamed = 0;
  for (std::size_t bit = 0; bit < 8 * (8 + header_size); ++bit) {
    CAPTURE(bit);
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    try {
      const SafeTensors content = reader.read(flipped);
      if (same(content, original)) continue;
      CHECK(content.tensors.size() == original.tensors.size());
      int unknown = 0;
      for (const auto& [name, value] : content.tensors) {
        const StateValue* before = original.tensors.find(name);
        unknown += !before;
        if (before && shape_of(value).numel() > 0) CHECK(same(value, *before));
      }
      CHECK(unknown <= 1);
      renamed += unknown;
      if (unknown)
        CHECK_THROWS_AS(load_state(original.tensors, content.tensors, "file"),
                        std::invalid_argument);
    } catch (const DataError&) {
      ++refused;
    }
  }
  CHECK(renamed > 0);
  CHECK(refused > 1500);
}

TEST_CASE("hostile lengths") {
  const Reader reader;
  const auto with_length = [](std::uint64_t n, const std::string& rest) {
    return raw<std::uint64_t>({n}) + rest;
  };
  CHECK_REFUSED(with_length(1ull << 63, "{}"),
                "header of 9223372036854775808 bytes, expected at most 100000000");
  CHECK_REFUSED(with_length(~0ull, "{}"), "header of 18446744073709551615 bytes");
  CHECK_REFUSED(with_length(100'000'001, "{}"), "expected at most 100000000");
  CHECK_REFUSED(with_length(100'000'000, "{}          "),
                "header of 100000000 bytes in a file of 20");
  CHECK_REFUSED(with_length(3, "{}"), "header of 3 bytes in a file of 10");
  CHECK_REFUSED(with_length(0, ""), "does not start with '{'");
}

const std::string kGoodFields = R"("dtype":"F32","shape":[2],"data_offsets":[0,8])";

std::string entry(const std::string& fields) { return R"({"x":{)" + fields + "}}"; }

void refused(const std::string& header, const std::string& reason) {
  const Reader reader;
  CAPTURE(header.substr(0, 80));
  CHECK_REFUSED(file_with(header, "12345678"), reason);
}

TEST_CASE("hostile JSON") {
  refused("[]", "does not start with '{'");
  refused(" {}", "does not start with '{'");
  refused("\xef\xbb\xbf{}", "does not start with '{'");
  refused("{", "not JSON at byte 9");
  refused("{}}", "not JSON at byte 10");
  refused(entry(kGoodFields) + "x", "not JSON at byte");
  refused(R"({"x")", "not JSON");
  refused(std::string("{}\0\0", 4), "NUL byte");
  refused(R"({"x":5})", "header, tensor 'x': a number where the format has none");
  refused(R"({"x":[]})", "an array where");
  refused(R"({"x":"F32"})", "a string where");
  refused(R"({"x":null})", "null where");
  refused(R"({"x":true})", "true or false where");
  refused(R"({"x":{}})", "tensor 'x' lacks dtype, shape or data_offsets");
  refused(entry(R"("dtype":"F32","shape":[2])"), "lacks dtype, shape or data_offsets");
  refused(entry(R"("dtype":"F99","shape":[2],"data_offsets":[0,8])"),
          "dtype 'F99' is none of F64, F32");
  refused(entry(R"("dtype":"F4\n","shape":[2],"data_offsets":[0,8])"),
          "dtype 'F4\\x0A' is none of");
  refused(entry(R"("dtype":32,"shape":[2],"data_offsets":[0,8])"), "tensor 'x', 'dtype': a number");
  refused(entry(kGoodFields + R"(,"more":"")"), "tensor 'x', 'more': a string");
  refused(entry(kGoodFields + R"(,"more":{})"), "tensor 'x', 'more': an object");
  refused(entry(kGoodFields + R"(,"shape":[2])"), "tensor 'x': shape occurs twice");
}

TEST_CASE("hostile JSON: names, metadata and depth") {
  refused(R"({"x":{)" + kGoodFields + R"(},"x":{)" + kGoodFields + "}}",
          "the name 'x' occurs twice");
  refused(R"({"x":{)" + kGoodFields + R"(},"\u0078":{)" + kGoodFields + "}}",
          "the name 'x' occurs twice");
  refused(R"({"__metadata__":{},"__metadata__":{}})", "'__metadata__' occurs twice");
  refused(R"({"__metadata__":{"a":"","a":""}})", "metadata key 'a' occurs twice");
  refused(R"({"__metadata__":{"epoch":3}})", "'epoch': a number");
  refused(R"({"__metadata__":{"a":{}}})", "'a': an object");
  refused(R"({"__metadata__":{"a":["b"]}})", "'a': an array");
  refused(R"({"__metadata__":"a"})", "a string");
  refused(R"({"a\u0000b":{)" + kGoodFields + "}}", "control character in its name");
  refused(R"({"a\nb":{)" + kGoodFields + "}}", "control character in its name");
  refused("{\"\xff\":{" + kGoodFields + "}}", "not JSON at byte 10");
  refused("{\"\xc0\xaf\":{" + kGoodFields + "}}", "not JSON");
  refused(R"({"\ud800":{)" + kGoodFields + "}}", "not JSON");
  refused("{\"x\":" + std::string(100'000, '['), "an array where");
  refused("{\"x\":{\"shape\":" + std::string(100'000, '['), "an array where");
  std::string nested = "{";
  for (int i = 0; i < 100'000; ++i) nested += "\"x\":{";
  refused(nested, "an object where");
  refused(R"({")" + std::string(5000, 'n') + R"(":{}})", "nnn...' lacks");
}

void refused_tensor(const std::string& dtype, const std::string& shape, const std::string& offsets,
                    const std::string& reason) {
  CAPTURE(shape);
  refused(text(R"({"x":{"dtype":")", dtype, R"(","shape":)", shape, R"(,"data_offsets":)", offsets,
               "}}"),
          reason);
}

TEST_CASE("hostile shapes and offsets") {
  refused_tensor("F32", "[4294967296,4294967296]", "[0,8]", "its shape has too many elements");
  refused_tensor("F32", "[9223372036854775808]", "[0,8]", "its shape has too many elements");
  refused_tensor("U8", "[18446744073709551615]", "[0,8]", "its shape has too many elements");
  refused_tensor("U8", "[1152921504606846976]", "[0,8]", "its shape has too many elements");
  refused_tensor("F32", "[0,4611686018427387904]", "[0,0]", "its shape has too many elements");
  refused_tensor("F32", "[4611686018427387904,4611686018427387904,0]", "[0,0]",
                 "its shape has too many elements");
  refused_tensor("F32", "[18446744073709551616]", "[0,8]", "a number with a fraction or exponent");
  refused_tensor("F32", "[2.0]", "[0,8]", "a number with a fraction or exponent");
  refused_tensor("F32", "[1e30]", "[0,8]", "a number with a fraction or exponent");
  refused_tensor("F32", "[1e400]", "[0,8]", "not JSON");
  refused_tensor("F32", "[-2]", "[0,8]", "a negative number");
  refused_tensor("F32", "[1,1,1,1,1,1,1,1,2]", "[0,8]",
                 "more than 8 numbers in shape; tensors have at most 8 axes here");
  refused_tensor("F32", "2", "[0,8]", "'shape': a number");
  refused_tensor("F32", "[[2]]", "[0,8]", "'shape': an array");
  refused_tensor("F32", R"(["2"])", "[0,8]", "'shape': a string");
  refused_tensor("F32", "[3]", "[0,8]", "data_offsets 0..8, but F32 [3] takes 12 bytes");
  refused_tensor("F32", "[2]", "[8,0]", "data_offsets 8..0, but F32 [2] takes 8 bytes");
  refused_tensor("F32", "[2]", "[18446744073709551608,0]", "takes 8 bytes");
  refused_tensor("F32", "[2]", "[4,12]", "starts at byte 4 of the data, expected 0 (a hole)");
  refused_tensor("F32", "[4]", "[0,16]", "71 bytes, expected 79");
  refused_tensor("F32", "[1]", "[0,4]", "70 bytes, expected 66");
  refused_tensor("F32", "[2]", "[0]", "data_offsets has 1 numbers, expected 2");
  refused_tensor("F32", "[2]", "[0,8,8]", "data_offsets has 3 numbers, expected 2");
  refused_tensor("F32", "[2]", "[0,8.0]", "a number with a fraction or exponent");
  refused_tensor("F32", "[2]", "[-8,0]", "a negative number");
}

TEST_CASE("tensors whose places leave a hole or overlap") {
  const Reader reader;
  const auto two = [&](const std::string& a, const std::string& b, const std::string& reason) {
    CHECK_REFUSED(file_with(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)" + a +
                                R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + b + "}}",
                            "12345678"),
                  reason);
  };
  two("[0,4]", "[0,4]", "tensor 'b' starts at byte 0 of the data, expected 4 (an overlap)");
  two("[0,4]", "[3,7]", "tensor 'b' starts at byte 3 of the data, expected 4 (an overlap)");
  two("[0,4]", "[5,9]", "tensor 'b' starts at byte 5 of the data, expected 4 (a hole)");
  two("[4,8]", "[1,5]", "tensor 'b' starts at byte 1 of the data, expected 0 (a hole)");
  CHECK_REFUSED(kGolden + "P", "161 bytes, expected 160");
  CHECK_REFUSED(kGolden + "PK\3\4 a zip archive", "expected 160");
}

long peak_kilobytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stol(line.substr(6));
  return 0;
}

// AddressSanitizer keeps what was freed, to notice who uses it still.
#if defined(__SANITIZE_ADDRESS__)
constexpr long kMostKilobytes = 128 * 1024;
#elif defined(__has_feature)
constexpr long kMostKilobytes = __has_feature(address_sanitizer) ? 128 * 1024 : 32 * 1024;
#else
constexpr long kMostKilobytes = 32 * 1024;
#endif

// Memory where the header itself is the bomb.
TEST_CASE("hostile headers of any size fail in little memory") {
  const Reader reader;
  std::string tensors = "{";
  for (int i = 0; i < 1'000'000; ++i)
    tensors +=
        text(i ? "," : "", "\"t", i, R"(":{"dtype":"F32","shape":[0],"data_offsets":[0,0]})");
  std::string pairs;
  for (int i = 0; i < 1'000'000; ++i) pairs += text(",\"", i, "\":\"\"");
  const std::pair<std::string, const char*> bombs[] = {
      {tensors + "}", "more than 16384 tensors"},
      {"{\"" + std::string(20'000'000, 'n'),
       "an entry of the header takes more than 2097152 bytes"},
      {"{" + std::string(20'000'000, ' '), "an entry of the header takes more than 2097152 bytes"},
      {"{\"x\":{\"shape\":[" + std::string(20'000'000, '1'),
       "an entry of the header takes more than 2097152 bytes"},
      {"{\"__metadata__\":{\"\":\"\"" + pairs, "more than 16384 metadata strings"},
      {"{\"x\":{\"shape\":[1" + std::string(20'000'000, ','), "not JSON"},
  };
  for (const auto& [header, reason] : bombs) {
    std::ofstream(reader.path, std::ios::binary) << file_with(header);
    std::ofstream("/proc/self/clear_refs") << 5;  // resets VmHWM
    const long before = peak_kilobytes();
    std::string message = "no error";
    try {
      read_safetensors(reader.path);
    } catch (const DataError& e) {
      message = e.what();
    }
    INFO(message.substr(0, 200), ": ", peak_kilobytes() - before, " KiB");
    CHECK(message.find(reason) != std::string::npos);
    CHECK(peak_kilobytes() - before < kMostKilobytes);
  }
}

TEST_CASE("what cannot be opened") {
  const Folder folder;
  const auto refusal = [](const fs::path& path) {
    try {
      read_safetensors(path);
    } catch (const DataError& e) {
      return std::string(e.what());
    }
    return std::string("no error");
  };
  CHECK(refusal(folder.path / "none") ==
        (folder.path / "none").string() + ": cannot be opened: No such file or directory");
  CHECK(refusal(folder.path) == folder.path.string() + ": is not a regular file");
  const fs::path pipe = folder.path / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(refusal(pipe) ==
        pipe.string() + ": is not a regular file");  // and does not wait for a writer
}

}  // namespace
}  // namespace ek

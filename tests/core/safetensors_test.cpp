
#include "evenkeel/core/files/safetensors.h"
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
#include "evenkeel/core/files/state.h"
#include "evenkeel/core/machine/denormals.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/core/safetensors_support.h"

namespace ek {
namespace {

TEST_CASE("the golden file is read") {
  const Reader reader;
  REQUIRE(kGolden.size() == 160);
  const SafeTensors content = reader.read(kGolden);
  CHECK(content.tensors.size() == 2);
  CHECK(content.metadata.empty());
  CHECK(integers(content, "bn.num_batches_tracked").shape() == Shape{});
  CHECK(integers(content, "bn.num_batches_tracked").data()[0] == 5);
  CHECK(reals(content, "bn.weight").shape() == Shape{2});
  CHECK(reals(content, "bn.weight").data()[0] == 1);
  CHECK(reals(content, "bn.weight").data()[1] == 2);
}

TEST_CASE("the golden file is written, byte for byte") {
  const Reader reader;
  write_safetensors(reader.path, golden_content());
  CHECK(bytes_of_file(reader.path) == kGolden);
}

TEST_CASE("what is written is read back, and written again is the same file") {
  const Reader reader;
  const SafeTensors content = varied_content();
  write_safetensors(reader.path, content);
  const std::string first = bytes_of_file(reader.path);
  const SafeTensors again = read_safetensors(reader.path);
  CHECK(same(content, again));
  write_safetensors(reader.path, again);
  CHECK(bytes_of_file(reader.path) == first);
  std::uint64_t header_size = 0;
  std::memcpy(&header_size, first.data(), 8);
  CHECK(header_size % 8 == 0);
  CHECK(reader.folder.names().size() == 1);
}

TEST_CASE("a file without tensors") {
  const Reader reader;
  write_safetensors(reader.path, {});
  CHECK(bytes_of_file(reader.path) == file_with("{}      "));
  CHECK(read_safetensors(reader.path).tensors.size() == 0);
}

TEST_CASE("every dtype becomes real or whole numbers") {
  const Reader reader;
  const auto read_reals = [&](const std::string& dtype, const std::string& shape,
                              const std::string& data) {
    const auto values = reals(reader.read(file_of(dtype, shape, data)), "x").clone();
    return std::vector<Real>(values.data().begin(), values.data().end());
  };
  const auto read_integers = [&](const std::string& dtype, const std::string& shape,
                                 const std::string& data) {
    return integers(reader.read(file_of(dtype, shape, data)), "x").data();
  };
  CHECK(read_reals("F32", "[2]", raw<float>({1.5f, -2})) == std::vector<Real>{1.5f, -2});
  CHECK(read_reals("F16", "[6]",
                   raw<std::uint16_t>({0x3c00, 0xc000, 0x3555, 0x0001, 0x8400, 0x7bff})) ==
        std::vector<Real>{1, -2, 0x1.554p-2f, 0x1p-24f, -0x1p-14f, 65504});
  CHECK(read_reals("BF16", "[3]", raw<std::uint16_t>({0x3f80, 0xc040, 0x0001})) ==
        std::vector<Real>{1, -3, 0x1p-133f});
  CHECK(read_integers("I64", "[1,2]", raw<std::int64_t>({-1, 1ll << 40})) ==
        std::vector<std::int64_t>{-1, 1ll << 40});
  CHECK(read_integers("I32", "[2]", raw<std::int32_t>({-7, 1 << 30})) ==
        std::vector<std::int64_t>{-7, 1 << 30});
  CHECK(read_integers("U8", "[2]", "\x01\xff") == std::vector<std::int64_t>{1, 255});
  CHECK(read_integers("BOOL", "[2]", std::string("\0\1", 2)) == std::vector<std::int64_t>{0, 1});

  const auto special =
      read_reals("F16", "[4]", raw<std::uint16_t>({0x8000, 0x7c00, 0xfc00, 0x7e01}));
  CHECK((special[0] == 0 && std::signbit(special[0])));
  CHECK(special[1] == INFINITY);
  CHECK(special[2] == -INFINITY);
  CHECK(std::isnan(special[3]));
}

// Against the definition: (-1)^s 2^(e-15) (1 + f/1024), and 2^-14 f/1024 for e = 0.
TEST_CASE("every finite half has its value") {
  std::vector<std::uint16_t> bits;
  std::vector<Real> expected;
  for (unsigned b = 0; b < 65536; ++b) {
    const int exponent = static_cast<int>(b >> 10 & 31), fraction = static_cast<int>(b & 1023);
    if (exponent == 31) continue;
    const double magnitude =
        exponent ? std::ldexp(1024 + fraction, exponent - 25) : std::ldexp(fraction, -24);
    bits.push_back(static_cast<std::uint16_t>(b));
    expected.push_back(static_cast<Real>(b >> 15 ? -magnitude : magnitude));
  }
  const Reader reader;
  const SafeTensors content = reader.read(file_of("F16", text('[', bits.size(), ']'), raw(bits)));
  const auto values = reals(content, "x").data();
  CHECK(std::memcmp(values.data(), expected.data(), values.size_bytes()) == 0);

  const FlushDenormals flush;  // as the program reads its checkpoints
  const SafeTensors again = reader.read(file_of("F16", text('[', bits.size(), ']'), raw(bits)));
  CHECK(std::memcmp(reals(again, "x").data().data(), expected.data(), values.size_bytes()) == 0);
}

TEST_CASE("float64 is for builds with double numbers only") {
  const Reader reader;
  const std::string file = file_of("F64", "[1]", raw<double>({0.1}));
  if constexpr (sizeof(Real) == 8)
    CHECK(reals(reader.read(file), "x").item() == 0.1);
  else
    CHECK_REFUSED(file,
                  "tensor 'x' is F64, but this build computes in float32; save it with .float()");
}

TEST_CASE("legal files of other writers") {
  const Reader reader;
  const std::string data = raw<float>({1, 2, 3});
  const auto last = [&](const std::string& header) {
    const SafeTensors content = reader.read(file_with(header, data));
    return reals(content, "x").data().back();
  };
  CHECK(last(R"({"x":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}})") == 3);
  CHECK(last(R"({ "x" : {"data_offsets":[0,12], "shape":[3,1], "dtype":"F32"} }     )") == 3);
  // Tensors in any order; empty ones anywhere.
  CHECK(last(R"({"x":{"dtype":"F32","shape":[2,1],"data_offsets":[4,12]},)"
             R"("a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},)"
             R"("y":{"dtype":"F32","shape":[0],"data_offsets":[4,4]},)"
             R"("z":{"dtype":"F32","shape":[9,0],"data_offsets":[12,12]}})") == 3);
  const SafeTensors content = reader.read(file_with(R"({"__metadata__":{"format":"pt","":""}})"));
  CHECK(content.metadata == std::map<std::string, std::string>{{"format", "pt"}, {"", ""}});
}

TEST_CASE("tensors are listed in the order of the file") {
  const Reader reader;
  const SafeTensors content = reader.read(file_with(
      R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[2,3]},"b":{"dtype":"U8","shape":[2],)"
      R"("data_offsets":[0,2]}})",
      "xyz"));
  CHECK(content.tensors.begin()->first == "b");
  CHECK(integers(content, "a").data()[0] == 'z');
}

}  // namespace
}  // namespace ek

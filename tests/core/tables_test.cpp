// Whole ops give the same bits on every table of kernels that has fused multiply-adds: op_digests.cpp, run on each.
#include <doctest/doctest.h>

#include <cstdio>
#include <string>

#include "evenkeel/core/kernels/dispatch.h"

namespace ek {
namespace {

std::string digests(const std::string& environment) {
  const std::string command = environment + " " EVENKEEL_BUILD_DIR "/op_digests";
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe);
  std::string all;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) all += static_cast<char>(c);
  REQUIRE(pclose(pipe) == 0);
  return all;
}

TEST_CASE("convolution, norms, pooling, relu and large linear layers: AVX2's bits are AVX-512's") {
  const auto tables = supported_kernels();
  if (tables.size() < 3) {
    MESSAGE("SKIPPED: this CPU has no two tables with fused multiply-adds");
    return;
  }
  for (const char* more : {"", " EVENKEEL_WINOGRAD=0"}) {
    const std::string avx2 = digests(std::string("EVENKEEL_CPU=avx2") + more);
    CHECK(avx2.size() > 500);
    CHECK(digests(std::string("EVENKEEL_CPU=avx512") + more) == avx2);
  }
}

}  // namespace
}  // namespace ek

// Chooses the table of kernels for this CPU, once, at the first use.
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/kernels/dispatch.h"

namespace ek {

extern const Kernels kernels_baseline;
#ifdef __x86_64__
extern const Kernels kernels_avx2, kernels_avx512;
#endif

std::vector<const Kernels*> supported_kernels() {
  std::vector<const Kernels*> tables = {&kernels_baseline};
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    tables.push_back(&kernels_avx2);
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
    tables.push_back(&kernels_avx512);
#endif
  return tables;
}

namespace {

const Kernels& choose() {
  const auto tables = supported_kernels();
  const char* wanted = std::getenv("EVENKEEL_CPU");
  if (!wanted || !*wanted) return *tables.back();
  for (const Kernels* table : tables)
    if (std::string_view(wanted) == table->name) return *table;
  std::string names;
  for (const Kernels* table : tables) names += text(names.empty() ? "" : ", ", table->name);
  throw std::invalid_argument(
      text("EVENKEEL_CPU: '", wanted, "' cannot run here; this CPU can run ", names));
}

}  // namespace

const Kernels& kernels() {
  static const Kernels& chosen = choose();
  return chosen;
}

}  // namespace ek

#include "evenkeel/core/fast/gemm.h"

#include <cblas.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <mutex>
#include <new>
#include <optional>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/machine/parallel.h"

namespace ek {
namespace {

// BLAS's own threads are off for good: the split of the work is ours and does not depend on their number.
[[maybe_unused]] const bool blas_is_single_threaded = (openblas_set_num_threads(1), true);

#ifdef EVENKEEL_REAL_DOUBLE
constexpr auto* blas_gemm = cblas_dgemm;
#else
constexpr auto* blas_gemm = cblas_sgemm;
#endif

/// Lives during a thread's first call of BLAS. OpenBLAS computes in buffers of 128 MiB, one for each call that is under
/// way at once, which it keeps. Where it cannot have one it asks the system again for ever; so that is asked here first.
class FirstCall {
 public:
  FirstCall() {
    const std::lock_guard lock(mutex);
    const std::size_t wanted =
        (begun + 1) * (std::size_t{128} << 20);  // the others may not have taken theirs yet
    void* room = mmap(nullptr, wanted, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED) throw std::bad_alloc();
    munmap(room, wanted);
    ++begun;
  }
  ~FirstCall() {
    const std::lock_guard lock(mutex);
    --begun;
  }
  FirstCall& operator=(FirstCall&&) = delete;  // neither copied nor moved

 private:
  inline static std::mutex mutex;
  inline static std::size_t begun = 0;  // first calls under way
};

}  // namespace

// The longer of M and N is cut, so that as little as possible is read (and packed by BLAS) twice: every block of rows or
// columns of C is one BLAS call. K is never cut: linear's long ones are core/fast/product.h's.
void gemm(Trans ta, Trans tb, std::int64_t m, std::int64_t n, std::int64_t k, const Real* a,
          std::int64_t lda, const Real* b, std::int64_t ldb, Real* c, std::int64_t ldc) {
  const std::int64_t a_m = ta == Trans::no ? lda : 1,
                     b_n = tb == Trans::no ? 1 : ldb;  // distances along M and N
  auto grain = [](std::int64_t size) { return std::max<std::int64_t>(64, (size + 15) / 16); };
  auto flag = [](Trans t) { return t == Trans::yes ? CblasTrans : CblasNoTrans; };
  auto stride = [](std::int64_t v) { return static_cast<int>(std::max<std::int64_t>(v, 1)); };
  if (m == 0 || n == 0) return;
  for (const std::int64_t size : {m, n, k, lda, ldb, ldc})
    check(size <= std::numeric_limits<int>::max(), "matmul: BLAS takes sizes up to ",
          std::numeric_limits<int>::max(), ", got ", size, " in a product of [", m, ", ", k,
          "] and [", k, ", ", n, "]");
  const bool wide = n >= m;
  parallel_for(wide ? n : m, grain(wide ? n : m), [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t i = wide ? 0 : begin, j = wide ? begin : 0, size = end - begin;
    const auto rows = static_cast<int>(wide ? m : size),
               columns = static_cast<int>(wide ? size : n);
    thread_local bool called_before = false;
    std::optional<FirstCall> first;
    if (!called_before) first.emplace();
    blas_gemm(CblasRowMajor, flag(ta), flag(tb), rows, columns, static_cast<int>(k), 1, a + i * a_m,
              stride(lda), b + j * b_n, stride(ldb), 0, c + i * ldc + j, stride(ldc));
    called_before = true;
  });
}

}  // namespace ek

#include "core/gemm.h"

#include <cblas.h>
#include <sys/mman.h>

#include <algorithm>
#include <mutex>
#include <new>
#include <optional>
#include <vector>

#include "core/parallel.h"

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
    const std::size_t wanted = (begun + 1) * (std::size_t{128} << 20);  // the others may not have taken theirs yet
    void* room = mmap(nullptr, wanted, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
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

constexpr std::int64_t kBlock = 1024;  // the least K of a slice, and N of a column block when N is the long side
constexpr std::int64_t kMaxSlices = 16;

}  // namespace

void gemm_serial(Trans ta, Trans tb, std::int64_t m, std::int64_t n, std::int64_t k, const Real* a, std::int64_t lda,
                 const Real* b, std::int64_t ldb, Real beta, Real* c, std::int64_t ldc) {
  auto whole = [](std::int64_t v) { return static_cast<int>(std::max<std::int64_t>(v, 1)); };
  if (m == 0 || n == 0) return;
  thread_local bool called_before = false;
  std::optional<FirstCall> first;
  if (!called_before) first.emplace();
  auto flag = [](Trans t) { return t == Trans::yes ? CblasTrans : CblasNoTrans; };
  blas_gemm(CblasRowMajor, flag(ta), flag(tb), static_cast<int>(m), static_cast<int>(n), static_cast<int>(k), 1, a,
            whole(lda), b, whole(ldb), beta, c, whole(ldc));
  called_before = true;
}

// The longest of M, N and K is cut, so that as little as possible is read (and packed by BLAS) twice:
//   rows or columns of C: every block of C is one BLAS call;
//   K: every slice of K gives its own M x N product, and the products are added in order of the slices.
void gemm(Trans ta, Trans tb, std::int64_t m, std::int64_t n, std::int64_t k, const Real* a, std::int64_t lda,
          const Real* b, std::int64_t ldb, Real beta, Real* c, std::int64_t ldc) {
  const std::int64_t a_m = ta == Trans::no ? lda : 1, a_k = ta == Trans::no ? 1 : lda;  // distances along M, N and K
  const std::int64_t b_k = tb == Trans::no ? ldb : 1, b_n = tb == Trans::no ? 1 : ldb;
  auto grain = [](auto size, auto least) {
    return std::max<std::int64_t>(least, (size + kMaxSlices - 1) / kMaxSlices);
  };
  if (k >= 4 * kBlock && k > m && k > n) {
    const std::int64_t step = grain(k, kBlock), slices = (k + step - 1) / step;
    std::vector<Real> partial(static_cast<std::size_t>((slices - 1) * m * n));
    parallel_for(k, step, [&](std::int64_t begin, std::int64_t end) {
      const std::int64_t s = begin / step;
      gemm_serial(ta, tb, m, n, end - begin, a + begin * a_k, lda, b + begin * b_k, ldb, s == 0 ? beta : 0,
                  s == 0 ? c : partial.data() + (s - 1) * m * n, s == 0 ? ldc : n);
    });
    parallel_for(m, 16, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t s = 0; s + 1 < slices; ++s)
        for (std::int64_t i = begin; i < end; ++i)
          for (std::int64_t j = 0; j < n; ++j) c[i * ldc + j] += partial[static_cast<std::size_t>((s * m + i) * n + j)];
    });
  } else if (n >= m) {
    parallel_for(n, grain(n, 64), [&](std::int64_t begin, std::int64_t end) {
      gemm_serial(ta, tb, m, end - begin, k, a, lda, b + begin * b_n, ldb, beta, c + begin, ldc);
    });
  } else {
    parallel_for(m, grain(m, 64), [&](std::int64_t begin, std::int64_t end) {
      gemm_serial(ta, tb, end - begin, n, k, a + begin * a_m, lda, b, ldb, beta, c + begin * ldc, ldc);
    });
  }
}

}  // namespace ek

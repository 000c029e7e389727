// Measures what the machine can do, for ops.py: `machine THREADS` prints {"gflops", "gb_per_s"}, the best of some
// tries. ops.py builds it for the machine that it runs on: g++ -O3 -march=native machine.cpp -pthread
//   gflops     multiply-adds of vectors that never leave the registers, counted as two
//   gb_per_s   y = a + s b on arrays far larger than the caches, counted as two reads and one write [STREAM's triad]
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <thread>
#include <vector>

namespace {

#if defined(__AVX512F__)
constexpr int kBytes = 64;
#elif defined(__AVX__)
constexpr int kBytes = 32;
#else
constexpr int kBytes = 16;
#endif
typedef float Vec __attribute__((vector_size(kBytes)));
constexpr int kLanes = kBytes / 4, kTries = 60;

double seconds(const std::function<void()>& run) {
  const auto start = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void on_threads(int threads, const std::function<void(int)>& body) {
  std::vector<std::thread> team;
  for (int t = 1; t < threads; ++t) team.emplace_back(body, t);
  body(0);
  for (std::thread& thread : team) thread.join();
}

/// Twelve chains of multiply-adds: enough to hide the latency of two units, few enough for 16 registers.
float multiply_add(long rounds) {
  Vec a0{}, a1{}, a2{}, a3{}, a4{}, a5{}, a6{}, a7{}, a8{}, a9{}, a10{}, a11{};
  const Vec x = Vec{} + 0.999f, y = Vec{} + 1e-3f;
  for (long i = 0; i < rounds; ++i) {
    a0 = a0 * x + y, a1 = a1 * x + y, a2 = a2 * x + y, a3 = a3 * x + y;
    a4 = a4 * x + y, a5 = a5 * x + y, a6 = a6 * x + y, a7 = a7 * x + y;
    a8 = a8 * x + y, a9 = a9 * x + y, a10 = a10 * x + y, a11 = a11 * x + y;
    // The compiler must not see that the chains are equal.
    asm volatile("" : "+x"(a0), "+x"(a1), "+x"(a2), "+x"(a3), "+x"(a4), "+x"(a5));
    asm volatile("" : "+x"(a6), "+x"(a7), "+x"(a8), "+x"(a9), "+x"(a10), "+x"(a11));
  }
  return (a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9 + a10 + a11)[0];
}

double gflops(int threads) {
  constexpr long kRounds = 4'000'000;
  volatile float sink = 0;
  double best = 1e30;
  for (int i = 0; i < kTries; ++i)
    best = std::min(
        best, seconds([&] { on_threads(threads, [&](int) { sink = multiply_add(kRounds); }); }));
  return 2.0 * 12 * kLanes * kRounds * threads / best * 1e-9;
}

double gb_per_s(int threads) {
  constexpr std::size_t kCount = 48 << 20;  // 192 MiB an array
  std::vector<float> a(kCount, 1), b(kCount, 2), y(kCount);
  double best = 1e30;
  for (int i = 0; i < kTries; ++i)
    best = std::min(best, seconds([&] {
                      on_threads(threads, [&](int t) {
                        const std::size_t share = kCount / static_cast<std::size_t>(threads);
                        const std::size_t begin = share * static_cast<std::size_t>(t);
                        const float *p = a.data() + begin, *q = b.data() + begin;
                        float* r = y.data() + begin;
                        for (std::size_t k = 0; k < share; ++k) r[k] = p[k] + 3.f * q[k];
                      });
                    }));
  return 3.0 * sizeof(float) * kCount / best * 1e-9;
}

}  // namespace

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::max(1, std::atoi(argv[1])) : 2;
  std::printf("{\"gflops\": %.1f, \"gb_per_s\": %.2f}\n", gflops(threads), gb_per_s(threads));
}

// Several threads that begin at the same moment.
#pragma once

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

namespace ek {

/// Calls work(0), ..., work(count - 1), each on a thread of its own, at once. REQUIRES: work does not throw.
inline void together(int count, const std::function<void(int)>& work) {
  std::atomic<int> ready = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < count; ++t)
    threads.emplace_back([&, t] {
      ++ready;
      while (ready < count) std::this_thread::yield();
      work(t);
    });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace ek

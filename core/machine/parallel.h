// parallel_for: the one owner of threads. Its own small pool, not OpenMP: OpenMP ends a loop only when every thread of
// the team has come, and on a machine that is busy with other things that wait is longer than the work.
#pragma once

#include <cstdint>
#include <functional>

namespace ek {

/// Elements in one chunk of an element-wise loop: 64 KiB of floats, small enough to stay in the L2 cache.
inline constexpr std::int64_t kElementGrain = 16384;

/// What is done with the elements begin, ..., end - 1.
using ChunkBody = std::function<void(std::int64_t begin, std::int64_t end)>;

/// Calls body(begin, end) for the chunks [0, grain), [grain, 2 grain), ... of [0, count), on all threads.
/// The chunks depend on count and grain alone, so a result that is put together per chunk, in chunk order,
/// has the same bits for any number of threads. Bodies take denormals for zero (core/machine/denormals.h). A call from inside a body runs on that thread alone. If
/// bodies throw, the exception of the lowest chunk is rethrown.
void parallel_for(std::int64_t count, std::int64_t grain, const ChunkBody& body);

/// Calls body(i) for every i of [0, count), in the chunks of parallel_for.
void parallel_each(std::int64_t count, std::int64_t grain, auto body) {
  parallel_for(count, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) body(i);
  });
}

/// Calls body(begin, end) for at most 32 chunks of [0, count), so that a body can keep its buffers for a whole chunk.
inline void for_each_chunk(std::int64_t count, const ChunkBody& body) {
  parallel_for(count, count > 0 ? (count - 1) / 32 + 1 : 1, body);
}

/// How many threads parallel_for uses, the caller's among them; at the start, as many as this process may run on. Where the
/// system refuses to make so many, it is the number that there are from then on: all work is done, with the same bits.
int num_threads();
void set_num_threads(int threads);

/// Starts the threads now and not at the first loop, so that a program can tell its user where they are fewer than were
/// set. Returns num_threads(), as it is afterwards.
int start_threads();

/// What runs on this thread: a number for every chunk of a loop, and one for each thread outside of loops. So what depends
/// on whether the same task did both of two things does not depend on which thread had time for a chunk.
std::uint64_t running_task();

/// While one lives, parallel_for on this thread runs inline. For helper threads that must not start a team.
class SerialScope {
 public:
  [[nodiscard]] SerialScope();
  ~SerialScope();
  SerialScope& operator=(SerialScope&&) = delete;  // neither copied nor moved

 private:
  bool before_;
};

}  // namespace ek

#include "evenkeel/core/machine/parallel.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/checked.h"
#include "evenkeel/core/machine/cpu_quota.h"
#include "evenkeel/core/machine/denormals.h"

namespace ek {
namespace {

thread_local bool serial = false;  // in a worker, in a body, or in a SerialScope

std::atomic<std::uint64_t> tasks = 0;
thread_local std::uint64_t task = 0;  // 0: this thread has no number yet

void run_chunk(const ChunkBody& body, std::int64_t begin, std::int64_t end) {
  struct Task {
    std::uint64_t before = std::exchange(task, ++tasks);
    ~Task() { task = before; }
  } const of_its_own;
  body(begin, end);
}

/// Calls done() until it holds, for some 50 microseconds: the time in which the next loop of a training step comes.
bool spin_until(auto done) {
  for (int i = 0; i < 4000; ++i) {
    if (done()) return true;
#ifdef __x86_64__
    __builtin_ia32_pause();
#endif
  }
  return false;
}

/// One parallel_for. Whoever is free takes the next chunk; nobody waits for a thread that has taken none.
class Job {
 public:
  Job(std::int64_t count, std::int64_t grain, const ChunkBody& body)
      : count_(count),
        grain_(grain),
        chunks_(ceil_div(std::max<std::int64_t>(count, 0), grain)),
        body_(body) {}

  void work() {
    for (std::int64_t c; (c = next_.fetch_add(1)) < chunks_;) {
      try {
        run_chunk(body_, c * grain_, c * grain_ + std::min(grain_, count_ - c * grain_));
      } catch (...) {
        const std::lock_guard lock(errors_mutex_);
        errors_.emplace(c, std::current_exception());
      }
      if (done_.fetch_add(1) + 1 == chunks_) done_.notify_all();
    }
  }

  /// Returns when every chunk has run. Throws the exception of the lowest chunk that threw.
  void finish() {
    if (!spin_until([&] { return done_ == chunks_; }))
      for (std::int64_t seen; (seen = done_) < chunks_;) done_.wait(seen);
    if (!errors_.empty()) std::rethrow_exception(errors_.begin()->second);
  }

 private:
  const std::int64_t count_, grain_, chunks_;
  const ChunkBody& body_;  // outlives every chunk: its caller waits in finish()
  std::atomic<std::int64_t> next_ = 0, done_ = 0;
  std::mutex errors_mutex_;
  std::map<std::int64_t, std::exception_ptr> errors_;  // by chunk
};

/// How many processors this process may use: those that it may run on, or fewer where its container has a quota of time.
/// More threads than that would be stopped again and again in the middle of their work.
int usable_processors() {
  cpu_set_t set;
  const int processors =
      sched_getaffinity(0, sizeof set, &set) == 0 ? std::max(1, CPU_COUNT(&set)) : 1;
  return std::min(processors, cpu_quota().value_or(processors));
}

/// The caller's own thread and those beside it, which start with the first job and sleep when there has been nothing to do
/// for a while.
class Pool {
 public:
  ~Pool() { stop(); }

  int size() const { return size_; }
  void resize(int size) {
    const std::lock_guard lock(starting_);
    if (size != size_) stop();
    size_ = size;
  }

  /// Starts the threads that are still missing. Where the system gives no more of them, the pool is as large as it got.
  int start() {
    const std::lock_guard lock(starting_);
    stopping_ = false;
    threads_.reserve(
        static_cast<std::size_t>(size_ - 1));  // so that nothing but a thread itself can fail below
    try {
      while (std::ssize(threads_) + 1 < size_) threads_.emplace_back([this] { run(); });
    } catch (const std::system_error&) {
      size_ = static_cast<int>(std::ssize(threads_)) + 1;
    }
    return size_;
  }

  /// The threads are there before the job: were it published first, a failure to start one would leave them with a body
  /// whose caller is gone.
  void offer(std::shared_ptr<Job> job) {
    start();
    {
      const std::lock_guard lock(mutex_);
      job_ = std::move(job);
    }
    wake_all();
  }

 private:
  /// All are told before the first is waited for: woken one by one, each would wake all others in vain.
  void stop() {
    stopping_ = true;
    wake_all();
    threads_.clear();  // waits for each
  }

  void wake_all() {
    ++calls_;
    calls_.notify_all();
  }

  void run() {
    serial = true;
    flush_denormals();
    for (std::uint64_t seen = 0;;) {
      if (!spin_until([&] { return calls_ != seen; })) calls_.wait(seen);
      seen = calls_;
      if (stopping_) return;
      std::unique_lock lock(mutex_);
      const std::shared_ptr<Job> job = job_;
      lock.unlock();
      if (job) job->work();  // there is none before the first
    }
  }

  std::atomic<int> size_ = usable_processors();
  std::mutex starting_;       // for starting and stopping threads, and for changing size_
  std::mutex mutex_;          // for job_
  std::shared_ptr<Job> job_;  // the newest; an older one is left to those who have begun it
  std::atomic<std::uint64_t> calls_ =
      0;  // how often the threads were told that there is something new
  std::atomic<bool> stopping_ = false;
  std::vector<std::jthread> threads_;
};

Pool& pool() {
  static Pool instance;
  return instance;
}

}  // namespace

void parallel_for(std::int64_t count, std::int64_t grain, const ChunkBody& body) {
  check(grain > 0, "parallel_for: grain must be positive, got ", grain);
  const FlushDenormals flush;  // the caller's thread computes as the pool's do
  if (count <= grain || serial || pool().size() == 1) {
    for (std::int64_t begin = 0, size = 0; begin < count; begin += size) {
      size = std::min(grain, count - begin);
      run_chunk(body, begin, begin + size);
    }
    return;
  }
  const auto job = std::make_shared<Job>(count, grain, body);
  pool().offer(job);
  {
    const SerialScope nested_calls_run_inline;
    job->work();
  }
  job->finish();
}

int num_threads() { return pool().size(); }
int start_threads() { return pool().start(); }

void set_num_threads(int n) {
  check(n >= 1, "threads: expected at least 1, got ", n);
  pool().resize(n);
}

std::uint64_t running_task() {
  if (task == 0) task = ++tasks;
  return task;
}

SerialScope::SerialScope() : before_(std::exchange(serial, true)) {}
SerialScope::~SerialScope() { serial = before_; }

}  // namespace ek

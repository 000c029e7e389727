// How far a long loop is, on stderr: a bar where that is a terminal, plain lines where it is not.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace ek {

struct ProgressOptions {
  bool quiet = false;            // shows nothing
  std::int64_t print_freq = 50;  // plain lines: one every so many steps
};

/// What a bar shows.
struct BarContent {
  std::string title;  // "epoch 1/3"
  std::int64_t done, steps;
  std::string note;  // "loss 1.23, accuracy 45.6 %"
  std::string rate;  // "345 images/s, 0:12 left"
};

/// "epoch 1/3 [####....] 20/391  loss 1.23, accuracy 45.6 %  345 images/s, 0:12 left" in at most `width` columns. What
/// is dropped where that is not enough room: first a part of the bar, then the whole bar, then the note.
std::string bar_line(const BarContent& content, std::size_t width);

/// The progress of a loop over batches. Shows images per second and the time left; never throws, because a
/// stderr that cannot be written to is no reason to stop.
class Progress {
 public:
  Progress(std::string title, std::int64_t steps, ProgressOptions options);
  ~Progress();  // wipes the bar away
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// A batch of so many images is done; `note` says how it goes: "loss 1.23, accuracy 45.6 %".
  void step(std::int64_t images, const std::string& note);

 private:
  std::string rate_and_rest() const;

  std::string title_;
  std::int64_t steps_, done_ = 0, images_ = 0;
  ProgressOptions options_;
  bool terminal_;
  std::chrono::steady_clock::time_point start_, shown_{};
};

/// For work that has no steps to count: says after two seconds what is being waited for, on a terminal with
/// the seconds that it takes.
class Waiting {
 public:
  Waiting(std::string what, bool quiet);
  ~Waiting();
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  void watch() noexcept;

  std::string what_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;  // guarded by mutex_
  std::thread watcher_;
};

}  // namespace ek

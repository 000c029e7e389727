// How far a long loop is, on stderr: a bar where that is a terminal, plain lines where it is not.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "apps/training/outlook.h"

namespace ek {

struct ProgressOptions {
  bool quiet = false;  // shows nothing
  std::int64_t print_freq =
      0;  // plain lines: one every so many steps; 0: one every ten seconds of the program
};

/// Which part of a larger work a loop is: what its steps take, it says there, and shows what is left in all.
struct PartOf {
  Outlook* whole = nullptr;
  std::string part = {};
};

/// What a bar shows.
struct BarContent {
  std::string title;  // "epoch 1/3"
  std::int64_t done, steps;
  std::string note;  // "loss 1.23, accuracy 45.6 %"
  std::string rate;  // "345 images/s"
  std::string left;  // "0:12 left, 3:40 in all"
};

/// "epoch 1/3 [####....] 20/391  loss 1.23, accuracy 45.6 %  345 images/s, 0:12 left" in at most `width` columns. What
/// gives way where that is not enough room: first a part of the bar, then the whole bar, the rate, the note, and the end
/// of the title. The time left stays for as long as anything does.
std::string bar_line(const BarContent& content, std::size_t width);

/// The progress of a loop over batches. Shows images per second, the time left and, for a part of a larger work, that in
/// all; never throws, because a stderr that cannot be written to is no reason to stop.
class Progress {
 public:
  Progress(std::string title, std::int64_t steps, ProgressOptions options, PartOf larger = {});
  /// Wipes the bar away. For the larger work: the time since the last step belongs to this part too, and steps that
  /// were not made will not be.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// A batch of so many images is done; `note` says how it goes: "loss 1.23, accuracy 45.6 %".
  void step(std::int64_t images, const std::string& note);

 private:
  std::string rate() const;
  std::string left() const;
  bool is_time_for_line() const;

  std::string title_;
  std::int64_t steps_, done_ = 0, images_ = 0;
  ProgressOptions options_;
  PartOf larger_;
  bool terminal_;
  std::chrono::steady_clock::time_point start_, last_step_, shown_{};
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

#include "apps/training/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <string_view>
#include <system_error>
#include <utility>

#include "apps/training/terminal.h"

namespace ek {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void put(const std::string& text) {
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
}

bool is_terminal() { return can_overwrite(STDERR_FILENO); }

/// The columns of the terminal but for the last one, where the cursor needs room.
std::size_t line_width() { return terminal_width(STDERR_FILENO) - 1; }

/// Writes over the current line; never more than fits, because a wrapped line could not be wiped.
void put_over(std::string text) {
  text.resize(std::min(text.size(), line_width()));
  put("\r" + text + "\x1b[K");
}

/// When the last plain line was written, by whatever loop; at first, when the program started.
Clock::time_point last_line = Clock::now();

/// Its beginning, in at most `width` columns; nothing where that would tell nothing.
std::string shortened(const std::string& text, std::size_t width) {
  constexpr std::string_view kCut = "...";
  return width < 2 * kCut.size() ? "" : text.substr(0, width - kCut.size()).append(kCut);
}

}  // namespace

std::string bar_line(const BarContent& c, std::size_t width) {
  constexpr std::size_t kLongest = 20, kShortest = 5;
  const std::string note = "  " + c.note, end = c.rate + ", " + c.left;
  const auto line = [&](const std::string& bar) {
    return fmt::format("{}{} {}/{}{}  {}", c.title, bar, c.done, c.steps, note, end);
  };
  for (std::size_t length = kLongest; length >= kShortest; --length) {
    std::string bar(length, '.');
    const auto filled =
        static_cast<std::size_t>(static_cast<std::int64_t>(length) * c.done / c.steps);
    bar.replace(0, filled, filled, '#');
    if (const std::string all = line(" [" + bar + "]"); all.size() <= width) return all;
  }
  const std::string steps = fmt::format(" {}/{}", c.done, c.steps), left = "  " + c.left;
  for (const std::string& rest : {steps + note + "  " + end, steps + note + left, steps + left})
    if (c.title.size() + rest.size() <= width) return c.title + rest;
  return shortened(c.title, width - std::min(width, steps.size() + left.size())) +
         (steps + left).substr(0, width);
}

Progress::Progress(std::string title, std::int64_t steps, ProgressOptions options, PartOf larger)
    : title_(std::move(title)),
      steps_(steps),
      options_(options),
      larger_(std::move(larger)),
      terminal_(is_terminal()),
      start_(Clock::now()),
      last_step_(start_) {}

Progress::~Progress() {
  if (larger_.whole) {
    larger_.whole->made(larger_.part, 0, seconds_since(last_step_));
    larger_.whole->drop(larger_.part, steps_ - done_);
  }
  if (terminal_ && !options_.quiet && done_ > 0) put_over("");
}

std::string Progress::rate() const {
  return fmt::format("{:.0f} images/s", static_cast<double>(images_) / seconds_since(start_));
}

std::string Progress::left() const {
  const double left =
      seconds_since(start_) / static_cast<double>(done_) * static_cast<double>(steps_ - done_);
  const std::string all = larger_.whole ? larger_.whole->text() : "";
  return fmt::format("{} left{}{}", clock_text(left), all.empty() ? "" : ", ", all);
}

bool Progress::is_time_for_line() const {
  if (options_.print_freq > 0) return done_ % options_.print_freq == 0;
  return Clock::now() - last_line >= 10s;
}

void Progress::step(std::int64_t images, const std::string& note) {
  ++done_;
  images_ += images;
  if (larger_.whole)
    larger_.whole->made(larger_.part, 1, seconds_since(std::exchange(last_step_, Clock::now())));
  if (options_.quiet) return;
  if (terminal_) {
    if (done_ < steps_ && Clock::now() - shown_ < 100ms) return;
    shown_ = Clock::now();
    put_over(bar_line({title_, done_, steps_, note, rate(), left()}, line_width()));
  } else if (is_time_for_line()) {
    last_line = Clock::now();
    put(fmt::format("{}: step {} of {}, {}, {}, {}\n", title_, done_, steps_, note, rate(),
                    left()));
  }
}

Waiting::Waiting(std::string what, bool quiet) : what_(std::move(what)) {
  if (quiet) return;
  try {
    watcher_ = std::thread([this] { watch(); });
  } catch (
      const std::system_error&) {  // no thread to be had, and nothing that is worth stopping for
  }
}

Waiting::~Waiting() {
  {
    std::lock_guard lock(mutex_);
    done_ = true;
  }
  changed_.notify_all();
  if (watcher_.joinable()) watcher_.join();
}

void Waiting::watch() noexcept {
  const auto start = Clock::now();
  std::unique_lock lock(mutex_);
  if (changed_.wait_for(lock, 2s, [this] { return done_; })) return;
  if (!is_terminal()) return put(what_ + " ...\n");
  while (!done_) {
    put_over(fmt::format("{} ... {:.0f} s", what_, seconds_since(start)));
    changed_.wait_for(lock, 1s, [this] { return done_; });
  }
  put_over("");
}

}  // namespace ek

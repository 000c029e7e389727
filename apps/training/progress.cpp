#include "apps/training/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <system_error>
#include <utility>

namespace ek {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

bool is_terminal() { return ::isatty(STDERR_FILENO) == 1; }

void put(const std::string& text) {
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
}

/// The columns of the terminal but for the last one, where the cursor needs room.
std::size_t line_width() {
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  return known ? size.ws_col - 1u : 79u;
}

/// Writes over the current line; never more than fits, because a wrapped line could not be wiped.
void put_over(std::string text) {
  text.resize(std::min(text.size(), line_width()));
  put("\r" + text + "\x1b[K");
}

std::string clock_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds + 0.5);
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace

std::string bar_line(const BarContent& c, std::size_t width) {
  constexpr std::size_t kLongest = 20, kShortest = 5;
  const auto line = [&](const std::string& bar, const std::string& note) {
    return fmt::format("{}{} {}/{}{}  {}", c.title, bar, c.done, c.steps, note, c.rate);
  };
  const std::string note = "  " + c.note;
  for (std::size_t length = kLongest; length >= kShortest; --length) {
    std::string bar(length, '.');
    const auto filled = static_cast<std::size_t>(static_cast<std::int64_t>(length) * c.done / c.steps);
    bar.replace(0, filled, filled, '#');
    if (const std::string all = line(" [" + bar + "]", note); all.size() <= width) return all;
  }
  std::string least = line("", note);
  if (least.size() > width) least = line("", "");
  return least.substr(0, width);
}

Progress::Progress(std::string title, std::int64_t steps, ProgressOptions options)
    : title_(std::move(title)), steps_(steps), options_(options), terminal_(is_terminal()), start_(Clock::now()) {}

Progress::~Progress() {
  if (terminal_ && !options_.quiet && done_ > 0) put_over("");
}

std::string Progress::rate_and_rest() const {
  const double seconds = seconds_since(start_);
  const double left = seconds / static_cast<double>(done_) * static_cast<double>(steps_ - done_);
  return fmt::format("{:.0f} images/s, {} left", static_cast<double>(images_) / seconds, clock_text(left));
}

void Progress::step(std::int64_t images, const std::string& note) {
  ++done_;
  images_ += images;
  if (options_.quiet) return;
  if (terminal_) {
    if (done_ < steps_ && Clock::now() - shown_ < 100ms) return;
    shown_ = Clock::now();
    put_over(bar_line({title_, done_, steps_, note, rate_and_rest()}, line_width()));
  } else if (done_ % options_.print_freq == 0) {
    put(fmt::format("{}: step {} of {}, {}, {}\n", title_, done_, steps_, note, rate_and_rest()));
  }
}

Waiting::Waiting(std::string what, bool quiet) : what_(std::move(what)) {
  if (quiet) return;
  try {
    watcher_ = std::thread([this] { watch(); });
  } catch (const std::system_error&) {  // no thread to be had, and nothing that is worth stopping for
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

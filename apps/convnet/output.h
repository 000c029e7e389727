// What the program prints. Results go to stdout, everything else to stderr.
#pragma once

#include <fmt/format.h>

#include <exception>
#include <string>
#include <utility>

namespace ek {

/// "convnet train: warning: ..." or "... error: ..." on stderr, as one line.
void report(const std::string& command, const char* kind, const std::string& message);

/// Who read the program's output has had enough: no error, but nothing is left to do.
struct ReaderGone : std::exception {};

/// Standard output. Where it cannot be written to (a closed pipe, a full disk), the commands whose result is
/// what they print fail; those that write their results to files warn once and go on.
class Output {
 public:
  enum class OnFailure { fail, warn, silent };  // silent: --quiet, nothing is written
  Output(std::string command, OnFailure on_failure)
      : command_(std::move(command)), on_failure_(on_failure) {}

  /// Throws ReaderGone for a closed pipe and std::runtime_error otherwise, or warns, where that fails.
  void write(const std::string& text);
  template <typename... Parts>
  void print(fmt::format_string<Parts...> format, Parts&&... parts) {
    write(fmt::format(format, std::forward<Parts>(parts)...));
  }

 private:
  std::string command_;
  OnFailure on_failure_;
  bool failed_ = false;
};

}  // namespace ek

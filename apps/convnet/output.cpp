#include "apps/convnet/output.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "evenkeel/core/files/file.h"

namespace ek {

void report(const std::string& command, const char* kind, const std::string& message) {
  std::string one_line = message;
  for (char& c : one_line) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  // Whatever of a file's content is in the message, the terminal only shows it.
  const std::string line = fmt::format("convnet{}{}: {}: {}\n", command.empty() ? "" : " ", command,
                                       kind, printable(one_line));
  std::fputs(line.c_str(), stderr);
}

void Output::write(const std::string& text) {
  if (failed_ || on_failure_ == OnFailure::silent) return;
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0)
    return;
  failed_ = true;
  if (errno == EPIPE && on_failure_ == OnFailure::fail) throw ReaderGone();
  const std::string why = fmt::format("stdout: cannot write: {}", std::strerror(errno));
  if (on_failure_ == OnFailure::fail) throw std::runtime_error(why);
  report(command_, "warning", why + "; going on without it, the run's files are complete");
}

}  // namespace ek

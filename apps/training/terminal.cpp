#include "apps/training/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <string_view>
#include <system_error>

namespace ek {
namespace {

constexpr std::size_t kUsual = 80, kNarrowest = 20;  // narrower ones are taken for a mistake

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// The number in $COLUMNS; 0 where there is none.
std::size_t asked_columns() {
  const std::string_view typed = variable("COLUMNS");
  std::size_t columns = 0;
  const auto [end, error] = std::from_chars(typed.data(), typed.data() + typed.size(), columns);
  return error == std::errc() && end == typed.data() + typed.size() ? columns : 0;
}

}  // namespace

std::size_t terminal_width(int descriptor) {
  if (const std::size_t asked = asked_columns(); asked >= kNarrowest) return asked;
  winsize size{};
  const bool known = ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col >= kNarrowest;
  return known ? size.ws_col : kUsual;
}

bool can_overwrite(int descriptor) {
  const std::string_view kind = variable("TERM");
  return ::isatty(descriptor) == 1 && !kind.empty() && kind != "dumb";
}

}  // namespace ek

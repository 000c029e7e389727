#include "evenkeel/core/files/temporary_file.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "evenkeel/core/base/check.h"

namespace ek {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = ".tmp-";

// Whoever exchanges an entry for null owns its text: the owner's destructor, which frees it, or a
// signal handler, which does not. So no text is freed while the other one reads it.
std::array<std::atomic<char*>, 64> living = {};
static_assert(std::atomic<char*>::is_always_lock_free, "a signal handler may use nothing else");

/// The number at the start of `text`, which is taken off; none where there is no digit.
std::optional<long> take_number(std::string_view& text) {
  long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0 || text.starts_with('-')) return {};
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

struct Parts {
  std::string target;
  pid_t process;
};

/// What temporary_name() made this name of; none where it did not make it.
std::optional<Parts> parts_of(const std::string& name) {
  const std::size_t at = name.rfind(kMark);
  if (at == std::string::npos || at == 0) return {};
  std::string_view rest = std::string_view(name).substr(at + kMark.size());
  const std::optional<long> process = take_number(rest);
  if (!process || !rest.starts_with('-')) return {};
  rest.remove_prefix(1);
  if (!take_number(rest) || !rest.empty()) return {};
  return Parts{name.substr(0, at), static_cast<pid_t>(*process)};
}

/// Whether another process of this number lives. This one has its names in mind, and has not
/// written any yet that it would look for.
bool another_lives(pid_t process) {
  return process != ::getpid() && (::kill(process, 0) == 0 || errno == EPERM);
}

}  // namespace

TemporaryFile::TemporaryFile(const fs::path& path) : path_(path) {
  entry_ = ::strdup(path_.c_str());
  for (std::size_t slot = 0; entry_ && slot < living.size(); ++slot) {
    char* free = nullptr;
    if (!living[slot].compare_exchange_strong(free, entry_)) continue;
    slot_ = static_cast<int>(slot);
    return;
  }
}

TemporaryFile::~TemporaryFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
  release();
}

void TemporaryFile::release() {
  path_.clear();
  char* const entry = std::exchange(entry_, nullptr);
  if (slot_ >= 0 && !living[static_cast<std::size_t>(std::exchange(slot_, -1))].exchange(nullptr))
    return;
  std::free(entry);
}

void remove_temporary_files() noexcept {
  for (std::atomic<char*>& entry : living)
    if (const char* path = entry.exchange(nullptr)) ::unlink(path);
}

fs::path temporary_name(const fs::path& target) {
  static std::atomic<int> count = 0;
  return text(target.string(), kMark, ::getpid(), '-', count++);
}

void remove_leftovers(const fs::path& folder,
                      const std::function<bool(const std::string& target)>& is_ours) {
  std::error_code unknown;
  for (fs::directory_iterator entry(folder, unknown), end; !unknown && entry != end;
       entry.increment(unknown)) {
    const std::optional<Parts> parts = parts_of(entry->path().filename().string());
    std::error_code ignored;
    if (parts && is_ours(parts->target) && !another_lives(parts->process) &&
        fs::is_regular_file(entry->symlink_status(ignored)))
      ::unlink(entry->path().c_str());
  }
}

}  // namespace ek

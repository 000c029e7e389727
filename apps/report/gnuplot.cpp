#include "apps/report/gnuplot.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "evenkeel/core/files/file.h"

namespace ek {
namespace {

/// A folder that is gone with its owner.
struct WorkFolder {
  fs::path path;
  WorkFolder() {
    std::string name = (fs::temp_directory_path() / "evenkeel-plot-XXXXXX").string();
    if (!::mkdtemp(name.data()))
      throw std::runtime_error(name + ": cannot make it: " + std::strerror(errno));
    path = name;
  }
  ~WorkFolder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  WorkFolder& operator=(WorkFolder&&) = delete;  // neither copied nor moved
};

std::string text_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

std::string program() {
  const char* chosen = std::getenv("EVENKEEL_GNUPLOT");
  return chosen ? chosen : "gnuplot";
}

/// Starts `gnuplot -d in`, its outputs in files; returns the reason where that is not possible, else 0. In a process group of
/// its own: a Ctrl-C, after which a run still writes its report, must not end it.
int start(const WorkFolder& dir, ::pid_t& pid) {
  const std::string name = program(), script = dir.path / "in", out = dir.path / "out",
                    err = dir.path / "err";
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT, 0600);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, err.c_str(), O_WRONLY | O_CREAT, 0600);
  std::string defaults = "-d";
  char* const arguments[] = {const_cast<char*>(name.c_str()), defaults.data(),
                             const_cast<char*>(script.c_str()), nullptr};
  posix_spawnattr_t own_group;
  posix_spawnattr_init(&own_group);
  posix_spawnattr_setflags(&own_group, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&own_group, 0);
  const int reason = ::posix_spawnp(&pid, name.c_str(), &files, &own_group, arguments, environ);
  posix_spawnattr_destroy(&own_group);
  posix_spawn_file_actions_destroy(&files);
  return reason;
}

/// gnuplot's message, without the line of the script and the mark below it that it quotes.
std::string message_in(const std::string& errors) {
  std::istringstream lines(errors);
  std::string last = "it ended without a message";
  for (std::string line; std::getline(lines, line);)
    if (line.find_first_not_of(" \t^") != std::string::npos) last = line;
  const std::size_t text = last.find(": ");
  return text == std::string::npos ? last : last.substr(text + 2);
}

}  // namespace

std::string run_gnuplot(const std::string& script) {
  const WorkFolder dir;
  if (!(std::ofstream(dir.path / "in", std::ios::binary) << script).flush())
    throw std::runtime_error(dir.path.string() + ": cannot write the plot's script");
  ::pid_t pid = 0;
  if (const int reason = start(dir, pid); reason == ENOENT)
    throw NoGnuplot("gnuplot is not installed: apt-get install gnuplot-nox");
  else if (reason != 0)
    throw NoGnuplot(program() + " cannot be started: " + std::strerror(reason));
  int status = 0;
  uninterrupted([&] { return ::waitpid(pid, &status, 0); });
  if (status != 0)
    throw std::runtime_error("gnuplot failed: " + message_in(text_of(dir.path / "err")));
  return text_of(dir.path / "out");
}

}  // namespace ek

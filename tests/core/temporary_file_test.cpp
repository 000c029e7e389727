// Temporary files: removed with their owner, by remove_temporary_files(), or when the next process
// looks for leftovers.
#include "evenkeel/core/files/temporary_file.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <vector>

#include "evenkeel/core/files/file.h"
#include "tests/data/files.h"

namespace ek {
namespace {

/// The number of a process that does not live any more.
pid_t dead_process() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  return child;
}

TEST_CASE("a temporary file goes with its owner, unless it was released") {
  const TempDir dir;
  for (const bool released : {false, true}) {
    {
      TemporaryFile file(dir.path / "file");
      write_file(file.path(), "x");
      if (released) file.release();
    }
    CHECK(fs::exists(dir.path / "file") == released);
  }
}

TEST_CASE("a process that ends at once removes its own") {
  const TempDir dir;
  TemporaryFile first(dir.path / "first"), second(dir.path / "second"),
      released(dir.path / "released");
  for (const char* name : {"first", "second", "released"}) write_file(dir.path / name, "x");
  released.release();
  const pid_t child = ::fork();
  if (child == 0) {
    remove_temporary_files();
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  CHECK(!fs::exists(dir.path / "first"));
  CHECK(!fs::exists(dir.path / "second"));
  CHECK(fs::exists(dir.path / "released"));
}

TEST_CASE("names are different, and say whose they are") {
  const fs::path a = temporary_name("folder/file"), b = temporary_name("folder/file");
  CHECK(a != b);
  CHECK(a.string().starts_with("folder/file.tmp-" + std::to_string(::getpid()) + "-"));
}

TEST_CASE("leftovers are removed, nothing else is") {
  const TempDir dir;
  const std::string dead = std::to_string(dead_process()), parent = std::to_string(::getppid());
  const std::vector<std::string> ours = {"a.tmp-" + dead + "-0", "a.tmp-" + dead + "-17",
                                         "a.tmp-" + std::to_string(::getpid()) + "-3"};
  const std::vector<std::string> others = {"a",
                                           "a.tmp-" + parent + "-0",  // of a process that lives
                                           "b.tmp-" + dead + "-0",    // of no file of ours
                                           "a.tmp-" + dead,
                                           "a.tmp-" + dead + "-",
                                           "a.tmp-" + dead + "-0.bak",
                                           "a.tmp--" + dead + "-0",
                                           "a.tmp-99999999999999999999-0",
                                           ".tmp-" + dead + "-0"};
  for (const std::string& name : ours) write_file(dir.path / name, "x");
  for (const std::string& name : others) write_file(dir.path / name, "x");
  fs::create_directory(dir.path / ("a.tmp-" + dead + "-1"));
  const auto is_ours = [](const std::string& target) { return target == "a"; };
  remove_leftovers(dir.path, is_ours);
  for (const std::string& name : ours) CHECK_MESSAGE(!fs::exists(dir.path / name), name);
  for (const std::string& name : others) CHECK_MESSAGE(fs::exists(dir.path / name), name);
  CHECK(fs::exists(dir.path / ("a.tmp-" + dead + "-1")));
  remove_leftovers(dir.path / "none", is_ours);  // nothing there, nothing to do
}

}  // namespace
}  // namespace ek

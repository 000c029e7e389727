// While the program trains, denormals are zero on all of its threads: read from their registers, as a debugger would.
#include <doctest/doctest.h>

#include "evenkeel/core/files/file.h"
#include "tests/apps/run_program.h"
#include "tests/data/files.h"

#if defined(__x86_64__) && defined(__linux__)
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <cstddef>
#include <string>
#include <vector>

namespace ek {
namespace {

/// The threads of a program.
std::vector<pid_t> threads_of(pid_t program) {
  std::vector<pid_t> threads;
  for (const auto& entry : fs::directory_iterator("/proc/" + std::to_string(program) + "/task"))
    threads.push_back(static_cast<pid_t>(std::stol(entry.path().filename().string())));
  return threads;
}

/// The control register of a thread's floating-point unit, MXCSR; 0 where the system does not let us see it.
unsigned control_register(pid_t thread) {
  if (::ptrace(PTRACE_SEIZE, thread, nullptr, nullptr) != 0) return 0;
  int status = 0;
  user_fpregs_struct registers{};
  const bool seen = ::ptrace(PTRACE_INTERRUPT, thread, nullptr, nullptr) == 0 &&
                    ::waitpid(thread, &status, __WALL) == thread &&
                    ::ptrace(PTRACE_GETFPREGS, thread, nullptr, &registers) == 0;
  ::ptrace(PTRACE_DETACH, thread, nullptr, nullptr);
  return seen ? registers.mxcsr : 0;
}

TEST_CASE("every thread of a program that trains takes denormals for zero") {
  const TempDir dir;
  Program training(dir.path,
                   "train --dataset synthetic --model convnet-8x8 --batch-size 32 --epochs 1000 "
                   "--print-freq 1 --out run --threads 3",
                   {"OPENBLAS_NUM_THREADS=1"});  // which would begin threads before main does
  REQUIRE(training.wait_for("step 3 of"));
  std::size_t seen = 0;
  for (const pid_t thread : threads_of(training.pid())) {
    const unsigned control = control_register(thread);
    if (control == 0) continue;  // it has ended, or we may not look
    ++seen;
    CHECK((control & 0x8040) == 0x8040);
  }
  training.send(SIGKILL);
  if (seen == 0) MESSAGE("SKIPPED: no permission to look at a child's registers");
  if (seen > 0) CHECK(seen >= 3);
}

}  // namespace
}  // namespace ek
#endif

// Where output cannot be written: a full disk, a closed pipe, a read-only folder.
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "apps/training/text_file.h"
#include "evenkeel/core/files/file.h"
#include "tests/apps/run_program.h"
#include "tests/data/files.h"

namespace ek {
namespace {

TEST_CASE("a run does not depend on its standard output") {
  const Workshop dir;
  Program program(dir.path, "train " + kQuick + "--max-steps 2 --out run", {}, "/dev/full");
  const Finished f = program.wait();
  CHECK(f.code == 0);
  CHECK(f.err ==
        "convnet train: warning: stdout: cannot write: No space left on device; going on without "
        "it, the run's files are complete\n");
  CHECK(dir.has("run/last.safetensors"));
}

TEST_CASE("a command whose result is its output fails with it") {
  const TempDir dir;
  Program program(dir.path, "inspect --model convnet-8x8", {}, "/dev/full");
  const Finished f = program.wait();
  CHECK(f.code == 1);
  CHECK(f.err == "convnet inspect: error: stdout: cannot write: No space left on device\n");
}

TEST_CASE("a reader that goes away ends a command quietly, as SIGPIPE would") {
  const TempDir dir;
  const std::string command =
      "cd " + dir.path.string() +
      " && { { " EVENKEEL_BUILD_DIR
      "/convnet inspect --model convnet-8x8; echo $? > code; } 2> err | true; }";
  // The pipe's reader is gone at once; only by luck is the program faster.
  bool broken = false;
  for (int i = 0; i < 20 && !broken; ++i) {
    REQUIRE(std::system(command.c_str()) == 0);
    broken = read_text(dir.path / "code") == "141\n";
  }
  CHECK(broken);
  CHECK(read_text(dir.path / "err") == "");
}

TEST_CASE("training goes on without its reader") {
  const Workshop dir;
  const std::string command = "cd " + dir.path.string() +
                              " && { { " EVENKEEL_BUILD_DIR "/convnet train --dataset cifar10 " +
                              "--data cifar --model convnet-8x8 -b 8 --epochs 1 --out run; echo $? "
                              "> code; } 2> err | true; }";
  REQUIRE(std::system(command.c_str()) == 0);
  CHECK(read_text(dir.path / "code") == "0\n");
  CHECK(dir.has("run/last.safetensors"));
}

TEST_CASE("a folder that cannot be made") {
  const Workshop dir;
  write_file(dir.path / "file", "x");
  const Finished f = dir.run("train " + kQuick + "--max-steps 1 --out file/run");
  CHECK(f.code == 1);
  CHECK(f.err == "convnet train: error: file/run: cannot make the folder: Not a directory\n");
}

TEST_CASE("metrics that cannot be written cost one warning") {
  const Workshop dir;
  Program program(dir.path,
                  "train --dataset cifar10 --data cifar --model convnet-8x8 --batch-size 8 "
                  "--epochs 100000 --print-freq 1 --out run");
  REQUIRE(program.wait_for("epoch 2/100000: step 1"));
  fs::remove(dir.path / "run/metrics.jsonl");
  fs::create_directory(dir.path / "run/metrics.jsonl");
  const std::string warning =
      "convnet train: warning: run/metrics.jsonl: cannot write: Is a directory\n";
  REQUIRE(program.wait_for(warning));
  REQUIRE(program.wait_for("epoch 6/100000: step 1"));
  program.send(SIGINT);
  const Finished f = program.wait();
  CHECK(f.code == 130);
  CHECK(f.err.find(warning) == f.err.rfind(warning));
}

TEST_CASE("a checkpoint that cannot be written ends the run") {
  const Workshop dir;
  const std::string limited = "cd " + dir.path.string() +
                              " && (ulimit -f 100; " EVENKEEL_BUILD_DIR  // 50 KiB
                              "/convnet train " +
                              kQuick + "--out run > out 2> err; echo $? > code)";
  REQUIRE(std::system(limited.c_str()) == 0);
  CHECK(read_text(dir.path / "code") == "1\n");
  const std::string err = read_text(dir.path / "err");
  CHECK(err.starts_with(
      "convnet train: error: run/best.safetensors: cannot write: File too large (the file takes "));
  CHECK(!dir.has("run/best.safetensors"));
}

TEST_CASE("a configuration that cannot be written leaves no half of it") {
  const Workshop dir;
  const std::string limited = "cd " + dir.path.string() +
                              " && (ulimit -f 0; " EVENKEEL_BUILD_DIR "/convnet train " + kQuick +
                              "--out run > /dev/null 2> /dev/null; test $? = 1)";
  CHECK(std::system(limited.c_str()) == 0);
  CHECK(!dir.has("run/config.json"));
  CHECK(fs::is_empty(dir.path / "run"));
}

/// While one lives, files of this process cannot become larger.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limited = before_;
    limited.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limited);
  }
  ~FileLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }
  FileLimit& operator=(FileLimit&&) = delete;  // neither copied nor moved

 private:
  rlimit before_ = {};
};

TEST_CASE("a line that does not fit on the disk is not glued to the next") {
  const TempDir dir;
  const fs::path file = dir.path / "metrics.jsonl";
  append_line(file, R"({"epoch":1})");
  {
    const FileLimit limit(17);
    CHECK(error_of<std::runtime_error>([&] { append_line(file, R"({"epoch":2})"); }) ==
          file.string() + ": cannot write: File too large");
  }
  append_line(file, R"({"epoch":3})");
  CHECK(read_text(file) == "{\"epoch\":1}\n{\"epoch\":3}\n");
}

TEST_CASE("what is left of a line is cut off before the next") {
  const TempDir dir;
  const fs::path file = dir.path / "metrics.jsonl";
  for (const char* before : {"{\"epoch\":1}\n{\"ep", "{\"epoch\":1}\n"}) {
    write_file(file, before);
    append_line(file, R"({"epoch":2})");
    CHECK(read_text(file) == "{\"epoch\":1}\n{\"epoch\":2}\n");
  }
  write_file(file, "{\"ep");
  append_line(file, R"({"epoch":1})");
  CHECK(read_text(file) == "{\"epoch\":1}\n");
}

TEST_CASE("a folder that cannot be written into is not said to hold an old file") {
  const Workshop dir;
  const Finished f = dir.run("train " + kQuick + "--max-steps 1 --out /proc/self");
  CHECK(f.code == 1);
  CHECK(f.err.starts_with("convnet train: error: /proc/self: cannot write into the folder: "));
}

}  // namespace
}  // namespace ek

// Runs the built program as a user would: in a folder, with arguments, and looks at what it left behind.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "evenkeel/core/files/file.h"
#include "tests/data/encode.h"
#include "tests/data/files.h"

namespace ek {

/// How a program ended.
struct Finished {
  int code;  // its exit code; minus the signal's number if a signal ended it
  std::string out, err;
};

/// convnet, running in `dir`. Its standard output and error go to files beside it.
class Program {
 public:
  /// `arguments` is split at spaces. `out` names the file for standard output.
  Program(const fs::path& dir, const std::string& arguments,
          const std::vector<std::string>& environment = {}, const fs::path& out = {});
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();

  /// Waits until `text` is on its standard error. False if the program ends before.
  bool wait_for(const std::string& text);
  void send(int signal) const;
  pid_t pid() const { return pid_; }
  bool has_ended() { return ended(); }
  Finished wait();

 private:
  bool ended();

  TempDir output_;
  fs::path out_, err_;
  pid_t pid_ = 0;
  int status_ = 0;
  bool ended_ = false;
};

Finished convnet(const fs::path& dir, const std::string& arguments,
                 const std::vector<std::string>& environment = {});

std::string read_text(const fs::path& file);

/// The text on one line, with single blanks: headers and tables are wrapped to the width of the terminal.
std::string unwrapped(const std::string& text);

/// A small data set in CIFAR-10's layout: 40 training images in 5 files and 25 for the test. Images of a
/// class share a colour and differ in noise.
void write_cifar10(const fs::path& dir);

/// A PNG of one colour.
Bytes plain_png(std::uint32_t side, std::uint8_t red, std::uint8_t green, std::uint8_t blue);

/// Flags of a training run that takes a moment, on the data of write_cifar10 in the folder "cifar". Its progress has no
/// line on standard error, however slow the machine is; what it prints is there, as it is not with --quiet.
inline const std::string kQuick =
    "--dataset cifar10 --data cifar --model convnet-8x8 --batch-size 8 --print-freq 1000000 ";

/// A folder with that data in it.
struct Workshop : TempDir {
  Workshop() { write_cifar10(path / "cifar"); }
  Finished run(const std::string& arguments,
               const std::vector<std::string>& environment = {}) const {
    return convnet(path, arguments, environment);
  }
  std::string text(const fs::path& file) const { return read_text(path / file); }
  bool has(const fs::path& file) const { return fs::exists(path / file); }
};

}  // namespace ek

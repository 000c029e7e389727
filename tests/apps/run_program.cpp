#include "tests/apps/run_program.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include "evenkeel/core/files/file.h"
#include "evenkeel/core/ops/random.h"

namespace ek {
namespace {

/// In the child: becomes the program, or ends with 127.
[[noreturn]] void become(const fs::path& dir, std::vector<std::string> words, const fs::path& out,
                         const fs::path& err) {
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const int out_fd = ::open(out.c_str(), O_WRONLY | O_CREAT, 0600);
  const int err_fd = ::open(err.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (::chdir(dir.c_str()) == 0 && ::dup2(out_fd, 1) == 1 && ::dup2(err_fd, 2) == 2)
    ::execv(argv[0], argv.data());
  ::_exit(127);
}

}  // namespace

Program::Program(const fs::path& dir, const std::string& arguments,
                 const std::vector<std::string>& environment, const fs::path& out)
    : out_(out.empty() ? output_.path / "out" : out), err_(output_.path / "err") {
  std::vector<std::string> words = {EVENKEEL_BUILD_DIR "/convnet"};
  std::istringstream stream(arguments);
  words.insert(words.end(), std::istream_iterator<std::string>(stream), {});
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork failed");
  if (pid_ > 0) return;
  for (const std::string& setting : environment) ::putenv(const_cast<char*>(setting.c_str()));
  become(dir, words, out_, err_);
}

Program::~Program() {
  if (ended_) return;
  send(SIGKILL);
  ::waitpid(pid_, &status_, 0);
}

bool Program::ended() {
  if (!ended_) ended_ = ::waitpid(pid_, &status_, WNOHANG) == pid_;
  return ended_;
}

bool Program::wait_for(const std::string& text) {
  for (;;) {
    const bool over = ended();  // before reading: what it wrote last must not be missed
    if (fs::exists(err_) && read_text(err_).find(text) != std::string::npos) return true;
    if (over) return false;
    ::usleep(2000);
  }
}

void Program::send(int signal) const { ::kill(pid_, signal); }

Finished Program::wait() {
  if (!ended_) ::waitpid(pid_, &status_, 0);
  ended_ = true;
  const int code = WIFEXITED(status_) ? WEXITSTATUS(status_) : -WTERMSIG(status_);
  return {code, fs::is_regular_file(out_) ? read_text(out_) : "", read_text(err_)};
}

Finished convnet(const fs::path& dir, const std::string& arguments,
                 const std::vector<std::string>& environment) {
  return Program(dir, arguments, environment).wait();
}

std::string unwrapped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const char next = c == '\n' ? ' ' : c;
    if (next != ' ' || out.empty() || out.back() != ' ') out += next;
  }
  return out;
}

std::string read_text(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_cifar10(const fs::path& dir) {
  const Stream noise(1, "tests/apps");
  std::uint64_t drawn = 0;
  const auto records = [&](int count) {
    Bytes bytes;
    for (int i = 0; i < count; ++i) {
      const int label = i % 10;
      bytes.push_back(static_cast<std::uint8_t>(label));
      for (int p = 0; p < 3072; ++p) {
        const int colour = (label >> (p / 1024) & 1) * 60 + (label == 8 ? 20 : 0);
        bytes.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(colour) +
                                                  noise.below(100, drawn++)));
      }
    }
    return bytes;
  };
  for (const char* file : {"1", "2", "3", "4", "5"})
    write_file(dir / (std::string("data_batch_") + file + ".bin"), records(8));
  write_file(dir / "test_batch.bin", records(25));
}

Bytes plain_png(std::uint32_t side, std::uint8_t red, std::uint8_t green, std::uint8_t blue) {
  Bytes row;
  for (std::uint32_t x = 0; x < side; ++x) put(row, {red, green, blue});
  return png(side, side, 8, 2, std::vector<Bytes>(side, row));
}

}  // namespace ek

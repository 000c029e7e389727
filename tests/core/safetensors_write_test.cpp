// What is not written, and what a failed write leaves.
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmath>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>
#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/files/file.h"
#include "evenkeel/core/files/safetensors.h"
#include "evenkeel/core/files/state.h"
#include "evenkeel/core/machine/denormals.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/core/safetensors_support.h"

namespace ek {
namespace {

std::string write_refusal(const fs::path& path, const SafeTensors& content) {
  try {
    write_safetensors(path, content);
  } catch (const std::exception& e) {
    return e.what();
  }
  return "no error";
}

TEST_CASE("names that a file cannot hold") {
  const Folder folder;
  const auto refusal = [&](const std::string& name) {
    SafeTensors content = golden_content();
    content.tensors.add(name, IntTensor());
    return write_refusal(folder.path / "file", content);
  };
  CHECK(refusal("bn.weight") == "safetensors: cannot save two tensors under the name 'bn.weight'");
  CHECK(refusal("__metadata__") ==
        "safetensors: cannot save two tensors under the name '__metadata__'");
  CHECK(refusal("a\nb") == "safetensors: a tensor's name has a control character");
  CHECK(refusal("\xff") == "safetensors: a name or metadata string is not UTF-8");
  CHECK(folder.names().empty());
}

TEST_CASE("what could not be read again is not written") {
  const Folder folder;
  SafeTensors many, keys, wordy;
  for (int i = 0; i <= 16384; ++i) {
    many.tensors.add(text(i), IntTensor());
    keys.metadata[text(i)] = "";
  }
  CHECK(write_refusal(folder.path / "file", many) ==
        "safetensors: cannot save 16385 tensors, at most 16384");
  CHECK(write_refusal(folder.path / "file", keys) ==
        "safetensors: cannot save 16385 metadata strings, at most 16384");
  wordy.metadata["x"] = std::string(1 << 20, 'y');
  CHECK(write_refusal(folder.path / "file", wordy) ==
        "safetensors: cannot save metadata of 1048582 bytes, at most 1048576");
  wordy.metadata["x"].resize((1 << 20) - 6);
  write_safetensors(folder.path / "file", wordy);
  CHECK(same(read_safetensors(folder.path / "file"), wordy));
}

TEST_CASE("a long header of short entries is read") {
  const Folder folder;
  SafeTensors many;
  for (int i = 0; i < 16384; ++i)
    many.tensors.add(text(100000 + i, std::string(200, '.')), IntTensor({}, i));
  write_safetensors(folder.path / "file", many);
  CHECK(fs::file_size(folder.path / "file") > 4'000'000);
  const SafeTensors content = read_safetensors(folder.path / "file");
  REQUIRE(content.tensors.size() == 16384);
  std::int64_t expected = 0;
  for (const auto& [name, value] : content.tensors)
    CHECK(std::get<IntTensor>(value).data()[0] == expected++);
}

TEST_CASE("a write that fails leaves the old file and nothing else") {
  const Folder folder;
  const fs::path path = folder.path / "file.safetensors";
  write_safetensors(path, golden_content());
  SafeTensors large;
  large.tensors.add("large", Tensor::zeros({100'000}));

  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  for (rlim_t limit : {0u, 1u, 100u, 4096u, 100'000u}) {  // a short write first, then the error
    const rlimit small = {limit, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    const std::string message = write_refusal(path, large);
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
    CHECK(message.starts_with(
        path.string() + ": cannot write: File too large (the file takes 400080 bytes, the disk"));
    CHECK(bytes_of_file(path) == kGolden);
    CHECK(folder.names() == std::vector<std::string>{"file.safetensors"});
  }
  write_safetensors(path, large);
  CHECK(fs::file_size(path) == 400080);
}

TEST_CASE("where nothing can be written, the message says why") {
  const Folder folder;
  const fs::path lost = folder.path / "none" / "file";
  CHECK(write_refusal(lost, {}).starts_with(lost.string() +
                                            ": cannot open its folder: No such file or directory"));
  const fs::path taken = folder.path / "folder";
  fs::create_directories(taken / "inside");
  CHECK(write_refusal(taken, {}).starts_with(taken.string() + ": cannot rename: Is a directory"));
  CHECK(folder.names() == std::vector<std::string>{"folder"});
}

TEST_CASE("a path without a folder is in the current one") {
  const Folder folder;
  const fs::path before = fs::current_path();
  fs::current_path(folder.path);
  write_safetensors("file", golden_content());
  const bool good = same(read_safetensors("file"), golden_content());
  fs::current_path(before);
  CHECK(good);
}

}  // namespace
}  // namespace ek

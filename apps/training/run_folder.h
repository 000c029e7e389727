// A run's folder and the files in it.
#pragma once

#include <filesystem>
#include <string>

namespace ek {

struct RunFolder {
  std::filesystem::path dir;
  std::filesystem::path config() const { return dir / "config.json"; }
  std::filesystem::path metrics() const { return dir / "metrics.jsonl"; }
  std::filesystem::path last() const { return dir / "last.safetensors"; }
  std::filesystem::path best() const { return dir / "best.safetensors"; }
};

/// Throws UsageError where `dir` is no folder, or holds a run and `force` is not given.
void check_free(const std::filesystem::path& dir, bool force);

/// Makes the folder; the files of a run that is in it are removed. Throws std::runtime_error with the
/// system's reason.
RunFolder make_run_folder(const std::filesystem::path& dir);

/// Makes runs/STEM-1, or with the first number that is free: nothing is ever overwritten.
std::filesystem::path make_numbered_folder(const std::string& stem);

}  // namespace ek

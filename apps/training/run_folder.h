// A run's folder and the files in it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "apps/training/folder_lock.h"

namespace ek {

struct RunFolder {
  std::filesystem::path dir;
  std::shared_ptr<const FolderLock> lock = {};  // of who writes there; let go of with the last copy

  std::filesystem::path config() const { return dir / "config.json"; }
  std::filesystem::path metrics() const { return dir / "metrics.jsonl"; }
  std::filesystem::path last() const { return dir / "last.safetensors"; }
  std::filesystem::path best() const { return dir / "best.safetensors"; }
};

/// The checkpoint that a path names: the file itself, or of a run's folder its last.safetensors, or without one its
/// best.safetensors. Throws DataError where a folder has none, and names the runs below it.
std::filesystem::path checkpoint_in(const std::filesystem::path& named);

/// Throws UsageError where `dir` is no folder, or holds a run and `force` is not given; std::runtime_error where another
/// process is writing there.
void check_free(const std::filesystem::path& dir, bool force);

/// Makes the folder and takes its lock, and then checks it once more as check_free does: what has come since is not
/// overwritten either. The files of an old run that is in it are removed, and what was left when one was killed. Throws
/// also std::runtime_error with the system's reason.
RunFolder make_run_folder(const std::filesystem::path& dir, bool force);
/// The same for several: no old file is removed before all of them are locked and checked.
std::vector<RunFolder> make_run_folders(const std::vector<std::filesystem::path>& dirs, bool force);

/// Makes a folder that holds no run itself, and takes its lock. Throws as make_run_folder does.
std::unique_ptr<const FolderLock> lock_folder(const std::filesystem::path& dir, bool force);

/// Where runs go without --out.
inline constexpr const char* kUsualRuns = "runs";

/// Makes runs/STEM-1, or with the first number that is free: nothing is ever overwritten.
std::filesystem::path make_numbered_folder(const std::string& stem);

}  // namespace ek

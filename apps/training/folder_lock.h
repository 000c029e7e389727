// The right to write into a folder, which one process has at a time.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "evenkeel/core/files/file.h"
#include "evenkeel/core/files/temporary_file.h"

namespace ek {

/// Holds the lock on FOLDER/.lock, a file with the number of this process. The system lets go of it
/// when the process ends in whatever way, so that none is left after a crash; the file itself goes
/// with its owner, and one that a killed process left behind is taken over.
class FolderLock {
 public:
  /// REQUIRES: the folder exists. Throws std::runtime_error where another one holds it, with the
  /// number of its process, or where the file cannot be made.
  explicit FolderLock(const std::filesystem::path& folder);

  /// What is to be said where the file system has no locks, so that nothing keeps two processes
  /// apart; else empty.
  const std::string& warning() const { return warning_; }

  /// The lock's name in its folder, for who asks whether that is empty.
  static constexpr const char* kName = ".lock";

 private:
  // In this order: the file is removed while it is still locked. Who opened it before and gets the
  // lock then finds that it is not FOLDER/.lock any more.
  Descriptor file_;
  std::optional<TemporaryFile> name_;
  std::string warning_;
};

/// Throws as FolderLock does where another process holds the folder, and makes nothing. For looking
/// ahead: only the lock itself is a promise.
void check_unlocked(const std::filesystem::path& folder);

}  // namespace ek

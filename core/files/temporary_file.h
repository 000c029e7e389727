// Files that must not outlive the process that made them, however it ends.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace ek {

/// A file that is removed with its owner. While it lives, remove_temporary_files() removes it too.
/// Making one makes no file: its name is known before the file is there, so that there is no moment
/// in which it could be left behind.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::filesystem::path& path);
  ~TemporaryFile();
  TemporaryFile& operator=(TemporaryFile&&) = delete;  // neither copied nor moved

  const std::filesystem::path& path() const { return path_; }
  /// The file has another name now, or is gone: nothing is left to remove.
  void release();

 private:
  std::filesystem::path path_;
  int slot_ = -1;          // in the table of those that live; -1: not in it
  char* entry_ = nullptr;  // what stands there
};

/// Removes the files of all TemporaryFiles that live. For a signal handler that ends the process at
/// once: it calls nothing but unlink() and lock-free atomics.
void remove_temporary_files() noexcept;

/// "<target>.tmp-<this process>-<number>": a name that no other call has given.
std::filesystem::path temporary_name(const std::filesystem::path& target);

/// Removes from `folder` what killed processes have left there: regular files that are named as
/// temporary_name() names them, for a target that `is_ours` knows by its file name, by a process
/// that does not live any more. What cannot be read or removed is left.
void remove_leftovers(const std::filesystem::path& folder,
                      const std::function<bool(const std::string& target)>& is_ours);

}  // namespace ek

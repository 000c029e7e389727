#include "apps/training/run_folder.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <system_error>

#include "apps/training/errors.h"
#include "evenkeel/core/base/check.h"
#include "evenkeel/core/files/file.h"
#include "evenkeel/core/files/temporary_file.h"

namespace ek {
namespace {

namespace fs = std::filesystem;

/// f(error), whose failure is reported with the path.
template <typename Function>
auto demand(const fs::path& path, const char* action, Function f) {
  std::error_code error;
  const auto result = f(error);
  if (error)
    throw std::runtime_error(text(printable(path), ": cannot ", action, ": ", error.message()));
  return result;
}

std::array<fs::path, 4> files_of(const RunFolder& folder) {
  return {folder.config(), folder.metrics(), folder.last(), folder.best()};
}

bool is_there(const fs::path& file) {
  std::error_code unknown;
  return fs::exists(fs::symlink_status(file, unknown));
}

void check_holds_no_run(const RunFolder& folder) {
  for (const fs::path& file : files_of(folder))
    if (is_there(file))
      throw UsageError(text("--out: ", printable(folder.dir), " already holds a run (",
                            file.filename().string(),
                            "); name another folder or overwrite it with --force"));
}

/// Those of a run that ended, and what was left of one that was killed.
void remove_old_files(const RunFolder& folder) {
  const auto files = files_of(folder);
  for (const fs::path& file : files)
    if (is_there(file))
      demand(file, "remove the old file",
             [&](std::error_code& error) { return fs::remove(file, error); });
  remove_leftovers(folder.dir, [&](const std::string& target) {
    return std::ranges::count(files, folder.dir / target) > 0;
  });
}

bool holds_checkpoint(const RunFolder& folder) {
  return is_file(folder.last()) || is_file(folder.best());
}

/// "; the runs in it: a, b": as in the folder of a comparison.
std::string runs_below(const fs::path& dir) {
  std::vector<std::string> runs;
  std::error_code unknown;
  for (fs::directory_iterator entry(dir, unknown), end; !unknown && entry != end;
       entry.increment(unknown)) {
    if (holds_checkpoint({entry->path()})) runs.push_back(printable(entry->path()));
  }
  std::ranges::sort(runs);
  return runs.empty() ? "; name a checkpoint's file"
                      : "; name one of the runs in it: " + joined(runs);
}

}  // namespace

fs::path checkpoint_in(const fs::path& named) {
  std::error_code ignored;
  if (!fs::is_directory(named, ignored)) return named;
  const RunFolder folder = {named};
  check_data(holds_checkpoint(folder), printable(named),
             ": holds no checkpoint of a run (neither last.safetensors nor ", "best.safetensors)",
             runs_below(named));
  return is_file(folder.last()) ? folder.last() : folder.best();
}

void check_free(const fs::path& dir, bool force) {
  std::error_code unknown;
  if (!is_there(dir)) return;
  if (!fs::is_directory(dir, unknown))
    throw UsageError(text("--out: ", printable(dir), " is not a folder; name another one"));
  check_unlocked(dir);
  if (!force) check_holds_no_run({dir});
}

std::unique_ptr<const FolderLock> lock_folder(const fs::path& dir, bool force) {
  demand(dir, "make the folder",
         [&](std::error_code& error) { return fs::create_directories(dir, error); });
  auto lock = std::make_unique<const FolderLock>(dir);
  if (!force) check_holds_no_run({dir});
  return lock;
}

std::vector<RunFolder> make_run_folders(const std::vector<fs::path>& dirs, bool force) {
  std::vector<RunFolder> folders;
  for (const fs::path& dir : dirs) folders.push_back({dir, lock_folder(dir, force)});
  for (const RunFolder& folder : folders) remove_old_files(folder);
  return folders;
}

RunFolder make_run_folder(const fs::path& dir, bool force) {
  return make_run_folders({dir}, force).front();
}

fs::path make_numbered_folder(const std::string& stem) {
  const fs::path runs = kUsualRuns;
  demand(runs, "make the folder",
         [&](std::error_code& error) { return fs::create_directories(runs, error); });
  for (int number = 1;; ++number) {
    const fs::path dir = runs / text(stem, '-', number);
    // True only for the one that makes it, should two runs start at once.
    if (demand(dir, "make the folder", [&](std::error_code& error) {
          return !path_exists(dir) && fs::create_directory(dir, error);
        }))
      return dir;
  }
}

}  // namespace ek

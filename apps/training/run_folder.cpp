#include "apps/training/run_folder.h"

#include <stdexcept>
#include <system_error>

#include "apps/training/errors.h"
#include "core/check.h"
#include "core/file.h"

namespace ek {
namespace {

namespace fs = std::filesystem;

/// f(error), whose failure is reported with the path.
template <typename Function>
auto demand(const fs::path& path, const char* action, Function f) {
  std::error_code error;
  const auto result = f(error);
  if (error) throw std::runtime_error(text(printable(path), ": cannot ", action, ": ", error.message()));
  return result;
}

}  // namespace

void check_free(const fs::path& dir, bool force) {
  std::error_code unknown;
  if (!fs::exists(fs::symlink_status(dir, unknown))) return;
  if (!fs::is_directory(dir, unknown))
    throw UsageError(text("--out: ", printable(dir), " is not a folder; name another one"));
  const RunFolder folder{dir};
  for (const fs::path& file : {folder.config(), folder.metrics(), folder.last(), folder.best()})
    if (!force && fs::exists(fs::symlink_status(file, unknown)))
      throw UsageError(text("--out: ", printable(dir), " already holds a run (", file.filename().string(),
                            "); name another folder or overwrite it with --force"));
}

RunFolder make_run_folder(const fs::path& dir) {
  demand(dir, "make the folder", [&](std::error_code& error) { return fs::create_directories(dir, error); });
  const RunFolder folder{dir};
  for (const fs::path& file : {folder.config(), folder.metrics(), folder.last(), folder.best()})
    demand(file, "remove the old file", [&](std::error_code& error) { return fs::remove(file, error); });
  return folder;
}

fs::path make_numbered_folder(const std::string& stem) {
  const fs::path runs = "runs";
  demand(runs, "make the folder", [&](std::error_code& error) { return fs::create_directories(runs, error); });
  for (int number = 1;; ++number) {
    const fs::path dir = runs / text(stem, '-', number);
    // True only for the one that makes it, should two runs start at once.
    if (demand(dir, "make the folder",
               [&](std::error_code& error) { return !path_exists(dir) && fs::create_directory(dir, error); }))
      return dir;
  }
}

}  // namespace ek

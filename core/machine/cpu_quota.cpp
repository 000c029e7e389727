#include "evenkeel/core/machine/cpu_quota.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>

namespace ek {
namespace {

namespace fs = std::filesystem;

/// True for "cpu" in "cpu,cpuacct".
bool is_listed(const std::string& name, const std::string& list) {
  std::istringstream names(list);
  for (std::string one; std::getline(names, one, ',');) {
    if (one == name) return true;
  }
  return false;
}

/// "0::/a/b" names the group of version 2; "4:cpu,cpuacct:/a/b" that of the controller cpu in version 1.
std::optional<std::string> group_path(const fs::path& root, const std::string& controller) {
  std::ifstream lines(root / "proc/self/cgroup");
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const bool is_it =
        controller.empty() ? controllers.empty() : is_listed(controller, controllers);
    if (is_it) return line.substr(second + 1);
  }
  return {};
}

/// A limit in whole processors. Not a number or not above 0 ("max", -1): none.
std::optional<int> processors(const std::string& quota, const std::string& period) {
  std::istringstream text(quota + ' ' + period);
  std::int64_t time = 0, of = 0;
  if (!(text >> time >> of) || time <= 0 || of <= 0) return {};
  constexpr std::int64_t kMost = 1 << 20;
  return static_cast<int>(std::clamp<std::int64_t>(time / of + (time % of > 0 ? 1 : 0), 1, kMost));
}

std::string first_line(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

/// "50000 100000": half of a processor.
std::optional<int> limit_v2(const fs::path& group) {
  std::istringstream words(first_line(group / "cpu.max"));
  std::string quota, period;
  words >> quota >> period;
  return processors(quota, period);
}

std::optional<int> limit_v1(const fs::path& group) {
  return processors(first_line(group / "cpu.cfs_quota_us"),
                    first_line(group / "cpu.cfs_period_us"));
}

/// The smallest limit from the group up to the root of its hierarchy. In a container the path may be that of the host,
/// and not be there: then what is mounted is the container's own group.
template <typename Limit>
std::optional<int> smallest_limit(const fs::path& mount, const std::string& path, Limit limit) {
  std::optional<int> smallest = limit(mount);
  fs::path group = mount;
  for (const fs::path& name : fs::path(path).relative_path()) {
    if (name == "..") break;  // above what this process can see
    group /= name;
    const std::optional<int> found = limit(group);
    if (found) smallest = std::min(*found, smallest.value_or(*found));
  }
  return smallest;
}

}  // namespace

std::optional<int> cpu_quota(const fs::path& root) {
  const fs::path mounts = root / "sys/fs/cgroup";
  std::optional<int> quota;
  const auto consider = [&](const std::optional<int>& found) {
    if (found) quota = std::min(*found, quota.value_or(*found));
  };
  if (const auto path = group_path(root, "")) {
    consider(smallest_limit(mounts, *path, limit_v2));
    consider(smallest_limit(mounts / "unified", *path, limit_v2));
  }
  if (const auto path = group_path(root, "cpu")) {
    for (const char* name : {"cpu", "cpu,cpuacct"})
      consider(smallest_limit(mounts / name, *path, limit_v1));
  }
  return quota;
}

}  // namespace ek

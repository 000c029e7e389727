// How much of the processors a container may use.
#pragma once

#include <filesystem>
#include <optional>

namespace ek {

/// The processors' time that this process may use, in whole processors (rounded up, at least 1): the smallest limit of its
/// control group and of those above it (cgroup v2: cpu.max; v1: cpu.cfs_quota_us). None where there is no limit or none
/// that can be read. `root` stands for "/" in tests.
std::optional<int> cpu_quota(const std::filesystem::path& root = "/");

}  // namespace ek

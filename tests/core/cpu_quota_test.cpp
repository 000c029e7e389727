#include "evenkeel/core/machine/cpu_quota.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/data/files.h"

namespace ek {
namespace {

/// What cpu_quota makes of a tree that has `group` as its control group, and these limits.
struct Tree : TempDir {
  explicit Tree(const std::string& group) { write_file(path / "proc/self/cgroup", group); }
  void limit(const std::string& file, const std::string& text) const {
    write_file(path / "sys/fs/cgroup" / file, text);
  }
  int quota() const { return cpu_quota(path).value_or(0); }
};

TEST_CASE("cgroup v2: the smallest limit of a group and those above it, rounded up") {
  const Tree tree("0::/a/b\n");
  CHECK(tree.quota() == 0);
  tree.limit("a/b/cpu.max", "max 100000\n");
  CHECK(tree.quota() == 0);
  tree.limit("a/b/cpu.max", "350000 100000\n");
  CHECK(tree.quota() == 4);
  tree.limit("a/cpu.max", "150000 100000\n");
  CHECK(tree.quota() == 2);
  tree.limit("a/b/cpu.max", "10000 100000\n");
  CHECK(tree.quota() == 1);
}

TEST_CASE("cgroup v2: in a container the own group is the root of what is mounted") {
  for (const char* group :
       {"0::/\n", "0::/../../docker/1234\n", "0::/host/path/that/is/not/here\n"}) {
    const Tree tree(group);
    tree.limit("cpu.max", "200000 100000\n");
    CHECK(tree.quota() == 2);
  }
}

TEST_CASE("cgroup v1: quota and period are files of their own") {
  const Tree tree("5:memory:/x\n4:cpu,cpuacct:/a\n");
  tree.limit("cpu,cpuacct/a/cpu.cfs_quota_us", "-1\n");
  tree.limit("cpu,cpuacct/a/cpu.cfs_period_us", "100000\n");
  CHECK(tree.quota() == 0);
  tree.limit("cpu,cpuacct/a/cpu.cfs_quota_us", "250000\n");
  CHECK(tree.quota() == 3);
}

TEST_CASE("files that are missing or cannot be understood are no limit") {
  const Tree tree("0::/a\n");
  for (const char* text :
       {"", "abc", "100000", "0 100000", "100000 0", "-5 100000", "99999999999999999999 1"}) {
    tree.limit("a/cpu.max", text);
    CHECK(tree.quota() == 0);
  }
  const TempDir empty;
  CHECK(!cpu_quota(empty.path));
  CHECK(!cpu_quota(Tree("garbage").path));
}

}  // namespace
}  // namespace ek

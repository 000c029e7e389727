// Records: what was measured comes back to the bit, and only for the run that it was made from.
#include "apps/lab/record.h"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/files/file.h"
#include "tests/data/files.h"

namespace ek {
namespace {

const std::string kRun = R"({"arm": "batch"})";

TEST_CASE("numbers come back to the bit") {
  const TempDir dir;
  const fs::path file = dir.path / "r.json";
  const double infinity = std::numeric_limits<double>::infinity();
  const Record record = {
      .values = {{"a", {0.1, 1. / 3, 5e-324, -0.0, infinity, -infinity}}, {"none", {}}},
      .times = {{"seconds", 1.5}},
      .diverged = 7};
  write_record(file, kRun, record);
  const auto back = read_record(file, kRun);
  REQUIRE(back);
  CHECK(back->values == record.values);
  CHECK(std::signbit(back->at("a")[3]));
  CHECK(back->times == record.times);
  CHECK(back->diverged == 7);
  write_record(file, kRun, {.values = {{"a", {std::nan("")}}}});
  CHECK(std::isnan(read_record(file, kRun)->last("a")));
  CHECK(std::distance(fs::directory_iterator(dir.path), {}) == 1);  // nothing is left beside it
}

TEST_CASE("a record of another run, and none") {
  const TempDir dir;
  CHECK(!read_record(dir.path / "r.json", kRun));
  write_record(dir.path / "r.json", kRun, {});
  CHECK(!read_record(dir.path / "r.json", R"({"arm": "none"})"));
}

TEST_CASE("a damaged record is named") {
  const TempDir dir;
  for (const char* content :
       {"", "{\"run\": {\"arm\": \"batch\"}", "{\"run\": {\"arm\": \"batch\"}}", "[]"}) {
    std::ofstream(dir.path / "r.json") << content;
    try {
      read_record(dir.path / "r.json", kRun);
      FAIL("was read");
    } catch (const DataError& error) {
      CHECK(std::string(error.what()).find("r.json: is no record of a run: ") != std::string::npos);
      CHECK(std::string(error.what()).ends_with("; remove it to run it again"));
    }
  }
}

TEST_CASE("a name that was not recorded") {
  const Record record = {.values = {{"test_acc", {0.5}}, {"test_loss", {}}}};
  CHECK_THROWS_WITH(record.at("acc"), "no \"acc\" was recorded, there is test_acc, test_loss");
  CHECK(record.last("test_acc") == 0.5);
  CHECK(std::isnan(record.last("test_loss")));
}

}  // namespace
}  // namespace ek

// convnet lab as a user has it: interrupted, gone on with, and judged half finished.
#include <doctest/doctest.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <string>

#include "evenkeel/core/files/file.h"
#include "tests/apps/run_program.h"
#include "tests/data/files.h"

namespace ek {
namespace {

const std::string kRun =
    "lab run higher-learning-rates --seeds 2 --dataset cifar10 --data cifar --out lab --print-freq "
    "1";
const fs::path kFirst = "lab/higher-learning-rates/batch-lr-0.001-seed-1.json";

/// Starts the lab, and stops it in the run of that number.
Finished stopped_in_run(const Workshop& dir, int number, const std::string& flags = "") {
  Program program(dir.path, kRun + flags);
  REQUIRE(program.wait_for("higher-learning-rates " + std::to_string(number) + "/36 "));
  program.send(SIGINT);
  return program.wait();
}

TEST_CASE("a lab that was stopped goes on where it was") {
  const Workshop dir;
  const Finished first = stopped_in_run(dir, 2);
  CHECK(first.code == 130);
  CHECK(
      first.err.ends_with("convnet lab run: interrupted: the runs that are finished are in lab; "
                          "the same command goes on from there\n"));
  REQUIRE(dir.has(kFirst));
  CHECK(!dir.has("lab/higher-learning-rates/none-lr-0.001-seed-1.json"));  // was not finished
  const std::string record = dir.text(kFirst);
  CHECK(nlohmann::json::parse(record)["values"]["train_loss"].size() == 60);

  const Finished second = stopped_in_run(dir, 3);
  CHECK(second.code == 130);
  CHECK(second.err.find("1/36 ") == std::string::npos);
  CHECK(dir.text(kFirst) == record);
  CHECK(dir.has("lab/higher-learning-rates/none-lr-0.001-seed-1.json"));

  const Finished report = dir.run("lab report lab");
  CHECK(report.code == 0);
  CHECK(report.out.find("higher-learning-rates      not finished       2/36") != std::string::npos);
  CHECK(report.out.ends_with("lab: report.html, results.json\n"));
  CHECK(dir.text("lab/report.html").find("2 of 36 runs") != std::string::npos);

  const Finished other = dir.run("lab run all --seeds 3 --dataset cifar10 --data cifar --out lab");
  CHECK(other.code == 2);
  CHECK(other.err ==
        "convnet lab run: error: lab holds a lab of preset quick, 2 seeds, cifar10 in cifar; give "
        "the same, or another --out\n");
  CHECK(dir.text(kFirst) == record);
}

TEST_CASE("a live page stops to reload itself when the lab stops") {
  const Workshop dir;
  const Finished f = stopped_in_run(dir, 2, " --live");
  CHECK(f.out.find("page     lab/report.html\n") != std::string::npos);
  CHECK(dir.text("lab/report.html").find("http-equiv=\"refresh\"") == std::string::npos);
}

TEST_CASE(
    "how long all claims take is not known from the first one: it is at least what that one "
    "takes") {
  const Workshop dir;
  Program program(dir.path,
                  "lab run all --seeds 2 --dataset cifar10 --data cifar --out lab --print-freq 50");
  REQUIRE(program.wait_for("faster-training 2/"));
  program.send(SIGINT);
  const Finished f = program.wait();
  CHECK(f.err.find(" left, at least ") != std::string::npos);
  CHECK(f.err.find(" left, about ") == std::string::npos);

  Program one(dir.path, kRun);  // whose other runs are like the first
  REQUIRE(one.wait_for("higher-learning-rates 2/"));
  one.send(SIGINT);
  CHECK(one.wait().err.find(" left, about ") != std::string::npos);
}

TEST_CASE("the list has a line for each claim, with its id in front") {
  const TempDir dir;
  const Finished f = convnet(dir.path, "lab list");
  CHECK(f.code == 0);
  CHECK(("\n" + f.out).find("\nhigher-learning-rates ") != std::string::npos);
  CHECK(f.out.find("  The largest learning rate that trains") != std::string::npos);
}

TEST_CASE("folders that hold no lab") {
  const Workshop dir;
  const Finished none = dir.run("lab report nowhere");
  CHECK(none.code == 3);
  CHECK(none.err ==
        "convnet lab report: error: nowhere: holds no lab, expected lab.json in it; convnet lab "
        "run --out nowhere makes one\n");
  const Finished other = dir.run("lab run all --dataset cifar10 --data cifar --out cifar");
  CHECK(other.code == 2);
  CHECK(other.err == "convnet lab run: error: cifar exists and is no lab; give another --out\n");
}

}  // namespace
}  // namespace ek

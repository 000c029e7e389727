// convnet bench: the object that speed is measured with.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>

#include "tests/apps/run_program.h"
#include "tests/data/files.h"

namespace ek {
namespace {

using nlohmann::json;

json bench(const std::string& flags) {
  const TempDir dir;
  const Finished f =
      convnet(dir.path, "bench --json --quiet --model convnet-8x8 -b 8 --steps 3 " + flags);
  CHECK(f.code == 0);
  CHECK(f.err == "");
  return json::parse(f.out);
}

TEST_CASE("all of its keys, and nothing else") {
  const json result = bench("--threads 2 --optimizer adam --norm group");
  std::set<std::string> keys;
  for (const auto& [key, value] : result.items()) keys.insert(key);
  CHECK(keys == std::set<std::string>{"model", "batch_size", "norm", "optimizer", "threads",
                                      "train_step_ms", "eval_batch_ms", "images_per_second",
                                      "peak_rss_mb", "cpu", "weights_sha256"});
  CHECK(result["model"] == "convnet-8x8");
  CHECK(result["batch_size"] == 8);
  CHECK(result["norm"] == "group");
  CHECK(result["optimizer"] == "adam");
  CHECK(result["threads"] == 2);
  for (const char* key : {"train_step_ms", "eval_batch_ms"}) {
    const json& t = result[key];
    CHECK(t.size() == 4);
    CHECK(t["n"] == 3);
    CHECK((t["min"] > 0 && t["min"] <= t["median"] && t["median"] <= t["max"]));
  }
  const double rate = 8 / result["train_step_ms"]["median"].get<double>() * 1000;
  CHECK(result["images_per_second"].get<double>() == doctest::Approx(rate));
  CHECK(result["weights_sha256"].get<std::string>().size() == 64);
}

TEST_CASE("the weights depend on the seed, not on threads or kernels") {
  const TempDir dir;
  const json one = bench("--threads 1");
  CHECK(bench("--threads 2")["weights_sha256"] == one["weights_sha256"]);
  CHECK(bench("--threads 3")["weights_sha256"] == one["weights_sha256"]);
  CHECK(bench("--threads 2 --seed 2")["weights_sha256"] != one["weights_sha256"]);
}

TEST_CASE("images of another size") {
  auto peak_mb = [](const char* flags) { return bench(flags)["peak_rss_mb"].get<double>(); };
  // Sixteen times the pixels: 8 images with 64 maps of 128x128, in float, are 33 MB.
  CHECK(peak_mb("--image-size 128") > peak_mb("") + 30);
  const TempDir dir;
  const Finished f = convnet(dir.path, "bench --model convnet-8x8 --image-size 20 --quiet");
  CHECK(f.code == 2);
  CHECK(f.err.find("multiple of 8, got [3, 20, 20]") != std::string::npos);
  CHECK(convnet(dir.path, "bench --image-size 0").code == 2);
}

TEST_CASE("a table for people") {
  const TempDir dir;
  const Finished f =
      convnet(dir.path, "bench --model convnet-8x8 -b 4 --steps 1 --quiet --threads 1");
  CHECK(f.out.starts_with("convnet-8x8, norm batch, sgd, batch 4, 1 thread(s), "));
  CHECK(f.out.find("training step") != std::string::npos);
  CHECK(f.out.find("images/s in training") != std::string::npos);
}

std::set<std::string> ops(const json& profile) {
  std::set<std::string> names;
  for (const json& row : profile) names.insert(row["op"]);
  return names;
}

TEST_CASE("a profile has a row per op, and shares of one step") {
  const json plain = bench("--threads 2"), result = bench("--threads 2 --profile"),
             &rows = result["profile"];
  CHECK(result["weights_sha256"] == plain["weights_sha256"]);
  const std::set<std::string> found = ops(rows);
  for (const char* op :
       {"conv2d", "conv2d backward", "linear", "linear backward", "max_pool2d backward",
        "normalize+relu", "normalize+relu backward", "cross_entropy", "sgd", "rest"})
    CHECK_MESSAGE(found.contains(op), op);
  CHECK(found.size() == rows.size());
  CHECK(rows.back()["op"] == "rest");
  CHECK(std::is_sorted(rows.begin(), rows.end() - 1,
                       [](const json& a, const json& b) { return a["ms"] > b["ms"]; }));
  double share = 0, ms = 0;
  for (const json& row : rows) {
    CHECK(row.size() == 6);
    CHECK(row["ms"] >= 0);
    share += row["share"].get<double>();
    ms += row["ms"].get<double>();
    if (row["op"] == "linear backward")
      CHECK((row["calls"] == 2 && row["gflop_per_s"] > 0 && row["gb_per_s"] > 0));
    if (row["op"] == "sgd")
      CHECK((row["calls"] == 10 && row["gflop_per_s"] == 0 && row["gb_per_s"] > 0));
  }
  CHECK(share == doctest::Approx(1));
  CHECK(ms <= result["train_step_ms"]["max"]);
}

TEST_CASE("a large weight's gradient counts with the optimizer that takes it by pieces") {
  const TempDir dir;
  const json rows = json::parse(
      convnet(dir.path, "bench --model convnet -b 4 --steps 1 --threads 2 --json --quiet --profile")
          .out)["profile"];
  CHECK(ops(rows).contains("linear+sgd backward"));
  for (const json& row : rows) {
    if (row["op"] == "linear+sgd backward") CHECK((row["calls"] == 1 && row["gflop_per_s"] > 0));
    if (row["op"] == "sgd") CHECK(row["calls"] == 9);
  }
}

TEST_CASE("a profile as a table") {
  const TempDir dir;
  const Finished f = convnet(
      dir.path, "bench --model convnet-8x8 -b 4 --steps 2 --quiet --optimizer adamw --profile");
  CHECK(f.code == 0);
  CHECK(f.out.find("\n\nop, per training step  ") != std::string::npos);
  for (const char* start : {"\nconv2d backward ", "\nadamw ", "\nrest "})
    CHECK(f.out.find(start) != std::string::npos);
}

TEST_CASE("a trace has the events of the timed steps, each in its step") {
  const TempDir dir;
  CHECK(convnet(dir.path, "bench --model convnet-8x8 -b 4 --steps 2 --quiet --trace t.json").code ==
        0);
  const json events = json::parse(read_text(dir.path / "t.json"))["traceEvents"];
  CHECK(events.size() > 40);
  double begin = 0, end = 0;  // of the step that an event is in
  int steps = 0;
  for (const json& e : events) {
    CHECK((e["ph"] == "X" && e["pid"].is_number_integer() && e["tid"].is_number_integer()));
    CHECK((e["args"]["shape"].is_array() && e["args"]["flops"] >= 0 && e["args"]["bytes"] >= 0));
    const double ts = e["ts"], until = ts + e["dur"].get<double>();
    if (e["name"] == "training step") {
      CHECK(ts >= end);
      begin = ts;
      end = until;
      ++steps;
    }
    CHECK((begin <= ts && until <= end + 1e-3));
    if (e["name"] == "conv2d")
      CHECK(e["args"] == json{{"shape", {4, 64, 32, 32}},
                              {"flops", 2 * 4 * 64 * 1024 * 27},
                              {"bytes", 4 * 276160}});
  }
  CHECK(steps == 2);
}

TEST_CASE("a trace that cannot be written is one line") {
  const TempDir dir;
  for (const auto& [file, reason] : {std::pair("no/t.json", "No such file or directory"),
                                     std::pair("/dev/full", "No space left on device")}) {
    const Finished f = convnet(
        dir.path, std::string("bench --model convnet-8x8 -b 4 --steps 1 --quiet --trace ") + file);
    CHECK(f.code == 1);
    CHECK(f.out == "");
    CHECK(f.err ==
          std::string("convnet bench: error: ") + file + ": cannot write: " + reason + "\n");
  }
}

}  // namespace
}  // namespace ek

// convnet bench: the object that speed is measured with.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "tests/apps/run_program.h"

namespace ek {
namespace {

using nlohmann::json;

json bench(const std::string& flags) {
  const TempDir dir;
  const Finished f = convnet(dir.path, "bench --json --quiet --model convnet-8x8 -b 8 --steps 3 " + flags);
  CHECK(f.code == 0);
  CHECK(f.err == "");
  return json::parse(f.out);
}

TEST_CASE("all of its keys, and nothing else") {
  const json result = bench("--threads 2 --optimizer adam --norm group");
  std::set<std::string> keys;
  for (const auto& [key, value] : result.items()) keys.insert(key);
  CHECK(keys == std::set<std::string>{"model", "batch_size", "norm", "optimizer", "threads", "train_step_ms",
                                      "eval_batch_ms", "images_per_second", "peak_rss_mb", "cpu", "weights_sha256"});
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
  const Finished f = convnet(dir.path, "bench --model convnet-8x8 -b 4 --steps 1 --quiet --threads 1");
  CHECK(f.out.starts_with("convnet-8x8, norm batch, sgd, batch 4, 1 thread(s), "));
  CHECK(f.out.find("training step") != std::string::npos);
  CHECK(f.out.find("images/s in training") != std::string::npos);
}

}  // namespace
}  // namespace ek

// convnet predict: classes and probabilities for image files.
#include <cstdint>
#include <string>

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/apps/run_program.h"
#include "tests/data/files.h"

namespace ek {
namespace {

using nlohmann::json;

TEST_CASE("a model that can tell two colours apart") {
  const Workshop dir;
  for (int i = 0; i < 12; ++i) {
    const auto shade = static_cast<std::uint8_t>(8 * i);
    write_file(dir.path / "images/blue" / (std::to_string(i) + ".png"),
               plain_png(32, shade, shade, 250));
    write_file(dir.path / "images/red" / (std::to_string(i) + ".png"),
               plain_png(32, 250, shade, shade));
  }
  REQUIRE(
      dir.run("train --data images --model convnet-8x8 --epochs 8 -b 10 --quiet --out run").code ==
      0);
  write_file(dir.path / "r.png", plain_png(32, 250, 40, 40));
  write_file(dir.path / "b.png", plain_png(77, 40, 40, 250));  // of another size

  const Finished f = dir.run("predict --checkpoint run/best.safetensors --json r.png b.png");
  REQUIRE(f.code == 0);
  const json result = json::parse(f.out);
  REQUIRE(result.size() == 2);
  CHECK(result[0]["image"] == "r.png");
  CHECK(result[0]["class"] == "red");
  CHECK(result[1]["class"] == "blue");
  for (const json& image : result) {
    REQUIRE(image["top"].size() == 2);  // there are no five classes
    CHECK(image["top"][0]["class"] == image["class"]);
    CHECK(image["top"][0]["probability"] > image["top"][1]["probability"]);
    const double sum =
        image["top"][0]["probability"].get<double>() + image["top"][1]["probability"].get<double>();
    CHECK(sum == doctest::Approx(1).epsilon(1e-6));
  }
  // What one image is taken for does not depend on the others.
  const json alone =
      json::parse(dir.run("predict --checkpoint run/best.safetensors --json b.png").out);
  CHECK(alone[0] == result[1]);

  const Finished text = dir.run("predict --checkpoint run/best.safetensors --top 1 r.png");
  CHECK(text.out.starts_with("r.png: red\n"));
  CHECK(text.out.find(" %  red\n") != std::string::npos);
  CHECK(text.out.find("blue") == std::string::npos);
}

}  // namespace
}  // namespace ek

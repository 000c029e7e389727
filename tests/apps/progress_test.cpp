// The bar: what it shows where there is room for all, and what it leaves out where there is not.
#include "apps/training/progress.h"

#include <doctest/doctest.h>

namespace ek {
namespace {

const BarContent kTypical = {"epoch 1/3", 100, 391, "loss 1.2345, accuracy 45.6 %", "2345 images/s, 0:12 left"};

TEST_CASE("with room for all of it, a bar of 20") {
  CHECK(bar_line(kTypical, 200) ==
        "epoch 1/3 [#####...............] 100/391  loss 1.2345, accuracy 45.6 %  2345 images/s, 0:12 left");
  BarContent done = kTypical;
  done.done = done.steps;
  CHECK(bar_line(done, 200).starts_with("epoch 1/3 [####################] 391/391  "));
}

TEST_CASE("on 80 columns the bar gives way, not the images per second and the time left") {
  CHECK(bar_line(kTypical, 79) == "epoch 1/3 100/391  loss 1.2345, accuracy 45.6 %  2345 images/s, 0:12 left");
  for (const char* title : {"test", "epoch 1/3", "epoch 100/100 test"})
    for (const std::int64_t steps : {1, 391, 50'000})
      for (const char* rate : {"5 images/s, 0:00 left", "12345 images/s, 10:00:12 left"}) {
        const std::string line = bar_line({title, steps, steps, "loss 10.2345, accuracy 100.0 %", rate}, 79);
        CAPTURE(line);
        CHECK(line.size() <= 79);
        CHECK(line.starts_with(title));
        CHECK(line.ends_with(rate));
      }
}

TEST_CASE("the bar takes the room that is left") {
  const std::size_t all = bar_line(kTypical, 200).size();
  for (std::size_t missing = 1; missing <= 15; ++missing) {
    const std::string line = bar_line(kTypical, all - missing);
    CHECK(line.size() == all - missing);
    CHECK(line.find(']') - line.find('[') == 21 - missing);
  }
  CHECK(bar_line(kTypical, all - 16).find('[') == std::string::npos);
}

TEST_CASE("on narrow terminals the note goes next, and then the line is cut") {
  CHECK(bar_line(kTypical, 60) == "epoch 1/3 100/391  2345 images/s, 0:12 left");
  CHECK(bar_line(kTypical, 20) == "epoch 1/3 100/391  2");
  CHECK(bar_line(kTypical, 0) == "");
}

}  // namespace
}  // namespace ek

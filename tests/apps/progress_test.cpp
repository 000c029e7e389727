// The bar: what it shows where there is room for all, and what it leaves out where there is not.
#include "apps/training/progress.h"
#include "apps/training/outlook.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>

namespace ek {
namespace {

const BarContent kTypical = {"epoch 1/3",     100,        391, "loss 1.2345, accuracy 45.6 %",
                             "2345 images/s", "0:12 left"};

TEST_CASE("with room for all of it, a bar of 20") {
  CHECK(bar_line(kTypical, 200) ==
        "epoch 1/3 [#####...............] 100/391  loss 1.2345, accuracy 45.6 %  2345 images/s, "
        "0:12 left");
  BarContent done = kTypical;
  done.done = done.steps;
  CHECK(bar_line(done, 200).starts_with("epoch 1/3 [####################] 391/391  "));
}

TEST_CASE(
    "on 80 columns the bar gives way, then the images per second, not how it goes and the time "
    "left") {
  CHECK(bar_line(kTypical, 79) ==
        "epoch 1/3 100/391  loss 1.2345, accuracy 45.6 %  2345 images/s, 0:12 left");
  for (const char* title : {"test", "epoch 1/3", "epoch 100/100 test"})
    for (const std::int64_t steps : {1, 391, 50'000})
      for (const char* rate : {"5 images/s", "12345 images/s"})
        for (const char* left : {"0:00 left", "10:00:12 left"}) {
          const std::string line =
              bar_line({title, steps, steps, "loss 10.2345, accuracy 100.0 %", rate, left}, 79);
          CAPTURE(line);
          CHECK(line.size() <= 79);
          CHECK(line.starts_with(title));
          CHECK(line.find("  loss 10.2345, accuracy 100.0 %  ") != std::string::npos);
          CHECK(line.ends_with(left));
        }
}

TEST_CASE("the time left, and that in all, stay on 80 columns and on fewer") {
  BarContent run = kTypical;
  run.left = "0:12 left, over 3:40 in all";
  CHECK(bar_line(run, 79) ==
        "epoch 1/3 100/391  loss 1.2345, accuracy 45.6 %  0:12 left, over 3:40 in all");
  CHECK(bar_line(run, 70) == "epoch 1/3 100/391  0:12 left, over 3:40 in all");

  const BarContent lab = {"higher-learning-rates 13/90 batch-lr-0.0316-seed-1001",
                          60,
                          60,
                          "loss 1.2345",
                          "12345 images/s",
                          "0:00 left, about 1:03:40 in all"};
  CHECK(bar_line(lab, 79) ==
        "higher-learning-rates 13/90 batch-lr-... 60/60  0:00 left, about 1:03:40 in all");
  CHECK(bar_line(lab, 50) == "higher-l... 60/60  0:00 left, about 1:03:40 in all");
  CHECK(bar_line(lab, 44) == " 60/60  0:00 left, about 1:03:40 in all");
  for (std::size_t width = 39; width < 200; ++width) {
    CHECK(bar_line(lab, width).size() <= width);
    CHECK(bar_line(lab, width).ends_with(lab.left));
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

TEST_CASE("what is left in all is known once it was measured") {
  Outlook outlook;
  outlook.plan("a, training", "training", 100);
  outlook.plan("a, test", "test", 10);
  outlook.plan("b, training", "training", 100);
  CHECK(outlook.text() == "");
  outlook.made("a, training", 10, 20);  // 90 and 100 steps of 2 s are left, and 10 of a test
  CHECK(outlook.text() == "at least 6:20 in all");
  outlook.made("a, test", 5, 15);  // 5 of 3 s
  CHECK(outlook.text() == "about 6:35 in all");
  outlook.made("b, training", 50, 50);  // is faster: 50 of 1 s
  CHECK(outlook.text() == "4:05 in all");
  outlook.drop("a, training", 80);
  CHECK(outlook.text() == "1:25 in all");
  outlook.drop("b, training");
  CHECK(outlook.text() == "0:35 in all");
  outlook.made("a, training", 10, 20);
  outlook.made("a, test", 5, 15);
  CHECK(outlook.text() == "");
}

TEST_CASE("what follows the last step of a loop is part of what its steps take") {
  Outlook outlook;
  outlook.plan("a", "runs", 1001);
  {
    Progress loop("a", 1, {.quiet = true}, {&outlook, "a"});
    loop.step(1, "");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // measures something
  }
  CHECK(outlook.text() >= "0:20 in all");  // of the 1000 steps that are left
}

TEST_CASE("what was measured before says how long the rest takes") {
  Outlook outlook;
  outlook.known("batch", "runs", 50, 100);
  outlook.plan("batch", "runs", 50);
  CHECK(outlook.text() == "1:40 in all");
  outlook.plan("none", "runs", 50);
  CHECK(outlook.text() == "about 3:20 in all");
}

TEST_CASE("on narrow terminals the note goes next, and then the line is cut") {
  CHECK(bar_line(kTypical, 50) == "epoch 1/3 100/391  0:12 left");
  CHECK(bar_line(kTypical, 27) == "epoch... 100/391  0:12 left");
  CHECK(bar_line(kTypical, 20) == " 100/391  0:12 left");
  CHECK(bar_line(kTypical, 10) == " 100/391  ");
  CHECK(bar_line(kTypical, 0) == "");
}

}  // namespace
}  // namespace ek

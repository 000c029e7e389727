#include "tests/apps/sample_page.h"

#include <cmath>
#include <limits>
#include <string>

namespace ek {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Series curve(const std::string& name, double rate, double spread) {
  Series s = {.name = name, .x = {}, .y = {}};
  for (int i = 0; i <= 200; ++i) {
    const double y = 0.3 + 2 * std::exp(-rate * i) + 0.02 * std::sin(i);
    s.x.push_back(i);
    s.y.push_back(y);
    s.low.push_back(y - spread);
    s.high.push_back(y + spread);
  }
  return s;
}

Plot curves() {
  return {.title = "Training loss, mean of 5 seeds with a 95 % band",
          .x_label = "step",
          .y_label = "loss",
          .series = {curve("norm batch", 0.03, 0.08), curve("norm none", 0.012, 0.15),
                     curve("norm group", 0.02, 0.1)}};
}

Plot over_rates() {
  return {.title = "Test accuracy by learning rate",
          .x_label = "learning rate",
          .y_label = "accuracy, %",
          .series = {{.name = "norm batch",
                      .x = {0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1},
                      .y = {48, 55, 60, 62, 61, 58, 44},
                      .low = {46, 54, 59, 61, 60, 55, 38},
                      .high = {50, 56, 61, 63, 62, 61, 50}},
                     {.name = "norm none",
                      .x = {0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1},
                      .y = {50, 56, 58, 45, 13, kNan, kNan},
                      .low = {49, 55, 57, 38, 10, kNan, kNan},
                      .high = {51, 57, 59, 52, 16, kNan, kNan}}},
          .log_x = true};
}

Plot bars() {
  return {.title = "Seconds per epoch <script>alert(1)</script> & `id`",
          .x_label = "model's name_with^marks",
          .y_label = "seconds",
          .series = {{.name = "batch <b>",
                      .x = {0, 1, 2},
                      .y = {3, 5, 9},
                      .low = {2.5, 4, 8},
                      .high = {3.5, 6, 10}},
                     {.name = "none", .x = {0, 1, 2}, .y = {2, 4, 7}}},
          .kind = PlotKind::bars,
          .categories = {"convnet", "vgg & co", "it's <i>"}};
}

Plot points() {
  return {.title = "Gradient norms",
          .x_label = "layer",
          .y_label = "standard deviation over batches / over images",
          .series = {{.name = "", .x = {1, 2, 3, 4}, .y = {0.4, 3e5, 2e10, 1.5e18}}},
          .kind = PlotKind::points,
          .log_y = true};
}

Plot many_series() {
  Plot plot = {.title = "Eight series", .x_label = "epoch", .y_label = "share", .series = {}};
  for (int k = 0; k < 8; ++k) {
    plot.series.push_back({.name = "layer" + std::to_string(k) + ".conv1", .x = {}, .y = {}});
    for (int i = 0; i <= 5; ++i) {
      plot.series.back().x.push_back(i);
      plot.series.back().y.push_back(k + std::sin(i + k));
    }
  }
  return plot;
}

Picture picture(int channels) {
  Picture p = {.pixels = {},
               .channels = channels,
               .height = 8,
               .width = 8,
               .caption = "a \"cat\", taken for a <dog>"};
  for (int i = 0; i < channels * 64; ++i)
    p.pixels.push_back(static_cast<unsigned char>(i * 255 / (channels * 64)));
  return p;
}

Table wide_table() {
  Table table = {.caption = "Wider than a telephone", .rows = {{"net"}, {"convnet"}}, .align = "l"};
  for (int size = 1; size <= 32; size *= 2) {
    table.rows[0].push_back("batch " + std::to_string(size));
    table.rows[1].push_back("61.25 ± 0.75");
    table.align += 'r';
  }
  return table;
}

Section rates() {
  return {.id = "rates",
          .title = "Higher learning rates",
          .badge = "SUPPORTED",
          .quote = "Batch Normalization allows much higher learning rates.",
          .paragraphs = {"Hypothesis: at 10 times the learning rate, the network with the norm "
                         "still trains, and the one without does not.",
                         "Three seeds for each rate."},
          .plots = {curves(), over_rates()},
          .tables = {{.caption = "Test accuracy, %",
                      .rows = {{"learning rate", "batch", "none"},
                               {"0.01", "60.2", "58.1"},
                               {"0.1", "61.7", "12.9"}},
                      .align = "lrr"}},
          .caveats = {"Three epochs say nothing of the end of training."},
          .command = "build/convnet compare --lr 0.1 --out 'a b' && echo \"<done>\""};
}

Section flips() {
  return {.id = "flips",
          .title = "A flipped image & the image itself",
          .badge = "NOT SUPPORTED",
          .plots = {bars(),
                    points(),
                    {.title = "Nothing",
                     .x_label = "x",
                     .y_label = "y",
                     .series = {{"a", {1}, {kNan}}}}},
          .pictures_title = "The worst mistakes",
          .pictures = {picture(3), picture(1), picture(3)},
          .tables = {{.caption = "Predicted, for each true class",
                      .rows = {{"", "cat", "dog"}, {"cat", "90", "10"}, {"dog", "35", "65"}},
                      .align = "lrr",
                      .shades = {{0, 0.9, 0.1}, {0, 0.35, 0.65}}},
                     wide_table()}};
}

}  // namespace

Page sample_page() {
  return {.title = "What does BatchNorm do? <em>A report</em>",
          .paragraphs = {"Every claim of the note as an experiment."},
          .summary = {.caption = "",
                      .rows = {{"claim", "verdict", "effect", "runs", "minutes"},
                               {"Higher learning rates", "SUPPORTED", "+48.8 points [45.1, 52.5]",
                                "12", "3.1"},
                               {"A flipped image", "NOT SUPPORTED", "-0.2 points [-0.9, 0.5]", "6",
                                "1.0"},
                               {"Eight layers", "INCONCLUSIVE", "0.1 [-1, 1]", "2", "0.4"}},
                      .align = "lllrr"},
          .terms = {{"Seed", "A number that fixes all that is drawn by chance."},
                    {"Log scale", "Equal distances are equal ratios."}},
          .sections = {rates(),
                       flips(),
                       {.id = "layers",
                        .title = "Eight layers",
                        .badge = "INCONCLUSIVE",
                        .plots = {many_series()}}}};
}

}  // namespace ek

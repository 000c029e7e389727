#include "apps/lab/probes/flipped_image.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/lab/record.h"
#include "apps/lab/trial.h"

namespace ek {
namespace {

constexpr int kGap = 2;  // pixels between two images

std::size_t class_of(const std::vector<double>& p) {
  return static_cast<std::size_t>(std::ranges::max_element(p) - p.begin());
}

/// The batch that image i is in: itself, then its neighbours.
Indices batch_with(const Indices& order, std::int64_t size, std::size_t i) {
  const auto image = static_cast<std::int64_t>(i);
  for (Indices batch : batches_of(order, size)) {
    const auto found = std::ranges::find(batch, image);
    if (found == batch.end()) continue;
    std::rotate(batch.begin(), found, found + 1);
    return batch;
  }
  return {image};
}

void note_text(Training& t, const std::string& name, const std::string& text) {
  for (const char c : text) t.note(name, static_cast<unsigned char>(c));
}

/// A record holds numbers: a name is a list of its bytes.
std::string text_of(const Record& record, const std::string& name) {
  std::string text;
  for (const double byte : record.at(name))
    text += static_cast<char>(static_cast<unsigned char>(byte));
  return text;
}

std::string class_key(std::size_t k) { return fmt::format("flip_class_{}", k); }
std::string class_name(const Record& record, double k) {
  return text_of(record, class_key(static_cast<std::size_t>(k)));
}

void note_batch(Training& t, const std::string& name, const Indices& batch,
                const std::vector<double>& p) {
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(t.data.info.image.numel()));
  for (const std::int64_t i : batch) {
    t.data.test->image(i, pixels);
    for (const std::uint8_t pixel : pixels) t.note("flip_pixels_" + name, pixel);
    t.note("flip_labels_" + name, t.data.test->label(i));
  }
  t.record.values["flip_p_" + name] = p;
}

/// "cat 71 %, dog 20 %, frog 3 %"
std::string likeliest(const Record& record, const std::vector<double>& p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::greater<>(), [&](std::size_t k) { return p[k]; });
  std::string text;
  for (std::size_t rank = 0; rank < std::min<std::size_t>(3, order.size()); ++rank)
    text += fmt::format("{}{} {:.0f} %", rank == 0 ? "" : ", ",
                        class_name(record, static_cast<double>(order[rank])), 100 * p[order[rank]]);
  return text;
}

std::string neighbours(const Record& record, const std::string& name) {
  std::string text;
  const std::vector<double>& labels = record.at("flip_labels_" + name);
  for (std::size_t n = 1; n < labels.size(); ++n)
    text += (n == 1 ? "" : ", ") + class_name(record, labels[n]);
  return text;
}

/// The images of a batch in one row, with white between them.
Picture row_of(const Record& record, const std::string& name) {
  const std::vector<double>& pixels = record.at("flip_pixels_" + name);
  const std::vector<double>& shape = record.at("flip_shape");  // [C, H, W]
  const auto channels = static_cast<int>(shape[0]), height = static_cast<int>(shape[1]),
             width = static_cast<int>(shape[2]);
  const auto count = static_cast<int>(record.at("flip_labels_" + name).size());
  Picture row = {.pixels = {},
                 .channels = channels,
                 .height = height,
                 .width = count * (width + kGap) - kGap,
                 .caption = ""};
  row.pixels.assign(static_cast<std::size_t>(channels * height * row.width), 255);
  for (int n = 0; n < count; ++n)
    for (int line = 0; line < channels * height; ++line)
      for (int x = 0; x < width; ++x)
        row.pixels[static_cast<std::size_t>(line * row.width + n * (width + kGap) + x)] =
            static_cast<unsigned char>(
                pixels[static_cast<std::size_t>((n * channels * height + line) * width + x)]);
  return row;
}

}  // namespace

std::optional<std::size_t> most_certain_flip(const Probabilities& a, const Probabilities& b) {
  std::optional<std::size_t> best;
  double certain = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (class_of(a[i]) == class_of(b[i])) continue;
    const double smaller = std::min(std::ranges::max(a[i]), std::ranges::max(b[i]));
    if (smaller <= certain) continue;
    certain = smaller;
    best = i;
  }
  return best;
}

void note_flip(Training& t, const Neighbourhood& a, const Neighbourhood& b, std::int64_t size,
               const Probabilities& inference) {
  const std::optional<std::size_t> i = most_certain_flip(a.p, b.p);
  if (!i) return;
  t.note("flip_label", t.data.test->label(static_cast<std::int64_t>(*i)));
  for (const std::int64_t axis : t.data.info.image.sizes())
    t.note("flip_shape", static_cast<double>(axis));
  for (std::size_t k = 0; k < t.data.info.class_names.size(); ++k)
    note_text(t, class_key(k), t.data.info.class_names[k]);
  note_batch(t, "a", batch_with(a.order, size, *i), a.p[*i]);
  note_batch(t, "b", batch_with(b.order, size, *i), b.p[*i]);
  t.record.values["flip_p_inference"] = inference[*i];
}

std::vector<Picture> flip_pictures(const Record& record) {
  std::vector<Picture> pictures;
  for (const char* name : {"a", "b"}) {
    Picture row = row_of(record, name);
    const std::vector<double>& p = record.at(std::string("flip_p_") + name);
    row.caption = fmt::format(
        "{} ({}), in a batch with the {} beside it: in training mode it is taken for {} ({:.0f} "
        "%).",
        name[0] == 'a' ? "The first image" : "The same image",
        class_name(record, record.last("flip_label")),
        record.at(std::string("flip_labels_") + name).size() - 1,
        class_name(record, static_cast<double>(class_of(p))), 100 * std::ranges::max(p));
    pictures.push_back(std::move(row));
  }
  return pictures;
}

Table flip_table(const Record& record) {
  Table table = {
      .caption = fmt::format("The same image ({}), the same weights: the likeliest classes",
                             class_name(record, record.last("flip_label"))),
      .rows = {{"mode", "neighbours in the batch", "taken for"}},
      .align = "lll"};
  for (const char* name : {"a", "b"})
    table.rows.push_back({"training", neighbours(record, name),
                          likeliest(record, record.at(std::string("flip_p_") + name))});
  table.rows.push_back({"inference", "any", likeliest(record, record.at("flip_p_inference"))});
  return table;
}

}  // namespace ek

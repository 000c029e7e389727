#include "evenkeel/data/load_images.h"

#include <algorithm>
#include <cstddef>
#include <span>

#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/files/file.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/data/image.h"

namespace ek {
namespace {

FolderFacts facts_of(const ImageFacts& image) {
  return {.images = 1,
          .turned = image.turned ? 1 : 0,
          .transparent = image.transparent ? 1 : 0,
          .smallest_width = image.width,
          .smallest_height = image.height,
          .largest_width = image.width,
          .largest_height = image.height};
}

/// The reason alone: messages name the file in front.
std::string reason_of(const DataError& error, const fs::path& file) {
  const std::string message = error.what(), name = printable(file) + ": ";
  return message.starts_with(name) ? message.substr(name.size()) : message;
}

}  // namespace

void FolderFacts::add(const FolderFacts& others) {
  if (others.images == 0) return;
  if (images == 0 ||
      others.smallest_width * others.smallest_height < smallest_width * smallest_height) {
    smallest_width = others.smallest_width;
    smallest_height = others.smallest_height;
  }
  if (others.largest_width * others.largest_height > largest_width * largest_height) {
    largest_width = others.largest_width;
    largest_height = others.largest_height;
  }
  images += others.images;
  turned += others.turned;
  transparent += others.transparent;
}

BadImages bad_images(std::vector<Skipped> bad, std::int64_t of) {
  const Skipped& first = bad.front();
  const std::string name = printable(first.path);
  if (bad.size() == 1) {
    return {text(name, ": ", first.reason,
                 "; mend or remove it, or go on without it with --skip-bad-images"),
            std::move(bad)};
  }
  const std::string what =
      text(bad.size(), " of ", of, " images cannot be read, the first of them is ", name,
           "; mend or remove them, or go on without them with --skip-bad-images");
  return {what, std::move(bad)};
}

LoadedImages load_images(const ImageList& list, const Shape& image_shape, OnBadImage on_bad_image) {
  const auto bytes = static_cast<std::size_t>(image_shape.numel());
  const std::size_t count = list.files.size();
  std::vector<std::uint8_t> pixels(count * bytes);
  std::vector<ImageFacts> facts(count);
  std::vector<std::string> reasons(count);  // empty: the image is good
  parallel_each(static_cast<std::int64_t>(count), 16, [&](std::int64_t file) {
    const auto i = static_cast<std::size_t>(file);
    try {
      facts[i] =
          read_image(list.files[i], image_shape, std::span(pixels).subspan(i * bytes, bytes));
    } catch (const DataError& error) {
      reasons[i] = reason_of(error, list.files[i]);
    }
  });

  LoadedImages loaded;
  std::vector<int> labels;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!reasons[i].empty()) {
      loaded.bad.push_back({list.files[i], reasons[i]});
      continue;
    }
    if (kept != i)
      std::copy_n(pixels.begin() + static_cast<std::ptrdiff_t>(i * bytes), bytes,
                  pixels.begin() + static_cast<std::ptrdiff_t>(kept * bytes));
    ++kept;
    labels.push_back(list.labels[i]);
    loaded.facts.add(facts_of(facts[i]));
  }
  if (!loaded.bad.empty() && on_bad_image == OnBadImage::fail) {
    throw bad_images(std::move(loaded.bad), static_cast<std::int64_t>(count));
  }
  check_data(kept > 0, printable(list.dir), ": none of its ", count, " images can be read");
  pixels.resize(kept * bytes);
  loaded.data = std::make_shared<InMemoryDataset>("folder", image_shape, list.class_names,
                                                  std::move(pixels), std::move(labels));
  return loaded;
}

}  // namespace ek

// One image whose predicted class changes with its neighbours in the batch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "apps/lab/probes/modes.h"
#include "apps/lab/record.h"
#include "apps/lab/trial.h"
#include "apps/report/page.h"

namespace ek {

/// The image to show of two passes over the same images: of those that are given different classes, the one with the
/// largest smaller probability of the two, the first of equal ones. None where there is no such image.
std::optional<std::size_t> most_certain_flip(const Probabilities& a, const Probabilities& b);

/// An image among the others of its batch.
struct Neighbourhood {
  Indices order;    // of the pass
  Probabilities p;  // that came out
};

/// Notes the image, under names that start with "flip_", so that it can be shown without the data set: its label and
/// for each of the two neighbourhoods the pixels (the image first), the labels and the probabilities; and those of
/// inference mode. Notes nothing where no image flips.
void note_flip(Training& t, const Neighbourhood& a, const Neighbourhood& b, std::int64_t size,
               const Probabilities& inference);

/// What note_flip noted, as pictures and a table. REQUIRES: record.has("flip_label").
std::vector<Picture> flip_pictures(const Record& record);
Table flip_table(const Record& record);

}  // namespace ek

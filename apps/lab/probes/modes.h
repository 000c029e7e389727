// A trained model asked in training mode and in inference mode: what does the answer for an image depend on?
#pragma once

#include <cstdint>
#include <vector>

#include "apps/lab/trial.h"
#include "apps/training/run_data.h"
#include "evenkeel/data/dataset.h"
#include "evenkeel/layers/layer.h"

namespace ek {

enum class Mode { training, inference };

using Indices = std::vector<std::int64_t>;

/// `order` cut into batches of `size`; the rest is spread over them, so that no batch is smaller, unless there are
/// fewer images than that.
std::vector<Indices> batches_of(const Indices& order, std::int64_t size);

/// The test images in a random order, which the seed and a number choose; and by their class.
Indices shuffled(const Dataset& images, std::uint64_t seed, std::uint64_t number);
Indices sorted_by_class(const Dataset& images);

/// For each test image, whatever the order, the probability of each class. Empty where the model refuses such batches,
/// as a BatchNorm1d does a single vector in training mode. The model is left as it was, running statistics too.
using Probabilities = std::vector<std::vector<double>>;
Probabilities probabilities(Layer& model, const RunData& data, const Indices& order,
                            std::int64_t size, Mode mode);

/// In percent; NaN without probabilities.
double accuracy_of(const Probabilities& p, const Dataset& images);
/// How many of the images are given another class in one than in the other, in percent; NaN where one is empty.
double changed(const Probabilities& a, const Probabilities& b);

/// The accuracy in inference mode that is left after one pass in training mode over these batches, which moves the
/// running statistics, as in a program that forgets model.eval() once. The model is left as it was.
double accuracy_after_a_pass(Layer& model, const RunData& data, const Indices& order,
                             std::int64_t size);

}  // namespace ek

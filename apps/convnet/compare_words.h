// What compare's report says in words: results in sentences, and what its terms mean.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "apps/convnet/arm.h"
#include "apps/report/page.h"
#include "apps/training/run_data.h"

namespace ek {

/// The arm's test accuracy in its last epoch, between 0 and 1; on the validation images while the test images were not
/// looked at. REQUIRES: it has an epoch.
double last_accuracy(const Arm& arm);

/// What is looked at after every epoch: "validation" or "test".
std::string watched_images(const RunData& data);

/// Where all are done: better in the last epoch than every other one that stayed finite.
bool is_ahead(const Arm& arm, const std::vector<Arm>& arms);

/// "ahead" is what one seed shows: these words stand beside the badge and in the result.
inline constexpr const char* kFromOneSeed = "from one seed";

/// Which of two arms that are done is ahead, by the test accuracy of the last epoch, in a sentence.
std::string result_sentence(const Arm& a, const Arm& b);

/// "best of 3 epochs, chosen on the test images: optimistic", and its second half.
std::string best_words(std::size_t epochs, const RunData& data);
std::string how_chosen(const RunData& data);

/// How to read the page.
std::vector<Term> compare_terms(const std::vector<Arm>& arms, const RunData& data);

}  // namespace ek

// What goes into the sigmoids of the model mlp while it is trained, as figure 1 of Ioffe & Szegedy 2015 shows it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "apps/lab/record.h"
#include "apps/lab/trial.h"
#include "apps/report/page.h"

namespace ek {

/// After every so many steps, notes what goes into ten sigmoids of the last hidden layer for 500 test images, in inference
/// mode: "input_step", and for each sigmoid in turn "input_median" and "input_sd" over the images; of the first one
/// "input_15", "input_50" and "input_85", percentiles. Changes nothing.
void note_sigmoid_inputs(Training& t, std::int64_t every);

/// How far the medians move from a step on (in a run that ended before it: at all), largest - smallest, in standard
/// deviations of the input: the mean over the sigmoids. 0 for a record without them.
double drift(const Record& record, std::int64_t from_step);

/// The first sigmoid's percentiles over the steps, of records by the name of their line.
Plot sigmoid_input_plot(const std::vector<std::pair<std::string, const Record*>>& records);

}  // namespace ek

// The images that a checkpoint is to be evaluated on.
#pragma once

#include "apps/convnet/checkpoint_choice.h"
#include "apps/convnet/options.h"
#include "apps/training/description.h"
#include "apps/training/open_data.h"

namespace ek {

/// The test images, with the labels of the model's classes, paired by name. They are those of --dataset and --data, where
/// one is typed: all of them. Else those that the run tested with, whose place its config.json names, or the usual place
/// of the data set that the checkpoint names. The notes say which. Throws UsageError, and DataError where the place is
/// not there or a class is unknown to the model.
DataSource open_evaluation_data(const Options& options, const CheckpointChoice& choice,
                                const DataInfo& trained_on);

}  // namespace ek

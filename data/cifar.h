// CIFAR-10 and CIFAR-100 in their binary versions [Krizhevsky2009]: 32x32 colour images in 10 or 100 classes.
#pragma once

#include <memory>

#include "evenkeel/core/files/file.h"
#include "evenkeel/data/dataset.h"

namespace ek {

/// Reads data_batch_1.bin ... data_batch_5.bin, or test_batch.bin, from `dir` or its folder
/// cifar-10-batches-bin. A record is a label byte and 3072 pixels [3, 32, 32]; files with fewer records than
/// the official ones are fine. Throws DataError, with what to do, where a file is missing, is of another
/// version or does not hold whole records.
std::shared_ptr<const Dataset> load_cifar10(const fs::path& dir, Split split);

/// Reads train.bin or test.bin from `dir` or its folder cifar-100-binary, as load_cifar10 does. A record is a
/// coarse label, a fine label (the one that is used: 100 classes) and 3072 pixels.
std::shared_ptr<const Dataset> load_cifar100(const fs::path& dir, Split split);

/// True if any of the files above is there.
bool holds_cifar10(const fs::path& dir);
bool holds_cifar100(const fs::path& dir);

}  // namespace ek

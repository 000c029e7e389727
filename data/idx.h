// IDX files, the format of MNIST [LeCun1998] and Fashion-MNIST [Xiao2017]: 28x28 grey images in 10 classes.
#pragma once

#include <memory>

#include "evenkeel/core/files/file.h"
#include "evenkeel/data/dataset.h"

namespace ek {

/// Reads train-images-idx3-ubyte and train-labels-idx1-ubyte, or t10k-..., as they are or with .gz, also
/// spelled train-images.idx3-ubyte. Images become [3, 32, 32]: two black pixels are added on each side, and
/// the grey value is repeated on three channels. Throws DataError where a file is missing, damaged or not
/// what its header says.
std::shared_ptr<const Dataset> load_mnist(const fs::path& dir, Split split);
/// The same files with the class names of Fashion-MNIST.
std::shared_ptr<const Dataset> load_fashion_mnist(const fs::path& dir, Split split);

/// True if `dir` has IDX images of either split.
bool holds_idx(const fs::path& dir);

}  // namespace ek

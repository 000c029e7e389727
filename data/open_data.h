// open_data: from a name and a folder to the images to train on and to test with.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "data/dataset.h"

namespace ek {

struct DataSource {
  std::shared_ptr<const Dataset> train, test;  // train is empty with Needs::test
  std::string description;                     // what was opened, where, how many images: one line
};

/// What open_data knows: "cifar10", "cifar100", ...; "auto" is not among them.
std::vector<std::string> dataset_names();

enum class Needs { train_and_test, test };

/// Opens a data set. `kind` is cifar10, cifar100, fashion-mnist, mnist, folder, synthetic or auto; `dir` is
/// the folder with its files, or empty for the usual place: ./data, for fashion-mnist
/// /usr/share/datasets/fashion-mnist; folder has none, and synthetic reads no files. auto takes what `dir`
/// holds. Without `dir`, it takes CIFAR-10 in ./data, else Debian's Fashion-MNIST, else synthetic. Images of
/// a folder are brought to [3, 32, 32]. Throws std::invalid_argument for an unknown kind, DataError where
/// there is nothing to open or it is damaged.
DataSource open_data(const std::string& kind, const std::filesystem::path& dir = {},
                     Needs needs = Needs::train_and_test);

}  // namespace ek

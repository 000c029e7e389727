// open_data: from a name and a folder to the images to train on and to test with.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "evenkeel/data/dataset.h"

namespace ek {

struct DataSource {
  std::shared_ptr<const Dataset> train, test;  // train is empty with Needs::test
  std::shared_ptr<const Dataset> validation;   // empty, unless a folder has a split of that name
  std::string description;                     // what was opened, where, how many images: one line
  std::vector<std::string> notes;    // how images were split, changed and skipped: a sentence each
  std::vector<std::string> skipped;  // every file that was not read, and why
  std::string held_out;              // of test images held out of a folder: DataInfo::held_out
};

/// What open_data knows: "cifar10", "cifar100", ...; "auto" is not among them.
std::vector<std::string> dataset_names();

/// What a data set is opened for. own_test: the test images that a training run of it had, of a folder without a test
/// split the tenth that was held out; all_to_test: of a folder every image of its test split, or all that it has.
enum class Needs { train_and_test, own_test, all_to_test };

struct OpenOptions {
  Needs needs = Needs::train_and_test;
  bool skip_bad_images = false;  // of a folder: go on without those that cannot be read
  bool verbose = false;  // the caller shows DataSource::skipped, so no note says how to see it
};

/// Opens a data set. `kind` is cifar10, cifar100, fashion-mnist, mnist, folder, synthetic or auto; `dir` is
/// the folder with its files, or empty for the usual place: ./data, for fashion-mnist
/// /usr/share/datasets/fashion-mnist; folder has none, and synthetic reads no files. auto takes what `dir`
/// holds. Without `dir`, it takes CIFAR-10 in ./data, else Debian's Fashion-MNIST, else synthetic. Images of
/// a folder are brought to [3, 32, 32]. Throws std::invalid_argument for an unknown kind, DataError where
/// there is nothing to open or it is damaged.
DataSource open_data(const std::string& kind, const std::filesystem::path& dir = {},
                     const OpenOptions& options = {});

}  // namespace ek

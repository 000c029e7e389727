// Which of the images in a folder are to train on, to choose by and to test with.
#pragma once

#include <string>
#include <vector>

#include "evenkeel/core/files/file.h"
#include "evenkeel/data/image_folder.h"

namespace ek {

/// The folders in `dir` that are splits, in any case of letters: train or training; val, valid, validation, eval or
/// evaluation; test or testing. An empty path: there is none. A folder is a split only if it has class folders of its
/// own, so that a class may be called train. Throws DataError where two folders are the same split, or where it cannot be
/// told whether a folder is a split or a class.
struct SplitFolders {
  fs::path train = {}, validation = {}, test = {};
  std::vector<fs::path> unread = {};  // folders of images beside them that belong to none

  bool any() const { return !train.empty() || !validation.empty() || !test.empty(); }
};
SplitFolders find_split_folders(const fs::path& dir);

/// True if there are images in `dir` or below it, also such as cannot be read (WebP) or are in no class folder: list_splits
/// says what is wrong with them.
bool holds_image_folder(const fs::path& dir);

/// The images of a folder by what they are for, all with the classes of `train`.
struct ImageSplits {
  ImageList train, test;
  ImageList validation = {};            // without files where there is none
  bool is_held_out = false;             // the test images were taken out of the training images
  std::vector<std::string> notes = {};  // how they were split, for people: a sentence each
};

/// The splits of the folder where it has them: of train, validation and test the third is to test with, of train and
/// validation the second. Else a tenth of each class, at least one image of two, is held out to test with: which ones
/// depends on the class's name and number of images alone. Throws DataError where there is nothing to train on or to test
/// with, or where validation or test has a class that train has not.
ImageSplits list_splits(const fs::path& dir);

/// Which images of a folder are to be tested with: all of its test split, or, without one, of its validation split, or all
/// that are there. `note` says which.
struct ImagesToTest {
  ImageList images;
  std::string note;
};
ImagesToTest list_images_to_test(const fs::path& dir);

}  // namespace ek

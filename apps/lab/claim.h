// A claim of the note as an experiment: what is run, what is measured, and which rule gives the verdict. The rule and
// its margins are fixed before there is a result.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "apps/lab/record.h"
#include "apps/lab/statistics.h"
#include "apps/lab/trial.h"
#include "apps/report/page.h"
#include "apps/training/config.h"

namespace ek {

enum class Preset { quick, full };

/// What the user chose.
struct Setting {
  Preset preset = Preset::quick;
  std::vector<std::uint64_t> seeds = {};
  /// The data set's flags, threads and quiet; everything else as TrainConfig has it.
  TrainConfig base = {};
  bool fashion_mnist = false;  // Debian's package is installed; settled when a lab is made

  /// Seeds whose runs choose what is tuned, and which no verdict is made of: choices by the runs that are judged, even by
  /// those of the other seeds, make identical arms differ too often.
  static const std::vector<std::uint64_t>& tuning_seeds();
  /// The tuning seeds, then the others.
  std::vector<std::uint64_t> all_seeds() const;

  bool full() const { return preset == Preset::full; }
  /// Either value, by the preset.
  template <typename T>
  T pick(T quick, T in_full) const {
    return full() ? in_full : quick;
  }
  /// The base with this seed, so many images to train and to test with, and so many steps, over as many epochs as that
  /// takes.
  TrainConfig config(std::uint64_t seed, std::int64_t train_images, std::int64_t test_images,
                     std::int64_t steps) const;
};

/// The records of a claim's trials.
class Records {
 public:
  void add(const std::string& arm, std::uint64_t seed, Record record) {
    records_[{arm, seed}] = std::move(record);
  }
  /// Throws std::logic_error for a run that was not planned.
  const Record& at(const std::string& arm, std::uint64_t seed) const;
  /// measure(record) of that arm, for each of the seeds, in their order.
  std::vector<double> each(const std::string& arm, std::span<const std::uint64_t> seeds,
                           const std::function<double(const Record&)>& measure) const;

 private:
  std::map<std::pair<std::string, std::uint64_t>, Record> records_;
};

/// The last test accuracy, in percent; a run that became non-finite has learnt nothing, which is what guessing among
/// `classes` gives.
double final_accuracy(const Record& record, std::int64_t classes);
/// The same with the classes of the data set that it was trained on.
double final_accuracy(const Record& record);

/// How a difference of logarithms to this base is told, as the factor that it is: "2.14 times " and then `above` where it
/// is above 0 ("fewer steps"), `below` where it is below ("more steps").
struct Ratio {
  double base;
  std::string above, below;
};

/// One comparison of a claim: a against b on the same seeds.
struct Test {
  std::string what;  // "accuracy, BatchNorm minus without norm"
  std::string unit;  // "points", "decades", ...
  Paired result;
  Rule rule;
  std::optional<Ratio> ratio = {};  // where the result is a difference of logarithms
  Verdict verdict() const { return judge(result.difference.interval, rule); }
};

/// What came out.
struct Finding {
  std::vector<Test> tests;  // the first is the headline; the verdict is all_of theirs
  std::string summary;      // in a sentence or two, with the numbers; no reading of the clock
  /// Other inequalities, such as a paper's, which the verdict does not depend on.
  std::vector<Test> asides = {};
  std::vector<Plot> plots = {};
  std::vector<Picture> pictures = {};
  std::vector<Table> tables = {};
  std::vector<std::string> caveats = {};
};

struct Claim {
  std::string id, title;
  std::string sentence;    // of the note, or of a paper
  std::string hypothesis;  // what must be seen if it is true
  std::string arms;        // what is varied
  std::string measure;     // what is measured
  std::string rule;        // how the verdict follows
  /// The runs, seed by seed: all arms of the first seed first.
  std::function<std::vector<Trial>(const Setting&)> plan;
  /// The verdict and its figures, from the records alone.
  std::function<Finding(const Setting&, const Records&)> judge;
};

}  // namespace ek

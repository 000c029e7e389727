// Records made by hand, and a training for a probe to look at.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "apps/lab/claim.h"
#include "apps/lab/record.h"
#include "apps/lab/trial.h"
#include "apps/training/build.h"
#include "apps/training/checkpoint.h"
#include "apps/training/config.h"
#include "apps/training/run_data.h"
#include "evenkeel/core/files/state.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/optim/optimizer.h"
#include "tests/lab/lab_support.h"

namespace ek {

/// A run of ten classes with these test accuracies, in percent, after so many steps each.
inline Record run_with(const std::vector<double>& percents, double every = 10) {
  Record r = {.values = {{"classes", {10}}}, .times = {{"train_seconds", 1}, {"seconds", 1}}};
  for (std::size_t i = 0; i < percents.size(); ++i) {
    r.values["test_step"].push_back(every * double(i + 1));
    r.values["test_acc"].push_back(percents[i] / 100);
  }
  r.values["train_loss"].assign(percents.size() * std::size_t(every), 1);
  return r;
}

inline Setting made_setting(std::size_t seeds, Preset preset = Preset::quick) {
  Setting setting = {.preset = preset};
  for (std::size_t i = 1; i <= seeds; ++i) setting.seeds.push_back(i);
  setting.base.dataset = "synthetic";
  setting.base.quiet = true;
  return setting;
}

/// What the claim says of records that `make` makes of its trials.
inline Finding finding_of(const Claim& claim, const Setting& setting,
                          const std::function<Record(const Trial&)>& make) {
  Records records;
  for (const Trial& trial : claim.plan(setting))
    records.add(trial.arm, trial.config.seed, make(trial));
  return claim.judge(setting, records);
}

/// A training of a few synthetic images before its first step.
struct MadeTraining {
  explicit MadeTraining(const std::string& model_name, const std::string& norm) {
    config.dataset = "synthetic";
    config.quiet = true;
    config.limit_train = 40;
    config.limit_test = 12;
    config.model = model_name;
    config.norm = norm;
    config.width = 1. / 16;
    config.batch_size = 8;
    config = with_defaults(config);
    data = open_run_data(config);
    model = make_model(config, data.info);
    model->initialize({config.seed, config.init_gain});
    optimizer = make_optimizer(config, *model);
  }
  Training training() { return {config, data, *model, *optimizer, nullptr, 0, record}; }
  /// All values and modes of the model, as text.
  std::string state() const {
    std::string all = model->training() ? "training" : "inference";
    for (const auto& [name, value] : model->state_dict()) {
      if (const auto* tensor = std::get_if<Tensor>(&value))
        all.append(reinterpret_cast<const char*>(tensor->data().data()),
                   tensor->data().size_bytes());
      else
        all += std::to_string(std::get<IntTensor>(value).data()[0]);
    }
    return all;
  }

  TrainConfig config;
  RunData data;
  std::unique_ptr<Layer> model;
  std::unique_ptr<Optimizer> optimizer;
  Record record;
};

}  // namespace ek

#include "apps/training/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <concepts>
#include <fstream>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <system_error>
#include <type_traits>
#include <utility>

#include "apps/training/errors.h"
#include "apps/training/nearest.h"
#include "evenkeel/core/base/check.h"
#include "evenkeel/core/files/file.h"
#include "evenkeel/layers/make_norm.h"
#include "evenkeel/models/registry.h"

namespace ek {
namespace {

using nlohmann::ordered_json;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::int64_t kMostThreads =
    512;  // OpenBLAS ends the program where more call it at once than it is built for
constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();

/// The table of flags: visit(name, group, help, field) for each, in the order of the help text.
template <typename Config, typename Visit>
void visit_flags(Config& c, Visit visit) {
  const char* group = "Data";
  visit("dataset", group,
        "auto, cifar10, cifar100, fashion-mnist, mnist, folder or synthetic; auto takes what "
        "--data holds, "
        "without it CIFAR-10 in ./data, else Debian's Fashion-MNIST, else synthetic images",
        c.dataset);
  visit("data", group,
        "folder with the data set's files; of photographs: CLASS/IMAGE, or train/CLASS/IMAGE "
        "beside test/ or val/ (else "
        "a tenth of each class is held out to test with); JPEG, PNG and BMP, turned upright by "
        "their EXIF orientation, "
        "cropped to a square around their centre, resized to 32x32",
        c.data);
  visit("val-split", group,
        "hold back this share of the training images, drawn by --seed: the best epoch is chosen on "
        "them, and the test "
        "images are looked at once, at the end (0: chosen on val/ where a folder has it, else on "
        "the test images)",
        c.val_split);
  visit("limit-train", group, "train on at most N images (0: all)", c.limit_train);
  visit("limit-test", group, "test on at most N images (0: all)", c.limit_test);
  visit("skip-bad-images", group, "go on without images of a folder that cannot be read",
        c.skip_bad_images);

  group = "Model";
  visit("model", group,
        "convnet (flattens 64x32x32), convnet-8x8 (pools, flattens 64x8x8), vgg (six "
        "convolutions), resnet20 or "
        "mlp (three hidden layers, sigmoids)",
        c.model);
  visit("norm", group, "batch, layer, instance, group or none", c.norm);
  visit("norm-groups", group, "groups of --norm group, at most", c.norm_groups);
  visit("placement", group, "norm before or after the activation", c.placement);
  visit("dropout", group, "probability of dropout before the last layer", c.dropout);
  visit("width", group, "factor on the channels and features of all hidden layers", c.width);
  visit("bn-momentum", group,
        "BatchNorm: running = (1 - m) running + m batch; 0.1 (= Keras 0.9), Keras counts the other "
        "way",
        c.bn_momentum);
  visit("bn-eps", group, "added to the variance by every norm", c.bn_eps);
  visit("init-gain", group, "factor on the start values of weight matrices", c.init_gain);

  group = "Optimizer";
  visit("optimizer", group, "sgd, adam or adamw", c.optimizer);
  visit("lr", group, "learning rate (0.01; adam and adamw: 0.001)", c.lr);
  visit("momentum", group, "momentum of sgd", c.momentum);
  visit("nesterov", group, "Nesterov's momentum", c.nesterov);
  visit("weight-decay", group, "weight decay (0; adamw: 0.01)", c.weight_decay);
  visit("norm-weight-decay", group,
        "weight decay of one-dimensional parameters: norms and biases (as --weight-decay)",
        c.norm_weight_decay);
  visit("label-smoothing", group, "share of each label that is spread over all classes",
        c.label_smoothing);

  group = "Training";
  visit("epochs", group, "passes over the training images", c.epochs);
  visit("max-steps", group, "stop after N steps (0: no limit)", c.max_steps);
  visit("batch-size", group, "images in a batch", c.batch_size);
  visit("seed", group, "start weights, data order and dropout follow from it", c.seed);
  visit("threads", group, "threads (0: all cores); results do not depend on it", c.threads);
  visit("drop-last", group, "last batch that is not full: auto (dropped if one image), yes or no",
        c.drop_last);

  group = "Run";
  visit("out", group,
        "folder for the run (the first free runs/MODEL-NORM-N or runs/compare-N; lab: "
        "runs/lab-PRESET)",
        c.out);
  visit("force", group, "overwrite a run that is in --out", c.force);
  visit("init", group, "start from the weights in this .safetensors file, or of this run", c.init);
  visit("save-every", group, "write last.safetensors every N epochs, and at the end", c.save_every);
  visit("print-freq", group,
        "where stderr is no terminal, a line every N steps (0: one every ten seconds)",
        c.print_freq);
  visit("verbose", group, "name every file of the data set that is not read, and why", c.verbose);
  visit("quiet", group,
        "only errors on stderr, no progress and no notes; train, compare and lab run print nothing "
        "else either",
        c.quiet);
}

bool is_in_json(const std::string& flag) { return flag != "out" && flag != "force"; }

template <typename Number>
void parse_number(const std::string& flag, const std::string& value, Number& into) {
  const char* end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, into);
  if (error == std::errc() && stop == end && !value.empty()) return;
  const bool too_large = error == std::errc::result_out_of_range;
  throw UsageError(text("--", flag, ": '", value, "' ",
                        too_large ? "is out of range, expected " : "is not ",
                        std::floating_point<Number>      ? "a number"
                        : std::unsigned_integral<Number> ? "a whole number of at least 0"
                                                         : "a whole number"));
}

void parse(const std::string&, const std::string& value, std::string& into) { into = value; }
void parse(const std::string& flag, const std::string& value, double& into) {
  parse_number(flag, value, into);
}
void parse(const std::string& flag, const std::string& value, std::int64_t& into) {
  parse_number(flag, value, into);
}
void parse(const std::string& flag, const std::string& value, std::uint64_t& into) {
  parse_number(flag, value, into);
}
void parse(const std::string& flag, const std::string& value, std::optional<double>& into) {
  parse_number(flag, value, into.emplace());
}
void parse(const std::string& flag, const std::string& value, bool& into) {
  if (value != "true" && value != "false")
    throw UsageError(text("--", flag, ": '", value, "', the flag takes no value"));
  into = value == "true";
}

std::string as_text(const std::optional<double>& value) {
  return value ? fmt::format("{}", *value) : "";
}
template <typename Value>
std::string as_text(const Value& value) {
  return fmt::format("{}", value);
}

/// A JSON number or string as it would be typed; throws UsageError for what no field can be.
std::string as_typed(const std::string& key, const ordered_json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return value.dump();
  throw UsageError(
      text('"', key, "\": ", value.dump(), ", expected a number, a text, true or false"));
}

void check_range(const char* flag, double value, double low, double high) {
  if (std::isfinite(value) && value >= low && value <= high) return;
  const std::string expected = high == kInfinity
                                   ? fmt::format("a finite number of at least {}", low)
                                   : fmt::format("a number from {} to {}", low, high);
  throw UsageError(fmt::format("--{}: {}, expected {}", flag, value, expected));
}

void check_range(const char* flag, std::int64_t value, std::int64_t low,
                 std::int64_t high = kLargest) {
  if (value >= low && value <= high) return;
  throw UsageError(fmt::format("--{}: {}, expected a whole number of at least {}{}", flag, value,
                               low, high == kLargest ? "" : fmt::format(" and at most {}", high)));
}

void check_name(const char* flag, const std::string& value, const std::vector<std::string>& known) {
  std::string list;
  for (const std::string& name : known) {
    if (value == name) return;
    list += (list.empty() ? "" : ", ") + name;
  }
  throw UsageError(
      text("--", flag, ": '", value, "' is not one of ", list, suggestion(value, known, "")));
}

/// The key that is meant: it may also be spelt like its flag. Throws UsageError for one that is not known.
std::string known_key(const std::string& spelt) {
  const std::string key = key_of(spelt);
  std::vector<std::string> known;
  for (const FlagInfo& flag : flags())
    if (is_in_json(flag.name)) known.push_back(key_of(flag.name));
  if (std::ranges::find(known, key) != known.end()) return key;
  throw UsageError(
      text("unknown key \"", spelt, '"',
           suggestion(spelt, known, "; the keys are those of a run's config.json", '"')));
}

}  // namespace

std::vector<FlagInfo> flags() {
  std::vector<FlagInfo> all;
  const TrainConfig defaults;
  visit_flags(defaults,
              [&](const char* name, const char* group, const char* help, const auto& field) {
                constexpr bool is_switch = std::same_as<std::remove_cvref_t<decltype(field)>, bool>;
                all.push_back({name, group, help, is_switch ? "" : as_text(field), is_switch});
              });
  return all;
}

void set_flag(TrainConfig& config, const std::string& flag, const std::string& value) {
  visit_flags(config, [&](const char* name, const char*, const char*, auto& field) {
    if (flag == name) parse(flag, value, field);
  });
}

std::string get_flag(const TrainConfig& config, const std::string& flag) {
  std::string result;
  visit_flags(config, [&](const char* name, const char*, const char*, const auto& field) {
    if (flag == name) result = as_text(field);
  });
  return result;
}

std::string key_of(std::string flag) {
  std::ranges::replace(flag, '-', '_');
  return flag;
}

void set_key(TrainConfig& config, const std::string& key, const std::string& value) {
  std::string flag = key;
  std::ranges::replace(flag, '_', '-');
  try {
    set_flag(config, flag, value);
    check_ranges(config);
  } catch (const UsageError& error) {  // "--bn-eps: -1, expected ..."
    throw UsageError(text('"', key, '"', std::string(error.what()).substr(2 + flag.size())));
  }
}

const std::vector<std::string>& model_flags() {
  static const std::vector<std::string> names = {"model",   "norm",  "norm-groups", "placement",
                                                 "dropout", "width", "bn-momentum", "bn-eps"};
  return names;
}

void check_ranges(const TrainConfig& c) {
  check_range("val-split", c.val_split, 0, 0.9);
  check_range("limit-train", c.limit_train, 0);
  check_range("limit-test", c.limit_test, 0);
  check_name("model", c.model, model_names());
  check_norm(c.norm);
  check_range("norm-groups", c.norm_groups, 1);
  check_name("placement", c.placement, {"before", "after"});
  check_range("dropout", c.dropout, 0, 1);
  check_range("width", c.width, 1. / 64, 64);
  check_range("bn-momentum", c.bn_momentum, 0, 1);
  if (!(c.bn_eps > 0 && std::isfinite(c.bn_eps)))
    throw UsageError(fmt::format("--bn-eps: {}, expected a finite number above 0", c.bn_eps));
  check_range("init-gain", c.init_gain, 0, kInfinity);
  check_name("optimizer", c.optimizer, {"sgd", "adam", "adamw"});
  check_range("lr", c.lr.value_or(0), 0, kInfinity);
  check_range("momentum", c.momentum, 0, kInfinity);
  check_range("weight-decay", c.weight_decay.value_or(0), 0, kInfinity);
  check_range("norm-weight-decay", c.norm_weight_decay.value_or(0), 0, kInfinity);
  check_range("label-smoothing", c.label_smoothing, 0, 1);
  check_range("epochs", c.epochs, 1);
  check_range("max-steps", c.max_steps, 0);
  check_range("batch-size", c.batch_size, 1);
  check_range("threads", c.threads, 0, kMostThreads);
  check_name("drop-last", c.drop_last, {"auto", "yes", "no"});
  check_range("save-every", c.save_every, 1);
  check_range("print-freq", c.print_freq, 0);
}

void check_can_learn(const TrainConfig& c) {
  if (c.dropout == 1)
    throw UsageError(
        "--dropout: 1 drops every feature, so nothing is learnt; expected less than 1");
  if (c.label_smoothing == 1)
    throw UsageError(
        "--label-smoothing: 1 leaves nothing of the labels, so nothing is learnt; expected less "
        "than 1");
}

void check_norm(const std::string& value, const char* flag) {
  check_name(flag, value, {"batch", "layer", "instance", "group", "none"});
}

TrainConfig with_defaults(TrainConfig c) {
  if (!c.lr) c.lr = c.optimizer == "sgd" ? 0.01 : 0.001;
  if (!c.weight_decay) c.weight_decay = c.optimizer == "adamw" ? 0.01 : 0;
  if (!c.norm_weight_decay) c.norm_weight_decay = c.weight_decay;
  return c;
}

std::string to_json(const TrainConfig& config) {
  ordered_json json = ordered_json::object();
  visit_flags(config, [&](const std::string& flag, const char*, const char*, const auto& field) {
    if (!is_in_json(flag)) return;
    if constexpr (std::same_as<std::remove_cvref_t<decltype(field)>, std::optional<double>>) {
      if (field) json[key_of(flag)] = *field;
    } else {
      json[key_of(flag)] = field;
    }
  });
  return json.dump(2) + "\n";
}

void read_config(TrainConfig& config, const std::filesystem::path& file) {
  const std::vector<std::uint8_t> bytes = read_file(file, 1 << 20);
  ordered_json json;
  try {
    json = ordered_json::parse(bytes);
  } catch (const ordered_json::exception& error) {
    const std::string what =
        error.what();  // "[json.exception.parse_error.101] parse error at line 1, ..."
    throw DataError(
        text(printable(file), ": is no JSON: ", printable(what.substr(what.find("] ") + 2))));
  }
  check_data(json.is_object(), printable(file),
             ": expected a JSON object, as in a run's config.json");
  std::map<std::string, std::pair<std::string, std::string>>
      given;  // by the key: as it is spelt, and its value
  for (const auto& [spelt, value] : json.items()) {
    try {
      const std::string key = known_key(spelt), typed = as_typed(spelt, value);
      const auto [other, is_first] = given.insert({key, {spelt, typed}});
      if (!is_first && other->second.second != typed)
        throw UsageError(text('"', spelt, "\": ", typed, ", but \"", other->second.first,
                              "\" says ", other->second.second, "; leave one of them out"));
      set_key(config, key, typed);
    } catch (const UsageError& error) {
      throw UsageError(text(printable(file), ": ", error.what()));
    }
  }
}

}  // namespace ek

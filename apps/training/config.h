// TrainConfig: everything that a training run can be told, one field per flag. The same flags can be given in
// a JSON file, which every run writes: config.json.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ek {

/// A field is set by the flag of its name with '-' for '_'. What 0 or no value stands for: see flags().
struct TrainConfig {
  std::string dataset = "auto", data;
  double val_split = 0;
  std::int64_t limit_train = 0, limit_test = 0;
  bool skip_bad_images = false;

  std::string model = "convnet", norm = "batch";
  std::int64_t norm_groups = 32;
  std::string placement = "before";
  double dropout = 0, width = 1, bn_momentum = 0.1, bn_eps = 1e-5, init_gain = 1;

  std::string optimizer = "sgd";
  std::optional<double> lr;
  double momentum = 0.9;
  bool nesterov = false;
  std::optional<double> weight_decay, norm_weight_decay;
  double label_smoothing = 0;

  std::int64_t epochs = 3, max_steps = 0, batch_size = 128;
  std::uint64_t seed = 1;
  std::int64_t threads = 0;
  std::string drop_last = "auto";

  std::string out;
  bool force = false;
  std::string init;
  std::int64_t save_every = 1, print_freq = 0;
  bool quiet = false, verbose = false;
};

/// What help texts and parsers need to know of a flag.
struct FlagInfo {
  std::string name;  // without "--"
  std::string group, help;
  std::string default_text;  // empty where `help` says what happens without the flag
  bool is_switch = false;    // takes no value
};
std::vector<FlagInfo> flags();

/// The flags that say what the model is: a checkpoint holds them.
const std::vector<std::string>& model_flags();

/// Sets a field from its flag's value as typed ("true" for a switch). Throws UsageError for a value that is
/// no number of the field's kind.
void set_flag(TrainConfig& config, const std::string& flag, const std::string& value);
/// The field's value as one would type it; empty for one that is not set.
std::string get_flag(const TrainConfig& config, const std::string& flag);

/// The key of a flag in config.json: '_' for '-'.
std::string key_of(std::string flag);
/// set_flag and check_ranges for a value from a file: the UsageError names the key.
void set_key(TrainConfig& config, const std::string& key, const std::string& value);

/// Throws UsageError for the first value out of its range. Names of data sets are left to open_data.
void check_ranges(const TrainConfig& config);
/// Throws UsageError for values that are within their ranges, but with which nothing can be learnt. Checkpoints of runs
/// that were made with them can still be read.
void check_can_learn(const TrainConfig& config);
/// Throws UsageError unless --norm, or the flag of that name, may have this value.
void check_norm(const std::string& value, const char* flag = "norm");

/// The values that depend on the optimizer, where they are not given, as PyTorch has them: lr 0.01 (Adam and
/// AdamW: 0.001), weight_decay 0 (AdamW: 0.01), norm_weight_decay as weight_decay.
TrainConfig with_defaults(TrainConfig config);

/// config.json: a key per flag, '_' for '-'. "out", "force" and "config" are not in it: where a run goes is
/// not what it is.
std::string to_json(const TrainConfig& config);

/// Sets the fields that the file names, by their keys or spelt like the flags. Throws DataError where the file cannot be read or is no JSON object,
/// UsageError with the file's name for an unknown key, one that is there in both spellings with different values, or
/// a value of the wrong kind or out of its range.
void read_config(TrainConfig& config, const std::filesystem::path& file);

}  // namespace ek

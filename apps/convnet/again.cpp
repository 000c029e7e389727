#include "apps/convnet/again.h"

#include <fmt/ranges.h>

#include <set>

namespace ek {
namespace {

/// A word as a shell reads it.
std::string shell_word(const std::string& word) {
  static constexpr const char* kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./,:=+";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

}  // namespace

std::string command_again(const Options& options) {
  static const std::set<std::string> kLeftOut = {"out",        "force",   "quiet", "print-freq",
                                                 "save-every", "threads", "norm"};
  TrainConfig defaults;
  defaults.optimizer = options.config.optimizer;
  defaults = with_defaults(defaults);
  defaults.optimizer = TrainConfig().optimizer;
  std::string command = "build/convnet " + options.command;
  for (const FlagInfo& flag : flags()) {
    const std::string value = get_flag(options.config, flag.name);
    if (kLeftOut.contains(flag.name) || value == get_flag(defaults, flag.name)) continue;
    command += flag.is_switch ? fmt::format(" --{}", flag.name) : fmt::format(" --{} {}", flag.name, shell_word(value));
  }
  const std::vector<std::string> usual = {"batch", "none"};
  if (options.command == "compare" && options.norms != usual)
    command += fmt::format(" --norms {}", fmt::join(options.norms, ","));
  return command;
}

}  // namespace ek

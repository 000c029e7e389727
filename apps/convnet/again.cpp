#include "apps/convnet/again.h"

#include <fmt/ranges.h>

#include <set>

#include "apps/training/config.h"
#include "apps/training/shell_word.h"

namespace ek {

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
    command += flag.is_switch ? fmt::format(" --{}", flag.name)
                              : fmt::format(" --{} {}", flag.name, shell_word(value));
  }
  const std::vector<std::string> usual = {"batch", "none"};
  if (options.command == "compare" && options.norms != usual)
    command += fmt::format(" --norms {}", fmt::join(options.norms, ","));
  return command;
}

}  // namespace ek

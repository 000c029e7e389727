// What a command can be told, as CLI11 reads it and as help texts say it.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "apps/convnet/options.h"

namespace ek {

/// Flags of TrainConfig, without "--".
using Names = std::set<std::string>;
/// Flags as they were typed, with their values.
using Typed = std::vector<std::pair<std::string, std::string>>;

/// How help texts lie on the terminal, in characters: what stands before the help of a flag, and a line of help. On a
/// narrow one help stands below its flag.
struct HelpLayout {
  std::size_t names, help;
};
HelpLayout help_layout();

/// Lines of at most `width` characters.
std::string wrapped(const std::string& text, std::size_t width);

/// Adds those flags of TrainConfig; what is typed is kept as text, in `typed`.
void add_flags(CLI::App& app, const Names& names, Typed& typed);

/// What a command reads beside the flags of TrainConfig.
struct Own {
  bool config = false, compare = false, checkpoint = false, images = false, bench = false,
       json = false;
  bool run = false, eval = false;
  bool lab_run = false, lab_report = false;
};

/// Adds these, which are read into `options`.
void add_own(CLI::App& app, const Own& own, Options& options);

}  // namespace ek

#include "apps/convnet/options.h"

#include <algorithm>
#include <set>

#include "apps/convnet/command_table.h"
#include "apps/training/errors.h"
#include "apps/training/nearest.h"
#include "core/check.h"
#include "core/file.h"

namespace ek {
namespace {

/// The parser for "lab run" is that for "run" below that for "lab".
CLI::App& add_command(CLI::App& app, const Command& command) {
  const std::string name = command.name, summary = wrapped(command.summary, kHelpWidth);
  const std::size_t blank = name.find(' ');
  if (blank == std::string::npos) return *app.add_subcommand(name, summary);
  const std::string first = name.substr(0, blank);
  const auto same = app.get_subcommands([&](const CLI::App* other) { return other->get_name() == first; });
  CLI::App* parent =
      !same.empty()
          ? same.front()
          : app.add_subcommand(first, "The note's claims as experiments, each with a verdict.")->require_subcommand(1);
  return *parent->add_subcommand(name.substr(blank + 1), summary);
}

std::string unknown_flag(const std::string& flag, const CLI::App& app, const std::string& command) {
  static const std::set<std::string> kOtherMachines = {"--device",   "--devices", "--gpu",  "--gpus",
                                                       "--num-gpus", "--no-cuda", "--cuda", "--accelerator"};
  const std::string unknown = "unknown flag '" + flag + "'";
  if (kOtherMachines.contains(flag))
    return unknown + "; the program runs on the CPU only, and --threads says on how many of its cores";
  std::vector<std::string> known;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames())
      if (name != "force") known.push_back("--" + name);  // nobody is to be led to overwrite a run
  return unknown + suggestion(flag, known, "; convnet " + command + " --help lists the flags");
}

/// Throws for the first argument that no flag or name has taken.
void check_nothing_left(const CLI::App& app, const std::string& command) {
  const std::vector<std::string> left = app.remaining();
  if (left.empty()) return;
  const std::string& word = left.front();
  if (!word.starts_with('-')) throw UsageError("unexpected argument '" + word + "'; flags start with --");
  throw UsageError(unknown_flag(word.substr(0, word.find('=')), app, command));
}

bool is_help(const std::string& word) { return word == "-h" || word == "--help"; }

/// Throws unless `word` is one of those, or asks for help. `before` are the words in front of it.
void check_word(const std::string& word, const std::vector<std::string>& known, const std::string& before) {
  if (is_help(word) || std::ranges::find(known, word) != known.end()) return;
  const std::string see = "; see convnet" + before + " --help";
  if (word.empty())
    throw UsageError("no command given, expected" + before + ' ' + wrapped(CLI::detail::join(known, ", "), 200) + see);
  if (word.starts_with('-')) throw UsageError("expected a command before '" + word + "'" + see);
  throw UsageError("unknown command '" + word + "'" +
                   suggestion(word, known, ", expected" + before + ' ' + CLI::detail::join(known, ", ") + see));
}

/// Throws unless the first words are a command or ask for help.
void check_command(int argc, const char* const* argv) {
  const std::string first = argc > 1 ? argv[1] : "", second = argc > 2 ? argv[2] : "";
  check_word(first, command_words(), "");
  const std::vector<std::string> more = command_words(first + ' ');
  if (!is_help(first) && !more.empty()) check_word(second, more, ' ' + first);
}

/// Throws for a value that is typed, but empty: it would count as none, or the next flag would be taken for it.
void check_not_empty(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i], before = argv[i - 1];
    const bool is_flag = word.starts_with('-');
    if (is_flag && word.find('=') + 1 == word.size())
      throw UsageError(word.substr(0, word.size() - 1) + ": '' is empty, expected a value");
    if (!word.empty()) continue;
    const std::string what = before.starts_with('-') ? before : "argument " + std::to_string(i);
    throw UsageError(what + ": '' is empty, expected a value");
  }
}

bool was_typed(const Typed& typed, const std::string& flag) {
  return std::ranges::any_of(typed, [&](const auto& one) { return one.first == flag; });
}

/// Throws for a flag that the optimizer would ignore. A configuration may have a key per flag, so that there only
/// another value than the default counts as given.
void check_optimizer(const TrainConfig& config, const Typed& typed, const std::string& config_file) {
  if (config.optimizer == "sgd") return;
  for (const char* flag : {"momentum", "nesterov"}) {
    const bool is_typed = was_typed(typed, flag);
    if (!is_typed && get_flag(config, flag) == get_flag(TrainConfig(), flag)) continue;
    const std::string where = is_typed ? text("--", flag) : text(printable(config_file), ": \"", flag, '"');
    throw UsageError(text(where, ": ", config.optimizer, " has no ", flag, ", only --optimizer sgd has"));
  }
}

std::string without_blanks(const std::string& word) {
  const std::size_t begin = word.find_first_not_of(" \t"), end = word.find_last_not_of(" \t");
  return begin == std::string::npos ? "" : word.substr(begin, end - begin + 1);
}

TrainConfig resolve(const Typed& typed, const std::string& config_file) {
  TrainConfig config;
  if (!config_file.empty()) read_config(config, config_file);
  for (const auto& [flag, value] : typed) set_flag(config, flag, value);
  check_ranges(config);
  check_can_learn(config);
  check_optimizer(config, typed, config_file);
  return with_defaults(config);
}

}  // namespace

bool Options::was_given(const std::string& flag) const { return std::ranges::find(given, flag) != given.end(); }

Options parse_command_line(int argc, const char* const* argv) {
  check_command(argc, argv);
  check_not_empty(argc, argv);
  Options options;
  Typed typed;
  CLI::App app("Trains convolutional networks on small images, on CPUs.", "convnet");
  app.get_formatter()->column_width(kNameWidth);
  app.require_subcommand(0, 1);
  for (const Command& command : commands()) {
    CLI::App& sub = add_command(app, command);
    sub.allow_extras();
    add_own(sub, command.own, options);
    add_flags(sub, command.flags, typed);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    options.help = app.help();
    return options;
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what());
  }
  const CLI::App* sub = app.get_subcommands().front();
  options.command = sub->get_name();
  if (!sub->get_subcommands().empty()) {
    sub = sub->get_subcommands().front();
    options.command += ' ' + sub->get_name();
  }
  check_nothing_left(*sub, options.command);
  for (const auto& [flag, value] : typed) options.given.push_back(flag);
  options.config = resolve(typed, options.config_file);
  if (options.norms.empty()) options.norms = {"batch", "none"};
  for (std::string& norm : options.norms) norm = without_blanks(norm);
  return options;
}

}  // namespace ek

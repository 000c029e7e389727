#include "apps/convnet/options.h"

#include <algorithm>
#include <cstddef>
#include <set>

#include "apps/convnet/command_flags.h"
#include "apps/convnet/command_table.h"
#include "apps/convnet/table.h"
#include "apps/training/errors.h"
#include "apps/training/nearest.h"
#include "evenkeel/core/base/check.h"
#include "evenkeel/core/files/file.h"

namespace ek {
namespace {

/// The parser for "lab run" is that for "run" below that for "lab".
CLI::App& add_command(CLI::App& app, const Command& command) {
  const std::string name = command.name, summary = wrapped(command.summary, help_layout().help);
  const std::size_t blank = name.find(' ');
  if (blank == std::string::npos) return *app.add_subcommand(name, summary);
  const std::string first = name.substr(0, blank);
  const auto same =
      app.get_subcommands([&](const CLI::App* other) { return other->get_name() == first; });
  CLI::App* parent =
      !same.empty()
          ? same.front()
          : app.add_subcommand(first,
                               wrapped("The note's claims as experiments, each with a verdict.",
                                       help_layout().help))
                ->require_subcommand(1);
  return *parent->add_subcommand(name.substr(blank + 1), summary);
}

std::string unknown_flag(const std::string& flag, const CLI::App& app, const std::string& command) {
  static const std::set<std::string> kOtherMachines = {"--device", "--devices",    "--gpu",
                                                       "--gpus",   "--num-gpus",   "--no-cuda",
                                                       "--cuda",   "--accelerator"};
  const std::string unknown = "unknown flag '" + flag + "'";
  if (kOtherMachines.contains(flag))
    return unknown +
           "; the program runs on the CPU only, and --threads says on how many of its cores";
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
  if (!word.starts_with('-'))
    throw UsageError("unexpected argument '" + word + "'; flags start with --");
  throw UsageError(unknown_flag(word.substr(0, word.find('=')), app, command));
}

bool is_help(const std::string& word) { return word == "-h" || word == "--help"; }

/// Throws unless `word` is one of those, or asks for help. `before` are the words in front of it.
void check_word(const std::string& word, const std::vector<std::string>& known,
                const std::string& before) {
  if (is_help(word) || std::ranges::find(known, word) != known.end()) return;
  const std::string see = "; see convnet" + before + " --help";
  if (word.empty())
    throw UsageError("no command given, expected" + before + ' ' +
                     wrapped(CLI::detail::join(known, ", "), 200) + see);
  if (word.starts_with('-')) throw UsageError("expected a command before '" + word + "'" + see);
  throw UsageError(
      "unknown command '" + word + "'" +
      suggestion(word, known, ", expected" + before + ' ' + CLI::detail::join(known, ", ") + see));
}

/// Throws for a value that is typed, but empty: it would count as none, or the next flag would be taken for it.
void check_not_empty(const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string &word = words[i], before = i > 0 ? words[i - 1] : "";
    const bool is_flag = word.starts_with('-');
    if (is_flag && word.find('=') + 1 == word.size())
      throw UsageError(word.substr(0, word.size() - 1) + ": '' is empty, expected a value");
    if (!word.empty()) continue;
    const std::string what = before.starts_with('-') ? before : "argument " + std::to_string(i + 1);
    throw UsageError(what + ": '' is empty, expected a value");
  }
}

bool was_typed(const Typed& typed, const std::string& flag) {
  return std::ranges::any_of(typed, [&](const auto& one) { return one.first == flag; });
}

/// Throws for a flag that the optimizer would ignore. A configuration may have a key per flag, so that there only
/// another value than the default counts as given.
void check_optimizer(const TrainConfig& config, const Typed& typed,
                     const std::string& config_file) {
  if (config.optimizer == "sgd") return;
  for (const char* flag : {"momentum", "nesterov"}) {
    const bool is_typed = was_typed(typed, flag);
    if (!is_typed && get_flag(config, flag) == get_flag(TrainConfig(), flag)) continue;
    const std::string where =
        is_typed ? text("--", flag) : text(printable(config_file), ": \"", flag, '"');
    throw UsageError(
        text(where, ": ", config.optimizer, " has no ", flag, ", only --optimizer sgd has"));
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

constexpr const char* kExitCodes =
    "Exit codes: 0 fine, 1 runtime error, 2 usage, 3 data or file missing or corrupt, 4 training "
    "became non-finite, 5 a check failed, 129, 130 and 143 after SIGHUP, Ctrl-C and SIGTERM (a "
    "checkpoint is written first), 141 where the reader of the output has gone, as in convnet lab "
    "list | head -1.";

/// What is asked for beside the commands, with a word that is none: shown in the list of commands.
void add_other_words(CLI::App& app) {
  app.add_subcommand("help", "help [COMMAND]: what --help says");
  app.add_subcommand("version", "the version, as --version does");
}

bool asks_for_version(const std::vector<std::string>& words) {
  return !words.empty() && (words[0] == "version" || words[0] == "--version" || words[0] == "-V");
}

/// "help lab run" is "lab run --help".
void turn_help_around(std::vector<std::string>& words) {
  if (words.empty() || words[0] != "help") return;
  words.erase(words.begin());
  words.emplace_back("--help");
}

/// Throws unless the first words are a command or ask for help.
void check_command(const std::vector<std::string>& words) {
  const std::string first = words.empty() ? "" : words[0],
                    second = words.size() > 1 ? words[1] : "";
  check_word(first, command_words(), "");
  const std::vector<std::string> more = command_words(first + ' ');
  if (!is_help(first) && !more.empty()) check_word(second, more, ' ' + first);
}

/// Every command with its flags, which are read into `options` and `typed`.
void add_commands(CLI::App& app, Options& options, Typed& typed) {
  app.get_formatter()->column_width(help_layout().names);
  app.footer(wrapped(kExitCodes, output_width()));
  app.require_subcommand(0, 1);
  for (const Command& command : commands()) {
    CLI::App& sub = add_command(app, command);
    sub.allow_extras();
    add_own(sub, command.own, options);
    add_flags(sub, command.flags, typed);
  }
  add_other_words(app);
}

/// False where help is asked for.
bool parse(CLI::App& app, std::vector<std::string> words) {
  std::ranges::reverse(words);  // as app.parse() wants them
  try {
    app.parse(words);
  } catch (const CLI::CallForHelp&) {
    return false;
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string what = error.what();  // "--lr: 1 required VALUE missing"
    throw UsageError(what.substr(0, what.find(": ")) + ": no value given, expected one");
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what());
  }
  return true;
}

}  // namespace

bool Options::was_given(const std::string& flag) const {
  return std::ranges::find(given, flag) != given.end();
}

Options parse_command_line(int argc, const char* const* argv) {
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  Options options;
  if (asks_for_version(words)) {
    options.help = "convnet (Evenkeel) " EVENKEEL_VERSION "\n";
    return options;
  }
  turn_help_around(words);
  check_command(words);
  check_not_empty(words);
  Typed typed;
  CLI::App app(wrapped("Trains convolutional networks on small images, on CPUs.", output_width()),
               "convnet");
  add_commands(app, options, typed);
  if (!parse(app, words)) {
    options.help = app.help();
    return options;
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

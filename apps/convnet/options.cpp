#include "apps/convnet/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "apps/training/errors.h"
#include "apps/training/nearest.h"
#include "core/check.h"
#include "core/file.h"

namespace ek {
namespace {

using Names = std::set<std::string>;
using Typed = std::vector<std::pair<std::string, std::string>>;

Names model_flags_and(const Names& others) {
  Names all = others;
  all.insert(model_flags().begin(), model_flags().end());
  return all;
}

Names all_flags_but(const Names& left_out) {
  Names all;
  for (const FlagInfo& flag : flags())
    if (!left_out.contains(flag.name)) all.insert(flag.name);
  return all;
}

/// Lines of at most `width` characters.
std::string wrapped(const std::string& text, std::size_t width) {
  std::istringstream words(text);
  std::string word, line, all;
  while (words >> word) {
    if (!line.empty() && line.size() + 1 + word.size() > width) {
      all += line + '\n';
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return all + line;
}

constexpr std::size_t kNameWidth = 30, kHelpWidth = 75;

CLI::Option* described(CLI::Option* option, const std::string& help, const std::string& group = "Options") {
  return option->description(wrapped(help, kHelpWidth))->group(group);
}

/// Adds those flags of TrainConfig; what is typed is kept as text, in `typed`.
void add_flags(CLI::App& app, const Names& names, Typed& typed) {
  for (const FlagInfo& flag : flags()) {
    if (!names.contains(flag.name)) continue;
    auto keep = [&typed, name = flag.name](const std::string& value) { typed.emplace_back(name, value); };
    const std::string spelling = (flag.name == "batch-size" ? "-b,--" : "--") + flag.name;
    CLI::Option* option = flag.is_switch
                              ? app.add_flag_callback(spelling, [keep] { keep("true"); })
                              : app.add_option_function<std::string>(spelling, keep)->take_last()->type_name("VALUE");
    described(option, flag.default_text.empty() ? flag.help : flag.help + " (" + flag.default_text + ")", flag.group);
  }
}

void add_checkpoint(CLI::App& app, Options& options) {
  described(app.add_option("--checkpoint", options.checkpoint)->type_name("FILE"), "the .safetensors file to read");
}

void add_json(CLI::App& app, Options& options) { described(app.add_flag("--json", options.json), "print JSON"); }

void add_count(CLI::App& app, const char* flag, std::int64_t& value, const std::string& help) {
  const CLI::Validator range = CLI::Range(1, 1000000).description("");
  described(app.add_option(flag, value)->type_name("N")->check(range), help + text(" (", value, ")"));
}

void add_lab_run(CLI::App& app, Options& options) {
  described(app.add_option("CLAIM", options.claim)->required()->type_name(""), "a claim's id from lab list, or all");
  described(app.add_option("--preset", options.preset)
                ->type_name("NAME")
                ->check(CLI::IsMember({"quick", "full"}))
                ->description(""),
            "quick: all claims in minutes; full: larger and more runs, for a night (quick)");
  described(app.add_option("--seeds", options.seeds)->type_name("N")->check(CLI::Range(2, 1000).description("")),
            "runs of every arm, each with a seed of its own (quick: 5, full: 8)");
  described(app.add_flag("--live", options.live), "rewrite report.html while the lab runs (off)");
}

/// What a command reads beside the flags of TrainConfig.
struct Own {
  bool config = false, compare = false, checkpoint = false, images = false, bench = false, json = false;
  bool lab_run = false, lab_report = false;
};

void add_own(CLI::App& app, const Own& own, Options& options, std::string& config_file) {
  if (own.config)
    described(app.add_option("--config", config_file)->type_name("FILE"),
              "read flags from JSON such as a run's config.json; typed flags win");
  if (own.compare) {
    described(app.add_option("--norms", options.norms)->delimiter(',')->type_name("LIST"),
              "the norms to compare (batch,none)");
    described(app.add_flag("--live", options.live),
              "rewrite OUT/report.html after every epoch; opened in a browser, it reloads itself (off)");
  }
  if (own.checkpoint) add_checkpoint(app, options);
  if (own.images) {
    described(app.add_option("images", options.images)->required()->type_name("IMAGE..."),
              "JPEG, PNG or BMP files; cropped and resized to the model's image size");
    add_count(app, "--top", options.top, "classes to show for each image");
  }
  if (own.bench) {
    add_count(app, "--steps", options.steps, "steps to time, after 3 to warm up");
    add_count(app, "--image-size", options.image_size, "rows and columns of the images");
    described(app.add_flag("--profile", options.profile),
              "where the time of a training step goes: a row per op, forward and backward (off)");
    described(app.add_option("--trace", options.trace)->type_name("FILE"),
              "write what every op of the timed training steps took, for chrome://tracing or Perfetto (none)");
  }
  if (own.lab_run) add_lab_run(app, options);
  if (own.lab_report)
    described(app.add_option("DIR", options.lab_dir)->required()->type_name(""), "the folder of a lab run");
  if (own.json) add_json(app, options);
}

struct Command {
  const char* name;
  const char* summary;
  Names flags;  // of TrainConfig
  Own own;
};

const std::vector<Command>& commands() {
  static const std::vector<Command> all = {
      {"train",
       "Train a model and write its checkpoints, configuration and metrics into a folder.",
       all_flags_but({}),
       {.config = true}},
      {"compare",
       "Train the same model with and without BatchNorm, from the same start weights and in the same data "
       "order, into OUT/norm-batch and OUT/norm-none, and show the runs in OUT/report.html.",
       all_flags_but({"norm"}),
       {.config = true, .compare = true}},
      {"eval",
       "Loss, accuracy and confusion matrix of a checkpoint on test images. The data set is the one that it "
       "was trained on, unless named; the model flags are for files that do not say what model they hold.",
       model_flags_and({"dataset", "data", "limit-test", "threads", "print-freq", "quiet"}),
       {.checkpoint = true, .json = true}},
      {"predict",
       "The classes that a checkpoint sees in image files. --dataset, --data and the model flags are for "
       "files that do not say what model they hold.",
       model_flags_and({"dataset", "data", "threads", "quiet"}),
       {.checkpoint = true, .images = true, .json = true}},
      {"inspect",
       "The tensors of a checkpoint (names, shapes, norms, metadata) or, with --model, the layers of a model "
       "(output shapes, parameters, multiply-adds).",
       model_flags_and({}),
       {.checkpoint = true, .json = true}},
      {"bench",
       "Time training steps and inference on random images.",
       all_flags_but({"dataset", "data", "limit-train", "limit-test", "epochs", "max-steps", "drop-last", "out",
                      "force", "init", "save-every"}),
       {.bench = true, .json = true}},
      {"lab list", "The claims that lab run knows: id and hypothesis, a line each.", {}, {}},
      {"lab run",
       "Run the experiments of a claim, or of all, and write verdicts and report.html into OUT. What was run before "
       "is not run again.",
       {"dataset", "data", "threads", "out", "print-freq", "quiet"},
       {.lab_run = true}},
      {"lab report", "Write report.html anew from the runs that are there, finished or not.", {}, {.lab_report = true}},
  };
  return all;
}

/// The words that may follow after `before`, which is empty or ends with a blank.
std::vector<std::string> command_words(const std::string& before = "") {
  std::vector<std::string> words;
  for (const Command& command : commands()) {
    const std::string name = command.name;
    if (!name.starts_with(before)) continue;
    const std::string word = name.substr(before.size(), name.find(' ', before.size()) - before.size());
    if (words.empty() || words.back() != word) words.push_back(word);
  }
  return words;
}

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

/// Throws for the first argument that no flag or name has taken.
void check_nothing_left(const CLI::App& app) {
  const std::vector<std::string> left = app.remaining();
  if (left.empty()) return;
  const std::string& word = left.front();
  if (!word.starts_with('-')) throw UsageError("unexpected argument '" + word + "'; flags start with --");
  std::vector<std::string> known;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
    for (const std::string& name : option->get_snames()) known.push_back("-" + name);
  }
  const std::string flag = word.substr(0, word.find('='));
  throw UsageError("unknown flag '" + flag + "'; the nearest known one is '" + nearest(flag, known) + "'");
}

bool is_help(const std::string& word) { return word == "-h" || word == "--help"; }

/// Throws unless `word` is one of those, or asks for help. `before` are the words in front of it.
void check_word(const std::string& word, const std::vector<std::string>& known, const std::string& before) {
  if (is_help(word) || std::ranges::find(known, word) != known.end()) return;
  const std::string see = "; see convnet" + before + " --help";
  if (word.empty())
    throw UsageError("no command given, expected" + before + ' ' + wrapped(CLI::detail::join(known, ", "), 200) + see);
  if (word.starts_with('-')) throw UsageError("expected a command before '" + word + "'" + see);
  throw UsageError("unknown command '" + word + "'; the nearest known one is '" + nearest(word, known) + "'");
}

/// Throws unless the first words are a command or ask for help.
void check_command(int argc, const char* const* argv) {
  const std::string first = argc > 1 ? argv[1] : "", second = argc > 2 ? argv[2] : "";
  check_word(first, command_words(), "");
  const std::vector<std::string> more = command_words(first + ' ');
  if (!is_help(first) && !more.empty()) check_word(second, more, ' ' + first);
}

bool was_typed(const Typed& typed, const std::string& flag) {
  return std::ranges::any_of(typed, [&](const auto& one) { return one.first == flag; });
}

/// Throws for a name that is typed, but empty: it would count as none, and the run would go elsewhere.
void check_not_empty(const Typed& typed) {
  for (const auto& [flag, value] : typed)
    if (value.empty()) throw UsageError("--" + flag + ": '' is empty, expected a value");
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
  check_not_empty(typed);
  for (const auto& [flag, value] : typed) set_flag(config, flag, value);
  check_ranges(config);
  check_optimizer(config, typed, config_file);
  return with_defaults(config);
}

}  // namespace

bool Options::was_given(const std::string& flag) const { return std::ranges::find(given, flag) != given.end(); }

Options parse_command_line(int argc, const char* const* argv) {
  check_command(argc, argv);
  Options options;
  Typed typed;
  std::string config_file;
  CLI::App app("Trains convolutional networks on small images, on CPUs.", "convnet");
  app.get_formatter()->column_width(kNameWidth);
  app.require_subcommand(0, 1);
  for (const Command& command : commands()) {
    CLI::App& sub = add_command(app, command);
    sub.allow_extras();
    add_own(sub, command.own, options, config_file);
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
  check_nothing_left(*sub);
  for (const auto& [flag, value] : typed) options.given.push_back(flag);
  options.config = resolve(typed, config_file);
  if (options.norms.empty()) options.norms = {"batch", "none"};
  for (std::string& norm : options.norms) norm = without_blanks(norm);
  return options;
}

}  // namespace ek

#include "apps/convnet/command_flags.h"

#include <cstddef>
#include <cstdint>

#include "apps/convnet/table.h"
#include "apps/training/config.h"
#include "evenkeel/core/base/check.h"

namespace ek {
namespace {

CLI::Option* described(CLI::Option* option, const std::string& help,
                       const std::string& group = "Options") {
  return option->description(wrapped(help, help_layout().help))->group(group);
}

void add_checkpoint(CLI::App& app, Options& options) {
  described(
      app.add_option("--checkpoint", options.checkpoint)->type_name("FILE"),
      "the .safetensors file to read, or the folder of a run, whose last.safetensors is read");
}

void add_json(CLI::App& app, Options& options) {
  described(app.add_flag("--json", options.json), "print JSON");
}

void add_count(CLI::App& app, const char* flag, std::int64_t& value, const std::string& help) {
  const CLI::Validator range = CLI::Range(1, 1000000).description("");
  described(app.add_option(flag, value)->type_name("N")->check(range),
            help + text(" (", value, ")"));
}

void add_compare(CLI::App& app, Options& options) {
  described(app.add_option("--norms", options.norms)->delimiter(',')->type_name("LIST"),
            "the norms to compare (batch,none)");
  described(
      app.add_flag("--live", options.live),
      "rewrite OUT/report.html after every epoch; opened in a browser, it reloads itself (off)");
}

void add_images(CLI::App& app, Options& options) {
  described(app.add_option("IMAGE", options.images)->required()->type_name("..."),
            "JPEG, PNG or BMP files, folders of such, patterns like 'photos/*.jpg', or - for "
            "standard input; turned upright by their EXIF orientation, cropped around the centre "
            "and resized to the model's image size. In JSON a name's byte that is no UTF-8 is "
            "\\xNN, and a backslash is \\\\");
  add_count(app, "--top", options.top, "classes to show for each image");
}

void add_bench(CLI::App& app, Options& options) {
  add_count(app, "--steps", options.steps, "steps to time, after 3 to warm up");
  add_count(app, "--image-size", options.image_size, "rows and columns of the images");
  described(app.add_flag("--profile", options.profile),
            "where the time of a training step goes: a row per op, forward and backward (off)");
  described(app.add_option("--trace", options.trace)->type_name("FILE"),
            "write what every op of the timed training steps took, for chrome://tracing or "
            "Perfetto (none)");
}

void add_lab_run(CLI::App& app, Options& options) {
  described(app.add_option("CLAIM", options.claim)->required()->type_name(""),
            "a claim's id from lab list, or all");
  described(app.add_option("--preset", options.preset)
                ->type_name("NAME")
                ->check(CLI::IsMember({"quick", "full"}))
                ->description(""),
            "quick: all claims in minutes; full: larger and more runs, for a night (quick)");
  described(app.add_option("--seeds", options.seeds)
                ->type_name("N")
                ->check(CLI::Range(2, 1000).description("")),
            "runs of every arm, each with a seed of its own (quick: 5, full: 8)");
  described(app.add_flag("--live", options.live), "rewrite report.html while the lab runs (off)");
}

}  // namespace

HelpLayout help_layout() {
  constexpr std::size_t kBeside = 30, kBelow = 6, kNarrow = 70;
  const std::size_t width = output_width(), names = width < kNarrow ? kBelow : kBeside;
  return {names, width - names};
}

std::string wrapped(const std::string& text, std::size_t width) {
  return CLI::detail::join(wrapped_lines(text, width), "\n");
}

void add_flags(CLI::App& app, const Names& names, Typed& typed) {
  for (const FlagInfo& flag : flags()) {
    if (!names.contains(flag.name)) continue;
    auto keep = [&typed, name = flag.name](const std::string& value) {
      typed.emplace_back(name, value);
    };
    const std::string spelling = (flag.name == "batch-size" ? "-b,--" : "--") + flag.name;
    CLI::Option* option =
        flag.is_switch
            ? app.add_flag_callback(spelling, [keep] { keep("true"); })
            : app.add_option_function<std::string>(spelling, keep)->take_last()->type_name("VALUE");
    described(option,
              flag.default_text.empty() ? flag.help : flag.help + " (" + flag.default_text + ")",
              flag.group);
  }
}

void add_own(CLI::App& app, const Own& own, Options& options) {
  if (own.config)
    described(app.add_option("--config", options.config_file)->type_name("FILE"),
              "read flags from JSON such as a run's config.json; typed flags win");
  if (own.compare) add_compare(app, options);
  if (own.checkpoint) add_checkpoint(app, options);
  if (own.run) {
    described(app.add_option("RUN", options.run)->type_name(""),
              "the folder of a run, or a checkpoint: as --checkpoint");
  }
  if (own.eval) {
    described(app.add_flag("--skip-unknown-classes", options.skip_unknown_classes),
              "leave out images of classes that the model does not know (off: refuse them)");
  }
  if (own.images) add_images(app, options);
  if (own.bench) add_bench(app, options);
  if (own.lab_run) add_lab_run(app, options);
  if (own.lab_report)
    described(app.add_option("DIR", options.lab_dir)->required()->type_name(""),
              "the folder of a lab run");
  if (own.json) add_json(app, options);
}

}  // namespace ek

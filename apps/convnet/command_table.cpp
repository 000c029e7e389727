#include "apps/convnet/command_table.h"

#include <string>
#include <vector>

#include "apps/training/config.h"

namespace ek {
namespace {

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

const std::vector<Command> kCommands = {
    {"train",
     "Train a model and write its checkpoints, configuration and metrics into a folder.",
     all_flags_but({}),
     {.config = true}},
    {"compare",
     "Train the same model with and without BatchNorm, from the same start weights and in the same "
     "data order, into OUT/norm-batch and OUT/norm-none, and show the runs in OUT/report.html.",
     all_flags_but({"norm"}),
     {.config = true, .compare = true}},
    {"eval",
     "Loss, accuracy and confusion matrix of a checkpoint on test images: those of the run that "
     "wrote it, as the config.json beside it names them, or all test images of --data (of a folder "
     "without a test split: all its images). Classes are paired by their names. The model flags "
     "are for files that do not say what model they hold.",
     model_flags_and({"dataset", "data", "limit-test", "skip-bad-images", "threads", "print-freq",
                      "verbose", "quiet"}),
     {.config = true, .checkpoint = true, .json = true, .run = true, .eval = true}},
    {"predict",
     "The classes that a checkpoint sees in image files. A file that cannot be read does not stop "
     "the others: the exit code is 3 in the end. --dataset, --data and the model flags are for "
     "files that do not say what model they hold.",
     model_flags_and({"dataset", "data", "threads", "quiet"}),
     {.checkpoint = true, .images = true, .json = true}},
    {"inspect",
     "The tensors of a checkpoint (names, shapes, norms, metadata) or, with --model, the layers of "
     "a model (output shapes, parameters, multiply-adds).",
     model_flags_and({}),
     {.checkpoint = true, .json = true, .run = true}},
    {"bench",
     "Time training steps and inference on random images.",
     all_flags_but({"dataset", "data", "limit-train", "limit-test", "val-split", "skip-bad-images",
                    "epochs", "max-steps", "drop-last", "out", "force", "init", "save-every",
                    "verbose"}),
     {.bench = true, .json = true}},
    {"lab list", "The claims that lab run knows: id and hypothesis, a line each.", {}, {}},
    {"lab run",
     "Run the experiments of a claim, or of all, and write verdicts and report.html into OUT. What "
     "was run before is not run again.",
     {"dataset", "data", "skip-bad-images", "threads", "out", "print-freq", "quiet"},
     {.lab_run = true}},
    {"lab report",
     "Write report.html anew from the runs that are there, finished or not.",
     {},
     {.lab_report = true}},
};

}  // namespace

const std::vector<Command>& commands() { return kCommands; }

std::vector<std::string> command_words(const std::string& before) {
  std::vector<std::string> words;
  for (const Command& command : commands()) {
    const std::string name = command.name;
    if (!name.starts_with(before)) continue;
    const std::string word =
        name.substr(before.size(), name.find(' ', before.size()) - before.size());
    if (words.empty() || words.back() != word) words.push_back(word);
  }
  return words;
}

}  // namespace ek

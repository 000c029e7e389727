// The command line: which command, with which flags.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apps/training/config.h"

namespace ek {

/// All that any command can be told. A command reads what its help text lists.
struct Options {
  std::string command;             // "train", "lab run"; empty: `help` is all there is to do
  std::string help;                // what --help asks for, to be printed
  TrainConfig config;              // resolved by with_defaults
  std::vector<std::string> given;  // the flags of `config` that were typed, without "--"

  std::string checkpoint;             // eval, predict, inspect: a file, or the folder of a run
  std::string run;                    // eval: the same, without a flag
  std::string config_file;            // of --config
  bool skip_unknown_classes = false;  // eval
  std::vector<std::string> images;    // predict
  std::int64_t top = 5;               // predict
  std::int64_t steps = 20;            // bench
  bool profile = false;               // bench
  std::string trace;                  // bench: a file; empty: none
  std::int64_t image_size = 32;       // bench: rows and columns
  std::vector<std::string> norms;     // compare
  bool live = false;                  // compare, lab run
  bool json = false;
  std::string claim;             // lab run: an id, or "all"
  std::string preset = "quick";  // lab run
  std::int64_t seeds = 0;        // lab run; 0: as the preset has it
  std::string lab_dir;           // lab report

  bool was_given(const std::string& flag) const;
};

/// Throws UsageError, for an unknown flag with the known one that is meant, where there is one.
Options parse_command_line(int argc, const char* const* argv);

}  // namespace ek

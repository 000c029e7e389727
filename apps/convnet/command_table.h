// The commands: what each is for, and what it can be told.
#pragma once

#include <string>
#include <vector>

#include "apps/convnet/command_flags.h"

namespace ek {

struct Command {
  const char* name;  // of one word or two: "train", "lab run"
  const char* summary;
  Names flags;  // of TrainConfig
  Own own;
};

/// In the order of the help text; those that share their first word stand together.
const std::vector<Command>& commands();

/// The words that may follow after `before`, which is empty or ends with a blank.
std::vector<std::string> command_words(const std::string& before = "");

}  // namespace ek

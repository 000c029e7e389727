// Ctrl-C, SIGTERM and SIGHUP (a terminal that is closed): the first asks the training loop to stop after its step, a
// second ends the program at once, and leaves no temporary file.
#pragma once

namespace ek {

/// From here on the first SIGINT, SIGTERM or SIGHUP only sets a flag. SIGHUP stays ignored where it was (nohup). The line
/// `said` comes at the first Ctrl-C where stderr is a terminal, because a step can take a while; null: none.
void catch_interrupts(const char* said);

/// The signal that has arrived first, or 0.
int interrupted();

}  // namespace ek

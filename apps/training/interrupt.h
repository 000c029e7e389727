// Ctrl-C and SIGTERM: the first asks the training loop to stop after its step, a second ends the program at
// once.
#pragma once

namespace ek {

/// From here on the first SIGINT or SIGTERM only sets a flag.
void catch_interrupts();

/// The signal that has arrived, or 0.
int interrupted();

}  // namespace ek

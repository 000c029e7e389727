// gnuplot, as another process.
#pragma once

#include <stdexcept>
#include <string>

namespace ek {

/// gnuplot is not there.
struct NoGnuplot : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What gnuplot prints for a script. The program is the one that EVENKEEL_GNUPLOT names, else the `gnuplot` on PATH;
/// the user's own gnuplot settings are not read. Throws NoGnuplot, or std::runtime_error with gnuplot's message.
std::string run_gnuplot(const std::string& script);

}  // namespace ek

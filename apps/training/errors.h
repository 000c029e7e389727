// The errors that a program tells apart by its exit code, beside DataError (core/base/check.h).
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

namespace ek {

/// What was asked for cannot be done: a flag, a value or a combination of them.
struct UsageError : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

/// Training arrived at numbers that are not finite.
struct NonFiniteError : std::runtime_error {
  NonFiniteError(const std::string& what, std::int64_t at_epoch, std::int64_t at_step)
      : std::runtime_error(what), epoch(at_epoch), step(at_step) {}
  std::int64_t epoch, step;
};

/// f(), whose refusal of its arguments is the user's: for what is set up from flags alone.
template <typename Function>
auto checking_flags(Function f) {
  try {
    return f();
  } catch (const std::invalid_argument& error) {
    throw UsageError(error.what());
  }
}

}  // namespace ek

#include "evenkeel/core/machine/profile.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "evenkeel/core/base/real.h"

namespace ek {
namespace {

thread_local std::vector<ProfileEvent>* events = nullptr;  // null: nobody wants to know
thread_local ProfileScope* innermost = nullptr;

std::int64_t now_ns() {
  return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

Profiling::Profiling(std::vector<ProfileEvent>& into)
    : before_(std::exchange(events, &into)), scope_before_(std::exchange(innermost, nullptr)) {}

Profiling::~Profiling() {
  events = before_;
  innermost = scope_before_;
}

ProfileScope::ProfileScope(const char* op, const Shape& shape, std::int64_t values, Pass pass)
    : pass_(pass) {
  open_ = events && (pass == Pass::backward || !(innermost && innermost->pass_ == Pass::backward));
  if (open_) {
    outer_ = std::exchange(innermost, this);
    event_ = events->size();
    const std::string name = pass == Pass::forward ? op : std::string(op) + " backward";
    events->push_back({.name = name, .shape = shape, .begin_ns = now_ns()});
  }
  profile_count(0, values);
}

ProfileScope::~ProfileScope() {
  if (!open_) return;
  ProfileEvent& event = (*events)[event_];
  event.total_ns = now_ns() - event.begin_ns;
  event.self_ns = event.total_ns - inside_ns_;
  if (outer_) outer_->inside_ns_ += event.total_ns;
  innermost = outer_;
}

void profile_count(double flops, std::int64_t values) {
  if (!innermost) return;
  ProfileEvent& event = (*events)[innermost->event_];
  event.flops += flops;
  event.bytes += static_cast<double>(values) * sizeof(Real);
}

}  // namespace ek

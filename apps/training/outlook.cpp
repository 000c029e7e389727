#include "apps/training/outlook.h"

#include <fmt/format.h>

#include <algorithm>

namespace ek {

void Outlook::plan(const std::string& part, const std::string& family, std::int64_t steps) {
  parts_[part].family = family;
  parts_[part].left += steps;
}

void Outlook::made(const std::string& part, std::int64_t steps, double seconds) {
  Part& p = parts_[part];
  p.left = std::max<std::int64_t>(p.left - steps, 0);
  p.made += steps;
  p.seconds += seconds;
}

void Outlook::drop(const std::string& part, std::int64_t steps) {
  Part& p = parts_[part];
  p.left = steps < 0 ? 0 : std::max<std::int64_t>(p.left - steps, 0);
}

void Outlook::known(const std::string& part, const std::string& family, std::int64_t steps,
                    double seconds) {
  plan(part, family, steps);
  made(part, steps, seconds);
}

std::string Outlook::text() const {
  std::map<std::string, Part> families;
  for (const auto& [name, part] : parts_) {
    families[part.family].made += part.made;
    families[part.family].seconds += part.seconds;
  }
  double seconds = 0;
  bool is_about = false, is_over = false;
  for (const auto& [name, part] : parts_) {
    const Part& like = part.made > 0 ? part : families[part.family];
    if (part.left == 0) continue;
    if (like.made > 0)
      seconds += like.seconds / static_cast<double>(like.made) * static_cast<double>(part.left);
    is_about = is_about || part.made == 0;
    is_over = is_over || like.made == 0;
  }
  if (seconds == 0) return "";
  return fmt::format("{}{} in all",
                     is_over    ? "at least "
                     : is_about ? "about "
                                : "",
                     clock_text(seconds));
}

std::string clock_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds + 0.5);
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace ek

#include "evenkeel/core/files/state.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/files/file.h"

namespace ek {
namespace {

/// What wrappers put before every name, and how to save without it.
struct Wrapper {
  std::string_view prefix, remedy;
};
constexpr Wrapper kWrappers[] = {
    {"module.",
     "remove DataParallel's \"module.\" from the names (save model.module.state_dict())"},
    {"_orig_mod.",
     "remove torch.compile's \"_orig_mod.\" from the names (save model._orig_mod.state_dict())"}};

bool may_be_missing(std::string_view name) { return name.ends_with("num_batches_tracked"); }

const char* kind(const StateValue& value) {
  return std::holds_alternative<Tensor>(value) ? "real" : "whole";
}

// Empty if the value can be copied into `target`.
std::string misfit(const StateValue& target, const StateValue& value) {
  if (target.index() != value.index())
    return text(" (expected ", kind(target), " numbers, found ", kind(value), " ones)");
  if (shape_of(target) == shape_of(value)) return {};
  return text(" (expected ", shape_of(target), ", found ", shape_of(value), ")");
}

// Without a value, zeros.
void copy_values(const StateValue& target, const StateValue* value) {
  auto copy = [value](auto handle) {  // a copy of the handle, because the dictionary is const
    const auto into = handle.mutable_data().begin();
    if (value)
      std::ranges::copy(std::get<decltype(handle)>(*value).data(), into);
    else
      std::fill_n(into, handle.data().size(), 0);
  };
  std::visit(copy, target);
}

/// What stands before an expected name in every unexpected one: "module.", "_orig_mod.module.", "model."; empty where
/// that is not the same for all of them.
std::string common_prefix(const std::vector<std::string>& unexpected, const StateDict& into) {
  if (unexpected.empty()) return {};
  const std::string& first = unexpected.front();
  for (std::size_t dot = first.find('.'); dot != std::string::npos;
       dot = first.find('.', dot + 1)) {
    const std::string prefix = first.substr(0, dot + 1);
    const bool fits = std::ranges::all_of(unexpected, [&](const std::string& name) {
      return name.starts_with(prefix) && into.find(std::string_view(name).substr(prefix.size()));
    });
    if (fits) return prefix;
  }
  return {};
}

std::string remedy_for(const std::string& prefix) {
  if (prefix.empty()) return "load it into what it was saved from, made with the same options";
  for (const Wrapper& wrapper : kWrappers) {
    if (prefix == wrapper.prefix) return std::string(wrapper.remedy);
  }
  return text("remove \"", printable(prefix), "\", which stands before every name");
}

/// The names as a list for a message.
std::string listed(const std::vector<std::string>& names) { return printable(joined(names)); }

}  // namespace

void load_state(const StateDict& into, const StateDict& from, std::string_view what) {
  std::vector<std::string> missing, unexpected, misfits;
  for (const auto& [name, target] : into) {
    const StateValue* value = from.find(name);
    if (!value && !may_be_missing(name)) missing.push_back(name);
    if (const std::string why = value ? misfit(target, *value) : ""; !why.empty())
      misfits.push_back(name + why);
  }
  for (const auto& [name, value] : from) {
    if (!into.find(name)) unexpected.push_back(name);
  }

  std::string found;
  for (const auto& [title, names] :
       {std::pair("missing: ", missing), {"unexpected: ", unexpected}, {"not fitting: ", misfits}})
    if (!names.empty()) found += text(found.empty() ? "" : "; ", title, listed(names));
  check(found.empty(), what, ": the saved state does not fit; ", found, "; ",
        remedy_for(common_prefix(unexpected, into)));

  for (const auto& [name, target] : into) copy_values(target, from.find(name));
}

}  // namespace ek

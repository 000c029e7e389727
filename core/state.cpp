#include "core/state.h"

namespace ek {
namespace {

constexpr std::string_view kDataParallel = "module.";  // what torch.nn.DataParallel puts before every name

bool may_be_missing(std::string_view name) { return name.ends_with("num_batches_tracked"); }

const char* kind(const StateValue& value) { return std::holds_alternative<Tensor>(value) ? "real" : "whole"; }

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

}  // namespace

void load_state(const StateDict& into, const StateDict& from, std::string_view what) {
  std::vector<std::string> missing, unexpected, misfits;
  bool prefixed = true;  // every unexpected name is an expected one behind "module."
  for (const auto& [name, target] : into) {
    const StateValue* value = from.find(name);
    if (!value && !may_be_missing(name)) missing.push_back(name);
    if (const std::string why = value ? misfit(target, *value) : ""; !why.empty()) misfits.push_back(name + why);
  }
  for (const auto& [name, value] : from) {
    if (into.find(name)) continue;
    unexpected.push_back(name);
    prefixed &= name.starts_with(kDataParallel) && into.find(name.substr(kDataParallel.size()));
  }

  std::string found;
  for (const auto& [title, names] :
       {std::pair("missing: ", missing), {"unexpected: ", unexpected}, {"not fitting: ", misfits}})
    if (!names.empty()) found += text(found.empty() ? "" : "; ", title, joined(names));
  const char* remedy = prefixed && !unexpected.empty()
                           ? "remove DataParallel's \"module.\" from the names (save model.module.state_dict())"
                           : "load it into what it was saved from, made with the same options";
  check(found.empty(), what, ": the saved state does not fit; ", found, "; ", remedy);

  for (const auto& [name, target] : into) copy_values(target, from.find(name));
}

}  // namespace ek

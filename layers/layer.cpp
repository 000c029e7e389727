#include "evenkeel/layers/layer.h"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {
namespace {

// The names of the layers whose forward is running on this thread, outermost first.
thread_local std::vector<const std::string*> running;
thread_local ForwardObserver::Watch observer;

std::string running_path() {
  std::string path;
  for (const std::string* name : running)
    if (!name->empty()) path += (path.empty() ? "" : ".") + *name;
  return path;
}

struct Entered {
  explicit Entered(const std::string& name) { running.push_back(&name); }
  ~Entered() { running.pop_back(); }
  Entered& operator=(Entered&&) = delete;  // neither copied nor moved
};

}  // namespace

Tensor Layer::operator()(const Tensor& x) {
  const Entered entered(name_);
  try {
    Tensor y = forward(x);
    if (observer) observer(running_path(), *this, x, y);
    return y;
  } catch (const LayerError&) {
    throw;  // named by the innermost layer already
  } catch (const std::invalid_argument& error) {
    const std::string path = running_path();
    throw LayerError(text(path, path.empty() ? "" : " (", describe(),
                          path.empty() ? ": " : "): ", error.what()));
  }
}

StateDict Layer::collect(bool with_buffers) const {
  StateDict all;
  for (const auto& [name, value] : parameters_) all.add(name, value);
  if (with_buffers)
    for (const auto& [name, value] : buffers_) all.add(name, value);
  for (const auto& [name, child] : children_)
    for (const auto& [below, value] : child->collect(with_buffers))
      all.add(name + '.' + below, value);
  return all;
}

std::vector<std::pair<std::string, Tensor>> Layer::named_parameters() const {
  std::vector<std::pair<std::string, Tensor>> all;
  for (const auto& [name, value] : collect(false)) all.emplace_back(name, std::get<Tensor>(value));
  return all;
}

std::string Layer::checked(std::string name) const {
  check(!name.empty() && name.find('.') == std::string::npos, "layer: '", name,
        "' is no name for a parameter, buffer or child: it must not be empty or hold a dot");
  auto taken = [&](const auto& list) {
    return std::ranges::any_of(list, [&](auto& e) { return e.first == name; });
  };
  check(!taken(parameters_) && !taken(buffers_) && !taken(children_), "layer: the name '", name,
        "' is taken");
  return name;
}

Tensor Layer::parameter(std::string name, Tensor init) {
  init.requires_grad(true);
  return parameters_.emplace_back(checked(std::move(name)), std::move(init)).second;
}

Layer& Layer::add(std::string name, std::unique_ptr<Layer> layer) {
  check(layer != nullptr, "layer: no layer given for '", name, "'");
  layer->name_ = checked(std::move(name));
  return *children_.emplace_back(layer->name_, std::move(layer)).second;
}

ForwardObserver::ForwardObserver(Watch watch)
    : before_(std::exchange(observer, std::move(watch))) {}
ForwardObserver::~ForwardObserver() { observer = std::move(before_); }

}  // namespace ek

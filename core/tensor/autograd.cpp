#include "evenkeel/core/tensor/autograd.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/machine/denormals.h"
#include "evenkeel/core/machine/profile.h"
#include "evenkeel/core/tensor/fusion.h"
#include "evenkeel/core/tensor/op.h"
#include "evenkeel/core/tensor/pending.h"
#include "evenkeel/core/tensor/pieces.h"
#include "evenkeel/core/tensor/storage.h"
#include "evenkeel/core/tensor/tensor_impl.h"

namespace ek {
namespace {

thread_local bool recording = true;
std::atomic<std::uint64_t> next_id = 0;
std::atomic<std::int64_t> alive = 0;

}  // namespace

/// One recorded op. Its id is higher than the ids of the ops that made its inputs.
struct Node {
  const char* op;
  std::uint64_t id = next_id++;
  std::vector<Tensor> inputs;
  std::vector<std::uint64_t> versions;  // of the inputs' values when the op ran
  std::weak_ptr<const Storage> out;     // its values, which `backward` may have saved
  std::uint64_t out_version = 0;
  Backward backward;  // empty once it has run
  Tensor grad;        // what has arrived so far of d(loss)/d(out)

  Node(const char* name, std::vector<Tensor> in, Backward back)
      : op(name), inputs(std::move(in)), backward(std::move(back)) {
    ++alive;
  }
  ~Node();
  Node& operator=(Node&&) = delete;  // neither copied nor moved
};

namespace {

std::uint64_t version(const Tensor& t) { return Inside::of(t)->values()->version; }

/// Can nobody else see the values?
bool unshared(const Tensor& t) {
  return Inside::of(t).use_count() == 1 && Inside::of(t)->owns_values();
}

/// sum += g, in place where nobody else can see the values, else in fresh ones: after a + b the gradients of a and b
/// are the same tensor, and what is added to one of them must not reach the other.
void accumulate(Tensor& sum, Tensor g) {
  if (Tensor whole = sum ? fused_add(sum, g) : std::move(g)) {
    sum = std::move(whole);
    return;
  }
  sum = owned(std::move(sum));
  Real* into = sum.mutable_data().data();
  consume(g, {"accumulate", {into}, [into](std::int64_t i, std::int64_t n, const Real* from) {
                kernels().add(n, into + i, from, into + i);
              }});
}

/// After backward() nothing of a leaf's gradient is left to compute, but for what an optimizer may take piece by piece.
void finish(const Tensor& gradient) {
  const Pending* const pending = Inside::pending(gradient);
  if (pending && !pending->comes_in_pieces()) Inside::of(gradient)->values();
}

Gradients run(Node& node) {
  check(bool(node.backward), "backward: '", node.op,
        "' was already run backward; its saved values are freed");
  for (std::size_t i = 0; i < node.inputs.size(); ++i)
    check(!node.inputs[i] || version(node.inputs[i]) == node.versions[i], "backward: input ", i,
          " of '", node.op, "' was changed after the op had used it; change a clone() instead");
  const std::shared_ptr<const Storage> out = node.out.lock();
  check(!out || out->version == node.out_version, "backward: the result of '", node.op,
        "' was changed after the op had made it; change a clone() instead");
  const ProfileScope scope(node.op, node.grad.shape(), 0, Pass::backward);
  const Backward closure =
      std::exchange(node.backward, nullptr);  // what it saved is freed on return
  Gradients gradients = closure(std::exchange(node.grad, {}));
  check(gradients.size() == node.inputs.size(), "backward: '", node.op, "' returned ",
        gradients.size(), " gradients for ", node.inputs.size(), " inputs");
  return gradients;
}

/// Drops what the node keeps, and takes the nodes behind its inputs that nobody else holds, so that a long chain is
/// freed in a loop and not by one nested destructor call per op, which would overflow the stack.
void release(Node& node, std::vector<std::shared_ptr<Node>>& orphans) {
  node.backward = nullptr;
  for (Tensor& input : node.inputs) {
    const Tensor last =
        std::move(input);  // an op may have one tensor twice: only the last handle counts
    if (last && Inside::of(last).use_count() == 1 && Inside::of(last)->node)
      orphans.push_back(std::move(Inside::of(last)->node));
  }
}

}  // namespace

Node::~Node() {
  --alive;
  std::vector<std::shared_ptr<Node>> orphans;
  release(*this, orphans);
  while (!orphans.empty()) {
    const std::shared_ptr<Node> node = std::move(orphans.back());
    orphans.pop_back();
    if (node.use_count() == 1) release(*node, orphans);
  }
}

Tensor owned(Tensor t) { return unshared(t) ? t : t.clone(); }

Tensor in_place_of(const Tensor& dy) { return unshared(dy) ? dy : Tensor(dy.shape()); }

Tensor record(const char* op, Tensor out, std::vector<Tensor> inputs, Backward backward) {
  const bool wanted =
      std::ranges::any_of(inputs, [](const Tensor& input) { return input.requires_grad(); });
  if (!recording || !wanted) return out;
  auto node = std::make_shared<Node>(op, std::move(inputs), std::move(backward));
  for (const Tensor& input : node->inputs) node->versions.push_back(input ? version(input) : 0);
  if (Inside::of(out)->has_values()) {  // what is still to be computed cannot have been saved
    node->out = Inside::of(out)->values();
    node->out_version = version(out);
  }
  Inside::of(out)->node = std::move(node);
  return out;
}

/// Runs the recorded ops from the newest to the oldest. A node is made after its inputs, so falling ids are
/// a reverse topological order, and when a node's turn comes its gradient is complete.
void Tensor::backward() const {
  check(bool(*this) && numel() == 1, "backward: expected a tensor of one element, got ",
        *this ? text("shape ", shape()) : "no tensor");
  check(requires_grad(),
        "backward: the tensor does not depend on anything that requires a gradient");
  const NoGrad no_grad;
  const FlushDenormals flush;
  std::map<std::uint64_t, std::shared_ptr<Node>, std::greater<>> pending;
  auto deliver = [&](const Tensor& to, Tensor g) {
    Impl& target = to.impl();
    check(g.shape() == target.shape, "backward: gradient of shape ", g.shape(), " for a tensor ",
          target.shape);
    if (target.node) {
      accumulate(target.node->grad, std::move(g));
      pending.emplace(target.node->id, target.node);
    } else if (target.requires_grad) {  // a leaf's gradient owns its values
      accumulate(target.grad, target.grad || unshared(g) ? std::move(g) : g.clone());
      finish(target.grad);
    }
  };
  deliver(*this, full(shape(), 1));
  while (!pending.empty()) {
    const std::shared_ptr<Node> node = pending.extract(pending.begin()).mapped();
    Gradients gradients = run(*node);
    const std::vector<Tensor> inputs = std::move(node->inputs);
    for (std::size_t i = 0; i < gradients.size(); ++i)
      if (gradients[i]) deliver(inputs[i], std::move(gradients[i]));
  }
}

NoGrad::NoGrad() : before_(std::exchange(recording, false)) {}
NoGrad::~NoGrad() { recording = before_; }

bool grad_enabled() { return recording; }
std::int64_t live_nodes() { return alive; }

}  // namespace ek

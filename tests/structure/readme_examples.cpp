// The C++ of README.md, word for word (readme_test.cpp compares), and a run of it.
#include <doctest/doctest.h>
#include <evenkeel/evenkeel.h>

#include <cmath>
#include <cstddef>

namespace ek {
namespace {

// clang-format off

struct ConvNet : Layer {
  Conv2d& conv1 = add("conv1", Conv2d(3, 64, 3, {.padding = 1}));
  BatchNorm2d& bn1 = add("bn1", BatchNorm2d(64));
  Linear& fc1 = add("fc1", Linear(64 * 32 * 32, 256));
  BatchNorm1d& bn2 = add("bn2", BatchNorm1d(256));
  Linear& fc2 = add("fc2", Linear(256, 10));

  Tensor forward(const Tensor& x) override {  // [N, 3, 32, 32] -> [N, 10]
    Tensor h = relu(bn1(conv1(x)));           // [N, 64, 32, 32]
    h = relu(bn2(fc1(flatten(h))));           // [N, 256]
    return fc2(h);
  }
};

void train(Layer& model, const DataLoader& batches, int epochs) {
  SGD optimizer(model.parameters(), {.lr = 0.01, .momentum = 0.9});
  for (int epoch = 0; epoch < epochs; ++epoch) {
    model.train();
    for (const Batch& batch : batches.epoch(epoch)) {
      Tensor loss = cross_entropy(model(batch.images), batch.labels);
      optimizer.zero_grad();
      loss.backward();
      optimizer.step();
    }
  }
}

/// y = x * sigmoid(x)     dy/dx = s + x s (1 - s),  s = sigmoid(x)      any shape -> same shape
Tensor swish(const Tensor& x) {
  Tensor s, y;
  {
    NoGrad no_grad;
    s = sigmoid(x);
    y = x * s;
  }
  return record("swish", y, {x}, [x = x.detach(), s](const Tensor& dy) -> Gradients {
    return {dy * (s + x * s * (1 - s))};
  });
}

// clang-format on

TEST_CASE("the ConvNet has PyTorch's names and maps images to logits") {
  ConvNet model;
  CHECK(model.state_dict().size() == 16);
  CHECK(model.state_dict().find("bn1.running_mean") != nullptr);
  CHECK(model(Tensor::full({2, 3, 32, 32}, 1)).shape() == Shape{2, 10});
}

TEST_CASE("the training loop trains") {
  const auto images = make_synthetic(64, Split::train);
  const DataLoader batches(images, measure_normalization(*images), {.batch_size = 32});
  const auto model = make_model("convnet-8x8", {});
  auto loss = [&] {
    const NoGrad no_grad;
    double total = 0;
    for (const Batch& batch : batches.epoch(0))
      total += double{cross_entropy((*model)(batch.images), batch.labels).item()};
    return total;
  };
  const double before = loss();
  train(*model, batches, 4);
  CHECK(loss() < before / 2);
}

TEST_CASE("swish and its gradient") {
  Tensor x = Tensor::from({3}, {-1, 0, 2});
  x.requires_grad(true);
  const Tensor y = swish(x);
  sum(y).backward();
  for (std::size_t i = 0; i < 3; ++i) {
    const double v = double{x.data()[i]}, s = 1 / (1 + std::exp(-v));
    CHECK(double{y.data()[i]} == doctest::Approx(v * s));
    CHECK(double{x.grad().data()[i]} == doctest::Approx(s + v * s * (1 - s)));
  }
}

}  // namespace
}  // namespace ek

// Gradient checks: what backward() gives against central differences.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

/// An op or a layer, to be checked at one place.
struct OpCase {
  std::string name;
  std::vector<Tensor> inputs;  // leaves; a layer's parameters too
  std::function<Tensor(const std::vector<Tensor>&)> run;
  /// The result by a loop that anyone can check, in double; empty where there is none.
  std::function<std::vector<double>(const std::vector<Tensor>&)> reference = {};
};

/// The result of an op, and the gradient of sum(y dy) for the inputs that wanted one (else empty tensors),
/// for a dy that depends on the shape of y alone.
struct Outcome {
  Tensor y;
  std::vector<Tensor> gradients;
};

/// Runs `c` forward and backward. Gradients are added to what `start` holds (empty: nothing, as after
/// zero_grad).
Outcome evaluate(const OpCase& c, const std::vector<bool>& wanted,
                 const std::vector<Tensor>& start = {});

/// Standard normal numbers, a function of the shape and the name.
Tensor random_tensor(Shape shape, const std::string& name);

/// Which inputs want a gradient: all of them, then each alone.
std::vector<std::vector<bool>> wanted_subsets(std::size_t inputs);

/// (f(x + h) - f(x - h)) / 2h for every element x of input i, f = sum(y dy).
std::vector<double> central_differences(const OpCase& c, std::size_t i, const Tensor& dy);

/// Compares every element of every gradient with (f(x + h) - f(x - h)) / 2h, f = sum(y dy), for every subset
/// of wanted_subsets. Checks as well that backward() adds to a gradient that is there, gives none where none
/// is wanted, changes no input, and leaves no node alive. For Real = double.
void check_gradients(const OpCase& c, double tolerance = 1e-6);

}  // namespace ek

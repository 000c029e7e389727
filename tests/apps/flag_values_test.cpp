// Values and combinations of flags that no run can have.
#include <doctest/doctest.h>
#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>
#include <vector>
#include "evenkeel/core/files/file.h"
#include "tests/apps/refused.h"
#include "tests/apps/run_program.h"
#include "tests/data/files.h"

namespace ek {
namespace {

TEST_CASE("values that no run can have") {
  const std::string train = "convnet train: error: ";
  for (const auto& [flags, message] : std::vector<Case>{
           {"--lr nan", "--lr: nan, expected a finite number of at least 0"},
           {"--lr inf", "--lr: inf, expected a finite number of at least 0"},
           {"--lr -0.1", "--lr: -0.1, expected a finite number of at least 0"},
           {"--lr 1e400", "--lr: '1e400' is out of range, expected a number"},
           {"--lr 0,1", "--lr: '0,1' is not a number"},
           {"--lr fast", "--lr: 'fast' is not a number"},
           {"--lr", "--lr: no value given, expected one"},
           {"--epochs 0", "--epochs: 0, expected a whole number of at least 1"},
           {"--epochs 1.5", "--epochs: '1.5' is not a whole number"},
           {"--epochs 99999999999999999999",
            "--epochs: '99999999999999999999' is out of range, expected a whole number"},
           {"-b 0", "--batch-size: 0, expected a whole number of at least 1"},
           {"--batch-size -1", "--batch-size: -1, expected a whole number of at least 1"},
           {"--seed -1", "--seed: '-1' is not a whole number of at least 0"},
           {"--threads 513",
            "--threads: 513, expected a whole number of at least 0 and at most 512"},
           {"--dropout 1.5", "--dropout: 1.5, expected a number from 0 to 1"},
           {"--bn-momentum -0.1", "--bn-momentum: -0.1, expected a number from 0 to 1"},
           {"--bn-eps 0", "--bn-eps: 0, expected a finite number above 0"},
           {"--bn-eps inf", "--bn-eps: inf, expected a finite number above 0"},
           {"--weight-decay nan", "--weight-decay: nan, expected a finite number of at least 0"},
           {"--model resnet",
            "--model: 'resnet' is not one of convnet, convnet-8x8, vgg, resnet20, mlp; here it is "
            "called 'resnet20'"},
           {"--width 0", "--width: 0, expected a number from 0.015625 to 64"},
           {"--norm Batch",
            "--norm: 'Batch' is not one of batch, layer, instance, group, none; the nearest known "
            "one is 'batch'"},
           {"--optimizer rmsprop", "--optimizer: 'rmsprop' is not one of sgd, adam, adamw"},
           {"--drop-last maybe", "--drop-last: 'maybe' is not one of auto, yes, no"}})
    check_refused({"train --dataset synthetic " + flags, train + message});
  check_refused(
      {"bench --steps 0", "convnet bench: error: --steps: Value 0 not in range 1 to 1000000"});
}

TEST_CASE("names and combinations that are found out later") {
  check_refused({"train --dataset imagenet",
                 "convnet train: error: dataset 'imagenet' is not known, expected one of auto, "
                 "cifar10, cifar100, fashion-mnist, mnist, folder, synthetic"});
  check_refused({"compare --norms batch",
                 "convnet compare: error: --norms: expected at least two different norms, as in "
                 "--norms batch,none"});
  check_refused(
      {"compare --data nowhere --norms batch,foo",
       "convnet compare: error: --norms: 'foo' is not one of batch, layer, instance, group, none"});
  check_refused({"compare --norms batch,batch",
                 "convnet compare: error: --norms: expected at least two different norms, as in "
                 "--norms batch,none"});
  check_refused({"eval",
                 "convnet eval: error: no checkpoint given; name a run's folder, or a file with "
                 "--checkpoint FILE"});
  check_refused(
      {"inspect", "convnet inspect: error: expected a run or --checkpoint FILE, or --model NAME"});
  check_refused({"predict --checkpoint x", "convnet predict: error: IMAGE is required"});
}

TEST_CASE("values with which nothing can be learnt") {
  check_refused({"train --dropout 1",
                 "convnet train: error: --dropout: 1 drops every feature, so nothing is learnt; "
                 "expected less than 1"});
  check_refused({"compare --label-smoothing 1",
                 "convnet compare: error: --label-smoothing: 1 leaves nothing of the labels, so "
                 "nothing is learnt; expected less than 1"});
}

TEST_CASE("options that the optimizer refuses together") {
  const Workshop dir;
  const Finished f = dir.run("train " + kQuick + "--nesterov --momentum 0 --out run");
  CHECK(f.code == 2);
  CHECK(f.err.starts_with("convnet train: error: SGD: nesterov needs "));
  CHECK(!dir.has("run"));
}

TEST_CASE("flags that the optimizer would ignore") {
  const std::string only = ", only --optimizer sgd has";
  check_refused({"train --optimizer adam --nesterov",
                 "convnet train: error: --nesterov: adam has no nesterov" + only});
  check_refused({"compare --momentum 0.5 --optimizer adamw",
                 "convnet compare: error: --momentum: adamw has no momentum" + only});
  check_refused({"bench --momentum 0.9 --optimizer adam",  // the default, but typed
                 "convnet bench: error: --momentum: adam has no momentum" + only});
}

}  // namespace
}  // namespace ek

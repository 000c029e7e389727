#include "apps/training/synonyms.h"

namespace ek {

namespace {

const std::vector<Synonym> kSynonyms = {
    // Flags, without their hyphens at the start.
    {"lr", {"learning-rate", "lr-base", "base-lr", "step-size"}},
    {"batch-size", {"bs", "batch", "minibatch", "mini-batch-size"}},
    {"epochs", {"num-epochs", "n-epochs", "max-epochs", "num-train-epochs"}},
    {"max-steps", {"iterations", "max-iter"}},
    {"weight-decay", {"wd", "decay", "l2"}},
    {"label-smoothing", {"smoothing"}},
    {"threads", {"workers", "num-workers", "j", "jobs", "num-threads", "nproc"}},
    {"out",
     {"output", "o", "output-dir", "save-dir", "log-dir", "logdir", "work-dir", "run-dir",
      "experiment"}},
    {"data", {"data-path", "data-dir", "dataset-path", "root", "d"}},
    {"model", {"arch", "a", "architecture", "network", "net", "backbone"}},
    {"optimizer", {"opt", "optim", "solver"}},
    {"seed", {"random-seed", "manual-seed"}},
    {"print-freq", {"log-interval", "log-freq", "log-every", "p"}},
    {"save-every", {"save-freq", "save-interval", "checkpoint-freq"}},
    {"limit-train", {"train-num-samples", "limit-train-batches"}},
    {"limit-test", {"val-num-samples", "limit-val-batches"}},
    {"init",
     {"pretrained", "initial-checkpoint", "finetune", "weights", "ckpt", "load", "checkpoint"}},
    {"dropout", {"drop", "dropout-rate"}},
    {"quiet", {"silent", "q", "no-progress"}},
    {"norm", {"normalization", "norm-layer"}},
    {"bn-eps", {"bn-epsilon", "eps"}},
    {"norm-groups", {"groups"}},
    {"width", {"width-mult"}},
    {"checkpoint", {"weights", "ckpt", "ckpt-path", "model-path", "load"}},
    {"top", {"topk", "k"}},
    {"image-size", {"img-size", "input-size"}},
    {"steps", {"iters", "num-steps"}},
    {"seeds", {"num-seeds"}},
    // Commands.
    {"eval", {"test", "validate", "val", "evaluate"}},
    {"train", {"fit", "learn"}},
    {"predict", {"infer", "inference", "classify"}},
    {"inspect", {"summary", "info", "show", "describe"}},
    {"bench", {"benchmark", "speed"}},
    {"compare", {"ablate"}},
    {"lab", {"experiments", "claims"}},
    {"list", {"ls"}},
    // Values.
    {"batch", {"bn", "batchnorm", "batch-norm"}},
    {"layer", {"ln", "layernorm"}},
    {"instance", {"in", "instancenorm"}},
    {"group", {"gn", "groupnorm"}},
    {"none", {"off", "identity"}},
    {"convnet", {"cnn"}},
    {"resnet20", {"resnet", "resnet18"}},
    {"vgg", {"vgg11", "vgg16"}},
    {"fashion-mnist", {"fmnist"}},
    {"folder", {"imagefolder"}},
    {"synthetic", {"fake", "fakedata", "random"}},
};

}  // namespace

const std::vector<Synonym>& synonyms() { return kSynonyms; }

}  // namespace ek

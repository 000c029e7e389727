// The table of flags: name, group, help text and field of each, in the order of the help text. From it follow the
// parser, the help, config.json and the messages.
#pragma once

#include "apps/training/config.h"

namespace ek {

template <typename Config, typename Visit>
void visit_data_flags(Config& c, Visit visit) {
  const char* group = "Data";
  visit(
      "dataset", group,
      "auto, cifar10, cifar100, fashion-mnist, mnist, folder or synthetic; auto takes what --data "
      "holds, without it CIFAR-10 in ./data, else Debian's Fashion-MNIST, else synthetic images",
      c.dataset);
  visit("data", group,
        "folder with the data set's files; of photographs: CLASS/IMAGE, or train/CLASS/IMAGE "
        "beside test/ or val/ (else a tenth of each class is held out to test with); JPEG, PNG and "
        "BMP, turned upright by their EXIF orientation, cropped to a square around their centre, "
        "resized to 32x32",
        c.data);
  visit("val-split", group,
        "hold back this share of the training images, drawn by --seed: the best epoch is chosen on "
        "them, and the test images are looked at once, at the end (0: chosen on val/ where a "
        "folder has it, else on the test images)",
        c.val_split);
  visit("limit-train", group, "train on at most N images (0: all)", c.limit_train);
  visit("limit-test", group, "test on at most N images (0: all)", c.limit_test);
  visit("skip-bad-images", group, "go on without images of a folder that cannot be read",
        c.skip_bad_images);
}

template <typename Config, typename Visit>
void visit_model_flags(Config& c, Visit visit) {
  const char* group = "Model";
  visit("model", group,
        "convnet (flattens 64x32x32), convnet-8x8 (pools, flattens 64x8x8), vgg (six "
        "convolutions), resnet20 or mlp (three hidden layers, sigmoids)",
        c.model);
  visit("norm", group, "batch, layer, instance, group or none", c.norm);
  visit("norm-groups", group, "groups of --norm group, at most", c.norm_groups);
  visit("placement", group, "norm before or after the activation", c.placement);
  visit("dropout", group, "probability of dropout before the last layer", c.dropout);
  visit("width", group, "factor on the channels and features of all hidden layers", c.width);
  visit("bn-momentum", group,
        "BatchNorm: running = (1 - m) running + m batch; 0.1 (= Keras 0.9), Keras counts the other "
        "way",
        c.bn_momentum);
  visit("bn-eps", group, "added to the variance by every norm", c.bn_eps);
  visit("init-gain", group, "factor on the start values of weight matrices", c.init_gain);
}

template <typename Config, typename Visit>
void visit_optimizer_flags(Config& c, Visit visit) {
  const char* group = "Optimizer";
  visit("optimizer", group, "sgd, adam or adamw", c.optimizer);
  visit("lr", group, "learning rate (0.01; adam and adamw: 0.001)", c.lr);
  visit("momentum", group, "momentum of sgd", c.momentum);
  visit("nesterov", group, "Nesterov's momentum", c.nesterov);
  visit("weight-decay", group, "weight decay (0; adamw: 0.01)", c.weight_decay);
  visit("norm-weight-decay", group,
        "weight decay of one-dimensional parameters: norms and biases (as --weight-decay)",
        c.norm_weight_decay);
  visit("label-smoothing", group, "share of each label that is spread over all classes",
        c.label_smoothing);
}

template <typename Config, typename Visit>
void visit_training_flags(Config& c, Visit visit) {
  const char* group = "Training";
  visit("epochs", group, "passes over the training images", c.epochs);
  visit("max-steps", group, "stop after N steps (0: no limit)", c.max_steps);
  visit("batch-size", group, "images in a batch", c.batch_size);
  visit("seed", group, "start weights, data order and dropout follow from it", c.seed);
  visit("threads", group, "threads (0: all cores); results do not depend on it", c.threads);
  visit("drop-last", group, "last batch that is not full: auto (dropped if one image), yes or no",
        c.drop_last);
}

template <typename Config, typename Visit>
void visit_run_flags(Config& c, Visit visit) {
  const char* group = "Run";
  visit("out", group,
        "folder for the run (the first free runs/MODEL-NORM-N or runs/compare-N; lab: "
        "runs/lab-PRESET)",
        c.out);
  visit("force", group, "overwrite a run that is in --out", c.force);
  visit("init", group, "start from the weights in this .safetensors file, or of this run", c.init);
  visit("save-every", group, "write last.safetensors every N epochs, and at the end", c.save_every);
  visit("print-freq", group,
        "where stderr is no terminal, a line every N steps (0: one every ten seconds)",
        c.print_freq);
  visit("verbose", group, "name every file of the data set that is not read, and why", c.verbose);
  visit("quiet", group,
        "only errors on stderr, no progress and no notes; train, compare and lab run print nothing "
        "else either",
        c.quiet);
}

/// visit(name, group, help, field) for each flag.
template <typename Config, typename Visit>
void visit_flags(Config& c, Visit visit) {
  visit_data_flags(c, visit);
  visit_model_flags(c, visit);
  visit_optimizer_flags(c, visit);
  visit_training_flags(c, visit);
  visit_run_flags(c, visit);
}

}  // namespace ek

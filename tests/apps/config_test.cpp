// --config and config.json; the nearest known word.
#include <doctest/doctest.h>

#include <map>
#include <string>

#include "apps/training/config.h"
#include "apps/training/errors.h"
#include "apps/training/nearest.h"
#include "evenkeel/core/base/check.h"
#include "tests/apps/run_program.h"
#include "tests/data/files.h"

namespace ek {
namespace {

TEST_CASE("a run's config.json makes the same run again") {
  const Workshop dir;
  REQUIRE(dir.run("train " + kQuick +
                  "--max-steps 3 --seed 7 --optimizer adam --lr 0.003 --norm group --norm-groups 8 "
                  "--placement after --out a")
              .code == 0);
  REQUIRE(dir.run("train --config a/config.json --out b").code == 0);
  CHECK(dir.text("b/config.json") == dir.text("a/config.json"));
  CHECK(dir.text("b/last.safetensors") == dir.text("a/last.safetensors"));
  REQUIRE(dir.run("train --config a/config.json --seed 8 --out c").code == 0);  // a typed flag wins
  CHECK(dir.text("c/config.json").find("\"seed\": 8") != std::string::npos);
  CHECK(dir.text("c/last.safetensors") != dir.text("a/last.safetensors"));
}

TEST_CASE("a configuration that cannot be used") {
  const Workshop dir;
  write_file(dir.path / "typo.json", R"({"lr": 0.1, "batchsize": 8})");
  Finished f = dir.run("train --config typo.json");
  CHECK(f.code == 2);
  CHECK(f.err ==
        "convnet train: error: typo.json: unknown key \"batchsize\"; the nearest known one is "
        "\"batch_size\"\n");
  write_file(dir.path / "list.json", "[1]");
  f = dir.run("train --config list.json");
  CHECK(f.code == 3);
  CHECK(f.err ==
        "convnet train: error: list.json: expected a JSON object, as in a run's config.json\n");
  write_file(dir.path / "broken.json", R"({"lr": )");
  CHECK(dir.run("train --config broken.json").code == 3);
  CHECK(dir.run("train --config missing.json").code == 3);
  write_file(dir.path / "wrong.json", R"({"lr": [1]})");
  f = dir.run("train --config wrong.json");
  CHECK(f.code == 2);
  CHECK(
      f.err ==
      "convnet train: error: wrong.json: \"lr\": [1], expected a number, a text, true or false\n");
  write_file(dir.path / "text.json", R"({"batch_size": "many"})");
  f = dir.run("train --config text.json");
  CHECK(f.code == 2);
  CHECK(f.err == "convnet train: error: text.json: \"batch_size\": 'many' is not a whole number\n");
  write_file(dir.path / "negative.json", R"({"epochs": -3})");
  f = dir.run("train --config negative.json");
  CHECK(f.code == 2);
  CHECK(f.err ==
        "convnet train: error: negative.json: \"epochs\": -3, expected a whole number of at least "
        "1\n");
}

TEST_CASE("a key may be spelt like its flag") {
  const Workshop dir;
  write_file(dir.path / "flags.json", R"({"batch-size": 8, "limit-train": 16, "limit_train": 16})");
  REQUIRE(dir.run("train --dataset cifar10 --data cifar --model convnet-8x8 --max-steps 1 --config "
                  "flags.json --out run")
              .code == 0);
  CHECK(dir.text("run/config.json").find("\"limit_train\": 16") != std::string::npos);
  write_file(dir.path / "both.json", R"({"limit-train": 16, "limit_train": 8})");
  const Finished f = dir.run("train --config both.json --out other");
  CHECK(f.code == 2);
  CHECK(f.err ==
        "convnet train: error: both.json: \"limit_train\": 8, but \"limit-train\" says 16; leave "
        "one of them out\n");
}

TEST_CASE("a flag in a configuration that the optimizer would ignore") {
  const Workshop dir;
  const auto error_with = [&](const char* json, const std::string& flags) {
    write_file(dir.path / "c.json", json);
    const Finished f =
        dir.run("train " + kQuick + "--max-steps 1 --out run --force --config c.json" + flags);
    CHECK(f.code == (f.err.empty() ? 0 : 2));
    return f.err;
  };
  const std::string start = "convnet train: error: c.json: ";
  CHECK(error_with(R"({"optimizer": "adam", "nesterov": true})", "") ==
        start + "\"nesterov\": adam has no nesterov, only --optimizer sgd has\n");
  CHECK(error_with(R"({"momentum": 0.5})", " --optimizer adamw") ==
        start + "\"momentum\": adamw has no momentum, only --optimizer sgd has\n");
  CHECK(error_with(R"({"optimizer": "adam", "momentum": 0.9, "nesterov": false})", "") ==
        "");  // as a run writes it
  CHECK(error_with(R"({"optimizer": "adam", "momentum": 0.5})", " --optimizer sgd") == "");
}

TEST_CASE("every field survives the way through JSON") {
  const TempDir dir;
  TrainConfig config;
  int number = 3;
  const std::map<std::string, std::string> limited = {
      {"model", "convnet-8x8"}, {"norm", "group"},       {"placement", "after"},
      {"val-split", "0.4"},     {"optimizer", "adam"},   {"drop-last", "no"},
      {"dropout", "0.3"},       {"bn-momentum", "0.25"}, {"label-smoothing", "0.125"}};
  for (const FlagInfo& flag : flags()) {
    if (flag.is_switch)
      set_flag(config, flag.name, "true");
    else if (limited.contains(flag.name))
      set_flag(config, flag.name, limited.at(flag.name));
    else if (!get_flag(config, flag.name).empty() && flag.name != "out")
      set_flag(config, flag.name, std::to_string(number++));
  }
  config.lr = 0.1 + 0.2;
  config.data = "a \"b\"";
  write_file(dir.path / "config.json", to_json(config));
  TrainConfig back;
  read_config(back, dir.path / "config.json");
  for (const FlagInfo& flag : flags()) {
    CAPTURE(flag.name);
    const bool kept = flag.name != "out" && flag.name != "force";
    CHECK(get_flag(back, flag.name) == get_flag(kept ? config : TrainConfig(), flag.name));
  }
}

TEST_CASE("defaults that depend on the optimizer") {
  const auto defaults = [](const char* optimizer) {
    TrainConfig config;
    config.optimizer = optimizer;
    return with_defaults(config);
  };
  CHECK(*defaults("sgd").lr == 0.01);
  CHECK(*defaults("adam").lr == 0.001);
  CHECK(*defaults("adamw").lr == 0.001);
  CHECK(*defaults("adam").weight_decay == 0);
  CHECK(*defaults("adamw").weight_decay == 0.01);
  CHECK(*defaults("adamw").norm_weight_decay == 0.01);
}

TEST_CASE("nearest") {
  CHECK(nearest("--epoch", {"--lr", "--epochs", "--seed"}) == "--epochs");
  CHECK(nearest("--EPOCHS", {"--lr", "--epochs"}) == "--epochs");
  CHECK(nearest("batchsize", {"lr", "batch_size"}) == "batch_size");
  CHECK(nearest("batch-size", {"lr", "batch_size"}) == "batch_size");
  CHECK(nearest("trian", {"bench", "train"}) == "train");
  CHECK(nearest("--momen", {"--model", "--momentum"}) == "--momentum");
  CHECK(nearest("abc", {"xbc", "abd"}) == "xbc");
}

TEST_CASE("what is far from all is near to none") {
  CHECK(nearest("--workers", {"--force", "--norms", "--model"}) == "");
  CHECK(nearest("abc", {"xyz", "ayz"}) == "");
  CHECK(nearest("a", {"b", "bc"}) == "");
  CHECK(nearest("", {"ab", "c"}) == "");
  CHECK(nearest("a", {}) == "");
}

TEST_CASE("what other programs call it") {
  CHECK(synonym("--learning-rate", {"--model", "--lr"}) == "--lr");
  CHECK(synonym("learning_rate", {"model", "lr"}) == "lr");
  CHECK(synonym("num_epochs", {"epochs", "batch_size"}) == "epochs");
  CHECK(synonym("--bs", {"--batch-size"}) == "--batch-size");
  CHECK(synonym("--learning-rate", {"--model"}) == "");
  CHECK(synonym("--weights", {"--init"}) == "--init");
  CHECK(synonym("--weights", {"--checkpoint"}) == "--checkpoint");
  CHECK(suggestion("bn", {"batch", "none"}, "?") == "; here it is called 'batch'");
  CHECK(suggestion("none ", {"batch", "none"}, "?") == "; the nearest known one is 'none'");
  CHECK(suggestion("red", {"batch", "none"}, "; see there") == "; see there");
}

}  // namespace
}  // namespace ek

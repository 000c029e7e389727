// What is printed fits the terminal, and a terminal that understands no control characters gets
// none.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/apps/run_program.h"

namespace ek {
namespace {

/// The lines, without the returns that a terminal adds.
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) all.push_back(line.substr(0, line.find('\r')));
  return all;
}

void check_fits(const std::string& text, std::size_t width) {
  for (const std::string& line : lines_of(text)) CHECK_MESSAGE(line.size() <= width, line);
}

/// All that the program writes to a terminal of its own.
std::string on_terminal(const Workshop& dir, const std::string& arguments,
                        const std::string& environment) {
  const std::string command = "cd " + dir.path.string() + " && " + environment +
                              " script -qec 'stty cols 72; " EVENKEEL_BUILD_DIR "/convnet " +
                              arguments + "' /dev/null > typescript 2>&1 < /dev/null";
  CHECK(std::system(command.c_str()) == 0);
  return dir.text("typescript");
}

TEST_CASE("headers and tables fit the width that is asked for, and lose nothing") {
  const Workshop dir;
  REQUIRE(dir.run("train " + kQuick + "--max-steps 1 --out run").code == 0);
  for (const std::size_t width : {40u, 60u, 80u}) {
    const std::vector<std::string> environment = {"COLUMNS=" + std::to_string(width)};
    const std::string out = " --out " + std::to_string(width);
    const Finished train = dir.run(
        "train " + kQuick + "--max-steps 1 --dropout 0.5 --label-smoothing 0.1" + out, environment);
    CHECK(train.code == 0);
    check_fits(train.out, width);
    for (const char* word :
         {"train loss", "images/s", "Linear(4096,", "multiply-adds", "smoothing"})
      CHECK_MESSAGE(train.out.find(word) != std::string::npos, word);
    check_fits(dir.run("lab list", environment).out, width);
    check_fits(dir.run("inspect --model resnet20", environment).out, width);
    check_fits(dir.run("eval --data cifar --checkpoint run/last.safetensors", environment).out,
               width);
    const Finished both =
        dir.run("compare " + kQuick + "--max-steps 1" + out + "both", environment);
    for (const char* word : {"\nBatchNorm\n", "\nwithout norm\n", "seconds", "test acc"})
      CHECK_MESSAGE(both.out.find(word) != std::string::npos, word);
  }
}

TEST_CASE("the list of claims breaks no word") {
  const Workshop dir;
  const auto words = [&](const char* columns) {
    std::istringstream list(dir.run("lab list", {std::string("COLUMNS=") + columns}).out);
    return std::set<std::string>(std::istream_iterator<std::string>(list), {});
  };
  const std::set<std::string> all = words("1000");
  CHECK(all.size() > 100);
  for (const char* columns : {"40", "60", "80", "100"}) CHECK(words(columns) == all);
}

TEST_CASE("the confusion matrix goes on below, behind the numbers of its classes") {
  const Workshop dir;
  REQUIRE(dir.run("train " + kQuick + "--max-steps 1 --out run").code == 0);
  const std::string eval = "eval --data cifar --checkpoint run/last.safetensors";
  const std::string wide = dir.run(eval, {"COLUMNS=200"}).out,
                    narrow = dir.run(eval, {"COLUMNS=50"}).out;
  check_fits(narrow, 50);
  for (const char* column : {"as 0", "as 5", "as 9"})
    CHECK(narrow.find(column) != std::string::npos);
  const auto digits = [](const std::string& text) {
    return std::ranges::count_if(text, [](char c) { return c >= '0' && c <= '9'; });
  };
  CHECK(digits(narrow) > digits(wide));  // the numbers of the classes again
}

TEST_CASE("the terminal's own width, where COLUMNS does not say another") {
  const Workshop dir;
  const std::string out = on_terminal(dir, "train --help", "TERM=xterm COLUMNS=");
  check_fits(out, 72);
  CHECK(
      std::ranges::any_of(lines_of(out), [](const std::string& line) { return line.size() > 60; }));
  check_fits(on_terminal(dir, "train --help", "TERM=xterm COLUMNS=50"), 50);
}

TEST_CASE("on a terminal the first Ctrl-C says at once what happens, and what a second would do") {
  const Workshop dir;
  const std::string run =
      "train --dataset cifar10 --data cifar --model convnet-8x8 --batch-size 8 --epochs 100000 "
      "--out run";
  const std::string command =
      "cd " + dir.path.string() + " && script -qec '" EVENKEEL_BUILD_DIR "/convnet " + run +
      " & sleep 1; while ! test -e run/config.json; do sleep 0.1; done; sleep 0.5; kill -INT $!; "
      "wait $!' /dev/null > typescript 2>&1 < /dev/null";
  CHECK(std::system(command.c_str()) != 0);
  const std::string said = dir.text("typescript");
  CHECK(said.find("stopping after this step, with a checkpoint; Ctrl-C again stops at once") !=
        std::string::npos);
  CHECK(said.find("run/last.safetensors is written") != std::string::npos);
}

TEST_CASE("a dumb terminal gets lines, another one a bar") {
  const Workshop dir;
  const std::string train =
      "train --dataset cifar10 --data cifar --model convnet-8x8 --batch-size 8 --epochs 2 --force "
      "--out run";
  const std::string dumb = on_terminal(dir, train + " --print-freq 1", "TERM=dumb");
  CHECK(dumb.find('\x1b') == std::string::npos);
  CHECK(dumb.find("epoch 1/2: step 1 of 5, loss ") != std::string::npos);
  const std::string usual = on_terminal(dir, train, "TERM=xterm");
  CHECK(usual.find("\x1b[K") != std::string::npos);
  CHECK(usual.find(" in all") != std::string::npos);
}

}  // namespace
}  // namespace ek

// What README.md says is true: its C++ is compiled, its commands, flags and files exist.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/structure/source_tree.h"

namespace ek {
namespace {

const std::filesystem::path kRoot = EVENKEEL_SOURCE_DIR;

std::string readme() { return read_text(kRoot / "README.md"); }

/// README and the pages of the rooms, one after the other.
std::string all_pages() {
  std::string all = readme();
  for (const char* page : {"apps/bench", "apps/convnet", "apps/lab", "core", "data", "tests"}) {
    all += "\n" + read_text(kRoot / page / "README.md");
  }
  return all + "\n" + read_text(kRoot / "CONTRIBUTING.md");
}

/// The contents of the blocks that begin with ```language.
std::vector<std::string> blocks(const std::string& markdown, const std::string& language) {
  std::vector<std::string> found;
  std::string fence;
  for (const std::string& line : lines_of(markdown)) {
    if (fence.empty() && line.starts_with("```")) {
      fence = line;
      if (fence == "```" + language) found.emplace_back();
    } else if (line == "```") {
      fence.clear();
    } else if (fence == "```" + language) {
      found.back() += line + "\n";
    }
  }
  return found;
}

std::vector<std::string> words(const std::string& command) {
  std::istringstream in(command);
  return {std::istream_iterator<std::string>(in), {}};
}

/// The commands of a shell block, continued lines joined, without comments and paths to the program.
std::vector<std::vector<std::string>> commands(const std::string& block) {
  std::string joined = std::regex_replace(block, std::regex(R"(\\\n)"), " ");
  joined = std::regex_replace(joined, std::regex(R"((^|\s)#[^\n]*)"), "$1");
  std::vector<std::vector<std::string>> result;
  for (const std::string& line : lines_of(joined))
    if (auto command = words(line); !command.empty()) {
      if (command[0].ends_with("/convnet")) command[0] = "convnet";
      result.push_back(std::move(command));
    }
  return result;
}

/// What `convnet ARGUMENTS` prints, on either output.
std::string output_of(const std::string& arguments) {
  const std::string command = std::string(EVENKEEL_BUILD_DIR "/convnet ") + arguments + " 2>&1";
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string output;
  char buffer[4096];
  while (const std::size_t n = std::fread(buffer, 1, sizeof buffer, pipe)) output.append(buffer, n);
  CHECK(pclose(pipe) == 0);
  return output;
}

bool has_word(const std::string& text, const std::string& word) {
  return std::regex_search(text, std::regex("(^|[\\s,/])" + word + "($|[\\s,=/\\[])"));
}

TEST_CASE("every C++ block stands in a source that the tests compile") {
  const auto cpp = blocks(readme(), "cpp");
  CHECK(cpp.size() >= 2);
  const std::string compiled = read_text(kRoot / "tests/structure/readme_examples.cpp");
  for (const std::string& block : cpp) {
    CAPTURE(block);
    CHECK(compiled.find(block) != std::string::npos);
  }
}

TEST_CASE("every shell command names a file, a command and flags that exist") {
  std::map<std::string, std::string> help;
  int checked = 0;
  for (const std::string& block : blocks(all_pages(), "sh"))
    for (const auto& command : commands(block)) {
      CAPTURE(block);
      CAPTURE(command[0]);
      if (command[0] == "bash" || command[0] == "sh") {
        REQUIRE(command.size() >= 2);
        CHECK_MESSAGE(std::filesystem::exists(kRoot / command[1]), command[1]);
        ++checked;
      } else if (command[0] == "convnet") {
        REQUIRE(command.size() >= 2);
        const std::string name = command[1] == "lab" ? "lab " + command.at(2) : command[1];
        if (!help.contains(name)) help[name] = output_of(name + " --help");
        for (const std::string& word : command)
          if (word.starts_with("-") && word.size() > 1) {
            const std::string flag = word.substr(0, word.find('='));
            CHECK_MESSAGE(has_word(help[name], flag), "convnet ", name, " knows no ", flag);
          }
        ++checked;
      }
    }
  CHECK(checked >= 20);
}

TEST_CASE("the blocks are read as they stand") {
  const std::string markdown =
      "a\n```cpp\nint x;\n```\n```\n```sh\n```\n```sh\nconvnet a --b \\\n  c # d\n```\n";
  CHECK(blocks(markdown, "cpp") == std::vector<std::string>{"int x;\n"});
  const auto sh = blocks(markdown, "sh");
  REQUIRE(sh.size() == 1);
  CHECK(commands(sh[0]) == std::vector<std::vector<std::string>>{{"convnet", "a", "--b", "c"}});
  CHECK(has_word("  -b, --batch-size INT", "--batch-size"));
  CHECK(!has_word("  --batch-size INT", "--batch"));
}

}  // namespace
}  // namespace ek

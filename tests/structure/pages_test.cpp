// The pages: what they name is there, where they lead to is there, and each paper that a source cites is in the list.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "tests/structure/source_tree.h"

namespace ek {
namespace {

const std::filesystem::path kRoot = EVENKEEL_SOURCE_DIR;
constexpr std::size_t kMostLinesOfReadme = 150;

/// Every page of the tree, by its path in it.
std::vector<SourceFile> pages() {
  std::vector<SourceFile> found;
  const auto add = [&](const std::filesystem::path& path) {
    if (path.extension() == ".md") {
      found.push_back({path.lexically_relative(kRoot).string(), read_text(path)});
    }
  };
  for (const auto& entry : std::filesystem::directory_iterator(kRoot)) add(entry.path());
  for (const char* folder : {"core", "layers", "optim", "data", "models", "apps", "tests"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(kRoot / folder)) {
      add(entry.path());
    }
  }
  return found;
}

/// All first groups of the matches.
std::vector<std::string> matches(const std::string& text, const std::regex& pattern) {
  std::vector<std::string> found;
  for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it) {
    found.push_back((*it)[1]);
  }
  return found;
}

/// The keys of papers, such as Ioffe2015, that stand in brackets.
std::set<std::string> citations(const std::string& text) {
  static const std::regex kKey(R"(\[([A-Z][A-Za-z]+ ?[12]\d{3})(?:,[^\]\n]*)?\])");
  const std::vector<std::string> keys = matches(text, kKey);
  return {keys.begin(), keys.end()};
}

TEST_CASE("what a page names in the tree is there") {
  static const std::regex kPath(R"(`((?:core|layers|optim|data|models|apps|tests)/[\w./-]*)`)");
  for (const SourceFile& page : pages()) {
    for (const std::string& path : matches(page.text, kPath)) {
      CHECK_MESSAGE(std::filesystem::exists(kRoot / path), page.path, ": ", path);
    }
  }
}

TEST_CASE("links between pages lead somewhere") {
  static const std::regex kLink(R"(\]\(([^)#:\s]+)\))");
  std::size_t links = 0;
  for (const SourceFile& page : pages()) {
    for (const std::string& link : matches(page.text, kLink)) {
      const std::filesystem::path target = (kRoot / page.path).parent_path() / link;
      CHECK_MESSAGE(std::filesystem::exists(target), page.path, ": ", link);
      ++links;
    }
  }
  CHECK(links >= 10);
}

TEST_CASE("every paper that a source cites is in the list, spelt alike") {
  const std::set<std::string> listed = citations(read_text(kRoot / "core/README.md"));
  CHECK(listed.size() >= 10);
  for (const char* folder : {"core", "layers", "optim", "data", "models", "apps"}) {
    for (const SourceFile& file : sources_below(folder)) {
      for (const std::string& key : citations(file.text)) {
        CHECK_MESSAGE(listed.contains(key), file.path, ": [", key, "]");
      }
    }
  }
  CHECK(citations("a [Ioffe2015], b [Kingma 2015, Algorithm 1] and [3, 32] or [N2000x]").size() ==
        2);
}

TEST_CASE("README is a tour") {
  CHECK(lines_of(read_text(kRoot / "README.md")).size() <= kMostLinesOfReadme);
}

}  // namespace
}  // namespace ek

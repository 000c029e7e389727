// A file includes what it uses: the standard library's names, and the types of our own headers. A source may lean on the
// header that it belongs to, nobody on what other headers happen to bring.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/structure/source_tree.h"
#include "tests/structure/standard_names.h"

namespace ek {
namespace {

using Names = std::set<std::string>;

/// The text without comments and without what stands in quotes.
std::string code_of(const std::string& text) {
  std::string code;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, 2, "//") == 0) {
      i = std::min(text.find('\n', i), text.size()) - 1;
    } else if (text.compare(i, 2, "R\"") == 0) {
      const std::size_t open = text.find('(', i);
      const std::string close = ')' + text.substr(i + 2, open - i - 2) + '"';
      i = std::min(text.find(close, open), text.size() - close.size()) + close.size() - 1;
    } else if (text[i] == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i) i += text[i] == '\\';
    } else if (text.compare(i, 3, "'\"'") == 0) {
      i += 2;
    } else {
      code += text[i];
    }
  }
  return code;
}

Names includes_of(const std::string& text) {
  static const std::regex kInclude(R"re(^\s*#\s*include\s*[<"]([^>"]+)[>"])re");
  Names found;
  for (const std::string& line : lines_of(text)) {
    std::smatch match;
    if (std::regex_search(line, match, kInclude)) found.insert(match[1]);
  }
  return found;
}

/// The standard headers whose names stand in the code.
Names standard_needs(const std::string& code) {
  static const std::regex kName(R"(\bstd::(ranges::)?(\w+))");
  Names needs;
  for (std::sregex_iterator it(code.begin(), code.end(), kName), end; it != end; ++it) {
    const auto header = standard_headers().find((*it)[2]);
    const bool is_of_ranges = (*it)[1].matched;
    if (header == standard_headers().end()) continue;
    if (!is_of_ranges || header->second == "algorithm") needs.insert(header->second);
  }
  return needs;
}

/// How a file of ours is included: "evenkeel/core/tensor/tensor.h", "apps/lab/claim.h".
std::string included_as(const std::string& path) {
  static const Names kPublic = {"core", "layers", "optim", "data", "models"};
  return kPublic.contains(path.substr(0, path.find('/'))) ? "evenkeel/" + path : path;
}

/// The types that a header declares outside of others.
Names types_of(const std::string& code) {
  static const std::regex kType(R"((?:^|\n)(?:struct|class|enum class) (\w+)\b(?!\s*;|::))");
  Names types;
  for (std::sregex_iterator it(code.begin(), code.end(), kType), end; it != end; ++it)
    types.insert((*it)[1]);
  return types;
}

/// Each type and the one header that declares it; a name that two headers declare is left out.
std::map<std::string, std::string> own_headers(const std::vector<SourceFile>& files) {
  std::map<std::string, std::string> headers;
  for (const SourceFile& file : files) {
    if (!file.path.ends_with(".h") || file.path.starts_with("tests/")) continue;
    for (const std::string& type : types_of(code_of(file.text))) {
      const auto [place, is_first] = headers.insert({type, included_as(file.path)});
      if (!is_first) place->second.clear();
    }
  }
  std::erase_if(headers, [](const auto& entry) { return entry.second.empty(); });
  return headers;
}

bool declares(const std::string& code, const std::string& name) {
  return std::regex_search(code, std::regex("\\b(struct|class|using|typename)\\s+" + name + "\\b"));
}

Names own_needs(const std::string& code, const std::map<std::string, std::string>& headers) {
  static const std::regex kWord(R"((^|[^\w.:>])([A-Z]\w+))");
  Names needs;
  for (std::sregex_iterator it(code.begin(), code.end(), kWord), end; it != end; ++it) {
    const auto header = headers.find((*it)[2]);
    if (header != headers.end() && !declares(code, header->first)) needs.insert(header->second);
  }
  return needs;
}

/// Those of a file and of the header that it belongs to.
Names all_includes(const SourceFile& file) {
  Names found = includes_of(file.text);
  found.insert(included_as(file.path));
  if (!file.path.ends_with(".cpp")) return found;
  const std::string header = file.path.substr(0, file.path.size() - 3) + "h";
  const std::filesystem::path place = std::filesystem::path(EVENKEEL_SOURCE_DIR) / header;
  if (!std::filesystem::exists(place)) return found;
  found.merge(includes_of(read_text(place)));
  found.insert(included_as(header));
  return found;
}

std::vector<std::string> missing(const SourceFile& file,
                                 const std::map<std::string, std::string>& headers) {
  const Names have = all_includes(file);
  if (have.contains("evenkeel/evenkeel.h")) return {};  // brings all that is public
  const std::string code = code_of(file.text);
  Names needs = standard_needs(code);
  needs.merge(own_needs(code, headers));
  std::vector<std::string> faults;
  for (const std::string& need : needs) {
    if (!have.contains(need))
      faults.push_back(file.path + " uses what " + need + " brings and does not include it");
  }
  return faults;
}

TEST_CASE("every file includes what it uses") {
  std::vector<SourceFile> files;
  for (const char* folder : {"core", "layers", "optim", "data", "models", "apps", "tests"}) {
    for (SourceFile& file : sources_below(folder)) files.push_back(std::move(file));
  }
  const std::map<std::string, std::string> headers = own_headers(files);
  CHECK(headers.size() > 100);
  for (const SourceFile& file : files) {
    for (const std::string& fault : missing(file, headers)) CHECK_MESSAGE(false, fault);
  }
}

TEST_CASE("the check of what is used notices what it is for") {
  const std::map<std::string, std::string> headers = {{"Tensor", "evenkeel/core/tensor/tensor.h"}};
  const auto count = [&](const std::string& text) {
    return missing({"core/ops/x.h", text}, headers).size();
  };
  CHECK(count("std::vector<int> v;\n") == 1);
  CHECK(count("#include <vector>\nstd::vector<int> v;\n") == 0);
  CHECK(count("auto x = std::ranges::find(v, 1);\n") == 1);
  CHECK(count("// std::vector\nauto text = \"std::vector\";\n") == 0);
  CHECK(count("Tensor f();\n") == 1);
  CHECK(count("struct Tensor;\nTensor f();\n") == 0);
  CHECK(count("#include \"evenkeel/core/tensor/tensor.h\"\nTensor f();\n") == 0);
  CHECK(count("Other::Tensor f();\n") == 0);
}

}  // namespace
}  // namespace ek

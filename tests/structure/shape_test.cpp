// The shape of the sources: short files, short functions, short lines.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <regex>
#include <string>
#include <vector>

#include "tests/structure/source_tree.h"

namespace ek {
namespace {

constexpr std::size_t kMostLines = 250, kMostFunctionLines = 40, kMostColumns = 100;
constexpr std::size_t kMostLinesWithReason =
    300;  // where the first line says "Longer than usual: why"

std::size_t indent_of(const std::string& line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

/// The line without a comment at its end. A "//" in a text is cut off too: such a line only looks shorter.
std::string code_of(const std::string& line) {
  const std::string code = line.substr(0, line.find("//"));
  const std::size_t last = code.find_last_not_of(' ');
  return last == std::string::npos ? "" : code.substr(0, last + 1);
}

/// The line that the statement on line i begins on.
std::size_t head_of(const std::vector<std::string>& lines, std::size_t i) {
  const auto ends_one = [](const std::string& code) {
    return code.empty() || code.ends_with(';') || code.ends_with('{') || code.ends_with('}') ||
           code.ends_with(':');
  };
  while (i > 0 && !ends_one(code_of(lines[i - 1]))) --i;
  return i;
}

/// True for the line that opens the body of a function, a method or a test case, as clang-format leaves it.
bool opens_function(const std::vector<std::string>& lines, std::size_t i) {
  static const std::regex kNoFunction(
      R"(^\s*(namespace|struct|class|enum|union|extern|for|if|while|switch|else|do|return)\b.*)");
  const std::string& line = lines[i];
  if (!line.ends_with(") {") && !line.ends_with("const {") && !line.ends_with("override {") &&
      !line.ends_with("noexcept {")) {
    return false;
  }
  const std::size_t head = head_of(lines, i);
  for (std::size_t k = head; k <= i; ++k) {
    if (lines[k].find("](") != std::string::npos) return false;  // a lambda
  }
  return indent_of(lines[head]) <= 2 && !std::regex_match(lines[head], kNoFunction);
}

/// The lines of the function that is opened on line i, its signature's last line and its brace among them.
std::size_t function_lines(const std::vector<std::string>& lines, std::size_t i) {
  const std::string end = std::string(indent_of(lines[head_of(lines, i)]), ' ') + '}';
  std::size_t last = i + 1;
  while (last + 1 < lines.size() && !lines[last].starts_with(end)) ++last;
  return last - i + 1;
}

/// Characters of a line in UTF-8.
std::size_t columns_of(const std::string& line) {
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; };
  return line.size() - static_cast<std::size_t>(std::ranges::count_if(line, continues));
}

std::vector<std::string> faults_of(const SourceFile& file) {
  std::vector<std::string> faults;
  const std::vector<std::string> lines = lines_of(file.text);
  const auto fault = [&](std::size_t line, const std::string& what, std::size_t found,
                         std::size_t most) {
    faults.push_back(file.path + ":" + std::to_string(line) + ": " + what + ": " +
                     std::to_string(found) + ", at most " + std::to_string(most));
  };
  const bool has_reason = !lines.empty() && lines[0].starts_with("// Longer than usual: ");
  const std::size_t most = has_reason ? kMostLinesWithReason : kMostLines;
  if (lines.size() > most) fault(1, "lines in the file", lines.size(), most);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::size_t columns = columns_of(code_of(lines[i]));
    if (columns > kMostColumns) fault(i + 1, "columns", columns, kMostColumns);
    if (!opens_function(lines, i)) continue;
    const std::size_t count = function_lines(lines, i);
    if (count > kMostFunctionLines) fault(i + 1, "lines in a function", count, kMostFunctionLines);
  }
  return faults;
}

TEST_CASE("no file, function or line is longer than a reader can hold") {
  for (const char* folder :
       {"core", "layers", "optim", "data", "models", "evenkeel", "apps", "tests"}) {
    for (const SourceFile& file : sources_below(folder)) {
      for (const std::string& fault : faults_of(file)) CHECK_MESSAGE(false, fault);
    }
  }
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST_CASE("the check of shapes notices what it is for") {
  const auto count = [](const std::string& text) { return faults_of({"a.cpp", text}).size(); };
  CHECK(count(repeated("int x;\n", 250)) == 0);
  CHECK(count(repeated("int x;\n", 251)) == 1);
  CHECK(count("// Longer than usual: one table.\n" + repeated("int x;\n", 299)) == 0);
  CHECK(count("// Longer than usual: one table.\n" + repeated("int x;\n", 300)) == 1);
  const std::string body = repeated("  f();\n", 39);
  CHECK(count("void f() {\n" + repeated("  f();\n", 38) + "}\n") == 0);
  CHECK(count("void f() {\n" + body + "}\n") == 1);
  CHECK(count("TEST_CASE(\"a\") {\n" + body + "}\n") == 1);
  CHECK(count("struct A {\n  void f(int a,\n         int b) {\n" + repeated("    f();\n", 39) +
              "  }\n};\n") == 1);
  CHECK(count("struct A {\n" + body + "};\n") == 0);
  CHECK(count("const int a[] = {\n" + body + "};\n") == 0);
  CHECK(count(std::string(101, 'x') + "\n") == 1);
  CHECK(count("int x;  // " + std::string(120, 'x') + "\n") == 0);
}

}  // namespace
}  // namespace ek

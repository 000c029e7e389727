#include "apps/training/nearest.h"

#include <algorithm>
#include <cctype>
#include <cstddef>

#include "apps/training/synonyms.h"
#include "evenkeel/core/base/check.h"

namespace ek {
namespace {

/// In lower case, with hyphens between words and none in front: "--Batch_Size" is batch-size.
std::string normalized(std::string_view word) {
  std::string plain;
  for (const char c : word.substr(std::min(word.find_first_not_of('-'), word.size())))
    plain += c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return plain;
}

/// How many characters must be inserted, removed, replaced or exchanged with their neighbour to turn a into b
/// [Damerau1964].
std::size_t edit_distance(std::string_view a, std::string_view b) {
  // rows[i][j]: from a's first i characters to b's first j.
  std::vector<std::vector<std::size_t>> rows(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i)
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        rows[i][j] = i + j;
        continue;
      }
      const std::size_t replaced = rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      rows[i][j] = std::min({replaced, rows[i - 1][j] + 1, rows[i][j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        rows[i][j] = std::min(rows[i][j], rows[i - 2][j - 2] + 1);
    }
  return rows.back().back();
}

constexpr std::size_t kShortestStart = 3;  // of a word: fewer characters begin too many

std::string beginning_with(const std::string& word, const std::vector<std::string>& candidates) {
  if (word.size() < kShortestStart) return "";
  for (const std::string& candidate : candidates)
    if (normalized(candidate).starts_with(word)) return candidate;
  return "";
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string plain = normalized(word);
  for (const std::string& candidate : candidates)
    if (normalized(candidate) == plain) return candidate;
  if (const std::string longer = beginning_with(plain, candidates); !longer.empty()) return longer;
  std::string best;
  std::size_t least = std::clamp<std::size_t>(plain.size() / 3, 1, 2) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(plain, normalized(candidate));
    if (distance >= least || distance >= plain.size()) continue;
    least = distance;
    best = candidate;
  }
  return best;
}

std::string synonym(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string plain = normalized(word);
  for (const Synonym& one : synonyms()) {
    if (std::ranges::find(one.theirs, plain) == one.theirs.end()) continue;
    for (const std::string& candidate : candidates)
      if (normalized(candidate) == one.ours) return candidate;
  }
  return "";
}

std::string suggestion(std::string_view word, const std::vector<std::string>& candidates,
                       const std::string& otherwise, char quotes) {
  if (const std::string ours = synonym(word, candidates); !ours.empty())
    return text("; here it is called ", quotes, ours, quotes);
  if (const std::string near = nearest(word, candidates); !near.empty())
    return text("; the nearest known one is ", quotes, near, quotes);
  return otherwise;
}

}  // namespace ek

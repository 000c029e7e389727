#include "apps/lab/lab_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "apps/lab/claim.h"
#include "apps/lab/effect_text.h"
#include "apps/lab/statistics.h"
#include "apps/lab/terms.h"
#include "apps/report/page.h"
#include "apps/training/shell_word.h"
#include "evenkeel/core/files/file.h"

namespace ek {
namespace {

constexpr int kReloadSeconds = 5;

std::string minutes(double seconds) { return fmt::format("{:.1f}", seconds / 60); }

/// "∞" where the differences do not differ from each other.
std::string effect_size(const Paired& p) {
  if (std::isnan(p.effect_size)) return "unknown";
  if (std::isinf(p.effect_size)) return p.effect_size > 0 ? "∞" : "-∞";
  return fmt::format("{:.1f}", p.effect_size);
}

/// Very small ones as a bound: their digits depend on assumptions that no few seeds can show.
std::string p_text(double p) {
  if (std::isnan(p)) return "unknown";
  return p < 0.0001 ? "< 0.0001" : fmt::format("{:.2g}", p);
}

std::string verdict_of(const ClaimResult& r) {
  if (r.complete()) return name_of(r.verdict());
  return r.done == 0 ? "no runs yet" : fmt::format("{} of {} runs", r.done, r.runs);
}

/// The text with intervals that no line breaks in.
std::string unbroken(std::string text) {
  for (std::size_t at = 0; (at = text.find('[', at)) != std::string::npos; ++at)
    if (const std::size_t gap = text.find(", ", at);
        gap != std::string::npos && gap < text.find(']', at))
      text.replace(gap, 2, ",\u00a0");
  return text;
}

Table tests_table(const std::string& caption, const std::vector<Test>& tests) {
  Table table = {
      .caption = caption,
      .rows = {{"what is compared", "mean and 95 % interval", "needed", "verdict", "d", "p"}},
      .align = "llllrr",
      .cards = true};
  for (const Test& t : tests) {
    table.rows.push_back({t.what, unbroken(effect_text(t)), needed_text(t), name_of(t.verdict()),
                          effect_size(t.result), p_text(t.result.p)});
  }
  return table;
}

std::string command_of(const Claim& claim, const Setting& s) {
  std::string command =
      fmt::format("build/convnet lab run {} --preset {} --seeds {} --dataset {}", claim.id,
                  s.full() ? "full" : "quick", s.seeds.size(), s.base.dataset);
  if (!s.base.data.empty()) command += " --data " + shell_word(printable(s.base.data));
  return command + " --out again";
}

std::string runs_text(const ClaimResult& r) {
  std::string line = fmt::format("Runs: {} of {}, {} minutes", r.done, r.runs, minutes(r.seconds));
  if (r.diverged > 0)
    line += fmt::format("; {} of them became non-finite and are counted as such", r.diverged);
  return line + ".";
}

std::vector<std::string> summary_row(const ClaimResult& r) {
  const Test* test = r.deciding();
  return {r.claim->title,
          verdict_of(r),
          test ? test->what : "",
          test ? unbroken(effect_text(*test)) : "",
          test ? needed_text(*test) : "",
          fmt::format("{}", r.done),
          minutes(r.seconds)};
}

Section section_of(const ClaimResult& r, const Setting& setting) {
  const Claim& c = *r.claim;
  Section section = {.id = c.id,
                     .title = c.title,
                     .badge = verdict_of(r),
                     .quote = c.sentence,
                     .paragraphs = {"Hypothesis: " + c.hypothesis, "Arms: " + c.arms,
                                    "Measure: " + c.measure, "Rule: " + c.rule, runs_text(r)},
                     .command = command_of(c, setting)};
  if (!r.finding) return section;
  section.paragraphs.insert(section.paragraphs.begin(), "Result: " + r.finding->summary);
  section.plots = r.finding->plots;
  section.pictures = r.finding->pictures;
  section.tables = r.finding->tables;
  if (!r.finding->asides.empty())
    section.tables.insert(
        section.tables.begin(),
        tests_table("Beside it: other inequalities, which the verdict does not depend on",
                    r.finding->asides));
  section.tables.insert(section.tables.begin(),
                        tests_table("What the verdict follows from", r.finding->tests));
  section.caveats = r.finding->caveats;
  return section;
}

}  // namespace

std::string format_effect(const Test& test) {
  return fmt::format("{}: {}, d = {}", test.what, effect_text(test), effect_size(test.result));
}

Page lab_page(const Setting& setting, const std::vector<ClaimResult>& results, bool running) {
  Page page = {.title = "Batch Normalization: every claim an experiment"};
  page.paragraphs.push_back(
      fmt::format("Data: {}; preset {}; {} seeds, which all arms of a claim share, with their "
                  "start weights and data order.",
                  setting.base.dataset, setting.full() ? "full" : "quick", setting.seeds.size()));
  page.paragraphs.push_back(
      "Verdicts: networks that differ in one thing (the arms) are trained several times (with "
      "several seeds), and a rule makes the verdict of their difference and of the uncertainty "
      "that chance leaves. Rules and margins were fixed before there was a result, the sizes, "
      "rates and networks after first looks, for power and time; where that matters, the caveats "
      "say so. INCONCLUSIVE means that these runs do not decide it. A claim of several parts needs "
      "them all, and one that fails is enough against it.");
  page.terms = lab_terms(setting.seeds.size());
  page.summary = {.caption = "Summary: of each claim the comparison that decides",
                  .rows = {{"claim", "verdict", "what is compared", "mean and 95 % interval",
                            "needed", "runs", "minutes"}},
                  .align = "lllllrr"};
  for (const ClaimResult& r : results) {
    if (r.done == 0 && !running) continue;
    page.summary.rows.push_back(summary_row(r));
    page.sections.push_back(section_of(r, setting));
  }
  if (running) page.reload_seconds = kReloadSeconds;
  return page;
}

}  // namespace ek

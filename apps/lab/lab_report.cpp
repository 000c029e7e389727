#include "apps/lab/lab_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "apps/training/shell_word.h"
#include "core/file.h"

namespace ek {
namespace {

constexpr int kReloadSeconds = 5;

std::string minutes(double seconds) { return fmt::format("{:.1f}", seconds / 60); }

/// So many decimals that two figures of the spread are seen.
std::string signed_number(double value, double scale) {
  if (!std::isfinite(value)) return fmt::format("{:+}", value);
  const int decimals = scale > 0 && std::isfinite(scale) ? static_cast<int>(std::ceil(1 - std::log10(scale))) : 2;
  return fmt::format("{:+.{}f}", value, std::clamp(decimals, 0, 6));
}

std::string interval(const Estimate& e) {
  return fmt::format("[{}, {}]", signed_number(e.interval.low, e.sd), signed_number(e.interval.high, e.sd));
}

std::string rule_text(const Test& test) {
  return fmt::format("{} {:.3g} {}", test.rule.kind == Rule::Kind::above ? "above" : "within ±", test.rule.margin,
                     test.unit);
}

std::string effect_size(const Paired& p) { return fmt::format("{:.1f}", p.effect_size); }

std::string verdict_of(const ClaimResult& r) {
  if (r.complete()) return name_of(r.verdict());
  return r.done == 0 ? "no runs yet" : fmt::format("{} of {} runs", r.done, r.runs);
}

Table tests_table(const std::string& caption, const std::vector<Test>& tests) {
  Table table = {.caption = caption,
                 .rows = {{"difference", "mean and 95 % interval", "must lie", "verdict", "d", "p"}},
                 .align = "llllrr"};
  for (const Test& t : tests) {
    const Estimate& e = t.result.difference;
    table.rows.push_back({t.what, fmt::format("{} {} {}", signed_number(e.mean, e.sd), t.unit, interval(e)),
                          rule_text(t), name_of(t.verdict()), effect_size(t.result),
                          fmt::format("{:.2g}", t.result.p)});
  }
  return table;
}

std::string command_of(const Claim& claim, const Setting& s) {
  std::string command = fmt::format("build/convnet lab run {} --preset {} --seeds {} --dataset {}", claim.id,
                                    s.full() ? "full" : "quick", s.seeds.size(), s.base.dataset);
  if (!s.base.data.empty()) command += " --data " + shell_word(printable(s.base.data));
  return command + " --out again";
}

std::string runs_text(const ClaimResult& r) {
  std::string line = fmt::format("Runs: {} of {}, {} minutes", r.done, r.runs, minutes(r.seconds));
  if (r.diverged > 0) line += fmt::format("; {} of them became non-finite and are counted as such", r.diverged);
  return line + ".";
}

Section section_of(const ClaimResult& r, const Setting& setting) {
  const Claim& c = *r.claim;
  Section section = {.id = c.id,
                     .title = c.title,
                     .badge = verdict_of(r),
                     .quote = c.sentence,
                     .paragraphs = {"Hypothesis: " + c.hypothesis, "Arms: " + c.arms, "Measure: " + c.measure,
                                    "Rule: " + c.rule, runs_text(r)},
                     .command = command_of(c, setting)};
  if (!r.finding) return section;
  section.paragraphs.insert(section.paragraphs.begin(), "Result: " + r.finding->summary);
  section.plots = r.finding->plots;
  section.pictures = r.finding->pictures;
  section.tables = r.finding->tables;
  if (!r.finding->asides.empty())
    section.tables.insert(
        section.tables.begin(),
        tests_table("Beside it: other inequalities, which the verdict does not depend on", r.finding->asides));
  section.tables.insert(
      section.tables.begin(),
      tests_table("What the verdict follows from: paired differences, their effect size d and p", r.finding->tests));
  section.caveats = r.finding->caveats;
  return section;
}

}  // namespace

std::string format_effect(const Test& test) {
  const Estimate& e = test.result.difference;
  return fmt::format("{} {} {}, d = {}", signed_number(e.mean, e.sd), test.unit, interval(e), effect_size(test.result));
}

Page lab_page(const Setting& setting, const std::vector<ClaimResult>& results, bool running) {
  Page page = {.title = "Batch Normalization: every claim an experiment"};
  page.paragraphs.push_back(fmt::format(
      "Data: {}; preset {}; {} seeds, which all arms of a claim share, with their start weights and data order.",
      setting.base.dataset, setting.full() ? "full" : "quick", setting.seeds.size()));
  page.paragraphs.push_back(
      "Verdicts: each follows from paired differences with their 95 % confidence intervals by a rule. Rules and "
      "margins "
      "were fixed before there was a result, the sizes, rates and networks after first looks, for power and time; "
      "where that matters, the caveats say so. INCONCLUSIVE means that these runs do not decide it. A claim of "
      "several parts needs them all, and one that fails is enough against it.");
  page.summary = {
      .caption = "Summary", .rows = {{"claim", "verdict", "effect", "of", "runs", "minutes"}}, .align = "llllrr"};
  for (const ClaimResult& r : results) {
    if (r.done == 0 && !running) continue;
    const bool known = r.finding && !r.finding->tests.empty();
    page.summary.rows.push_back({r.claim->title, verdict_of(r), known ? format_effect(r.finding->tests[0]) : "",
                                 known ? r.finding->tests[0].what : "", fmt::format("{}", r.done), minutes(r.seconds)});
    page.sections.push_back(section_of(r, setting));
  }
  if (running) page.reload_seconds = kReloadSeconds;
  return page;
}

}  // namespace ek

#include "apps/lab/results.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "apps/lab/claim.h"
#include "apps/lab/setting_file.h"
#include "apps/lab/statistics.h"

namespace ek {
namespace {

using nlohmann::ordered_json;

ordered_json number(double value) {
  if (std::isfinite(value)) return value;
  return fmt::format("{}", value);
}

ordered_json as_json(const Test& test) {
  const Paired& r = test.result;
  return {{"what", test.what},
          {"unit", test.unit},
          {"difference", number(r.difference.mean)},
          {"low", number(r.difference.interval.low)},
          {"high", number(r.difference.interval.high)},
          {"effect_size", number(r.effect_size)},
          {"p", number(r.p)},
          {"seeds", r.difference.n},
          {"rule", test.rule.kind == Rule::Kind::above ? "above" : "within"},
          {"margin", test.rule.margin},
          {"verdict", name_of(test.verdict())}};
}

}  // namespace

std::string results_json(const Setting& setting, const std::vector<ClaimResult>& results) {
  ordered_json all = {{"setting", ordered_json::parse(as_json(setting))},
                      {"claims", ordered_json::array()}};
  all["setting"].erase("data");
  for (const ClaimResult& result : results) {
    if (!result.finding) continue;
    ordered_json tests = ordered_json::array();
    for (const Test& test : result.finding->tests) tests.push_back(as_json(test));
    all["claims"].push_back(
        {{"claim", result.claim->id},
         {"verdict", result.complete() ? name_of(result.verdict()) : "not finished"},
         {"runs", result.done},
         {"planned", result.runs},
         {"diverged", result.diverged},
         {"summary", result.finding->summary},
         {"tests", tests}});
  }
  return all.dump(2) + "\n";
}

}  // namespace ek

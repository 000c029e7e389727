// convnet lab: the claims of the note as experiments.
#include <chrono>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "apps/convnet/commands.h"
#include "apps/convnet/options.h"
#include "apps/convnet/output.h"
#include "apps/convnet/run_report.h"
#include "apps/convnet/table.h"
#include "apps/lab/claim.h"
#include "apps/lab/claims.h"
#include "apps/lab/lab.h"
#include "apps/lab/lab_report.h"
#include "apps/lab/results.h"
#include "apps/report/page.h"
#include "apps/training/config.h"
#include "apps/training/errors.h"
#include "apps/training/interrupt.h"
#include "apps/training/nearest.h"
#include "evenkeel/core/files/file.h"
#include "evenkeel/core/files/replace_file.h"

namespace ek {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStoppingLab =
    "\nstopping after this step; finished runs are kept, this one is not; Ctrl-C again stops at "
    "once\n";
constexpr std::int64_t kQuickSeeds = 5, kFullSeeds = 8;

std::vector<std::string> claim_ids() {
  std::vector<std::string> ids;
  for (const Claim& claim : claims()) ids.push_back(claim.id);
  return ids;
}

/// The claims of that name, or all.
std::vector<const Claim*> chosen(const std::string& id) {
  std::vector<const Claim*> some;
  for (const Claim& claim : claims())
    if (id == "all" || id == claim.id) some.push_back(&claim);
  if (some.empty())
    throw UsageError("unknown claim '" + id + "'" + suggestion(id, claim_ids(), "") +
                     "; convnet lab list shows them");
  return some;
}

std::string lab_dir(const Options& options) {
  return options.config.out.empty() ? "runs/lab-" + options.preset : options.config.out;
}

Setting setting_of(const Options& options) {
  const bool full = options.preset == "full";
  const std::string dir = lab_dir(options);
  Setting setting = {.preset = full ? Preset::full : Preset::quick};
  for (const char* flag : {"dataset", "data", "skip-bad-images", "threads", "quiet", "print-freq"})
    set_flag(setting.base, flag, get_flag(options.config, flag));
  std::int64_t seeds = options.seeds > 0 ? options.seeds : full ? kFullSeeds : kQuickSeeds;
  if (options.seeds == 0 &&
      path_exists(fs::path(dir) / "lab.json"))  // one that is resumed keeps what it has
    seeds = std::ssize(Lab::open(dir).setting().seeds);
  for (std::int64_t s = 1; s <= seeds; ++s) setting.seeds.push_back(static_cast<std::uint64_t>(s));
  return setting;
}

std::vector<ClaimResult> judge_all(const Lab& lab) {
  std::vector<ClaimResult> results;
  for (const Claim& claim : claims()) results.push_back(lab.judge(claim));
  return results;
}

/// Writes report.html and results.json.
std::vector<ClaimResult> write_report(const Lab& lab, bool running) {
  std::vector<ClaimResult> results = judge_all(lab);
  replace_file(lab.dir() / "results.json", results_json(lab.setting(), results));
  write_page(lab.dir() / "report.html", lab_page(lab.setting(), results, running));
  return results;
}

/// What the lab is made of, before its first run.
std::string format_plan(const Lab& lab) {
  const Setting& s = lab.setting();
  return fmt::format("{:<8} {}{}\n{:<8} {}, {} seeds\n{:<8} {}\n", "data", s.base.dataset,
                     s.base.data.empty() ? "" : " in " + printable(s.base.data), "preset",
                     s.full() ? "full" : "quick", s.seeds.size(), "folder", printable(lab.dir()));
}

/// A line for each claim; the columns are as wide as any claim needs, so that lines can be printed one by one. The effect
/// stands below where there is no room beside.
std::string claim_line(const std::string& claim, const std::string& verdict,
                       const std::string& runs, const std::string& nonfinite,
                       const std::string& minutes, const std::string& effect) {
  return format_cells({fmt::format("{:<25}", claim), fmt::format("{:<13}", verdict),
                       fmt::format("{:>8}", runs), fmt::format("{:>10}", nonfinite),
                       fmt::format("{:>7}", minutes), effect});
}

std::string format_heading() {
  return claim_line("claim", "verdict", "runs", "non-finite", "minutes", "effect");
}

std::string format_result(const ClaimResult& r) {
  const Test* test = r.deciding();
  return claim_line(r.claim->id, r.complete() ? name_of(r.verdict()) : "not finished",
                    fmt::format("{}/{}", r.done, r.runs), fmt::format("{}", r.diverged),
                    fmt::format("{:.1f}", r.seconds / 60), test ? format_effect(*test) : "-");
}

std::string format_files(const Lab& lab) {
  return printable(lab.dir()) + ": report.html, results.json\n";
}

/// The report of a lab that is running, written anew every few seconds. That it cannot be written is no reason to stop.
class LivePage {
 public:
  LivePage(const Options& options, const Lab& lab) : options_(options), lab_(lab) { update(); }
  /// However the lab ends, the page must not go on to reload itself.
  ~LivePage() { write(false); }
  LivePage& operator=(LivePage&&) = delete;  // neither copied nor moved

  void update() {
    if (std::chrono::steady_clock::now() - written_ < kEvery) return;
    write(true);
    written_ = std::chrono::steady_clock::now();
  }

 private:
  void write(bool running) noexcept {
    if (!options_.live) return;
    try {
      write_report(lab_, running);
    } catch (const std::exception& error) {
      if (!std::exchange(warned_, true)) report(options_.command, "warning", error.what());
    }
  }

  static constexpr std::chrono::seconds kEvery{5};
  const Options& options_;
  const Lab& lab_;
  bool warned_ = false;
  std::chrono::steady_clock::time_point written_{};
};

int report_interrupted(const Options& options, const Lab& lab) {
  if (options.config.quiet) return 128 + interrupted();
  report(options.command, "interrupted",
         "the runs that are finished are in " + printable(lab.dir()) +
             "; the same command goes on from there");
  return 128 + interrupted();
}

}  // namespace

int run_lab_list(const Options& options) {
  Output out(options.command, Output::OnFailure::fail);
  std::vector<Row> table;
  for (const Claim& claim : claims()) table.push_back({claim.id, claim.hypothesis});
  out.write(format_table(table, "ll"));
  return 0;
}

int run_lab_run(const Options& options) {
  const bool quiet = options.config.quiet;
  Output out(options.command, quiet ? Output::OnFailure::silent : Output::OnFailure::warn);
  const std::vector<const Claim*> some = chosen(options.claim);
  Lab lab(setting_of(options), lab_dir(options));
  report_unlocked(options.command, lab.lock(), quiet);
  catch_interrupts(options.config.quiet ? nullptr : kStoppingLab);
  out.write(format_plan(lab));
  if (options.live) out.print("{:<8} {}\n", "page", printable(lab.dir() / "report.html"));
  out.write("\n");
  out.write(format_heading());
  {
    LivePage live(options, lab);
    for (const Claim* claim : some) lab.plan(*claim);
    for (const Claim* claim : some) {
      if (!lab.run(*claim, [&] { live.update(); })) break;
      out.write(format_result(lab.judge(*claim)));
    }
  }
  write_report(lab, false);
  if (interrupted() != 0) return report_interrupted(options, lab);
  out.write(format_files(lab));
  return 0;
}

int run_lab_report(const Options& options) {
  Output out(options.command, Output::OnFailure::fail);
  const Lab lab = Lab::open(options.lab_dir);
  out.write(format_heading());
  for (const ClaimResult& result : write_report(lab, false))
    if (result.done > 0) out.write(format_result(result));
  out.write(format_files(lab));
  return 0;
}

}  // namespace ek

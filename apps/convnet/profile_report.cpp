#include "apps/convnet/profile_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

#include "apps/convnet/table.h"
#include "apps/training/text_file.h"

namespace ek {
namespace {

using nlohmann::ordered_json;

/// What all runs of one op come to.
struct Sum {
  double calls = 0, self_ns = 0, flops = 0, bytes = 0;
  void add(const ProfileEvent& e) {
    ++calls;
    self_ns += static_cast<double>(e.self_ns);
    flops += e.flops;
    bytes += e.bytes;
  }
};

/// Per nanosecond is giga per second.
double speed(double amount, double ns) { return ns > 0 ? amount / ns : 0; }

std::int64_t whole(double number) { return static_cast<std::int64_t>(number); }

std::string cell(double number) { return number > 0 ? fmt::format("{:.1f}", number) : "-"; }

ordered_json as_json(const ProfileEvent& e, std::int64_t start_ns) {
  constexpr double kMicrosecond = 1e3;
  return {
      {"name", e.name},
      {"ph", "X"},
      {"pid", 1},
      {"tid", 1},
      {"ts", static_cast<double>(e.begin_ns - start_ns) / kMicrosecond},
      {"dur", static_cast<double>(e.total_ns) / kMicrosecond},
      {"args", {{"shape", e.shape.sizes()}, {"flops", whole(e.flops)}, {"bytes", whole(e.bytes)}}}};
}

}  // namespace

std::vector<ProfileRow> profile_rows(const std::vector<ProfileEvent>& events) {
  std::map<std::string, Sum> sums;
  double total_ns = 0;
  for (const ProfileEvent& e : events) {
    sums[e.name].add(e);
    total_ns += static_cast<double>(e.self_ns);
  }
  const double steps = sums.contains(kTrainingStep) ? sums[kTrainingStep].calls : 1;
  std::vector<ProfileRow> rows;
  for (const auto& [op, s] : sums)
    rows.push_back({op == kTrainingStep ? "rest" : op, s.calls / steps, s.self_ns / steps / 1e6,
                    speed(s.flops, s.self_ns), speed(s.bytes, s.self_ns), s.self_ns / total_ns});
  std::ranges::sort(rows, [](const ProfileRow& a, const ProfileRow& b) {
    return std::pair(a.op == "rest", -a.ms) < std::pair(b.op == "rest", -b.ms);
  });
  return rows;
}

std::string format_profile(const std::vector<ProfileRow>& rows) {
  std::vector<Row> cells = {{"op, per training step", "calls", "ms", "GFLOP/s", "GB/s", "share"}};
  for (const ProfileRow& r : rows)
    cells.push_back({r.op, fmt::format("{:g}", r.calls), fmt::format("{:.3f}", r.ms),
                     cell(r.gflop_per_s), cell(r.gb_per_s), percent(r.share)});
  return format_table(cells, "lrrrrr");
}

ordered_json as_json(const std::vector<ProfileRow>& rows) {
  ordered_json all = ordered_json::array();
  for (const ProfileRow& r : rows)
    all.push_back({{"op", r.op},
                   {"calls", r.calls},
                   {"ms", r.ms},
                   {"gflop_per_s", r.gflop_per_s},
                   {"gb_per_s", r.gb_per_s},
                   {"share", r.share}});
  return all;
}

void write_trace(const std::filesystem::path& file, const std::vector<ProfileEvent>& events) {
  ordered_json all = ordered_json::array();
  for (const ProfileEvent& e : events) all.push_back(as_json(e, events.front().begin_ns));
  write_text(file,
             ordered_json{{"traceEvents", std::move(all)}, {"displayTimeUnit", "ms"}}.dump() + "\n",
             WriteMode::replace);
}

}  // namespace ek

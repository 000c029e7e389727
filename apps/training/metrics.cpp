#include "apps/training/metrics.h"

#include <string>

#include <sys/resource.h>

#include <nlohmann/json.hpp>

#include "apps/training/text_file.h"

namespace ek {

using nlohmann::ordered_json;

void append_metrics(const std::filesystem::path& file, const EpochMetrics& m) {
  ordered_json line = {{"epoch", m.epoch}, {"step", m.step}, {"lr", m.lr}};
  const auto add = [&](const std::string& part, const Score& score) {
    if (score.images == 0) return;
    line[part + "_loss"] = score.loss;
    line[part + "_acc"] = score.accuracy;
  };
  add("train", m.train);
  add("val", m.validation);
  add("test", m.test);
  line["seconds"] = m.seconds;
  line["images_per_second"] = m.images_per_second;
  line["peak_rss_mb"] = peak_rss_mb();
  append_line(file, line.dump());
}

void append_failure(const std::filesystem::path& file, std::int64_t epoch, std::int64_t step,
                    const std::string& error) {
  const ordered_json line = {{"epoch", epoch}, {"step", step}, {"error", error}};
  append_line(file, line.dump());
}

double peak_rss_mb() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;  // Linux counts in KiB
}

}  // namespace ek

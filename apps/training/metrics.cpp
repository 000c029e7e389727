#include "apps/training/metrics.h"

#include <sys/resource.h>

#include <nlohmann/json.hpp>

#include "apps/training/text_file.h"

namespace ek {

using nlohmann::ordered_json;

void append_metrics(const std::filesystem::path& file, const EpochMetrics& m) {
  const ordered_json line = {{"epoch", m.epoch},
                             {"step", m.step},
                             {"lr", m.lr},
                             {"train_loss", m.train.loss},
                             {"train_acc", m.train.accuracy},
                             {"test_loss", m.test.loss},
                             {"test_acc", m.test.accuracy},
                             {"seconds", m.seconds},
                             {"images_per_second", m.images_per_second},
                             {"peak_rss_mb", peak_rss_mb()}};
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

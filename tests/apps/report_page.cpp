// Writes the sample page, for the test in a browser: report_page FILE [SECONDS BETWEEN RELOADS]
#include <cstdlib>

#include "tests/apps/sample_page.h"

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  ek::Page page = ek::sample_page();
  if (argc > 2) page.reload_seconds = std::atoi(argv[2]);
  ek::write_page(argv[1], page);
}

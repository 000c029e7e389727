#include "evenkeel/core/files/file.h"

#include <doctest/doctest.h>

using namespace ek;

TEST_CASE(
    "printable: one line of UTF-8 that a terminal only shows, and names that differ stay "
    "different") {
  CHECK(printable("plain \\ text") == "plain \\ text");
  CHECK(printable("caf\xC3\xA9") == "caf\xC3\xA9");
  CHECK(printable("caf\xE9") == "caf\\xE9");
  CHECK(printable("caf\xE8") != printable("caf\xE9"));
  CHECK(printable("a\nb\x1B[2J\x7F") == "a\\x0Ab\\x1B[2J\\x7F");
  CHECK(printable("\xC2\x9B"
                  "2J") ==
        "\\xC2\\x9B"
        "2J");  // CSI of the set C1
  CHECK(printable("\xC0\xAF\xED\xA0\x80") ==
        "\\xC0\\xAF\\xED\\xA0\\x80");  // too long a form; half of a pair
  CHECK(printable(printable("caf\xE9")) == printable("caf\xE9"));
}

TEST_CASE("escaped_name: every name can be had back") {
  CHECK(escaped_name("caf\xE9") == "caf\\xE9");
  CHECK(escaped_name("caf\\xE9") == "caf\\\\xE9");
  CHECK(escaped_name("two\nlines") == "two\nlines");
  CHECK(escaped_name("caf\xC3\xA9") == "caf\xC3\xA9");
}

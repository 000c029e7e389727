// Tables as <table> elements, in a frame of their own that scrolls where they are wider than the page, and says so.
#pragma once

#include <string>
#include <vector>

#include "apps/report/page.h"

namespace ek {

/// Nothing where the table has no rows.
std::string table_html(const Table& table);

/// "good", "bad" or "open": what a word such as SUPPORTED or NOT SUPPORTED says; the class of its badge.
std::string tone_of(const std::string& badge);

/// The section's badge and the note beside it; nothing where it has none.
std::string badge_html(const Section& section);

/// The table that a page begins with: the first column links to the sections, a cell that holds a section's badge is
/// shown as such. On a narrow page each row becomes a card.
std::string summary_html(const Table& table, const std::vector<Section>& sections);

}  // namespace ek

// The style sheet of a report.
#pragma once

namespace ek {

/// CSS. The colours of series are those of Okabe and Ito, which colour-blind readers can tell apart, made darker on a
/// light page and lighter on a dark one as far as contrast asks for it.
extern const char* const kStyle;

}  // namespace ek

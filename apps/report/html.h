// Text as HTML.
#pragma once

#include <string>
#include <string_view>

namespace ek {

/// The text with &, <, >, " and ' spelled as entities: for content and for quoted attributes.
std::string escaped(std::string_view text);

/// A word for an attribute such as class or id: letters and digits in lower case, '-' for all between them.
std::string slug(std::string_view text);

/// <tag>escaped text</tag>, or nothing where the text is empty. `attributes`: as they are to stand, ` class="x"`.
std::string element(std::string_view tag, std::string_view text, std::string_view attributes = "");

}  // namespace ek

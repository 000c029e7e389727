// Which header of the standard library brings which names.
#pragma once

#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace ek {

inline const std::vector<std::pair<std::string, std::string>> kStandardNames = {
    {"algorithm",
     "sort stable_sort min max clamp copy copy_n fill fill_n find find_if any_of all_of none_of "
     "transform count count_if equal reverse max_element min_element minmax_element minmax "
     "nth_element lower_bound upper_bound replace remove_if rotate unique generate is_sorted "
     "mismatch search partition binary_search for_each copy_if"},
    {"array", "array to_array"},
    {"atomic", "atomic memory_order_acquire memory_order_release memory_order_relaxed"},
    {"charconv", "from_chars to_chars"},
    {"chrono", "chrono"},
    {"cmath",
     "sqrt exp log log2 log10 isfinite isnan isinf floor ceil pow erf tanh lround llround round "
     "hypot"},
    {"concepts", "same_as integral floating_point unsigned_integral invocable convertible_to"},
    {"condition_variable", "condition_variable"},
    {"cstddef", "size_t ptrdiff_t byte nullptr_t"},
    {"cstdint", "int64_t uint64_t int32_t uint32_t int16_t uint16_t int8_t uint8_t"},
    {"cstdio", "FILE fopen fclose fread fwrite fputs printf fprintf snprintf fflush"},
    {"cstdlib", "getenv strtol strtod malloc free aligned_alloc system exit abort"},
    {"cstring", "memcpy memset memcmp strlen strerror"},
    {"exception", "exception exception_ptr current_exception rethrow_exception"},
    {"filesystem", "filesystem"},
    {"fstream", "ifstream ofstream fstream"},
    {"functional", "function greater less not_fn plus multiplies identity equal_to"},
    {"initializer_list", "initializer_list"},
    {"iterator", "back_inserter istream_iterator istreambuf_iterator ssize next prev"},
    {"limits", "numeric_limits"},
    {"list", "list"},
    {"map", "map multimap"},
    {"memory", "unique_ptr shared_ptr weak_ptr make_unique make_shared"},
    {"mutex", "mutex lock_guard unique_lock scoped_lock recursive_mutex once_flag call_once"},
    {"new", "bad_alloc"},
    {"numbers", "numbers"},
    {"numeric", "accumulate iota reduce inner_product gcd"},
    {"optional", "optional nullopt"},
    {"regex", "regex smatch regex_search regex_match regex_replace sregex_iterator"},
    {"set", "set multiset"},
    {"span", "span as_bytes as_writable_bytes"},
    {"sstream", "ostringstream istringstream stringstream"},
    {"stdexcept", "runtime_error invalid_argument out_of_range logic_error"},
    {"string", "string to_string stoi stol stoll stod"},
    {"string_view", "string_view"},
    {"system_error", "error_code errc generic_category system_error"},
    {"thread", "thread this_thread"},
    {"tuple", "tuple tie make_tuple"},
    {"type_traits",
     "is_same_v decay_t remove_cvref_t conditional_t remove_pointer_t invoke_result_t"},
    {"utility",
     "pair move forward exchange swap as_const index_sequence make_index_sequence declval"},
    {"variant", "variant visit get_if holds_alternative monostate"},
    {"vector", "vector"}};

/// The header of each name.
inline const std::map<std::string, std::string>& standard_headers() {
  static const std::map<std::string, std::string> headers = [] {
    std::map<std::string, std::string> all;
    for (const auto& [header, names] : kStandardNames) {
      std::istringstream in(names);
      for (std::string name; in >> name;) all[name] = header;
    }
    return all;
  }();
  return headers;
}

}  // namespace ek

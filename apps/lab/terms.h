// What the words of a lab's page mean, for who has never seen statistics.
#pragma once

#include <cstddef>
#include <vector>

#include "apps/report/page.h"

namespace ek {

/// How to read the page of a lab with so many seeds.
std::vector<Term> lab_terms(std::size_t seeds);

}  // namespace ek

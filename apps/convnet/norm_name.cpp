#include "apps/convnet/norm_name.h"

namespace ek {

std::string norm_name(const std::string& norm) {
  if (norm == "none") return "without norm";
  if (norm == "batch") return "BatchNorm";
  return norm + " norm";
}

std::string norm_in_a_sentence(const std::string& norm) {
  return norm == "none" ? "the network without norm" : norm_name(norm);
}

}  // namespace ek

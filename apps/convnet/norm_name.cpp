#include "apps/convnet/norm_name.h"

namespace ek {

std::string norm_name(const std::string& norm) {
  if (norm == "none") return "without norm";
  if (norm == "batch") return "BatchNorm";
  return norm + " norm";
}

}  // namespace ek

#include "evenkeel/core/base/norm_view.h"

#include "evenkeel/core/base/check.h"

namespace ek {

NormView NormView::across(const Shape& x) {
  check(x.rank() >= 2, "normalize: expected an input [N, C, ...], got ", x);
  return {x[0], x[1], x.product(2, x.rank()), 0};
}

NormView NormView::within(const Shape& x, std::int64_t groups) {
  NormView view = across(x);
  check(groups > 0 && view.features % groups == 0, "normalize: ", view.features,
        " channels cannot be split into ", groups, " groups; input ", x);
  view.groups = groups;
  return view;
}

}  // namespace ek

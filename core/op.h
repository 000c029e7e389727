// What ops are written with: checks, the history, the place in a profile, threads, kernels.
#pragma once

#include <algorithm>

#include "core/autograd.h"
#include "core/check.h"
#include "core/kernels/dispatch.h"
#include "core/parallel.h"
#include "core/profile.h"

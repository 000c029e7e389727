#!/usr/bin/env bash
# Installs what is missing, builds, and runs the whole test suite.
#   run.sh [--sanitize] [CTEST ARGUMENT...]
#   --sanitize   with AddressSanitizer and UndefinedBehaviorSanitizer, in build-asan/ instead of build/
# For example: run.sh -R test_core
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
cd "$(dirname "${BASH_SOURCE[0]}")/.."

build=build
options=(-DCMAKE_BUILD_TYPE=Release)
if [ "${1:-}" = --sanitize ]; then
  shift
  build=build-asan
  options=(-DCMAKE_BUILD_TYPE=Debug "-DCMAKE_CXX_FLAGS_DEBUG=-O1 -g1" -DEVENKEEL_SANITIZE=address,undefined)
  # Some tests ask for more memory than there is, and want to see bad_alloc.
  export ASAN_OPTIONS="allocator_may_return_null=1:${ASAN_OPTIONS:-}"
fi

bash apps/install_packages.sh
cmake -S . -B "$build" -G Ninja "${options[@]}"
ninja -C "$build"
ctest --test-dir "$build" --output-on-failure -j2 "$@"

#!/usr/bin/env bash
# Trains the note's ConvNet with and without BatchNorm on real images, and says what was learnt.
#   demo.sh [DIR]     DIR: a folder with CIFAR-10's binary files; default: ./data, else Debian's Fashion-MNIST
# Installs what is missing, builds (BUILD_TIME the first time), then needs under 5 minutes on 2 cores.
set -euo pipefail
build_time="about 5 minutes on 2 cores"
case "${1:-}" in -h | --help)
  sed -n '2,4s/^# \{0,1\}//p' "$0" | sed "s/BUILD_TIME/$build_time/"
  exit 0
  ;;
esac
dir=${1:+$(realpath -- "$1")}
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() {
  tail -20 build.log >&2
  exit 1
}

# ninja writes over its line on a terminal; where it cannot, every 20th of its lines will do.
build() {
  if [ -t 1 ] && [ "${TERM:-dumb}" != dumb ]; then
    NINJA_STATUS="[%f of %t, %es] " ninja -C build convnet
  else
    NINJA_STATUS="[%f of %t, %es] " ninja -C build convnet >build.log 2>&1 &
    local ninja=$!
    tail -f --pid=$ninja build.log 2>/dev/null | awk '/^\[/ && ++n % 20 == 0 { print; fflush() }'
    wait $ninja || fail
  fi
}

bash apps/install_packages.sh
echo "Building the program. The first time this takes $build_time; after that, seconds."
cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release >build.log 2>&1 || fail
build
rm -f build.log

out=runs/demo-$(date +%Y%m%d-%H%M%S)
echo "Training the same network twice, with BatchNorm and without it: under 5 minutes on 2 cores."
echo
build/convnet compare ${dir:+--data "$dir"} --lr 0.1 --epochs 1 --limit-train 25000 --out "$out"

# The last test accuracy of that arm, in percent; empty where its numbers did not stay finite.
accuracy() {
  tail -1 "$out/norm-$1/metrics.jsonl" | sed -n 's/.*"test_acc":\([0-9.e+-]*\).*/\1/p' | awk '{ printf "%.1f", 100 * $1 }'
}
named() {
  if [ -n "$1" ]; then echo "$1 % of the test images were named correctly"; else echo "the numbers did not stay finite"; fi
}
with=$(accuracy batch)
without=$(accuracy none)

echo
echo "What was learnt"
echo "  The two networks began with the same weights and saw the same images in the same"
echo "  order, at a learning rate of 0.1. After one pass over the images,"
echo "  with BatchNorm     $(named "$with");"
echo "  without BatchNorm  $(named "$without")."
awk -v with="${with:-0}" -v without="${without:-0}" 'BEGIN {
  points = with - without
  if (points > 5) print "  So BatchNorm lets the network learn at a rate that is too high for it otherwise."
  else if (points < -5) print "  So BatchNorm did not help here, against what the note says."
  else print "  So BatchNorm made no clear difference here."
  print "  That is one pair of runs: how much of it is chance, the lab says, with several seeds."
}'
echo
echo "What to look at"
echo "  $out/report.html   curves, values layer by layer, mistakes: open it in a browser"
echo
echo "What to try next"
echo "  build/convnet compare --lr 0.01                   a rate that both can learn with"
echo "  build/convnet lab run higher-learning-rates       the same claim, with a verdict"
echo "  build/convnet train --help                        all that a run can be told"

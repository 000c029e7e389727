#!/usr/bin/env bash
# Trains the note's ConvNet with and without BatchNorm on real images, and says what was learnt.
#   demo.sh [DIR]     DIR: a folder with CIFAR-10's binary files; default: ./data, else Debian's Fashion-MNIST
# Installs what is missing, builds (BUILD_TIME the first time), then needs under 5 minutes on 2 cores.
set -euo pipefail
build_time="5 to 6 minutes on 2 cores"
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
status=0  # 4: neither network's numbers stayed finite, which is a result too
build/convnet compare ${dir:+--data "$dir"} --lr 0.1 --epochs 1 --limit-train 25000 --out "$out" ||
  status=$?
[ $status = 0 ] || [ $status = 4 ] || exit $status

# The last test accuracy of that arm, in percent; empty where its numbers did not stay finite.
accuracy() {
  tail -1 "$out/norm-$1/metrics.jsonl" | sed -n 's/.*"test_acc":\([0-9.e+-]*\).*/\1/p' |
    awk '{ printf "%.1f", 100 * $1 }'
}
named() {
  if [ -n "$1" ]; then
    echo "$1 % of the test images were named correctly"
  else
    echo "the numbers did not stay finite"
  fi
}
with=$(accuracy batch)
without=$(accuracy none)

# 10 % are right by guessing among ten classes; two runs may differ by a few points by chance.
learnt() {
  awk -v with="$1" -v without="$2" 'BEGIN {
    guessing = 15
    chance = 5
    points = with - without
    if (with <= guessing && without <= guessing)
      print "Neither network learnt: here BatchNorm did not help."
    else if (points < -chance)
      printf "Without BatchNorm it went better, by %.1f points, against the note.\n", -points
    else if (points <= chance)
      print "BatchNorm made no clear difference here."
    else if (without <= guessing)
      print "With BatchNorm the network learns at a rate at which it does not learn otherwise."
    else
      printf "Both learnt; with BatchNorm the network was ahead by %.1f points.\n", points
  }'
}

echo
echo "What was learnt"
echo "  The two networks began with the same weights and saw the same images in the same"
echo "  order, at a learning rate of 0.1. After one pass over the images,"
echo "  with BatchNorm     $(named "$with");"
echo "  without BatchNorm  $(named "$without")."
echo "  $(learnt "${with:-0}" "${without:-0}")"
echo "  That is one pair of runs: how much of it is chance, the lab says, with several seeds."
echo
echo "What to look at: curves, values layer by layer, mistakes; open it in a browser"
echo "  $PWD/$out/report.html"
echo
data=${dir:+ --data $(printf '%q' "$dir")}
echo "What to try next, in $PWD"
echo "  Does BatchNorm also help at a rate that both can learn with? As long as this took:"
echo "    build/convnet compare$data --lr 0.01 --epochs 1 --limit-train 25000"
echo "  The same claim with several seeds and a verdict, in a minute or two:"
echo "    build/convnet lab run higher-learning-rates$data"
echo "  A network for photographs of your own, a folder for each class:"
echo "    build/convnet train --data FOLDER"
exit $status

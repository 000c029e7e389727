#!/usr/bin/env bash
# Trains the note's ConvNet with and without BatchNorm on real images, and says what was learnt.
#   demo.sh [DIR]     DIR: a folder with CIFAR-10's binary files; default: ./data, else Debian's Fashion-MNIST
# Installs what is missing, builds, then needs under 5 minutes on 2 cores.
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,4s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
dir=${1:+$(realpath -- "$1")}
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bash apps/install_packages.sh
cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release >build.log 2>&1 || { tail -20 build.log >&2; exit 1; }
echo "Building..."
ninja -C build convnet >build.log 2>&1 || { tail -20 build.log >&2; exit 1; }
rm -f build.log

out=runs/demo-$(date +%Y%m%d-%H%M%S)
build/convnet compare ${dir:+--data "$dir"} --lr 0.1 --epochs 1 --limit-train 25000 --out "$out"

#!/usr/bin/env bash
# Installs the Debian packages that are missing; says nothing if none is.
#   install_packages.sh [--test]
#   --test   those for the checks of CI too: the second compiler with its sanitizers, formatting, a server on loopback,
#            a browser to look at reports with
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 0 ;; esac

packages=(
  g++ cmake ninja-build ccache
  libopenblas-dev                 # matrix products
  libstb-dev zlib1g-dev           # JPEG, PNG; .gz
  nlohmann-json3-dev libcli11-dev libfmt-dev libssl-dev  # files, flags, output, digests
  libboost-dev                    # Student's t
  gnuplot-nox                     # the plots of reports
  doctest-dev                     # tests
  dataset-fashion-mnist           # real images
  curl ca-certificates            # data/get_cifar10.sh
)
[ "${1:-}" != --test ] || packages+=(clang libclang-rt-dev llvm clang-format python3 chromium chromium-driver)

fail() { echo "install_packages.sh: $*" >&2; exit 1; }
command -v dpkg-query apt-get >/dev/null ||
  fail "this needs Debian's apt-get; elsewhere install what these packages hold: ${packages[*]}"

# "ii" is "wanted and installed"; a name that dpkg does not know gives no line.
installed=" $(dpkg-query -W -f '${db:Status-Abbrev}${Package} ' "${packages[@]}" 2>/dev/null || true)"
missing=()
for package in "${packages[@]}"; do
  [[ $installed == *"ii $package "* ]] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

sudo=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null ||
    fail "missing packages, and neither root nor sudo to install them; as root: apt-get install ${missing[*]}"
  sudo=(sudo)
fi
echo "Installing ${missing[*]}" >&2
apt() { "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq "$@" >&2; }
apt update || fail "apt-get update failed"
apt install -y --no-install-recommends "${missing[@]}" || fail "apt-get could not install ${missing[*]}"

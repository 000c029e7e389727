#!/bin/sh
# Fetches CIFAR-10 (binary version), checks it and unpacks it. See usage below.
set -u

usage() {
  cat <<'TEXT'
usage: data/get_cifar10.sh [DIR]

Fetches CIFAR-10 in its binary version (162 MiB) and unpacks it to DIR/cifar-10-batches-bin (DIR: ./data). A download
that was cut off is resumed; what is already there is not fetched again; nothing half done is ever left under a final name.

environment:
  EVENKEEL_CIFAR10_URL   where the archive is (https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz)
  EVENKEEL_CIFAR10_MD5   what its MD5 sum is  (c32a1d4ab5d03f1284b67883e8d87530)
exit codes: 0 the files are there, 1 download or disk failed, 2 usage, 3 what came or was there is damaged
TEXT
}

fail() {
  code=$1
  shift
  echo "get_cifar10.sh: error: $*" >&2
  exit "$code"
}

# True if the folder $1 has all files, none of them empty.
complete() {
  for file in data_batch_1 data_batch_2 data_batch_3 data_batch_4 data_batch_5 test_batch; do
    [ -s "$1/$file.bin" ] || return 1
  done
}

md5_of() { md5sum < "$1" | cut -d ' ' -f 1; }
matches() { [ "$(md5_of "$part")" = "$md5" ]; }

case "${1-}" in
  -h | --help) usage; exit 0 ;;
  -*) fail 2 "unknown option '$1', see --help" ;;
esac
[ $# -le 1 ] || fail 2 "$# arguments, expected at most one folder, see --help"

dir=${1:-data}
url=${EVENKEEL_CIFAR10_URL:-https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz}
md5=${EVENKEEL_CIFAR10_MD5:-c32a1d4ab5d03f1284b67883e8d87530}
target=$dir/cifar-10-batches-bin
part=$dir/.cifar-10-binary.tar.gz.part
unpacked=$dir/.cifar-10-unpacked

if complete "$target"; then
  echo "CIFAR-10 is already in $target"
  exit 0
fi
[ ! -e "$target" ] || fail 3 "$target exists but lacks some of the six .bin files; remove it and run this again"
command -v curl > /dev/null || fail 1 "curl is missing; apt-get install curl"
mkdir -p "$dir" 2> /dev/null || fail 1 "$dir: the folder cannot be made"

get() { reason=$(curl -fsSL --connect-timeout 30 --speed-limit 1000 --speed-time 60 "$@" -o "$part" "$url" 2>&1); }

# Adds what is missing to the part file. It is fetched from the start where the server cannot resume (curl's code 33),
# has nothing beyond the part's end (HTTP error 416, to some versions of curl no error) or the whole is not what it
# should be.
download() {
  echo "fetching $url" >&2
  [ -s "$part" ] || { get; return; }
  get -C -
  code=$?
  [ $code != 0 ] || ! matches || return 0
  case $code:$reason in
    0:* | 33:* | *"error: 416"*) rm -f "$part" && get ;;
    *) return $code ;;
  esac
}

{ [ -s "$part" ] && matches; } || download ||
  fail 1 "$url: download failed: $(echo "$reason" | tail -n 1); run this again to resume"
if ! matches; then
  found=$(md5_of "$part")
  rm -f "$part"
  fail 3 "$url: the archive has MD5 sum $found, expected $md5; it is removed, run this again"
fi

trap 'rm -rf "$unpacked"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
rm -rf "$unpacked"
mkdir "$unpacked" 2> /dev/null || fail 1 "$unpacked: the folder cannot be made"
reason=$(tar -xzf "$part" -C "$unpacked" 2>&1) || fail 1 "$part: unpacking failed: $(echo "$reason" | head -n 1)"
complete "$unpacked/cifar-10-batches-bin" || fail 3 "$part: the archive lacks some of the six .bin files"
mv -T "$unpacked/cifar-10-batches-bin" "$target" || fail 1 "$target: the folder cannot be renamed into place"
rm -f "$part"
echo "CIFAR-10 is in $target"

#!/bin/sh
# data/get_cifar10.sh against a server on this machine that, like the official one, can resume. $1: the script.
set -u
script=$1
for tool in curl python3 md5sum tar; do
  command -v $tool > /dev/null || { echo "SKIPPED: needs $tool"; exit 0; }
done
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0

expect() { # WHAT FOUND EXPECTED
  [ "$2" = "$3" ] || { echo "FAILED: $1: '$2', expected '$3'"; failed=1; }
}
run() { # runs the script; sets code, out and err
  out=$("$script" "$@" 2> "$work/err")
  code=$?
  err=$(grep -v '^fetching ' "$work/err")
}

# An archive like the official one, a damaged one, one without a file, and one that is no archive.
mkdir -p www full/cifar-10-batches-bin less/cifar-10-batches-bin
for name in data_batch_1 data_batch_2 data_batch_3 data_batch_4 data_batch_5 test_batch; do
  head -c 3073 /dev/urandom > full/cifar-10-batches-bin/$name.bin
done
cp full/cifar-10-batches-bin/test_batch.bin less/cifar-10-batches-bin
tar -czf www/full.tar.gz -C full cifar-10-batches-bin
tar -czf www/less.tar.gz -C less cifar-10-batches-bin
echo "no archive" > www/text.tar.gz
md5() { md5sum < "$1" | cut -d ' ' -f 1; }

# /full.tar.gz honours Range as the official server does, /plain/full.tar.gz ignores it. The log has a line per request.
cat > server.py <<'PY'
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path = 'www/' + os.path.basename(self.path)
        wanted = self.headers.get('Range')
        print(self.path, wanted, file=open('log', 'a'), flush=True)
        if not os.path.exists(path):
            return self.send_error(404)
        data, start = open(path, 'rb').read(), 0
        if wanted and 'plain' not in self.path:
            start = int(wanted.split('=')[1].split('-')[0])
            if start >= len(data):
                return self.send_error(416)
            self.send_response(206)
            self.send_header('Content-Range', 'bytes %d-%d/%d' % (start, len(data) - 1, len(data)))
        else:
            self.send_response(200)
        self.send_header('Content-Length', str(len(data) - start))
        self.end_headers()
        self.wfile.write(data[start:])
    def log_message(self, *args):
        pass
server = http.server.HTTPServer(('127.0.0.1', 0), Handler)
print(server.server_port, file=open('port.new', 'w'), flush=True)
os.rename('port.new', 'port')
server.serve_forever()
PY
python3 server.py &
server=$!
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do [ -f port ] || sleep 0.25; done
[ -f port ] || { echo "SKIPPED: no server on 127.0.0.1"; exit 0; }
base=http://127.0.0.1:$(cat port)
unset http_proxy HTTP_PROXY all_proxy ALL_PROXY
export EVENKEEL_CIFAR10_URL=$base/full.tar.gz EVENKEEL_CIFAR10_MD5="$(md5 www/full.tar.gz)"
part=.cifar-10-binary.tar.gz.part

run a/b
expect "fetch: code" "$code" 0
expect "fetch: output" "$out" "CIFAR-10 is in a/b/cifar-10-batches-bin"
diff -r full/cifar-10-batches-bin a/b/cifar-10-batches-bin || failed=1
expect "fetch: nothing else is left" "$(ls -A a/b)" cifar-10-batches-bin

: > log
run a/b
expect "again: code" "$code" 0
expect "again: output" "$out" "CIFAR-10 is already in a/b/cifar-10-batches-bin"
expect "again: requests" "$(cat log)" ""

run
expect "default folder" "$code $(ls data)" "0 cifar-10-batches-bin"

: > log
mkdir cut
head -c 1000 www/full.tar.gz > cut/$part
run cut
expect "resume: code" "$code" 0
expect "resume: requests" "$(cat log)" "/full.tar.gz bytes=1000-"

mkdir plain
head -c 1000 www/full.tar.gz > plain/$part
EVENKEEL_CIFAR10_URL=$base/plain/full.tar.gz run plain
expect "a server that cannot resume: code" "$code" 0

: > log
mkdir whole
cp www/full.tar.gz whole/$part
run whole
expect "whole archive there: code, requests" "$code $(cat log)" "0 "

mkdir long
cat www/full.tar.gz www/text.tar.gz > long/$part
run long
expect "a part that is too long is fetched anew: code" "$code" 0

mkdir stale stale/.cifar-10-unpacked
echo old > stale/.cifar-10-unpacked/old
run stale
expect "what a killed run left is gone" "$code $(ls -A stale)" "0 cifar-10-batches-bin"

EVENKEEL_CIFAR10_MD5=0123 run wrong
expect "wrong sum: code" "$code" 3
expect "wrong sum: message" "$err" "get_cifar10.sh: error: $base/full.tar.gz: the archive has MD5 sum $EVENKEEL_CIFAR10_MD5, expected 0123; it is removed, run this again"
expect "wrong sum: nothing is left" "$(ls -A wrong)" ""

EVENKEEL_CIFAR10_URL=$base/none.tar.gz run missing
expect "404: code" "$code" 1
expect "404: message" "$err" "get_cifar10.sh: error: $base/none.tar.gz: download failed: curl: (22) The requested URL returned error: 404; run this again to resume"

mkdir kept
head -c 1000 www/full.tar.gz > kept/$part
EVENKEEL_CIFAR10_URL=$base/none.tar.gz run kept
expect "a server's error costs nothing of the part" "$code $(wc -c < kept/$part)" "1 1000"

EVENKEEL_CIFAR10_URL=$base/less.tar.gz EVENKEEL_CIFAR10_MD5=$(md5 www/less.tar.gz) run lacking
expect "files lacking: code, message" "$code $err" "3 get_cifar10.sh: error: lacking/$part: the archive lacks some of the six .bin files"
expect "files lacking: no folder under the final name" "$(ls -A lacking | grep -v part)" ""
EVENKEEL_CIFAR10_URL=$base/text.tar.gz EVENKEEL_CIFAR10_MD5=$(md5 www/text.tar.gz) run text
expect "no archive: code" "$code" 1
case $err in *"text/$part: unpacking failed: "*) ;; *) expect "no archive: message" "$err" "..." ;; esac
expect "no archive: lines" "$(echo "$err" | wc -l)" 1

mkdir -p partial/cifar-10-batches-bin
run partial
expect "half a folder: code, message" "$code $err" "3 get_cifar10.sh: error: partial/cifar-10-batches-bin exists but lacks some of the six .bin files; remove it and run this again"

echo file > taken
run taken/data
expect "no folder possible" "$code $err" "1 get_cifar10.sh: error: taken/data: the folder cannot be made"
run --fast
expect "unknown option" "$code $err" "2 get_cifar10.sh: error: unknown option '--fast', see --help"
run x y
expect "two folders" "$code $err" "2 get_cifar10.sh: error: 2 arguments, expected at most one folder, see --help"
run --help
expect "help" "$code $(echo "$out" | head -n 1)" "0 usage: data/get_cifar10.sh [DIR]"

[ "$failed" = 0 ] && echo "all fine"
exit "$failed"

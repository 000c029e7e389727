"""What the benchmarks share: clean environments, programs that measure on request, and statistics of pairs.

A measuring program ("worker") reads one request a line on standard input and answers with one line of JSON.
"""
import json
import os
import statistics
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BENCH = os.path.join(ROOT, "apps", "bench")

# glibc gives large freed blocks back to the system, and every step pays the page faults anew. "tuned" tells it to keep
# them; some machines need that for PyTorch to be as fast as it can be.
MALLOC = {
    "default": {},
    "tuned": {"MALLOC_MMAP_THRESHOLD_": "8000000000", "MALLOC_TRIM_THRESHOLD_": "16000000000",
              "MALLOC_TOP_PAD_": "1000000000"},
}
LAYOUTS = ["contiguous_format", "channels_last"]  # of PyTorch; which one is faster depends on the shapes
# Settings that a shell may hold and that change the speed of either side: no program that is measured sees them.
UNSET = ["OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "EVENKEEL_CPU",
         "EVENKEEL_WINOGRAD", *MALLOC["tuned"]]


def fail(message):
    sys.exit(f"{os.path.basename(sys.argv[0])}: {message}")


def environment(malloc="default", **more):
    kept = {name: value for name, value in os.environ.items() if name not in UNSET}
    return {**kept, **MALLOC[malloc], **more}


def say(message):
    print(message, file=sys.stderr, flush=True)


class Worker:
    """A process that answers requests, one line each. Close it, or use it in a `with`."""

    def __init__(self, command, env):
        self.name = " ".join(map(str, command))
        self.process = subprocess.Popen(list(map(str, command)), env=env, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def ask(self, *request):
        try:
            print(*request, file=self.process.stdin, flush=True)
        except BrokenPipeError:
            pass
        line = self.process.stdout.readline()
        if not line:
            fail(f"no answer to '{' '.join(map(str, request))}', exit code {self.process.wait()}, from {self.name}")
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def run_json(command, env=None):
    """What a program prints, read as JSON. Its messages go to standard error."""
    done = subprocess.run(list(map(str, command)), env=env or environment(), stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        fail(f"exit code {done.returncode} from {' '.join(map(str, command))}")
    return json.loads(done.stdout)


def side_by_side(ours, theirs, peer="pytorch"):
    """Two lists of times, taken in turns: both medians, and how much longer the peer took, pair by pair."""
    ratios = [b / a for a, b in zip(ours, theirs)]
    return {"evenkeel_ms": statistics.median(ours), f"{peer}_ms": statistics.median(theirs),
            "ratio": statistics.median(ratios), "ratio_min": min(ratios), "ratio_max": max(ratios)}


def ratio_text(r):
    return f"{r['ratio']:5.2f}x ({r['ratio_min']:5.2f} to {r['ratio_max']:5.2f})"


def apt_install(*packages):
    say(f"Installing {' '.join(packages)}")
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        if subprocess.run(sudo + ["apt-get", "-qq", *command], stdout=sys.stderr).returncode != 0:
            fail(f"apt-get {command[0]} failed; install {' '.join(packages)} by hand")


def torch_python():
    """A Python that has PyTorch: this one, or Debian's with python3-torch, which is installed if it is missing."""
    def has_torch(python):
        try:
            return subprocess.run([python, "-c", "import torch"], capture_output=True).returncode == 0
        except FileNotFoundError:
            return False

    debian = "/usr/bin/python3"
    for python in (debian, sys.executable):
        if has_torch(python):
            return python
    apt_install("python3-torch", "python3-numpy")
    return debian if has_torch(debian) else fail(f"{debian} cannot import torch after the installation")


def cpu_name():
    with open("/proc/cpuinfo") as f:
        return next((line.split(":", 1)[1].strip() for line in f if line.startswith("model name")), "unknown")

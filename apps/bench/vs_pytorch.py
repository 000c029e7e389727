#!/usr/bin/python3
"""Times training steps and inference of convnet beside PyTorch, in turns: A B A B ...

One row is one model with a norm, an optimizer and a batch size; both programs train it on random images. Every pair
runs `convnet bench` and then as many steps of PyTorch, in the layout (contiguous or channels-last) that was faster in
its warm-up. Printed are both medians, the median of the pairs' ratios with the least and the largest, and the peak
memory of both processes. Needs Debian's python3-torch; installs it if it is missing.
"""
import argparse
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import time

ROWS = [  # model, norm, optimizer, batch size
    ("convnet", "batch", "sgd", 128),
    ("convnet", "none", "sgd", 128),
    ("convnet", "batch", "adam", 128),
    ("convnet", "none", "adam", 128),
    ("convnet", "batch", "sgd", 32),
    ("convnet", "none", "sgd", 1),
    ("convnet-8x8", "batch", "sgd", 128),
]


def install_torch():
    if subprocess.run([sys.executable, "-c", "import torch"], capture_output=True).returncode == 0:
        return
    print("Installing python3-torch", file=sys.stderr)
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    for command in (["update"], ["install", "-y", "--no-install-recommends", "python3-torch", "python3-numpy"]):
        subprocess.run(sudo + ["apt-get", "-qq"] + command, check=True, stdout=sys.stderr)


# ---- The same network in PyTorch ----------------------------------------------------------------


def torch_model(name, norm):
    import torch
    from torch import nn

    side = 8 if name == "convnet-8x8" else 32
    norm2d, norm1d = (nn.BatchNorm2d(64), nn.BatchNorm1d(256)) if norm == "batch" else (nn.Identity(), nn.Identity())
    return nn.Sequential(nn.Conv2d(3, 64, 3, padding=1), norm2d, nn.ReLU(), nn.MaxPool2d(32 // side), nn.Flatten(),
                         nn.Linear(64 * side * side, 256), norm1d, nn.ReLU(), nn.Linear(256, 10))


def torch_worker(model_name, norm, optimizer_name, batch, threads):
    """Prints its layout, then for every line "STEPS" on stdin {"train_ms", "eval_ms", "rss_mb"}."""
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(1)

    def setting(layout):
        model = torch_model(model_name, norm).to(memory_format=layout)
        images = torch.randn(batch, 3, 32, 32).to(memory_format=layout)
        labels = torch.arange(batch) % 10
        optimizer = (torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9) if optimizer_name == "sgd"
                     else torch.optim.Adam(model.parameters(), lr=0.001))

        def train():
            optimizer.zero_grad(set_to_none=True)
            torch.nn.functional.cross_entropy(model(images), labels).backward()
            optimizer.step()

        def infer():
            with torch.no_grad():
                model(images)

        return model, train, infer

    def median_ms(run, steps):
        times = []
        for _ in range(steps):
            start = time.perf_counter()
            run()
            times.append(1e3 * (time.perf_counter() - start))
        return statistics.median(times)

    speeds = {}
    for name in ("contiguous_format", "channels_last"):
        _, train, _ = setting(getattr(torch, name))
        median_ms(train, 2)
        speeds[name] = median_ms(train, 3)
        del train
    layout = min(speeds, key=speeds.get)
    model, train, infer = setting(getattr(torch, layout))
    median_ms(train, 2)
    print(json.dumps({"layout": layout, "version": torch.__version__}), flush=True)
    for line in sys.stdin:
        steps = int(line)
        model.train()
        train_ms = median_ms(train, steps)
        model.eval()
        median_ms(infer, 1)
        eval_ms = median_ms(infer, steps)
        rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"train_ms": train_ms, "eval_ms": eval_ms, "rss_mb": rss}), flush=True)


# ---- The comparison ----------------------------------------------------------------------------


def measure(row, args):
    model, norm, optimizer, batch = row
    flags = ["--model", model, "--norm", norm, "--optimizer", optimizer, "--batch-size", str(batch)]
    worker = subprocess.Popen([sys.executable, __file__, "--worker", *map(str, row), "--threads", str(args.threads)],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    info = json.loads(worker.stdout.readline())
    ours, theirs = [], []
    for _ in range(args.pairs):
        output = subprocess.run([args.convnet, "bench", *flags, "--steps", str(args.steps), "--threads",
                                 str(args.threads), "--json"], check=True, capture_output=True, text=True).stdout
        ours.append(json.loads(output))
        print(args.steps, file=worker.stdin, flush=True)
        theirs.append(json.loads(worker.stdout.readline()))
    worker.stdin.close()
    worker.wait()

    def side_by_side(our_key, their_key):
        a = [o[our_key]["median"] for o in ours]
        b = [t[their_key] for t in theirs]
        ratios = [y / x for x, y in zip(a, b)]
        return {"evenkeel_ms": statistics.median(a), "pytorch_ms": statistics.median(b),
                "ratio": statistics.median(ratios), "ratio_min": min(ratios), "ratio_max": max(ratios)}

    return {"model": model, "norm": norm, "optimizer": optimizer, "batch_size": batch, "threads": args.threads,
            "pytorch": info["version"], "layout": info["layout"], "cpu": ours[0]["cpu"], "pairs": args.pairs,
            "train": side_by_side("train_step_ms", "train_ms"), "eval": side_by_side("eval_batch_ms", "eval_ms"),
            "evenkeel_rss_mb": max(o["peak_rss_mb"] for o in ours),
            "pytorch_rss_mb": max(t["rss_mb"] for t in theirs)}


def show(result):
    name = f"{result['model']} {result['norm']} {result['optimizer']} b{result['batch_size']}"
    for what in ("train", "eval"):
        r = result[what]
        memory = f"{result['evenkeel_rss_mb']:6.0f} {result['pytorch_rss_mb']:6.0f}" if what == "train" else ""
        print(f"{name:28} {what:5} {r['evenkeel_ms']:8.2f} {r['pytorch_ms']:8.2f}  {r['ratio']:5.2f}x "
              f"({r['ratio_min']:.2f} to {r['ratio_max']:.2f})  {memory}", flush=True)


def main():
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", default="", help="only rows whose name, such as 'convnet batch sgd b128', has this (regex)")
    parser.add_argument("--pairs", type=int, default=7, help="pairs of measurements a row (7)")
    parser.add_argument("--steps", type=int, default=5, help="steps a measurement (5)")
    parser.add_argument("--threads", type=int, default=2, help="threads for both (2)")
    parser.add_argument("--convnet", default=os.path.join(root, "build", "convnet"), help="the program (build/convnet)")
    parser.add_argument("--json", action="store_true", help="print one JSON array instead of a table")
    parser.add_argument("--worker", nargs=4, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        model, norm, optimizer, batch = args.worker
        return torch_worker(model, norm, optimizer, int(batch), args.threads)
    if not os.access(args.convnet, os.X_OK):
        sys.exit(f"vs_pytorch.py: no program at {args.convnet}; build it (bash apps/demo.sh) or name it with --convnet")
    install_torch()
    rows = [r for r in ROWS if re.search(args.rows, f"{r[0]} {r[1]} {r[2]} b{r[3]}")]
    if not rows:
        sys.exit(f"vs_pytorch.py: no row has '{args.rows}'")
    if not args.json:
        print(f"{'row':28} {'':5} {'evenkeel':>8} {'pytorch':>8}  ratio (least to largest)  peak MB, both\n{'':35}"
              f"ms {'ms':>8}")
    results = []
    for row in rows:
        results.append(measure(row, args))
        if not args.json:
            show(results[-1])
    if args.json:
        print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()

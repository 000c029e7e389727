#!/usr/bin/env python3
"""Does the time of a step depend on what the numbers are? Prints two tables:
every op on values of some 1e-40 (denormals) beside ordinary ones, and an epoch of training without a norm at its start
(steps 1 to 79) beside one after 1,000 steps, when momenta of weights that get no gradient would have faded.
   denormals.py [--build build] [--threads 2] [--repeats 3] [--epochs 13]"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

OPS = [
    "conv_forward 32 64 64 16 1", "conv_input_gradient 32 64 64 16 1", "conv_weight_gradient 32 64 64 16 1",
    "conv_forward 32 3 64 32 1", "conv_weight_gradient 32 3 64 32 1", "conv_forward 32 16 32 32 2",
    "conv_input_gradient 32 16 32 32 2", "conv_forward 32 16 16 32 1", "batchnorm_forward 32 64 32",
    "batchnorm_backward 32 64 32", "batchnorm_relu_forward 32 64 32", "batchnorm_relu_backward 32 64 32",
    "relu_forward 32 64 32", "relu_backward 32 64 32", "max_pool_forward 32 64 32", "max_pool_backward 32 64 32",
    "linear_forward 128 4096 256", "linear_backward 128 4096 256", "sgd 1048576", "adam 1048576"]


def times(program, threads, tiny, steps):
    arguments = [program, str(threads)] + (["tiny"] if tiny else [])
    lines = "".join(f"{op} {steps}\n" for op in OPS)
    done = subprocess.run(arguments, input=lines, capture_output=True, text=True, check=True)
    return [json.loads(line)["ms"] for line in done.stdout.splitlines()]


def ops_table(program, threads, repeats):
    print(f"| op (sizes as in ops.cpp) | ordinary, ms | 1e-40, ms | ratio |\n|---|---|---|---|")
    ordinary, tiny = [], []
    for _ in range(repeats):  # A B A B
        ordinary.append(times(program, threads, False, 9))
        tiny.append(times(program, threads, True, 9))
    for i, op in enumerate(OPS):
        a = statistics.median(run[i] for run in ordinary)
        b = statistics.median(run[i] for run in tiny)
        print(f"| {op} | {a:.3f} | {b:.3f} | {b / a:.2f} |", flush=True)


def epochs_table(program, threads, epochs):
    print("\n| training without a norm, lr 0.1 | first epoch, s | last epoch, s | ratio |\n|---|---|---|---|")
    for optimizer, lr in (("sgd", "0.1"), ("adam", "0.001")):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([program, "train", "--dataset", "synthetic", "--model", "convnet", "--norm", "none",
                            "--optimizer", optimizer, "--lr", lr, "--epochs", str(epochs), "--limit-test", "100",
                            "--threads", str(threads), "--quiet", "--out", f"{folder}/run"], check=True,
                           stdout=subprocess.DEVNULL)
            lines = [json.loads(line) for line in pathlib.Path(folder, "run/metrics.jsonl").read_text().splitlines()]
        first, last = lines[1]["seconds"], lines[-1]["seconds"]
        print(f"| {optimizer}, to step {lines[-1]['step']} | {first:.2f} | {last:.2f} | {last / first:.2f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=13)
    options = parser.parse_args()
    ops_table(f"{options.build}/bench_ops", options.threads, options.repeats)
    if options.epochs > 1:
        epochs_table(f"{options.build}/convnet", options.threads, options.epochs)
    return 0


if __name__ == "__main__":
    sys.exit(main())

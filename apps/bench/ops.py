#!/usr/bin/python3
"""Times single ops beside PyTorch, and convolutions beside oneDNN, in turns: A B C A B C ...

Printed are the medians, the median of the pairs' ratios (how much longer the peer took) with the least and the largest,
the rate, and the rate's share of the machine's limit. The limits are measured here, before and after the table: the
peak of multiply-adds for convolutions and Linear, the bandwidth of STREAM's triad for all else. Convolutions count as
direct ones (Winograd's multiply less and can pass 100 %); memory passes count the bytes that the maths needs, each read
or write once a pass, though what lies in a cache is faster than memory. Gradients are timed without the forward pass,
and all runs of an op directly one after the other: the results of their forward passes take memory for each of --steps.

PyTorch runs in the faster one of its two layouts and, unless --torch-malloc says otherwise, with a malloc that keeps
freed memory. oneDNN runs in its own blocked layouts, by the better one of direct and Winograd. OPENBLAS_CORETYPE,
OPENBLAS_L2_SIZE and the like are unset for all. Needs g++ and Debian's python3-torch and libdnnl-dev; installs what is
missing.
"""
import json
import os
import shutil
import statistics
import subprocess
import sys

from arguments import add_pairs, add_program, check_program, make_parser, matching
from peers import (BENCH, LAYOUTS, MALLOC, ROOT, Worker, apt_install, cpu_name, environment, fail, ratio_text, run_json,
                   say, side_by_side, torch_python)

BATCH = 128
CONVOLUTIONS = [  # C, O, side, stride
    (3, 64, 32, 1), (64, 64, 32, 1), (64, 128, 16, 1), (128, 128, 16, 1), (128, 256, 8, 1), (256, 256, 8, 1),  # VGG
    (3, 16, 32, 1), (16, 16, 32, 1), (16, 32, 32, 2), (32, 32, 16, 1), (32, 64, 16, 2), (64, 64, 8, 1),  # ResNet-20
]
MAPS = [(64, 32), (256, 8), (16, 32)]  # C, side
OPS = (
    [(f"conv_{what}", BATCH, *shape) for shape in CONVOLUTIONS
     for what in ("forward", "input_gradient", "weight_gradient")]
    + [(f"batchnorm_{relu}{what}", BATCH, *shape) for shape in MAPS for relu in ("", "relu_")
       for what in ("forward", "backward")]
    + [(f"{op}_{what}", BATCH, 64, 32) for op in ("relu", "max_pool") for what in ("forward", "backward")]
    + [(f"linear_{what}", BATCH, inputs, 256) for inputs in (65536, 4096) for what in ("forward", "backward")]
    + [("sgd", 16_800_000), ("adam", 16_800_000)])
PASSES = {  # arrays that must be read or written
    "batchnorm_forward": 3, "batchnorm_relu_forward": 3,    # x for the statistics, x, y
    "batchnorm_backward": 5, "batchnorm_relu_backward": 5,  # x and dy for the sums, x, dy, dx
    "relu_forward": 2, "relu_backward": 3,                  # x, y;  y, dy, dx
    "max_pool_forward": 1.25, "max_pool_backward": 1.25,    # x and y of a quarter;  dy of a quarter and dx
    "sgd": 5, "adam": 7,                                    # gradient, weight and buffers; all but the gradient again
}


def op_name(op):
    return " ".join(map(str, op))


def work(op):
    """("flop" or "byte", how many the op needs)."""
    name, *sizes = op
    if name.startswith("conv_"):
        n, c, o, side, stride = sizes
        return "flop", 2 * 9 * n * c * o * (side // stride) ** 2
    if name.startswith("linear_"):
        n, inputs, outputs = sizes
        return "flop", 2 * n * inputs * outputs * (2 if name == "linear_backward" else 1)
    count = sizes[0] if len(sizes) == 1 else sizes[0] * sizes[1] * sizes[2] ** 2
    return "byte", 4 * PASSES[name] * count


# ---- The programs that measure -------------------------------------------------------------------


def build(source, *flags):
    """A program of apps/bench that is not part of the project's build."""
    program = os.path.join(ROOT, "build", "bench-bin", source.removesuffix(".cpp"))
    os.makedirs(os.path.dirname(program), exist_ok=True)
    command = ["g++", "-std=c++20", os.path.join(BENCH, source), "-o", program, *flags]
    if subprocess.run(command, stdout=sys.stderr).returncode != 0:
        fail(f"could not build {source}: {' '.join(command)}")
    return program


def onednn_worker(args):
    if not shutil.which("g++") or not os.path.exists("/usr/include/dnnl.hpp"):
        apt_install("g++", "libdnnl-dev")
    return Worker([build("onednn_conv.cpp", "-O2", "-ldnnl")], environment("tuned", OMP_NUM_THREADS=str(args.threads)))


def machine_limits(args):
    program = build("machine.cpp", "-O3", "-march=native", "-pthread")
    return lambda: run_json([program, args.threads])


def measure(op, args, ours, pytorch, onednn):
    onednn = onednn if op[0].startswith("conv_") else None
    times = {"evenkeel": [], "pytorch": [], "onednn": []}
    result = {"op": op[0], "sizes": list(op[1:]), "threads": args.threads, "pairs": args.pairs}
    if pytorch:
        trials = {layout: pytorch.ask(*op, 3, layout)["ms"] for layout in LAYOUTS}
        result["pytorch_layout"] = min(trials, key=trials.get)
    for _ in range(args.pairs):
        answer = ours.ask(*op, args.steps)
        times["evenkeel"].append(answer["ms"])
        if pytorch:
            times["pytorch"].append(pytorch.ask(*op, args.steps, result["pytorch_layout"])["ms"])
        if onednn:
            peer = onednn.ask(*op, args.steps)
            times["onednn"].append(peer["ms"])
            result["onednn_algorithm"] = peer["algorithm"]
    kind, amount = work(op)
    ms = statistics.median(times["evenkeel"])
    result |= {"cpu": answer["cpu"], "evenkeel_ms": ms, "unit": {"flop": "GFLOP/s", "byte": "GB/s"}[kind],
               "rate": amount / ms * 1e-6}
    for peer in ("pytorch", "onednn"):
        if times[peer]:
            result[peer] = side_by_side(times["evenkeel"], times[peer], peer) | {
                "rate": amount / statistics.median(times[peer]) * 1e-6}
    return result


# ---- The table -----------------------------------------------------------------------------------


def show(r, limits):
    def beside(peer):
        if peer not in r:
            return f"{'':32}"
        p = r[peer]
        return f"{p[peer + '_ms']:9.3f} {ratio_text(p)}"

    share = f"{100 * r['rate'] / limits[r['unit']]:4.0f} %" if limits else ""
    print(f"{op_name([r['op'], *r['sizes']]):40} {r['evenkeel_ms']:9.3f} {beside('pytorch')} {beside('onednn')}"
          f" {r['rate']:7.1f} {r['unit']:7} {share}", flush=True)


def parse_arguments():
    parser = make_parser(__doc__)
    add_program(parser, "--bench-ops", "bench_ops")
    add_pairs(parser, "ops whose name, such as 'conv_forward 128 64 64 32 1' (batch, channels in and out, side, "
              "stride)", "runs")
    parser.add_argument("--torch-malloc", default="tuned", choices=list(MALLOC),
                        help="glibc's malloc as it is, or told to keep freed memory (tuned)")
    return parser.parse_args()


def main():
    args = parse_arguments()
    check_program(args.bench_ops, "--bench-ops", "ninja -C build bench_ops")
    ops = matching(OPS, op_name, args.rows)
    ours = Worker([args.bench_ops, args.threads], environment())
    pytorch = onednn = None
    measured = []
    if not args.only_ours:
        pytorch = Worker([torch_python(), os.path.join(BENCH, "torch_ops.py"), args.threads],
                         environment(args.torch_malloc))
        onednn = onednn_worker(args)
        limits = machine_limits(args)
        measured.append(limits())
    results = []
    for op in ops:
        say(f"{len(results) + 1} of {len(ops)}: {op_name(op)}")
        results.append(measure(op, args, ours, pytorch, onednn))
    if not args.only_ours:
        measured.append(limits())
    limits = {"GFLOP/s": max(m["gflops"] for m in measured), "GB/s": max(m["gb_per_s"] for m in measured)} \
        if measured else {}
    if args.json:
        print(json.dumps({"machine": cpu_name(), "limits": limits, "torch_malloc": args.torch_malloc, "ops": results},
                         indent=1))
        return
    if limits:
        print(f"{cpu_name()}, {args.threads} threads: {limits['GFLOP/s']:.0f} GFLOP/s, {limits['GB/s']:.1f} GB/s")
    print(f"{'op':40} {'ours, ms':>9} {'PyTorch, ms; takes':>32} {'oneDNN, ms; takes':>32} {'rate':>15} of limit")
    for result in results:
        show(result, limits)


if __name__ == "__main__":
    main()

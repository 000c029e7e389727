#!/usr/bin/python3
"""Times training steps and inference of convnet's models beside PyTorch, in turns: A B A B ...

One row is one model with a norm, an optimizer and a batch size; both programs run it on random images. Every pair runs
`convnet bench` and then as many steps of PyTorch. Printed are both medians, the median of the pairs' ratios (how much
longer PyTorch took) with the least and the largest, and the peak memory of both processes in training.

PyTorch runs at its best: before a row it tries both layouts (contiguous and channels-last), and glibc's malloc as it is
and told to keep freed memory; training and inference each take the fastest combination. Its peak memory is the smaller
one of the two mallocs. OPENBLAS_CORETYPE, OPENBLAS_L2_SIZE and the like are unset for both sides. Batch 1 is without
BatchNorm, which has no statistics of one value.

Needs Debian's python3-torch, and with --onnxruntime node and npm; installs what is missing.
"""
import json
import os
import statistics

from arguments import add_pairs, add_program, check_program, make_parser, matching
from onnx_peer import OnnxRuntime
from peers import (BENCH, LAYOUTS, MALLOC, Worker, cpu_name, environment, ratio_text, run_json, say, side_by_side,
                   torch_python)

ROWS = [  # model, norm, optimizer, batch size
    ("convnet", "batch", "sgd", 128),
    ("convnet", "none", "sgd", 128),
    ("convnet", "batch", "adam", 128),
    ("convnet", "none", "adam", 128),
    ("convnet", "batch", "sgd", 32),
    ("convnet", "none", "sgd", 1),
    ("convnet-8x8", "batch", "sgd", 128),
    ("vgg", "batch", "sgd", 128),
    ("resnet20", "batch", "sgd", 128),
]


def row_name(row):
    model, norm, optimizer, batch = row
    return f"{model} {norm} {optimizer} b{batch}"


class PyTorch:
    """PyTorch's processes for one row, each in the setting (malloc, layout) that a trial found to be the fastest."""

    def __init__(self, row, python, args):
        model, norm, optimizer, batch = row
        self.command = [python, os.path.join(BENCH, "torch_worker.py"), "--model", model, "--norm", norm, "--optimizer",
                        optimizer, "--batch-size", batch, "--threads", args.threads]
        mallocs = list(MALLOC) if args.torch_malloc == "best" else [args.torch_malloc]
        self.trials = {}
        for setting in ((malloc, layout) for malloc in MALLOC for layout in LAYOUTS):
            with self.start(*setting) as worker:
                self.trials[setting] = self.trial(worker)
        allowed = [setting for setting in self.trials if setting[0] in mallocs]
        self.best = {what: min(allowed, key=lambda setting: self.trials[setting][what]["ms"])
                     for what in ("train", "eval")}
        self.workers = {setting: self.start(*setting) for setting in set(self.best.values())}
        for worker in self.workers.values():  # glibc's malloc adapts: the same history as in the trial that was won
            self.trial(worker)
        self.version = self.trials[self.best["train"]]["train"]["version"]

    def start(self, malloc, layout):
        return Worker([*self.command, "--layout", layout], environment(malloc))

    @staticmethod
    def trial(worker):
        """The best of three: whatever else the machine does meanwhile must not rule a setting out."""
        answers = {what: [worker.ask(what, 3) for _ in range(3)] for what in ("train", "eval")}
        return {what: min(three, key=lambda answer: answer["ms"]) | {"rss_mb": max(a["rss_mb"] for a in three)}
                for what, three in answers.items()}

    def time(self, what, steps):
        return self.workers[self.best[what]].ask(what, steps)["ms"]

    def train_rss_mb(self):
        layout = self.best["train"][1]
        return {malloc: self.trials[malloc, layout]["train"]["rss_mb"] for malloc in MALLOC}

    def setting(self, what):
        malloc, layout = self.best[what]
        return {"layout": layout, "malloc": malloc,
                "trials_ms": {" ".join(s): t[what]["ms"] for s, t in self.trials.items()}}

    def close(self):
        for worker in self.workers.values():
            worker.close()


def measure(row, args, python):
    model, norm, optimizer, batch = row
    convnet = [args.convnet, "bench", "--model", model, "--norm", norm, "--optimizer", optimizer, "--batch-size", batch,
               "--steps", args.steps, "--threads", args.threads, "--json", "--quiet"]
    say(f"{row_name(row)}: looking for PyTorch's best setting" if python else row_name(row))
    pytorch = PyTorch(row, python, args) if python else None
    onnx = OnnxRuntime(pytorch.command, batch, args.threads) if python and args.onnxruntime else None
    ours, theirs = [], {"train": [], "eval": [], "onnx": []}
    for pair in range(args.pairs):
        say(f"{row_name(row)}: pair {pair + 1} of {args.pairs}")
        ours.append(run_json(convnet))
        if pytorch:
            for what in ("train", "eval"):
                theirs[what].append(pytorch.time(what, args.steps))
        if onnx:
            theirs["onnx"].append(onnx.time(args.steps))

    train = [o["train_step_ms"]["median"] for o in ours]
    infer = [o["eval_batch_ms"]["median"] for o in ours]
    result = {"model": model, "norm": norm, "optimizer": optimizer, "batch_size": batch, "threads": args.threads,
              "pairs": args.pairs, "steps": args.steps, "machine": cpu_name(), "cpu": ours[0]["cpu"],
              "evenkeel_peak_mb": max(o["peak_rss_mb"] for o in ours)}
    if not pytorch:
        return {**result, "train": {"evenkeel_ms": statistics.median(train)},
                "eval": {"evenkeel_ms": statistics.median(infer)}}
    result |= {"pytorch": pytorch.version, "pytorch_peak_mb": min(pytorch.train_rss_mb().values()),
               "pytorch_peak_mb_by_malloc": pytorch.train_rss_mb(),
               "train": side_by_side(train, theirs["train"]) | pytorch.setting("train"),
               "eval": side_by_side(infer, theirs["eval"]) | pytorch.setting("eval")}
    if onnx:
        result |= {"onnxruntime": onnx.version, "eval_onnxruntime": side_by_side(infer, theirs["onnx"], "onnxruntime")}
        onnx.close()
    pytorch.close()
    return result


def show(result):
    name = row_name([result[key] for key in ("model", "norm", "optimizer", "batch_size")])
    for what, peer in (("train", "pytorch"), ("eval", "pytorch"), ("eval_onnxruntime", "onnxruntime")):
        if what not in result:
            continue
        r = result[what]
        line = f"{name:28} {what.split('_')[0]:5} {r['evenkeel_ms']:9.2f}"
        if "ratio" in r:
            setting = f"{r['layout'].split('_')[0]}, {r['malloc']} malloc" if "layout" in r else "onnxruntime"
            line += (f" {r[peer + '_ms']:9.2f}  {ratio_text(r)}"
                     f"  {setting:24}")
        if what == "train":
            peaks = [result[key] for key in ("evenkeel_peak_mb", "pytorch_peak_mb") if key in result]
            line += "  " + " ".join(f"{mb:6.0f}" for mb in peaks)
        print(line.rstrip(), flush=True)


def parse_arguments():
    parser = make_parser(__doc__)
    add_program(parser, "--convnet", "convnet")
    add_pairs(parser, "rows whose name, such as 'convnet batch sgd b128'", "steps")
    parser.add_argument("--torch-malloc", default="best", choices=["best", *MALLOC],
                        help="glibc's malloc as it is, told to keep freed memory, or the faster one (best)")
    parser.add_argument("--onnxruntime", action="store_true", help="inference beside ONNX Runtime too")
    return parser.parse_args()


def main():
    args = parse_arguments()
    check_program(args.convnet, "--convnet", "bash apps/demo.sh")
    rows = matching(ROWS, row_name, args.rows)
    python = None if args.only_ours else torch_python()
    if not args.json:
        print(f"{'':34} {'evenkeel':>9} {'peer':>9}  {'peer takes':>23}  {'PyTorch with':24}  peak MB\n"
              f"{'row':34} {'ms':>9} {'ms':>9}  {'(least to largest)':>23}  {'':24}    ours PyTorch")
    results = []
    for row in rows:
        results.append(measure(row, args, python))
        if not args.json:
            show(results[-1])
    if args.json:
        print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()

#!/usr/bin/python3
"""How the cost of training grows: with the batch (for 1 and 2 threads), the image's side, VGG's width, and the memory
with the batch, as a Markdown table and a picture.

Each point is the median of some runs of `convnet bench` with SGD and BatchNorm; batch 1 is without BatchNorm, which has
no statistics of one value. The sweeps take turns, so that a slow minute of the machine does not fall on one of them
alone. Memory is the peak of the whole process; its slope is fitted by least squares over all batches. Needs
gnuplot-nox for the picture; installs it if it is missing.
"""
import json
import os
import shutil
import statistics
import subprocess

from arguments import add_program, check_program, make_parser
from peers import BENCH, apt_install, cpu_name, fail, run_json, say

# A point is (sweep, model, threads, batch, side, width).
SWEEP, MODEL, THREADS, BATCH, SIDE, WIDTH = range(6)
SWEEPS = {"batch": BATCH, "side": SIDE, "width": WIDTH}


def points(args):
    most = max(args.threads)
    return ([("batch", model, threads, batch, 32, 1) for model in args.models for threads in args.threads
             for batch in args.batches]
            + [("side", "vgg", most, args.fixed_batch, side, 1) for side in args.sides]
            + [("width", "vgg", most, args.fixed_batch, 32, width) for width in args.widths])


def bench(point, args):
    _, model, threads, batch, side, width = point
    command = [args.convnet, "bench", "--model", model, "--norm", "none" if batch == 1 else "batch", "--batch-size",
               batch, "--threads", threads, "--steps", args.steps, "--json", "--quiet"]
    command += ["--image-size", side] if side != 32 else []
    command += ["--width", width] if width != 1 else []
    return run_json(command)


def measure(args):
    """{point: (training images/s, inference images/s, peak MB)}"""
    runs = {point: [] for point in points(args)}
    for repeat in range(args.repeats):
        for i, point in enumerate(runs):
            say(f"round {repeat + 1} of {args.repeats}, {i + 1} of {len(runs)}: {' '.join(map(str, point))}")
            r = bench(point, args)
            runs[point].append((1e3 * point[BATCH] / r["train_step_ms"]["median"],
                                1e3 * point[BATCH] / r["eval_batch_ms"]["median"], r["peak_rss_mb"]))
    return {point: tuple(statistics.median(column) for column in zip(*rows)) for point, rows in runs.items()}


def fit_line(points_xy):
    """(slope, intercept, largest distance of a point from the line) by least squares."""
    xs, ys = zip(*points_xy)
    mean_x, mean_y = statistics.mean(xs), statistics.mean(ys)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points_xy) / sum((x - mean_x) ** 2 for x in xs)
    intercept = mean_y - slope * mean_x
    return slope, intercept, max(abs(y - slope * x - intercept) for x, y in points_xy)


def memory_lines(results, args):
    """{model: {"bytes_per_image", "base_mb", "off_mb"}}; batch 1, a model without BatchNorm, is left out."""
    lines = {}
    for model in args.models:
        line = [(p[BATCH], r[2]) for p, r in results.items()
                if p[SWEEP] == "batch" and p[MODEL] == model and p[THREADS] == max(args.threads) and p[BATCH] > 1]
        if len(line) > 1:
            slope, base, off = fit_line(line)
            lines[model] = {"bytes_per_image": round(slope * 2**20), "base_mb": base, "off_mb": off}
    return lines


# ---- Table and picture ---------------------------------------------------------------------------


def markdown(results, lines, args):
    text = ["| model | threads | batch | side | width | training, images/s | inference, images/s | peak MB |",
            "|---|---|---|---|---|---|---|---|"]
    for (_, model, threads, batch, side, width), (train, infer, peak) in results.items():
        text.append(f"| {model} | {threads} | {batch} | {side} | {width:g} | {train:.0f} | {infer:.0f} | {peak:.0f} |")
    text.append("")
    for model, m in lines.items():
        text.append(f"Training memory of {model}: {m['base_mb']:.0f} MB and {m['bytes_per_image']:,} bytes an image, "
                    f"from batch 2 to {max(args.batches)}; no point is further than {m['off_mb']:.0f} MB from it.")
    return "\n".join(text)


def plot(title, axis, series, logarithmic=True, y_label="images/s in training"):
    """One panel, or "" without a series; series: {name: [(x, y)]}."""
    if not series:
        return ""
    blocks, curves = [], []
    ticks = sorted({x for line in series.values() for x, _ in line})
    for i, (name, line) in enumerate(series.items()):
        blocks.append(f"$d{i} << EOD\n" + "\n".join(f"{x} {y:.4g}" for x, y in line) + "\nEOD")
        curves.append(f"$d{i} with linespoints lt {i + 1} pt 7 ps 0.5 lw 1.5 title '{name}'")
    axes = (["set logscale xy", f"set xrange [{0.9 * ticks[0]}:{1.1 * ticks[-1]}]", "set yrange [*:*]",
             "set xtics (" + ", ".join(f"'{x:g}' {x}" for x in ticks) + ")"] if logarithmic
            else ["unset logscale", "set xrange [0:*]", "set yrange [0:*]", "set xtics auto"])
    return "\n".join([*blocks, f"set title '{title}'", f"set xlabel '{axis}'", f"set ylabel '{y_label}'", *axes,
                      "plot " + ", ".join(curves)])


def draw(results, args):
    most = max(args.threads)

    def series(sweep, value, wanted=lambda point: True):
        lines = {}
        for point, result in results.items():
            if point[SWEEP] == sweep and wanted(point):
                name = f"{point[MODEL]}, {point[THREADS]} thread{'s' * (point[THREADS] > 1)}"
                lines.setdefault(name, []).append((point[SWEEPS[sweep]], result[value]))
        return lines

    panels = [plot("by batch", "batch", series("batch", 0)),
              plot(f"by image side, batch {args.fixed_batch}", "side, pixels", series("side", 0)),
              plot(f"by width, batch {args.fixed_batch}", "factor on all channels", series("width", 0)),
              plot("peak memory by batch", "batch", series("batch", 2, lambda p: p[THREADS] == most and p[BATCH] > 1),
                   logarithmic=False, y_label="MB")]
    head = (f"set terminal svg size 900,640 font 'sans,12' background 'white'\nset output '{args.svg}'\n"
            "set key bottom right samplen 1\nset grid lc rgb '#dddddd'\nset multiplot layout 2,2\n")
    if not shutil.which("gnuplot"):
        apt_install("gnuplot-nox")
    if subprocess.run(["gnuplot"], input=head + "\nunset key; set key top left\n".join(
            ["\n".join(panels[:3]), panels[3]]) + "\nunset multiplot\n", text=True).returncode != 0:
        fail("gnuplot failed")
    say(f"wrote {args.svg}")


def parse_arguments():
    def numbers(kind):
        return lambda text: [kind(word) for word in text.split(",") if word]

    parser = make_parser(__doc__)
    add_program(parser, "--convnet", "convnet")
    option = parser.add_argument
    option("--models", type=numbers(str), default="convnet,vgg", help="models for the batches (convnet,vgg)")
    option("--batches", type=numbers(int), default="1,2,4,8,16,32,64,128,256,512", help="(1,2,4,...,512)")
    option("--threads", type=numbers(int), default="1,2", help="for the batches; the largest for the others (1,2)")
    option("--sides", type=numbers(int), default="16,32,48,64,96,128", help="of VGG's images (16,32,48,64,96,128)")
    option("--widths", type=numbers(float), default="1,1.5,2,3,4", help="of VGG (1,1.5,2,3,4)")
    option("--fixed-batch", type=int, default=32, help="the batch of the sweeps over sides and widths (32)")
    option("--steps", type=int, default=5, help="steps a run (5)")
    option("--repeats", type=int, default=3, help="runs a point (3)")
    option("--svg", default=os.path.join(BENCH, "scaling.svg"), help="picture (apps/bench/scaling.svg); '' for none")
    option("--json", action="store_true", help="print one JSON object instead of the Markdown table")
    return parser.parse_args()


def main():
    args = parse_arguments()
    check_program(args.convnet, "--convnet", "bash apps/demo.sh")
    results = measure(args)
    lines = memory_lines(results, args)
    if args.json:
        keys = ("sweep", "model", "threads", "batch_size", "image_size", "width", "train_images_per_second",
                "eval_images_per_second", "peak_rss_mb")
        print(json.dumps({"machine": cpu_name(), "points": [dict(zip(keys, p + r)) for p, r in results.items()],
                          "memory": lines}, indent=1))
    else:
        print(markdown(results, lines, args))
    if args.svg:
        draw(results, args)


if __name__ == "__main__":
    main()

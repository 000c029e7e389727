"""ops.safetensors and loss.safetensors: every op of core, forward and backward. A case holds its inputs, y, dy and for
every float input NAME its gradient "dNAME"."""
import itertools

import numpy as np
import torch
import torch.nn.functional as F

from golden_file import Case, GoldenFile

# op -> what PyTorch computes from (inputs, options)
OPS = {
    "add": lambda t, o: t["a"] + t["b"],
    "sub": lambda t, o: t["a"] - t["b"],
    "mul": lambda t, o: t["a"] * t["b"],
    "div": lambda t, o: t["a"] / t["b"],
    "add_scalar": lambda t, o: t["x"] + o["c"],
    "sub_scalar": lambda t, o: t["x"] - o["c"],
    "mul_scalar": lambda t, o: t["x"] * o["c"],
    "div_scalar": lambda t, o: t["x"] / o["c"],
    "scalar_add": lambda t, o: o["c"] + t["x"],
    "scalar_sub": lambda t, o: o["c"] - t["x"],
    "scalar_mul": lambda t, o: o["c"] * t["x"],
    "scalar_div": lambda t, o: o["c"] / t["x"],
    "neg": lambda t, o: -t["x"],
    "exp": lambda t, o: torch.exp(t["x"]),
    "log": lambda t, o: torch.log(t["x"]),
    "sqrt": lambda t, o: torch.sqrt(t["x"]),
    "relu": lambda t, o: torch.relu(t["x"]),
    "leaky_relu": lambda t, o: F.leaky_relu(t["x"], o["slope"]),
    "sigmoid": lambda t, o: torch.sigmoid(t["x"]),
    "tanh": lambda t, o: torch.tanh(t["x"]),
    "gelu": lambda t, o: F.gelu(t["x"]),
    "softmax": lambda t, o: F.softmax(t["x"], o["axis"]),
    "log_softmax": lambda t, o: F.log_softmax(t["x"], o["axis"]),
    "sum": lambda t, o: t["x"].sum(),
    "mean": lambda t, o: t["x"].mean(),
    "sum_axis": lambda t, o: t["x"].sum(o["axis"]),
    "mean_axis": lambda t, o: t["x"].mean(o["axis"]),
    "reshape": lambda t, o: t["x"].reshape(o["sizes"]),
    "flatten": lambda t, o: t["x"].flatten(o["start"]),
    "cat": lambda t, o: torch.cat([t["a"], t["b"], t["c"]], o["axis"]),
    "matmul": lambda t, o: t["a"] @ t["b"],
    "transpose": lambda t, o: t["x"].t(),
    "linear": lambda t, o: F.linear(t["x"], t["weight"], t.get("bias")),
    "conv2d": lambda t, o: F.conv2d(t["x"], t["weight"], t.get("bias"), o["stride"], o["padding"], o["dilation"],
                                    o["groups"]),
    "max_pool2d": lambda t, o: F.max_pool2d(t["x"], o["kernel"], o["stride"], o["padding"]),
    "avg_pool2d": lambda t, o: F.avg_pool2d(t["x"], o["kernel"], o["stride"], o["padding"],
                                            count_include_pad=o["count_include_pad"]),
    "adaptive_avg_pool2d": lambda t, o: F.adaptive_avg_pool2d(t["x"], o["output"]),
    "global_avg_pool2d": lambda t, o: F.adaptive_avg_pool2d(t["x"], 1),
    "normalize_across": lambda t, o: F.batch_norm(t["x"], None, None, t.get("weight"), t.get("bias"), True, 0.1,
                                                  o["eps"]),
    "normalize_within": lambda t, o: F.group_norm(t["x"], o["groups"], t.get("weight"), t.get("bias"), o["eps"]),
    "normalize_with": lambda t, o: F.batch_norm(t["x"], t["mean"].detach(), t["var"].detach(), t.get("weight"),
                                                t.get("bias"), False, 0.1, o["eps"]),
    "mse_loss": lambda t, o: F.mse_loss(t["prediction"], t["target"], reduction=o["reduction"]),
    "cross_entropy": lambda t, o: F.cross_entropy(t["logits"], t["labels"], t.get("class_weights"),
                                                  ignore_index=o["ignore_index"], reduction=o["reduction"],
                                                  label_smoothing=o["label_smoothing"]),
}


def finish(file, case, op, inputs, options):
    """y, a fixed dy, and the gradient of sum(y dy) for every input that takes part."""
    case.options.update(op=op, **options)
    y = OPS[op](inputs, options)
    case.put("y", y)
    leaves = {name: t for name, t in inputs.items() if t.requires_grad}
    dy = case.draw("dy", tuple(y.shape))
    if y.isfinite().all():
        gradients = torch.autograd.grad(y, list(leaves.values()), dy.detach(), allow_unused=True)
        for name, gradient in zip(leaves, gradients):
            if gradient is not None:
                case.put("d" + name, gradient)
    file.add(case)


def add(file, name, op, shapes, **options):
    """shapes: {input: shape, or (shape, kind of numbers)}."""
    case = Case(name, {})
    inputs = {}
    for key, spec in shapes.items():
        shape, kind = spec if len(spec) == 2 and isinstance(spec[1], str) else (spec, "normal")
        inputs[key] = case.draw(key, shape, kind)
    finish(file, case, op, inputs, options)


def elementwise(file):
    shape = (3, 5, 7)
    for op in ("add", "sub", "mul"):
        add(file, op, op, dict(a=shape, b=shape))
    add(file, "div", "div", dict(a=shape, b=(shape, "positive")))
    for op in ("add", "sub", "mul", "div"):
        add(file, op + "_scalar", op + "_scalar", dict(x=shape), c=0.75)
        add(file, "scalar_" + op, "scalar_" + op, dict(x=(shape, "positive")), c=0.75)
    for op in ("neg", "exp", "relu", "sigmoid", "tanh", "gelu"):
        add(file, op, op, dict(x=shape))
    for op in ("log", "sqrt"):
        add(file, op, op, dict(x=(shape, "positive")))
    add(file, "relu_at_zero", "relu", dict(x=(shape, "ties")))
    add(file, "leaky_relu", "leaky_relu", dict(x=shape), slope=0.125)
    add(file, "leaky_relu_at_zero", "leaky_relu", dict(x=(shape, "ties")), slope=0.125)
    for axis in (0, 1, 2, -1):
        for op in ("softmax", "log_softmax", "sum_axis", "mean_axis"):
            add(file, f"{op}_{axis}", op, dict(x=shape), axis=axis)
    for op in ("sum", "mean"):
        add(file, op, op, dict(x=shape))
    add(file, "reshape", "reshape", dict(x=shape), sizes=(7, -1, 3))
    for start in (0, 1, 2):
        add(file, f"flatten_{start}", "flatten", dict(x=(2, 3, 4, 5)), start=start)
    for axis in (0, 1, 2, -1):
        sizes = {key: tuple(size if i == axis % 3 else n for i, n in enumerate(shape))
                 for key, size in (("a", 2), ("b", 1), ("c", 4))}
        add(file, f"cat_{axis}", "cat", sizes, axis=axis)


def extremes(file):
    """Large, infinite and missing numbers, forward only where the result is not finite."""
    big = np.array([[1e4, -1e4, 0, 88], [-np.inf, 1, 2, 3], [700, 701, 702, -700]], np.float32)
    odd = np.array([[np.nan, 1, -1, 0], [np.inf, -np.inf, np.nan, -0.0]], np.float32)
    rows = {"softmax": big, "log_softmax": big, "sigmoid": big, "tanh": big, "relu": odd, "leaky_relu": odd}
    options = {"softmax": dict(axis=-1), "log_softmax": dict(axis=-1), "leaky_relu": dict(slope=0.125)}
    for op, x in rows.items():
        case = Case(op + "_extreme", {})
        case.put("x", x)
        finish(file, case, op, {"x": torch.tensor(x, dtype=torch.float64, requires_grad=True)}, options.get(op, {}))


def products(file):
    add(file, "matmul", "matmul", dict(a=(5, 7), b=(7, 3)))
    add(file, "matmul_1", "matmul", dict(a=(1, 1), b=(1, 4)))
    add(file, "transpose", "transpose", dict(x=(5, 7)))
    for n, fan_in, out in ((1, 1, 1), (3, 7, 5), (9, 33, 17)):
        add(file, f"linear_{n}", "linear", dict(x=(n, fan_in), weight=(out, fan_in), bias=(out,)))
    add(file, "linear_no_bias", "linear", dict(x=(4, 6), weight=(3, 6)))


CONVS = [  # kernel, stride, padding, dilation, groups, bias, in channels, out channels, height x width
    ((1, 1), (1, 1), (0, 0), (1, 1), 1, True, 3, 5, (5, 7)),
    ((1, 1), (2, 2), (0, 0), (1, 1), 1, False, 3, 5, (5, 7)),
    ((1, 1), (1, 1), (1, 1), (1, 1), 1, True, 2, 3, (3, 2)),
    ((3, 3), (1, 1), (0, 0), (1, 1), 1, True, 3, 4, (5, 7)),
    ((3, 3), (1, 1), (1, 1), (1, 1), 1, True, 3, 4, (5, 7)),
    ((3, 3), (1, 1), (1, 1), (1, 1), 1, False, 3, 4, (8, 8)),
    ((3, 3), (1, 1), (1, 1), (1, 1), 1, True, 1, 1, (1, 1)),
    ((3, 3), (1, 1), (2, 2), (1, 1), 1, True, 2, 3, (4, 5)),
    ((3, 3), (1, 1), (1, 2), (1, 1), 1, True, 2, 3, (4, 5)),
    ((3, 3), (2, 2), (1, 1), (1, 1), 1, True, 3, 4, (7, 9)),
    ((3, 3), (2, 2), (1, 1), (1, 1), 1, False, 3, 4, (8, 8)),
    ((3, 3), (2, 1), (1, 1), (1, 1), 1, True, 3, 4, (7, 5)),
    ((3, 3), (2, 1), (1, 0), (1, 2), 1, True, 3, 4, (7, 9)),
    ((3, 3), (3, 3), (0, 0), (1, 1), 1, True, 2, 3, (8, 10)),
    ((3, 3), (1, 1), (2, 2), (2, 2), 1, True, 3, 4, (7, 6)),
    ((3, 3), (1, 1), (0, 0), (2, 2), 1, False, 3, 4, (7, 6)),
    ((3, 3), (2, 2), (1, 1), (2, 2), 1, True, 3, 4, (9, 8)),
    ((5, 5), (1, 1), (2, 2), (1, 1), 1, True, 2, 3, (6, 7)),
    ((5, 5), (1, 1), (0, 0), (1, 1), 1, True, 2, 3, (6, 7)),
    ((5, 5), (2, 2), (2, 2), (1, 1), 1, True, 2, 3, (9, 7)),
    ((5, 3), (1, 1), (2, 1), (1, 1), 1, True, 2, 3, (6, 5)),
    ((2, 3), (1, 2), (1, 0), (1, 1), 1, True, 2, 3, (6, 5)),
    ((3, 3), (1, 1), (1, 1), (1, 1), 2, True, 4, 6, (5, 5)),
    ((3, 3), (2, 2), (1, 1), (1, 1), 2, False, 4, 6, (7, 5)),
    ((3, 3), (1, 1), (1, 1), (1, 1), 4, True, 4, 4, (5, 7)),
    ((3, 3), (1, 1), (1, 1), (1, 1), 3, True, 3, 6, (5, 7)),
    ((3, 3), (2, 2), (1, 1), (2, 2), 4, True, 4, 8, (8, 9)),
    ((1, 1), (1, 1), (0, 0), (1, 1), 2, True, 4, 6, (3, 5)),
    ((1, 1), (1, 1), "same", (1, 1), 1, True, 2, 3, (5, 4)),
    ((3, 3), (1, 1), "same", (1, 1), 1, True, 2, 3, (5, 4)),
    ((3, 3), (1, 1), "same", (2, 2), 1, True, 2, 3, (5, 6)),
    ((2, 2), (1, 1), "same", (1, 1), 1, True, 2, 3, (5, 4)),
    ((4, 4), (1, 1), "same", (1, 1), 1, True, 2, 3, (5, 6)),
    ((2, 4), (1, 1), "same", (3, 1), 1, False, 2, 3, (5, 6)),
    ((2, 2), (1, 1), "same", (2, 2), 2, True, 4, 4, (5, 4)),
    ((3, 3), (1, 1), "valid", (1, 1), 1, True, 2, 3, (5, 4)),
    ((3, 2), (2, 2), "valid", (1, 1), 1, True, 2, 3, (6, 5)),
    ((3, 3), (1, 1), (1, 1), (1, 1), 1, True, 3, 32, (4, 8)),   # wide enough for vector code, and
    ((3, 3), (1, 1), (1, 1), (1, 1), 1, False, 16, 33, (3, 9)),  # one more than that
]


def convolutions(file):
    for index, (kernel, stride, padding, dilation, groups, bias, channels, out, size) in enumerate(CONVS):
        shapes = dict(x=(2, channels, *size), weight=(out, channels // groups, *kernel))
        if bias:
            shapes["bias"] = (out,)
        add(file, f"conv2d_{index:02}", "conv2d", shapes, stride=stride, padding=padding, dilation=dilation,
            groups=groups)


def pooling(file):
    windows = [((2, 2), None, (0, 0), (6, 4)), ((2, 2), None, (0, 0), (5, 7)), ((3, 3), (2, 2), (1, 1), (7, 6)),
               ((3, 3), (1, 1), (1, 1), (4, 5)), ((3, 2), (2, 1), (1, 0), (6, 5)), ((1, 1), (2, 2), (0, 0), (5, 5)),
               ((2, 3), (3, 2), (1, 1), (7, 8)), ((4, 4), None, (0, 0), (8, 8)), ((5, 7), None, (0, 0), (5, 7))]
    for index, (kernel, stride, padding, size) in enumerate(windows):
        options = dict(kernel=kernel, stride=stride, padding=padding)
        for kind in ("normal", "ties"):
            add(file, f"max_pool2d_{index}_{kind}", "max_pool2d", dict(x=((2, 3, *size), kind)), **options)
        for include in (True, False):
            add(file, f"avg_pool2d_{index}_{int(include)}", "avg_pool2d", dict(x=(2, 3, *size)),
                count_include_pad=include, **options)
    case = Case("max_pool2d_nan", {})
    x = np.array([1, np.nan, -np.inf, -np.inf, 5, 2, -np.inf, -np.inf], np.float32).reshape(1, 1, 2, 4)
    case.put("x", x)
    finish(file, case, "max_pool2d", {"x": torch.tensor(x, dtype=torch.float64, requires_grad=True)},
           dict(kernel=(2, 2), stride=None, padding=(0, 0)))
    for output in ((1, 1), (2, 2), (3, 2), (5, 7), (7, 9)):
        add(file, f"adaptive_avg_pool2d_{output[0]}_{output[1]}", "adaptive_avg_pool2d", dict(x=(2, 3, 5, 7)),
            output=output)
    add(file, "global_avg_pool2d", "global_avg_pool2d", dict(x=(2, 3, 5, 7)))


def normalizations(file):
    for index, (shape, affine) in enumerate(itertools.product(((4, 3), (5, 2, 3), (2, 4, 3, 2)), (True, False))):
        extra = dict(weight=shape[1:2], bias=shape[1:2]) if affine else {}
        add(file, f"normalize_across_{index}", "normalize_across", dict(x=shape, **extra), eps=1e-3)
        given = dict(mean=shape[1:2], var=(shape[1:2], "positive"), **extra)
        add(file, f"normalize_with_{index}", "normalize_with", dict(x=shape, **given), eps=1e-3)
    for groups, affine in itertools.product((1, 2, 3, 6), (True, False)):
        extra = dict(weight=(6,), bias=(6,)) if affine else {}
        add(file, f"normalize_within_{groups}_{int(affine)}", "normalize_within", dict(x=(2, 6, 3, 2), **extra),
            groups=groups, eps=1e-3)


def losses(file):
    for reduction in ("mean", "sum", "none"):
        add(file, f"mse_{reduction}", "mse_loss", dict(prediction=(4, 3), target=(4, 3)), reduction=reduction)
    table = itertools.product(("mean", "sum", "none"), (False, True), (-100, 2), (0.0, 0.1, 1.0))
    for reduction, weighted, ignore, smoothing in table:
        options = dict(reduction=reduction, ignore_index=ignore, label_smoothing=smoothing)
        cross_entropy(file, f"ce_{reduction}_w{int(weighted)}_i{ignore}_s{smoothing}", weighted, options,
                      [0, 2, 4, ignore, 1, 2])
    for reduction in ("mean", "sum", "none"):
        cross_entropy(file, f"ce_all_ignored_{reduction}", False,
                      dict(reduction=reduction, ignore_index=-100, label_smoothing=0.0), [-100] * 3)


def cross_entropy(file, name, weighted, options, labels):
    case = Case(name, {})
    inputs = {"logits": case.draw("logits", (len(labels), 5)), "labels": torch.tensor(labels)}
    case.put("labels", inputs["labels"])
    if weighted:
        inputs["class_weights"] = case.draw("class_weights", (5,), "positive").detach()
    finish(file, case, "cross_entropy", inputs, options)


def make():
    ops = GoldenFile("ops")
    for family in (elementwise, extremes, products, convolutions, pooling, normalizations):
        family(ops)
    ops.save()
    loss = GoldenFile("loss")
    losses(loss)
    loss.save()

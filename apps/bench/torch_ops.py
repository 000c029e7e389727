"""Times single ops of PyTorch for ops.py: `torch_ops.py THREADS` answers "OP SIZE... STEPS LAYOUT" with {"ms"}, the
median. The ops and their sizes are those of ops.cpp."""
import json
import statistics
import sys
import time

import torch
from torch.nn import functional

WARM_UP = 2


def backward(op, leaves):
    """The gradients of the leaves, given that of y = op(), which is computed before."""
    ys, dys = [], []  # the ys are kept: one that were freed would be the next run's cold memory
    left = []

    def prepare():
        ys.append(op())
        left.append(ys[-1])
        if not dys:
            dys.append(torch.randn_like(ys[0]))

    def run():
        for leaf in leaves:
            leaf.grad = None
        left.pop().backward(dys[0])

    return prepare, run


def inference(op):
    def run():
        with torch.no_grad():
            op()

    return lambda: None, run


def conv(sizes, layout, kind):
    n, c, o, side, stride = sizes
    x = torch.randn(n, c, side, side).to(memory_format=layout)
    weight = torch.randn(o, c, 3, 3).to(memory_format=layout)
    leaf = {"input_gradient": x, "weight_gradient": weight}.get(kind)
    op = lambda: functional.conv2d(x, weight, stride=stride, padding=1)
    return inference(op) if leaf is None else backward(op, [leaf.requires_grad_()])


def maps(sizes, layout):
    n, c, side = sizes
    return torch.randn(n, c, side, side).to(memory_format=layout).requires_grad_()


def batchnorm(sizes, layout, with_relu, kind):
    x, layer = maps(sizes, layout), torch.nn.BatchNorm2d(sizes[1])
    op = (lambda: torch.relu(layer(x))) if with_relu else (lambda: layer(x))
    return backward(op, [x, *layer.parameters()]) if kind == "backward" else (lambda: None, op)


def elementwise(sizes, layout, function, kind):
    x = maps(sizes, layout)
    op = lambda: function(x)
    return backward(op, [x]) if kind == "backward" else inference(op)


def linear(sizes, kind):
    n, inputs, outputs = sizes
    leaves = [torch.randn(*shape).requires_grad_() for shape in ((n, inputs), (outputs, inputs), (outputs,))]
    op = lambda: functional.linear(*leaves)
    return backward(op, leaves) if kind == "backward" else inference(op)


def optimizer(sizes, make):
    weight = torch.randn(sizes[0]).requires_grad_()
    weight.grad = torch.randn(sizes[0])
    return lambda: None, make([weight]).step


def make(name, sizes, layout):
    group, _, kind = name.partition("_")
    if group == "conv":
        return conv(sizes, layout, kind)
    if group == "batchnorm":
        return batchnorm(sizes, layout, kind.startswith("relu_"), kind.removeprefix("relu_"))
    if group == "relu":
        return elementwise(sizes, layout, torch.relu, kind)
    if group == "max":
        return elementwise(sizes, layout, lambda x: functional.max_pool2d(x, 2), kind.removeprefix("pool_"))
    if group == "linear":
        return linear(sizes, kind)
    if group == "sgd":
        return optimizer(sizes, lambda w: torch.optim.SGD(w, lr=0.01, momentum=0.9))
    return optimizer(sizes, lambda w: torch.optim.Adam(w))


def median_ms(prepare, run, steps):
    times = []
    for _ in range(WARM_UP + steps):
        prepare()
    for i in range(WARM_UP + steps):
        start = time.perf_counter()
        run()
        if i >= WARM_UP:
            times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times)


def main():
    torch.set_num_threads(int(sys.argv[1]))
    for line in sys.stdin:
        name, *sizes, steps, layout = line.split()
        prepare, run = make(name, [int(s) for s in sizes], getattr(torch, layout))
        print(json.dumps({"ms": median_ms(prepare, run, int(steps)), "version": torch.__version__}), flush=True)


if __name__ == "__main__":
    main()

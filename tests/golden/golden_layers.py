"""layers.safetensors: every layer, from a given state through phases of training and inference. A case holds
"state/NAME" at the start, and for phase i: "i/x", "i/y", "i/dy", "i/dx", "i/grad/NAME" per parameter, and the
buffers after it, "i/after/NAME"."""
import itertools

import torch
from torch import nn

from golden_file import Case, GoldenFile

# layer -> PyTorch's, from the case's options
LAYERS = {
    "Linear": lambda o: nn.Linear(o["in"], o["out"], bias=o["bias"]),
    "Conv2d": lambda o: nn.Conv2d(o["in"], o["out"], o["kernel"], o["stride"], o["padding"], o["dilation"],
                                  o["groups"], o["bias"]),
    "ReLU": lambda o: nn.ReLU(),
    "LeakyReLU": lambda o: nn.LeakyReLU(o["slope"]),
    "Sigmoid": lambda o: nn.Sigmoid(),
    "Tanh": lambda o: nn.Tanh(),
    "GELU": lambda o: nn.GELU(),
    "Softmax": lambda o: nn.Softmax(o["axis"]),
    "LogSoftmax": lambda o: nn.LogSoftmax(o["axis"]),
    "MaxPool2d": lambda o: nn.MaxPool2d(o["kernel"], o["stride"], o["padding"]),
    "AvgPool2d": lambda o: nn.AvgPool2d(o["kernel"], o["stride"], o["padding"],
                                        count_include_pad=o["count_include_pad"]),
    "AdaptiveAvgPool2d": lambda o: nn.AdaptiveAvgPool2d(o["output"]),
    "Flatten": lambda o: nn.Flatten(),
    "Identity": lambda o: nn.Identity(),
    "Dropout": lambda o: nn.Dropout(o["p"]),
    "BatchNorm1d": lambda o: nn.BatchNorm1d(o["features"], o["eps"], o["momentum"], o["affine"], o["track"]),
    "BatchNorm2d": lambda o: nn.BatchNorm2d(o["features"], o["eps"], o["momentum"], o["affine"], o["track"]),
    "LayerNorm": lambda o: nn.LayerNorm(o["shape"], o["eps"], o["affine"]),
    "GroupNorm": lambda o: nn.GroupNorm(o["groups"], o["channels"], o["eps"], o["affine"]),
    "InstanceNorm1d": lambda o: nn.InstanceNorm1d(o["channels"], o["eps"], affine=o["affine"]),
    "InstanceNorm2d": lambda o: nn.InstanceNorm2d(o["channels"], o["eps"], affine=o["affine"]),
    "Sequential": lambda o: nn.Sequential(nn.Conv2d(2, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(),
                                          nn.MaxPool2d(2), nn.Flatten(), nn.Linear(24, 5), nn.BatchNorm1d(5),
                                          nn.Tanh(), nn.Linear(5, 3)),
}


def set_state(case, layer):
    """Draws parameters and running statistics, so that no test passes on PyTorch's start values."""
    for name, value in layer.state_dict().items():
        if value.is_floating_point():
            drawn = case.draw("state/" + name, tuple(value.shape), "positive" if "var" in name else "normal").detach()
            value.copy_(drawn)
        else:
            case.put("state/" + name, value)


def add(file, name, kind, x_shape, phases=("train",), **options):
    case = Case(name, dict(layer=kind, phases=phases, **options))
    layer = LAYERS[kind](options).double()
    with torch.no_grad():
        set_state(case, layer)
    for i, phase in enumerate(phases):
        layer.train(phase == "train")
        layer.zero_grad(set_to_none=True)
        x = case.draw(f"{i}/x", x_shape)
        y = layer(x)
        case.put(f"{i}/y", y)
        dy = case.draw(f"{i}/dy", tuple(y.shape)).detach()
        y.backward(dy)
        case.put(f"{i}/dx", x.grad)
        for parameter, value in layer.named_parameters():
            case.put(f"{i}/grad/{parameter}", value.grad)
        for buffer, value in layer.named_buffers():
            case.put(f"{i}/after/{buffer}", value)
    file.add(case)


def batch_norms(file):
    phases = ("train", "train", "train", "eval", "train", "eval")
    shapes = {"BatchNorm1d": ((4, 3), (3, 2, 5)), "BatchNorm2d": ((3, 2, 3, 2), (1, 3, 2, 2), (5, 2, 1, 1))}
    for kind, kind_shapes in shapes.items():
        table = itertools.product(enumerate(kind_shapes), (0.1, 0.0, 1.0, None), (True, False), (True, False))
        for (index, shape), momentum, affine, track in table:
            add(file, f"{kind}_{index}_m{momentum}_a{int(affine)}_t{int(track)}", kind, shape, phases,
                features=shape[1], eps=1e-5, momentum=momentum, affine=affine, track=track)
        add(file, f"{kind}_eps", kind, kind_shapes[0], ("train", "eval"), features=kind_shapes[0][1], eps=0.1,
            momentum=0.1, affine=True, track=True)


def other_norms(file):
    for affine in (True, False):
        both = dict(phases=("train", "eval"), eps=1e-5, affine=affine)
        suffix = f"a{int(affine)}"
        for index, (shape, normalized) in enumerate([((4, 5), (5,)), ((2, 3, 5), (5,)), ((2, 3, 5), (3, 5)),
                                                     ((3, 2, 3, 2), (2, 3, 2))]):
            add(file, f"LayerNorm_{index}_{suffix}", "LayerNorm", shape, shape=normalized, **both)
        for groups in (1, 2, 3, 6):
            add(file, f"GroupNorm_{groups}_{suffix}", "GroupNorm", (2, 6, 3, 2), groups=groups, channels=6, **both)
        add(file, f"GroupNorm_flat_{suffix}", "GroupNorm", (3, 6), groups=2, channels=6, **both)
        add(file, f"InstanceNorm1d_{suffix}", "InstanceNorm1d", (2, 3, 5), channels=3, **both)
        add(file, f"InstanceNorm2d_{suffix}", "InstanceNorm2d", (2, 3, 3, 2), channels=3, **both)


def make():
    file = GoldenFile("layers")
    add(file, "Linear", "Linear", (3, 5), **{"in": 5, "out": 4, "bias": True})
    add(file, "Linear_no_bias", "Linear", (3, 5), **{"in": 5, "out": 4, "bias": False})
    conv = {"in": 4, "out": 6, "stride": (1, 1), "padding": (1, 1), "dilation": (1, 1), "groups": 1, "bias": True}
    for name, kernel, changed in (("Conv2d", (3, 3), {}), ("Conv2d_no_bias", (3, 3), {"bias": False}),
                                  ("Conv2d_stride", (3, 2), {"stride": (2, 1), "padding": (1, 0)}),
                                  ("Conv2d_groups", (3, 3), {"groups": 2, "dilation": (2, 2), "padding": (2, 2)}),
                                  ("Conv2d_same", (2, 3), {"padding": "same"}),
                                  ("Conv2d_valid", (1, 1), {"padding": "valid"})):
        add(file, name, "Conv2d", (2, 4, 5, 6), kernel=kernel, **(conv | changed))
    for kind in ("ReLU", "Sigmoid", "Tanh", "GELU", "Flatten", "Identity"):
        add(file, kind, kind, (2, 3, 4))
    add(file, "LeakyReLU", "LeakyReLU", (2, 3, 4), slope=0.01)
    for kind in ("Softmax", "LogSoftmax"):
        add(file, kind, kind, (2, 3, 4), axis=-1)
        add(file, kind + "_1", kind, (2, 3, 4), axis=1)
    pool = dict(kernel=(3, 2), stride=(2, 2), padding=(1, 0))
    add(file, "MaxPool2d", "MaxPool2d", (2, 3, 5, 6), **pool)
    add(file, "AvgPool2d", "AvgPool2d", (2, 3, 5, 6), count_include_pad=True, **pool)
    add(file, "AvgPool2d_exclude", "AvgPool2d", (2, 3, 5, 6), count_include_pad=False, **pool)
    add(file, "AdaptiveAvgPool2d", "AdaptiveAvgPool2d", (2, 3, 5, 6), output=(2, 4))
    add(file, "Dropout_eval", "Dropout", (2, 3, 4), ("eval",), p=0.5)
    add(file, "Dropout_none", "Dropout", (2, 3, 4), ("train", "eval"), p=0.0)
    add(file, "Dropout_all", "Dropout", (2, 3, 4), ("train", "eval"), p=1.0)
    batch_norms(file)
    other_norms(file)
    add(file, "Sequential", "Sequential", (3, 2, 4, 6), ("train", "train", "eval"))
    file.save()

"""optim.safetensors: ten steps of every optimizer on f(p) = sum c (p - target)^2 / 2, whose gradient is
c (p - target). A case holds two parameters "start/NAME" with "c/NAME" and "target/NAME", and "after/NAME" [10, ...]:
their values after each step. A third parameter, "idle", never gets a gradient and must not move."""
import torch

from golden_file import Case, GoldenFile

OPTIMIZERS = {"SGD": torch.optim.SGD, "Adam": torch.optim.Adam, "AdamW": torch.optim.AdamW}
STEPS = 10

CASES = [
    ("sgd", "SGD", dict(lr=0.1)),
    ("sgd_decay", "SGD", dict(lr=0.1, weight_decay=0.25)),
    ("sgd_momentum", "SGD", dict(lr=0.1, momentum=0.9)),
    ("sgd_dampening", "SGD", dict(lr=0.1, momentum=0.9, dampening=0.5)),
    ("sgd_nesterov", "SGD", dict(lr=0.1, momentum=0.9, nesterov=True)),
    ("sgd_momentum_decay", "SGD", dict(lr=0.1, momentum=0.9, weight_decay=0.25)),
    ("sgd_dampening_decay", "SGD", dict(lr=0.1, momentum=0.75, dampening=0.25, weight_decay=0.25)),
    ("sgd_nesterov_decay", "SGD", dict(lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.25)),
    ("adam", "Adam", dict(lr=0.05)),
    ("adam_betas", "Adam", dict(lr=0.05, beta1=0.75, beta2=0.5, eps=0.01)),
    ("adam_decay", "Adam", dict(lr=0.05, weight_decay=0.25)),
    ("adamw_no_decay", "AdamW", dict(lr=0.05, weight_decay=0)),
    ("adamw", "AdamW", dict(lr=0.05, weight_decay=0.25)),
    ("adamw_betas", "AdamW", dict(lr=0.05, beta1=0.75, beta2=0.5, eps=0.01, weight_decay=0.25)),
]


def add(file, name, kind, options):
    case = Case(name, dict(optimizer=kind, **options))
    shapes = {"weight": (5, 7), "bias": (3,)}
    start = {n: case.draw(f"start/{n}", shape).detach() for n, shape in shapes.items()}
    curvature = {n: case.draw(f"c/{n}", shape, "positive").detach() for n, shape in shapes.items()}
    target = {n: case.draw(f"target/{n}", shape).detach() for n, shape in shapes.items()}
    parameters = {n: value.clone().requires_grad_() for n, value in start.items()}
    idle = torch.ones(2, dtype=torch.float64, requires_grad=True)
    arguments = dict(options)
    if "beta1" in arguments:
        arguments["betas"] = (arguments.pop("beta1"), arguments.pop("beta2"))
    optimizer = OPTIMIZERS[kind]([*parameters.values(), idle], **arguments)
    history = {n: [] for n in parameters}
    for _ in range(STEPS):
        for n, p in parameters.items():
            p.grad = curvature[n] * (p.detach() - target[n])
        optimizer.step()
        for n, p in parameters.items():
            history[n].append(p.detach().clone())
    assert torch.equal(idle, torch.ones(2, dtype=torch.float64))
    for n, values in history.items():
        case.put(f"after/{n}", torch.stack(values))
    file.add(case)


def make():
    file = GoldenFile("optim")
    for name, kind, options in CASES:
        add(file, name, kind, options)
    file.save()

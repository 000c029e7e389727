"""vgg.safetensors, resnet20.safetensors and mlp.safetensors: a training pass of each model, and the logits of inference
after it. Narrow models for small images, with start values from the formula of golden_convnet. Where a relu's input is
next to zero, or two values of a pooling window next to each other, rounding decides where a gradient goes: of TRIES
batches of images the one is taken that is farthest from that, so that a test can ask for every digit that a float has."""
import math

import torch
import torch.nn.functional as F
from torch import nn

from golden_convnet import formula, put_summary
from golden_file import Case, GoldenFile

BATCH, SIDE, TRIES = 8, 16, 60
margins = []  # of the pass that runs: each op's distance from a kink, as a share of its largest input
CASES = {"batch": ("batch", "before"), "after": ("batch", "after"), "none": ("none", "before")}


def relu(x):
    size = x.detach().abs()
    margins.append((size.min() / size.max()).item())
    return torch.relu(x)


def max_pool(x):
    best = x.detach().unfold(2, 2, 2).unfold(3, 2, 2).flatten(4).topk(2).values
    gaps = best[..., 0] - best[..., 1]
    margins.append((gaps[gaps > 0].min() / best.abs().max()).item())  # equal ones, behind a relu, have no gradient
    return F.max_pool2d(x, 2)


def norm2d(channels, norm):
    return nn.BatchNorm2d(channels) if norm == "batch" else nn.Identity()


class VGG(nn.Module):
    width = 0.25

    def __init__(self, norm, placement):
        super().__init__()
        self.after = placement == "after"
        channels = [3, 16, 16, 32, 32, 64, 64]
        for i in range(1, 7):
            setattr(self, f"conv{i}", nn.Conv2d(channels[i - 1], channels[i], 3, padding=1))
            setattr(self, f"bn{i}", norm2d(channels[i], norm))
        self.fc1 = nn.Linear(64 * (SIDE // 8) ** 2, 64)
        self.bn7 = nn.BatchNorm1d(64) if norm == "batch" else nn.Identity()
        self.fc2 = nn.Linear(64, 10)

    def forward(self, x):
        def norm_relu(bn, h):
            return bn(relu(h)) if self.after else relu(bn(h))

        for i in range(1, 7):
            x = norm_relu(getattr(self, f"bn{i}"), getattr(self, f"conv{i}")(x))
            if i % 2 == 0:
                x = max_pool(x)
        return self.fc2(norm_relu(self.bn7, self.fc1(x.flatten(1))))


class BasicBlock(nn.Module):
    def __init__(self, fan_in, out, stride, norm, placement):
        super().__init__()
        self.after, self.stride, self.missing = placement == "after", stride, out - fan_in
        self.conv1 = nn.Conv2d(fan_in, out, 3, stride=stride, padding=1, bias=norm == "none")
        self.bn1 = norm2d(out, norm)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1, bias=norm == "none")
        self.bn2 = norm2d(out, norm)

    def forward(self, x):
        shortcut = F.pad(x[:, :, ::self.stride, ::self.stride],
                         (0, 0, 0, 0, self.missing // 2, self.missing - self.missing // 2))
        if self.after:
            return self.bn2(relu(self.conv2(self.bn1(relu(self.conv1(x)))) + shortcut))
        return relu(self.bn2(self.conv2(relu(self.bn1(self.conv1(x))))) + shortcut)


class ResNet20(nn.Module):
    width = 0.5

    def __init__(self, norm, placement):
        super().__init__()
        self.after = placement == "after"
        self.conv1 = nn.Conv2d(3, 8, 3, padding=1, bias=norm == "none")
        self.bn1 = norm2d(8, norm)
        for stage, (fan_in, out) in enumerate(((8, 8), (8, 16), (16, 32)), 1):
            blocks = [BasicBlock(fan_in if i == 0 else out, out, 2 if i == 0 and stage > 1 else 1, norm, placement)
                      for i in range(3)]
            setattr(self, f"layer{stage}", nn.Sequential(*blocks))
        self.fc = nn.Linear(32, 10)

    def forward(self, x):
        x = self.bn1(relu(self.conv1(x))) if self.after else relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))


class MLP(nn.Module):
    width = 0.25

    def __init__(self, norm, placement):
        super().__init__()
        self.after = placement == "after"
        for i in range(1, 4):
            setattr(self, f"fc{i}", nn.Linear(3 * SIDE * SIDE if i == 1 else 25, 25))
            setattr(self, f"bn{i}", nn.BatchNorm1d(25) if norm == "batch" else nn.Identity())
        self.fc4 = nn.Linear(25, 10)

    def forward(self, x):
        x = x.flatten(1)
        for i in range(1, 4):
            h, bn = getattr(self, f"fc{i}")(x), getattr(self, f"bn{i}")
            x = bn(torch.sigmoid(h)) if self.after else torch.sigmoid(bn(h))
        return self.fc4(x)


def offset_and_scale(name, value):
    """Weight matrices as large as He's initialization has them, sqrt(6 / fan_in), as a power of two."""
    if value.dim() > 1:
        return 0, 2.0 ** round(math.log2(math.sqrt(6 / value[0].numel())))
    return {"weight": (1, 0.25), "bias": (0, 0.25), "running_mean": (0, 0.125), "running_var": (1, 0.5)}[
        name.rsplit(".", 1)[1]]


def draw(model, images):
    """Start values by the formula, and images [BATCH, 3, SIDE, SIDE]; -> (images, {tensor: (offset, scale)})."""
    state = model.state_dict()
    table = {key: offset_and_scale(key, value) for key, value in state.items() if value.is_floating_point()}
    table[images] = (0, 1)
    model.load_state_dict({key: formula(key, tuple(value.shape), table) if key in table else value * 0
                           for key, value in state.items()})
    return formula(images, (BATCH, 3, SIDE, SIDE), table).double(), table


def margin(model, images):
    margins.clear()
    with torch.no_grad():
        model(draw(model, images)[0])
    return min(margins, default=0)  # sigmoids have no kinks


def add_pass(file, make_model, name, norm, placement):
    model = make_model(norm, placement).double()
    chosen = max((f"images{i}" for i in range(TRIES)), key=lambda images: margin(model, images))
    images, table = draw(model, chosen)
    for key, (offset, scale) in table.items():
        file.metadata["formula/" + key] = f"offset={offset} scale={scale}"
    case = Case(name, dict(norm=norm, placement=placement, width=make_model.width, images=chosen))
    logits = model(images)
    loss = F.cross_entropy(logits, torch.arange(BATCH) * 3 % 10)
    loss.backward()
    case.put("logits", logits)
    case.put("loss", loss)
    for key, parameter in model.named_parameters():
        put_summary(case, "grad/" + key, parameter.grad)
    model.eval()
    case.put("eval/logits", model(images))
    file.add(case)


def make():
    for name, make_model in (("vgg", VGG), ("resnet20", ResNet20), ("mlp", MLP)):
        file = GoldenFile(name)
        for case, (norm, placement) in CASES.items():
            add_pass(file, make_model, case, norm, placement)
        file.save()

"""The note's ConvNet. convnet.safetensors: training steps of the full-size model, whose start values come from a
formula that the test computes too (17 million weights are not stored), and samples of what they lead to.
Where a relu's input is next to zero, rounding decides whether a gradient passes: of TRIES batches of images the one is
taken that stays farthest from that, so that the test can ask for every digit that a float has.
convnet_small.safetensors: a checkpoint as PyTorch writes it, of the same network for 4x4 images."""
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import safetensors_io
from golden_file import Case, FOLDER, GoldenFile, SEED

BATCH, STEPS, SAMPLES, TRIES = 8, 2, 64, 24
SGD = dict(lr=0.05, momentum=0.9, weight_decay=5e-4)

# tensor -> (offset, scale): value = offset + scale * u, u a multiple of 2^-15 in [-1, 1). Powers of two, so that
# every value is an exact float32.
FORMULA = {
    "images": (0, 1), "conv1.weight": (0, 0.25), "conv1.bias": (0, 0.25), "fc1.weight": (0, 0.00390625),
    "fc1.bias": (0, 0.25), "fc2.weight": (0, 0.0625), "fc2.bias": (0, 0.25),
} | {f"{bn}.{name}": value for bn in ("bn1", "bn2") for name, value in {
    "weight": (1, 0.25), "bias": (0, 0.25), "running_mean": (0, 0.125), "running_var": (1, 0.5)}.items()}


def formula(name, shape, table=FORMULA):
    """u_i from a hash of (name, i): FNV-1a of the name, then the finisher of MurmurHash3."""
    salt = 2166136261
    for byte in name.encode():
        salt = (salt ^ byte) * 16777619 % 2**32
    h = np.arange(int(np.prod(shape)), dtype=np.uint32) * np.uint32(0x9E3779B1) + np.uint32(salt)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        h = (h ^ (h >> np.uint32(shift))) * np.uint32(factor)
    h ^= h >> np.uint32(16)
    u = (h >> np.uint32(16)).astype(np.float32) / np.float32(32768) - np.float32(1)
    offset, scale = table[name]
    return torch.from_numpy((np.float32(offset) + np.float32(scale) * u).reshape(shape))


class ConvNet(nn.Module):
    """The note's, with or without its BatchNorm. pool=1 is its Keras spelling, pool=4 its PyTorch spelling."""

    def __init__(self, norm, size=32, pool=1):
        super().__init__()
        self.pool = pool
        self.conv1 = nn.Conv2d(3, 64, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(64) if norm else nn.Identity()
        self.fc1 = nn.Linear(64 * (size // pool) ** 2, 256)
        self.bn2 = nn.BatchNorm1d(256) if norm else nn.Identity()
        self.fc2 = nn.Linear(256, 10)

    def forward(self, x):
        h = torch.relu(self.bn1(self.conv1(x)))
        h = F.max_pool2d(h, self.pool).flatten(1)
        h = torch.relu(self.bn2(self.fc1(h)))
        return self.fc2(h)


def load_formula(model):
    state = {name: formula(name, tuple(value.shape)) if value.is_floating_point() else value
             for name, value in model.state_dict().items()}
    model.load_state_dict(state, strict=True)


def samples(values):
    """SAMPLES values at equal distances, fewer of a small tensor."""
    flat = values.detach().flatten()
    return flat[:: max(1, flat.numel() // SAMPLES)][:SAMPLES]


def put_summary(case, prefix, values):
    case.put(prefix + "/samples", samples(values))
    case.put(prefix + "/sums", torch.stack([values.sum(), values.abs().sum()]))


def training(norm, images):
    """Yields (model, logits, loss) after every step."""
    model = ConvNet(norm).double()
    load_formula(model)
    optimizer = torch.optim.SGD(model.parameters(), **SGD)
    for _ in range(STEPS):
        optimizer.zero_grad()
        logits = model(images)
        loss = F.cross_entropy(logits, torch.arange(BATCH) * 3 % 10)
        loss.backward()
        optimizer.step()
        yield model, logits, loss


def draw(name):
    return formula(name, (BATCH, 3, 32, 32), {name: FORMULA["images"]}).double()


def margin(norm, images):
    """The least |input| of a relu during the training."""
    least = []
    relu = torch.relu
    try:
        torch.relu = lambda x: (least.append(x.detach().abs().min().item()), relu(x))[1]
        for _ in training(norm, images):
            pass
    finally:
        torch.relu = relu
    return min(least)


def add_training(file, norm):
    chosen = max((f"images{i}" for i in range(TRIES)), key=lambda name: margin(norm, draw(name)))
    file.metadata["formula/" + chosen] = file.metadata["formula/images"]
    case = Case("batch" if norm else "none",
                dict(norm="batch" if norm else "none", images=chosen, steps=STEPS, **SGD))
    for step, (model, logits, loss) in enumerate(training(norm, draw(chosen))):
        case.put(f"{step}/logits", logits)
        case.put(f"{step}/loss", loss)
        for name, parameter in model.named_parameters():
            put_summary(case, f"{step}/grad/{name}", parameter.grad)
            put_summary(case, f"{step}/after/{name}", parameter.detach())
        for name, buffer in model.named_buffers():
            case.put(f"{step}/buffer/{name}", buffer)
    model.eval()
    case.put("eval/logits", model(draw(chosen)))
    file.add(case)


def make_training():
    file = GoldenFile("convnet")
    for name, (offset, scale) in FORMULA.items():
        file.metadata["formula/" + name] = f"offset={offset} scale={scale}"
    for norm in (True, False):
        add_training(file, norm)
    file.save()


def make_small_checkpoint():
    """In float32 throughout, the way a user saves a model."""
    torch.manual_seed(SEED)
    model = ConvNet(norm=True, size=4, pool=4)
    with torch.no_grad():
        for bn in (model.bn1, model.bn2):
            nn.init.normal_(bn.weight)
            nn.init.normal_(bn.bias)
        for _ in range(3):  # moves the running statistics
            model(torch.randn(8, 3, 4, 4) * 2 + 1)
        model.eval()
        images = torch.randn(5, 3, 4, 4)
        logits = model(images)
    state = {name: value.numpy() for name, value in model.state_dict().items()}
    metadata = {"torch": torch.__version__, "seed": str(SEED)}
    safetensors_io.write(FOLDER / "convnet_small.safetensors", state, metadata | {"format": "pt"})
    answer = {"images": images.numpy(), "logits": logits.numpy()}
    safetensors_io.write(FOLDER / "convnet_small_logits.safetensors", answer, metadata)


def make():
    make_training()
    make_small_checkpoint()

"""The models of models/, layer by layer the same, in PyTorch."""
import torch
from torch import nn
from torch.nn import functional


def norms(norm, kind, channels):
    return kind(channels) if norm == "batch" else nn.Identity()


def convnet(norm, pool):
    side = 32 // pool
    return nn.Sequential(nn.Conv2d(3, 64, 3, padding=1), norms(norm, nn.BatchNorm2d, 64), nn.ReLU(),
                         nn.MaxPool2d(pool) if pool > 1 else nn.Identity(), nn.Flatten(),
                         nn.Linear(64 * side * side, 256), norms(norm, nn.BatchNorm1d, 256), nn.ReLU(),
                         nn.Linear(256, 10))


def vgg(norm):
    """64-64-pool-128-128-pool-256-256-pool, then Linear 4096-256-10."""
    layers, before = [], 3
    for channels in (64, 128, 256):
        for _ in range(2):
            layers += [nn.Conv2d(before, channels, 3, padding=1), norms(norm, nn.BatchNorm2d, channels), nn.ReLU()]
            before = channels
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(4096, 256), norms(norm, nn.BatchNorm1d, 256), nn.ReLU(),
                         nn.Linear(256, 10))


class BasicBlock(nn.Module):
    """relu(F(x) + shortcut(x)); where the size changes, the shortcut takes every other pixel and adds channels of
    zeros [He 2016, option A]."""

    def __init__(self, norm, before, channels, stride):
        super().__init__()
        bias = norm != "batch"
        self.conv1 = nn.Conv2d(before, channels, 3, stride, padding=1, bias=bias)
        self.bn1 = norms(norm, nn.BatchNorm2d, channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=bias)
        self.bn2 = norms(norm, nn.BatchNorm2d, channels)
        self.added, self.stride = channels - before, stride

    def forward(self, x):
        h = functional.relu(self.bn1(self.conv1(x)))
        h = self.bn2(self.conv2(h))
        if self.added:
            half = self.added // 2
            x = functional.pad(x[:, :, ::self.stride, ::self.stride], (0, 0, 0, 0, half, self.added - half))
        return functional.relu(h + x)


def resnet20(norm):
    layers = [nn.Conv2d(3, 16, 3, padding=1, bias=norm != "batch"), norms(norm, nn.BatchNorm2d, 16), nn.ReLU()]
    before = 16
    for channels in (16, 32, 64):
        for block in range(3):
            layers.append(BasicBlock(norm, before, channels, 2 if block == 0 and channels > 16 else 1))
            before = channels
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def make_model(name, norm):
    return {"convnet": lambda: convnet(norm, 1), "convnet-8x8": lambda: convnet(norm, 4), "vgg": lambda: vgg(norm),
            "resnet20": lambda: resnet20(norm)}[name]()


def make_optimizer(name, parameters):
    if name == "sgd":
        return torch.optim.SGD(parameters, lr=0.01, momentum=0.9)
    return torch.optim.Adam(parameters, lr=0.001)

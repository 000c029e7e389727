#!/usr/bin/python3
"""check_checkpoint.py CHECKPOINT ANSWER: does PyTorch's ConvNet load a checkpoint that evenkeel wrote (every name and
shape, strict) and compute from it the logits that evenkeel did? ANSWER holds "images" and "logits". Prints SKIPPED
where there is no PyTorch; exits with 1 where the two differ."""
import sys

try:
    import numpy  # noqa: F401, for safetensors_io
    import torch
except ImportError as error:
    print(f"SKIPPED: python3 has no {error.name}")
    sys.exit(0)

import safetensors_io
from golden_convnet import ConvNet

TOLERANCE = 1e-4


def main(checkpoint, answer):
    state, _ = safetensors_io.read(checkpoint)
    expected, _ = safetensors_io.read(answer)
    model = ConvNet(norm="bn1.weight" in state)
    model.load_state_dict({name: torch.tensor(value) for name, value in state.items()}, strict=True)
    model.eval()
    with torch.no_grad():
        logits = model(torch.tensor(expected["images"]))
    error = (logits - torch.tensor(expected["logits"])).abs().max().item()
    print(f"{len(state)} tensors loaded; logits differ by {error:.1e}, allowed {TOLERANCE:.0e}")
    return 0 if error <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

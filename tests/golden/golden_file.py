"""A file of golden cases. A case is a name, its options (one "key=value ..." string in the metadata) and its tensors,
stored as "case/tensor". Inputs are exact float32; results are computed in float64 and rounded to float32 once, so
that a test measures its own rounding alone."""
import pathlib
import zlib

import numpy as np
import torch

import safetensors_io

FOLDER = pathlib.Path(__file__).parent
SEED = 1


def text(value):
    """One option as text: (2, 1) -> "2,1", True -> "1", None -> "none"."""
    if isinstance(value, (tuple, list)):
        return ",".join(text(v) for v in value)
    return "none" if value is None else str(int(value) if isinstance(value, bool) else value)


class Case:
    def __init__(self, name, options):
        self.name, self.options, self.tensors = name, options, {}
        # Its own stream: another case more or less changes no number of this one. RandomState is frozen by NumPy.
        self.random = np.random.RandomState(SEED ^ zlib.crc32(name.encode()))

    def put(self, name, value):
        """Stores a tensor, floats as float32."""
        array = value.detach().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)
        self.tensors[name] = array.astype("<i8" if array.dtype.kind == "i" else "<f4")

    def draw(self, name, shape, kind="normal"):
        """Draws and stores an input; returns it as a float64 leaf of the graph."""
        array = self.random.standard_normal(shape).astype(np.float32)
        if kind == "positive":
            array = np.abs(array) + np.float32(0.25)
        elif kind == "ties":  # many equal values
            array = np.round(array)
        self.put(name, array)
        return torch.tensor(array.astype(np.float64), requires_grad=True)


class GoldenFile:
    def __init__(self, name):
        self.path, self.tensors, self.cases = FOLDER / f"{name}.safetensors", {}, 0
        self.metadata = {"torch": torch.__version__, "seed": str(SEED)}

    def add(self, case):
        assert case.name not in self.metadata, case.name
        self.cases += 1
        self.metadata[case.name] = " ".join(f"{key}={text(value)}" for key, value in case.options.items())
        self.tensors.update({f"{case.name}/{name}": array for name, array in case.tensors.items()})

    def save(self):
        safetensors_io.write(self.path, self.tensors, self.metadata)
        print(f"{self.path.name}: {self.cases} cases, {self.path.stat().st_size} bytes")

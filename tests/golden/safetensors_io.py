"""Reads and writes .safetensors files: 8 bytes header length | JSON header | values, little-endian, row-major."""
import json
import struct

import numpy as np

DTYPES = {"F64": "<f8", "F32": "<f4", "I64": "<i8", "I32": "<i4", "U8": "|u1"}
WRITE_ORDER = ["I64", "F64", "F32", "I32", "U8"]  # wide values first, so that each begins aligned to its size


def write(path, tensors, metadata=None):
    """tensors: {name: numpy array}, metadata: {str: str}. The same content gives the same bytes."""
    names = {np.dtype(code): name for name, code in DTYPES.items()}
    dtype_of = {name: names[np.asarray(array).dtype] for name, array in tensors.items()}
    header = {"__metadata__": dict(sorted(metadata.items()))} if metadata else {}
    blobs, end = [], 0
    for name in sorted(tensors, key=lambda n: (WRITE_ORDER.index(dtype_of[n]), n)):
        array = np.asarray(tensors[name])
        blobs.append(array.tobytes())
        begin, end = end, end + len(blobs[-1])
        header[name] = {"dtype": dtype_of[name], "shape": list(array.shape), "data_offsets": [begin, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def read(path):
    """-> ({name: numpy array}, metadata). Raises ValueError where the tensors do not tile the file exactly."""
    with open(path, "rb") as file:
        content = file.read()
    (length,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    tensors, expected = {}, 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        begin, end = entry["data_offsets"]
        values = np.frombuffer(content[8 + length + begin : 8 + length + end], DTYPES[entry["dtype"]])
        if begin != expected:
            raise ValueError(f"{path}: '{name}' begins at byte {begin} of the values, expected {expected}")
        tensors[name], expected = values.reshape(entry["shape"]), end
    if 8 + length + expected != len(content):
        raise ValueError(f"{path}: {len(content)} bytes, the header describes {8 + length + expected}")
    return tensors, metadata

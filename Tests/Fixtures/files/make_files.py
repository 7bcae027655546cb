"""Writes the array files that TensorsTests reads: what PyTorch, NumPy and the safetensors library write, and hostile files after them.

    python make_files.py            # beside this script; needs torch, numpy, safetensors

Every file stays small. Values are whole numbers or short binary fractions, so that the tests can state them exactly.
"""

import collections
import io
import pathlib
import pickle
import struct
import zipfile
import zlib

import numpy as np
import torch
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent


def module() -> torch.nn.Module:
    """A small network with every kind of entry a state_dict has: float32 weights, a buffer and an int64 counter."""
    network = torch.nn.Sequential(
        collections.OrderedDict(
            conv=torch.nn.Conv1d(2, 3, 3), norm=torch.nn.BatchNorm1d(3), head=torch.nn.Linear(3, 2, bias=False)
        )
    )
    with torch.no_grad():
        for index, (_, value) in enumerate(sorted(network.state_dict().items())):
            value.copy_((torch.arange(value.numel()).reshape(value.shape) + index).to(value.dtype))
    return network


def views() -> dict:
    """Tensors that share one storage of twelve numbers, each laid out differently on it."""
    base = torch.arange(12, dtype=torch.float32).reshape(3, 4)
    return {
        "base": base,
        "transposed": base.t(),
        "row": base[1],
        "columns": base[:, 1::2],
        "last": base[2, 3],
        "none": base[:0],
        "expanded": base[:, :1].expand(3, 5),
    }


def types() -> dict:
    values = {
        name: torch.tensor([-2, 0, 1.5, 3], dtype=torch.float64).to(getattr(torch, name))
        for name in ["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8"]
    }
    return values | {"uint8": torch.tensor([0, 1, 255], dtype=torch.uint8), "bool": torch.tensor([True, False])}


def checkpoint() -> dict:
    network = module()
    optimizer = torch.optim.Adam(network.parameters(), lr=0.5)
    for parameter in network.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    return {"epoch": 7, "best": 0.5, "name": "näme", "state_dict": network.state_dict(), "optimizer": optimizer.state_dict(),
            "parameters": [torch.nn.Parameter(torch.ones(2)), torch.zeros(1)]}


def pytorch():
    torch.save(module().state_dict(), HERE / "module.pt")
    torch.save(module().state_dict(), HERE / "module-legacy.pt", _use_new_zipfile_serialization=False)
    torch.save(views(), HERE / "views.pt")
    torch.save(views(), HERE / "views-legacy.pt", _use_new_zipfile_serialization=False)
    torch.save(types(), HERE / "types.pt")
    torch.save(types(), HERE / "types-legacy.pt", _use_new_zipfile_serialization=False)
    torch.save(checkpoint(), HERE / "checkpoint.pt")
    torch.save(torch.arange(6).reshape(2, 3).float(), HERE / "single.pt")
    # Refused: not tensors and plain containers.
    torch.save(torch.nn.Linear(1, 1), HERE / "whole-module.pt")


class Hostile:
    """A pickle that would run a command where pickles are trusted."""

    def __reduce__(self):
        import os

        return os.system, ("touch hostile-code-ran",)


def hostile():
    torch.save({"weight": torch.ones(2), "payload": Hostile()}, HERE / "hostile.pt")
    torch.save({"weight": torch.ones(2), "payload": Hostile()}, HERE / "hostile-legacy.pt", _use_new_zipfile_serialization=False)


def numpy_files():
    ramp = np.arange(6, dtype=np.float32).reshape(2, 3)
    np.save(HERE / "ramp.npy", ramp)
    np.save(HERE / "fortran.npy", np.asfortranarray(np.arange(24, dtype=np.float64).reshape(2, 3, 4)))
    np.save(HERE / "big-endian.npy", ramp.astype(">f4"))
    np.save(HERE / "scalar.npy", np.float32(2.5))
    np.save(HERE / "object.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    np.save(HERE / "structured.npy", np.zeros(2, dtype=[("a", "<f4"), ("b", "<i8")]))
    arrays = {
        name: np.array([1, 0, 3], dtype=name)
        for name in ["bool", "uint8", "int8", "int16", "uint16", "float16", "int32", "uint32", "float32", "float64", "int64", "uint64"]
    }
    for version in [(2, 0), (3, 0)]:
        with open(HERE / f"version{version[0]}.npy", "wb") as file:
            np.lib.format.write_array(file, ramp, version=version)
    np.savez(HERE / "types.npz", **arrays, **{"grid/ramp": ramp, "empty": np.zeros((0, 3))})
    np.savez_compressed(HERE / "types-deflated.npz", **arrays, **{"grid/ramp": ramp, "empty": np.zeros((0, 3))})
    # A megabyte of zeros in a kilobyte: allowed. 256 MiB in 256 KiB: a bomb; kept as a recipe in the tests, not as a file.
    np.savez_compressed(HERE / "zeros.npz", zeros=np.zeros((512, 512), dtype=np.float32))


def safetensors_file():
    arrays = {name: value.contiguous() for name, value in types().items()}
    arrays |= {name: torch.tensor([0, 1, 7]).to(getattr(torch, name)) for name in ["uint16", "uint32", "uint64"]}
    save_file(arrays | {"matrix": torch.arange(6.0).reshape(2, 3), "scalar": torch.tensor(2.5), "empty": torch.zeros(0, 3)},
              HERE / "types.safetensors", metadata={"format": "pt"})


if __name__ == "__main__":
    torch.manual_seed(0)
    pytorch()
    hostile()
    numpy_files()
    safetensors_file()

"""Checkpoints, from which a run goes on."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from .._support.errors import W2VError
from .._support.files import atomic_write, check_readable

_REMEDY = "choose another path, or delete it to start anew"


def save_checkpoint(path: Path, identity: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    """Write the state of a run, whole or not at all, without pickle."""
    about = np.frombuffer(json.dumps(identity).encode(), np.uint8)
    with atomic_write(path) as file:
        np.savez(file, about=about, **arrays)  # type: ignore[arg-type]


def load_checkpoint(
    path: Path, identity: dict[str, Any], like: dict[str, np.ndarray], steps: int
) -> dict[str, np.ndarray] | None:
    """Return the state of a run, None where there is no file; a file that is refused stays.

    ``like`` shows the shapes and types that arrays must have; the number of recordings is open.
    """
    if not os.path.lexists(path):
        if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
            folder = path.parent
            raise W2VError(f"cannot write checkpoints to {folder}; choose a folder that exists")
        return None
    check_readable(path, _REMEDY)
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        found = dict(json.loads(arrays.pop("about").tobytes()))
        differ = [
            f"{name} is {found.get(name)} there and {value} here"
            for name, value in identity.items()
            if found.get(name) != value
        ]
        if not differ:
            _check_arrays(arrays, like)
    except Exception as error:  # NumPy, zipfile and json refuse foreign bytes in a dozen ways
        trouble = f"is no readable checkpoint of w2vlib.train ({error}); it was left as it is"
        raise W2VError(f"{path} {trouble}: {_REMEDY}") from error
    if differ:
        raise W2VError(
            f"the checkpoint {path} is of another run: {'; '.join(differ)}. It was left as it "
            f"is: choose another path, or the settings that it has (rng freshly seeded, as there)"
        )
    step = int(arrays["step"])
    if step > steps:
        raise W2VError(
            f"the checkpoint {path} is at step {step:,}, beyond steps={steps:,}; ask for "
            f"{step:,} steps or more, or choose another path"
        )
    return arrays


def _check_arrays(arrays: dict[str, np.ndarray], like: dict[str, np.ndarray]) -> None:
    for name, model in like.items():
        shape, open_axes = arrays[name].shape, name.startswith(("record", "kept"))
        if shape[open_axes:] != model.shape[open_axes:] or arrays[name].dtype != model.dtype:
            raise ValueError(f"{name} has shape {shape} and type {arrays[name].dtype}")
    for names in (("record_steps", "record_loss", "record_s"), ("kept_steps", "kept")):
        if len({len(arrays[name]) for name in names}) > 1:
            raise ValueError(f"{' and '.join(names)} are of different lengths")

"""Checkpoints, from which a run goes on."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from .._support.errors import W2VError
from .._support.files import atomic_write


def save_checkpoint(
    path: str | os.PathLike[str], model: dict[str, Any], arrays: dict[str, np.ndarray]
) -> None:
    """Write the state of a run, whole or not at all, without pickle."""
    about = np.frombuffer(json.dumps(model).encode(), np.uint8)
    with atomic_write(path) as file:
        np.savez(file, about=about, **arrays)  # type: ignore[arg-type]


def load_checkpoint(
    path: str | os.PathLike[str], model: dict[str, Any], steps: int
) -> dict[str, np.ndarray] | None:
    """Return the state of a run, None where there is no file.

    Raises
    ------
    W2VError
        The file is no checkpoint, is of another model, or lies beyond ``steps``; or there is no
        folder to write it into. The file stays as it is.
    """
    path = Path(path)
    if not path.exists():
        if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
            raise W2VError(
                f"cannot write checkpoints to {path.parent}; choose a folder that exists"
            )
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        found = json.loads(arrays.pop("about").tobytes())
        step = int(arrays["step"])
        differ = [
            f"{name} is {found.get(name)} there and {value} here"
            for name, value in model.items()
            if found.get(name) != value
        ]
    except (OSError, EOFError, KeyError, ValueError, AttributeError, zipfile.BadZipFile) as error:
        raise W2VError(
            f"{path} is no readable checkpoint of w2vlib.train ({error}); it was left as it is: "
            f"choose another path, or delete it to start anew"
        ) from error
    if differ:
        raise W2VError(
            f"the checkpoint {path} is of another model: {'; '.join(differ)}. It was left as it "
            f"is: choose another path, or the settings that it has"
        )
    if step > steps:
        raise W2VError(
            f"the checkpoint {path} is at step {step:,}, beyond steps={steps:,}; ask for "
            f"{step:,} steps or more, or choose another path"
        )
    return arrays

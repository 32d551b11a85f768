"""Stands in for torch: the part that the book's cells use, in NumPy, with slopes.

`randn` draws torch's own numbers. What else torch has is not here, and the page says so.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from . import nn as nn
from . import optim as optim
from ._random import Generator as Generator
from ._random import randn as randn
from ._tensor import Tensor as Tensor
from ._tensor import recording

STAND_IN = True  # w2vlib trains in NumPy itself
inf, float32, float64, int64 = math.inf, np.float32, np.float64, np.int64


def __getattr__(name: str) -> Any:
    raise AttributeError(
        f"torch.{name} is not in the page, which has only what the book's cells use of torch: "
        "download the notebook and run it on your machine"
    )


def tensor(values: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Return a tensor with a copy of the values; Python's floats become float32."""
    if dtype is None and not hasattr(values, "dtype") and np.asarray(values).dtype.kind == "f":
        dtype = np.float32
    return Tensor(np.array(values, dtype), requires_grad)


def from_numpy(array: np.ndarray) -> Tensor:
    """Return a tensor of this array itself."""
    return Tensor(array)


def zeros(*shape: int) -> Tensor:
    """Return zeros."""
    return Tensor(np.zeros(shape, np.float32))


def ones(*shape: int) -> Tensor:
    """Return ones."""
    return Tensor(np.ones(shape, np.float32))


def eye(n: int) -> Tensor:
    """Return the identity."""
    return Tensor(np.eye(n, dtype=np.float32))


def full(shape: Sequence[int], value: float) -> Tensor:
    """Return the same number everywhere."""
    return Tensor(np.full(shape, value, np.float32))


def cat(tensors: Sequence[Tensor]) -> Tensor:
    """Put tensors one below the other, without their slopes."""
    return Tensor(np.concatenate([one.array for one in tensors]))


def stack(tensors: Sequence[Tensor]) -> Tensor:
    """Put tensors one behind the other, without their slopes."""
    return Tensor(np.stack([one.array for one in tensors]))


def softmax(values: Tensor, dim: int) -> Tensor:
    """Return chances along an axis."""
    return values.softmax(dim)


def log_softmax(values: Tensor, dim: int) -> Tensor:
    """Return logarithms of chances along an axis."""
    return values.log_softmax(dim)


@contextlib.contextmanager
def no_grad() -> Iterator[None]:
    """Record nothing inside."""
    before, recording[0] = recording[0], False
    try:
        yield
    finally:
        recording[0] = before


def set_num_threads(n: int) -> None:
    """Do nothing: there is one thread."""

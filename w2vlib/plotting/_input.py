"""What every figure asks of its input, and the axes that it draws on."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from .._support.errors import W2VError


def new_axes(size: tuple[float, float] | None = None) -> Axes:
    return plt.subplots(figsize=size)[1]


def real(values: ArrayLike, name: str) -> NDArray[np.float64]:
    try:
        if not np.iscomplexobj(values):
            return np.asarray(values, dtype=float)
        found = "complex numbers"
    except (TypeError, ValueError, OverflowError) as error:
        found = f"no table of numbers ({error})"
    raise W2VError(f"{name} is {found}; pass real numbers")


def vector(values: ArrayLike, name: str) -> NDArray[np.float64]:
    vector = real(values, name)
    if vector.ndim != 1 or not np.isfinite(vector).all():
        raise W2VError(
            f"{name} has shape {vector.shape} with {np.isfinite(vector).sum()} finite numbers; "
            "pass one row of finite numbers"
        )
    return vector

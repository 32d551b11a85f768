"""A forecast in letters: what the printed table, the figure and the page share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .._support.types import FloatArray

if TYPE_CHECKING:
    from ._model import Forecast

ROWS = 25  # of the printed table


def time_grid(coming: Forecast) -> FloatArray:
    """Return times from 0 to a little after the last mode, the middles of the steps among them."""
    return np.unique(np.append(np.linspace(0, 1.08 * coming.times.max(), 700), coming.times))


def decimals(first: float) -> int:
    """Digits after the point that show a time of this size to three figures or more."""
    return max(0, 3 - int(np.ceil(np.log10(first))))


def printable(word: str) -> str:
    """Return the word without characters that steer a terminal or are not allowed in a page."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in word)

"""The staircase that a forecast draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from ..plotting import BLUE, GREY, INK, THEORY
from ..plotting._labels import settle
from ._table import time_grid

if TYPE_CHECKING:
    from ._model import Forecast

_NAMED = 6  # steps whose words are written beside them
_REACH = 0.62  # of the time axis: a name that began further right would not fit


def staircase(forecast: Forecast, ax: Axes | None) -> Axes:
    """Draw the loss against time; steps that are large and early enough carry their words."""
    if ax is None:
        _, ax = plt.subplots()
    t = time_grid(forecast)
    ax.plot(t, forecast.loss(t), color=BLUE, label="forecast", **THEORY)
    ax.set(xlabel="time (learning rate × steps)", ylabel="loss")
    ax.margins(x=0, y=0.06)
    scale = 72 / settle(ax).dpi  # pixels to typographic points
    named = [i for i in range(min(_NAMED, len(forecast))) if forecast.times[i] < _REACH * t[-1]]
    points = [(forecast.times[i], float(forecast.loss(forecast.times[i]))) for i in named]
    if not named:
        return ax
    heights = ax.transData.transform(points)[:, 1] * scale
    least = -np.inf
    for i, point, height in zip(named[::-1], points[::-1], heights[::-1], strict=True):
        # From below: names may only move up, off the curve.
        least = max(height + 7, least + 1.25 * plt.rcParams["font.size"])
        high, low = forecast.words[i]
        ax.annotate(
            f"{forecast.k[i]}  {high[0]} … {low[0]}".replace("$", r"\$"),
            point,
            xytext=(14, least - height),
            textcoords="offset points",
            va="center",
            color=INK,
            arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 0.7, "shrinkB": 3},
        )
    return ax

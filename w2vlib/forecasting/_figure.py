"""The staircase that a forecast draws."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from ..plotting import BLUE, GREY, INK, THEORY
from ..plotting._axes import axes_or_new, settle, write_beside
from ._table import mode_name, time_grid
from ._timetable import Timetable

_MOST_NAMED = 6  # steps whose words are written beside them
_NAMES_END = 0.62  # of the time axis: a name that began further right would not fit


def staircase(forecast: Timetable, ax: Axes | None) -> Axes:
    """Draw the loss against time; steps that are large and early enough carry their words."""
    ax = axes_or_new(ax)
    t = time_grid(forecast)
    ax.plot(t, forecast.loss(t), color=BLUE, label="forecast", **THEORY)
    ax.set(xlabel="time (learning rate × steps)", ylabel="loss")
    ax.margins(x=0, y=0.06)
    early = int(np.sum(forecast.times[:_MOST_NAMED] < _NAMES_END * t[-1]))
    times = forecast.times[:early]
    if not early:
        return ax
    points = np.column_stack([times, forecast.loss(times)])
    points_per_pixel = 72 / settle(ax).dpi
    heights = ax.transData.transform(points)[:, 1] * points_per_pixel
    lowest = -np.inf
    for i in reversed(range(early)):  # from below: names may only move up, off the curve
        lowest = max(heights[i] + 7, lowest + 1.25 * plt.rcParams["font.size"])
        arrow = {"arrowstyle": "-", "color": GREY, "linewidth": 0.7, "shrinkB": 3}
        style = {"color": INK, "parse_math": False, "arrowprops": arrow}  # "$" begins no formula
        write_beside(ax, mode_name(forecast, i), points[i], (14, lowest - heights[i]), **style)
    return ax

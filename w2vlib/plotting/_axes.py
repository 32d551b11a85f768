"""The axes that a figure draws on."""

from __future__ import annotations

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .._support.validation import instance_of


def axes_or_new(ax: Axes | None, size: tuple[float, float] | None = None) -> Axes:
    """Return the axes; where there are none those of a new figure, ``size`` in inches."""
    if ax is None:
        return plt.subplots(figsize=size)[1]
    return instance_of("ax", ax, Axes, "such as plt.subplots()[1], or None")


def settle(ax: Axes) -> Figure:
    """Fix limits and layout, so that pixel positions hold; return the figure of the axes."""
    figure: Figure = ax.figure.figure  # the whole one, where the axes are in a subfigure
    figure.draw_without_rendering()
    return figure

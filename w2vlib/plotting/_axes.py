"""Axes to draw on, and texts on them that do not cover each other."""

import string
from collections.abc import Sequence
from typing import Any, cast

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.optimize import isotonic_regression

from .._support.errors import W2VError
from .._support.types import FloatArray
from .._support.validation import instance_of
from ._style import GREY

# How far from its point a name may go, in typographic points, and in which directions.
_REACHES = (4.0, 11.0, 20.0, 32.0)
_DIRECTIONS = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))


def axes_or_new(ax: Axes | None, size: tuple[float, float] | None = None) -> Axes:
    """Return the axes, or for None those of a new figure, ``size`` in inches."""
    if ax is None:
        return plt.subplots(figsize=size)[1]
    return instance_of("ax", ax, Axes, "such as plt.subplots()[1], or None")


def settle(ax: Axes) -> Figure:
    """Fix limits and layout, so that pixel positions hold; return the figure of the axes."""
    figure: Figure = ax.figure.figure  # the whole one, where the axes are in a subfigure
    figure.draw_without_rendering()
    return figure


class _TrueMinus(string.Formatter):
    """Formats numbers with a true minus sign; hyphens of the text around them stay."""

    def format_field(self, value: Any, format_spec: str) -> str:
        return str(super().format_field(value, format_spec)).replace("-", "−")


def written(form: str, value: float) -> str:
    """Return a number as a figure shows it."""
    try:
        return _TrueMinus().format(form, value)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise W2VError(
            f"form={form!r} does not format the number {value:g} ({error}); pass one such as "
            "'{:.1f}'"
        ) from error


def write_beside(
    ax: Axes, text: str, point: Sequence[float], shift: Sequence[float], **style: Any
) -> None:
    """Write a text at a point (x, y), moved by a shift in typographic points."""
    place: dict[str, Any] = {"xytext": tuple(shift), "textcoords": "offset points", "va": "center"}
    ax.annotate(text, (point[0], point[1]), **place, **style)


def spread(heights: FloatArray, gap: float) -> FloatArray:
    """Move heights at least ``gap`` apart, in their order, by the least sum of squares."""
    # With i gaps taken off the i-th lowest, the heights need only be in ascending order.
    order = np.argsort(heights, kind="stable")
    steps = gap * np.arange(len(heights))
    moved = np.empty_like(heights)
    moved[order] = isotonic_regression(heights[order] - steps).x + steps
    return moved


def place_names(ax: Axes, points: FloatArray, names: Sequence[str], colors: Sequence[str]) -> None:
    """Write a name beside each point (n, 2), where it covers least.

    One after the other, each name takes the best of 32 places: eight directions, then further out.
    A name that is not next to its point is tied to it by a thin line.
    """
    pixel = settle(ax).dpi / 72  # one typographic point in pixels
    centres = ax.transData.transform(points)  # (n, 2)
    marks = np.hstack([centres - 3 * pixel, centres + 3 * pixel])  # boxes: x0, y0, x1, y1
    frame = np.array([ax.get_window_extent().extents])
    reaches = np.repeat(_REACHES, len(_DIRECTIONS))[:, None] * pixel
    directions = np.tile(np.array(_DIRECTIONS, dtype=float), (len(_REACHES), 1))  # (32, 2)
    taken = np.empty((0, 4))
    for point, centre, name, color in zip(points, centres, names, colors, strict=True):
        if not name:
            continue
        probe = ax.text(0, 0, name, parse_math=False)
        box = probe.get_window_extent()
        probe.remove()
        half = np.array([box.width, box.height]) / 2
        offsets = directions * (half + reaches)
        boxes = np.hstack([centre + offsets - half, centre + offsets + half])
        covered = overlap(boxes, taken).sum(axis=1) + overlap(boxes, marks).sum(axis=1)
        outside = 4 * half.prod() - overlap(boxes, frame)[:, 0]
        # Rounded, so that among places that cover nothing the first, nearest one is taken.
        best = int(np.argmin(np.round(covered + outside, 6)))
        taken = np.vstack([taken, boxes[best]])
        tied = best >= len(_DIRECTIONS)
        arrow = {"arrowstyle": "-", "color": GREY, "linewidth": 0.7} if tied else None
        style = {"ha": "center", "color": color, "arrowprops": arrow}
        # "$" in a word does not begin a formula.
        write_beside(ax, name, point, offsets[best] / pixel, parse_math=False, **style)


def overlap(boxes: FloatArray, others: FloatArray) -> FloatArray:
    """Areas that boxes (m, 4) share with others (n, 4), shape (m, n)."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    sides = np.clip(high - low, 0, None)
    return cast(FloatArray, sides[..., 0] * sides[..., 1])

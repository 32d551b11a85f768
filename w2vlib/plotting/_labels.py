"""What is written in a figure, and where it goes so that names do not cover each other."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from matplotlib.axes import Axes
from scipy.optimize import isotonic_regression

from .._support.errors import W2VError
from .._support.types import FloatArray
from ._axes import settle

# How far from its point a name may go, in typographic points, and in which directions.
_REACHES = (4.0, 11.0, 20.0, 32.0)
_DIRECTIONS = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))


class _TrueMinus(string.Formatter):
    """Formats numbers with a true minus sign; hyphens of the text around them stay."""

    def format_field(self, value: Any, format_spec: str) -> str:
        return str(super().format_field(value, format_spec)).replace("-", "−")


def written(form: str, value: float) -> str:
    """Return a number as a figure shows it.

    Examples
    --------
    >>> written("{:.1f} (pre-trained)", -1.5)
    '−1.5 (pre-trained)'
    """
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
    """Write a text at a point, moved by a shift in typographic points."""
    ax.annotate(
        text,
        (point[0], point[1]),
        xytext=(shift[0], shift[1]),
        textcoords="offset points",
        va="center",
        **style,
    )


def spread(heights: FloatArray, gap: float) -> FloatArray:
    """Move heights at least ``gap`` apart, in their order, by the least sum of squares.

    Examples
    --------
    >>> spread(np.array([0.0, 10.0, 11.0]), 3.0)
    array([ 0.,  9., 12.])
    """
    # With i gaps taken off the i-th lowest, the heights need only be in ascending order.
    order = np.argsort(heights, kind="stable")
    steps = gap * np.arange(len(heights))
    moved = np.empty_like(heights)
    moved[order] = isotonic_regression(heights[order] - steps).x + steps
    return moved


def place_names(
    ax: Axes, points: FloatArray, names: Sequence[str], colors: Sequence[str], leader: str
) -> None:
    """Write a name beside each point (n, 2), where it covers least.

    One after the other, each name takes the best of 32 places: eight directions, then further out.
    A name that is not next to its point is tied to it by a thin line of the colour ``leader``.
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
        arrow = {"arrowstyle": "-", "color": leader, "linewidth": 0.7} if tied else None
        style = {"ha": "center", "color": color, "arrowprops": arrow}
        # "$" in a word does not begin a formula.
        write_beside(ax, name, point, offsets[best] / pixel, parse_math=False, **style)


def overlap(boxes: FloatArray, others: FloatArray) -> FloatArray:
    """Areas that boxes (m, 4) share with others (n, 4), shape (m, n).

    Examples
    --------
    >>> overlap(np.array([[0.0, 0, 2, 2]]), np.array([[1.0, 1, 3, 3], [5, 5, 6, 6]]))
    array([[1., 0.]])
    """
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    sides = np.clip(high - low, 0, None)
    return cast(FloatArray, sides[..., 0] * sides[..., 1])

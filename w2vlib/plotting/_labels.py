"""Where the names in a figure go so that they do not cover each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

FloatArray = NDArray[np.float64]

#: How far from its point a name may go, in typographic points, and in which directions.
REACHES = (4.0, 11.0, 20.0, 32.0)
DIRECTIONS = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))


def settle(ax: Axes) -> Figure:
    """Fix limits and layout, so that pixel positions hold; return the figure of the axes."""
    figure: Figure = ax.figure.figure  # the whole one, where the axes are in a subfigure
    figure.draw_without_rendering()
    return figure


def spread(heights: FloatArray, gap: float) -> FloatArray:
    """Move heights at least ``gap`` apart, in their order, by the least sum of squares.

    Examples
    --------
    >>> spread(np.array([0.0, 10.0, 11.0]), 3.0)
    array([ 0.,  9., 12.])
    """
    # With i gaps taken off the i-th lowest, the heights only must not fall.
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
    reaches = np.repeat(REACHES, len(DIRECTIONS))[:, None] * pixel
    directions = np.tile(np.array(DIRECTIONS, dtype=float), (len(REACHES), 1))  # (32, 2)
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
        tied = best >= len(DIRECTIONS)
        ax.annotate(
            name,
            (point[0], point[1]),
            xytext=tuple(offsets[best] / pixel),
            textcoords="offset points",
            ha="center",
            va="center",
            color=color,
            parse_math=False,  # "$" in a word does not begin a formula
            arrowprops={"arrowstyle": "-", "color": leader, "linewidth": 0.7} if tied else None,
        )


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

"""What a figure draws beside lines, points and bars: bands, arrows, images, outlines.

Used in the kernel that draws the book's figures, see ``numbers.py`` beside this.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import FillBetweenPolyCollection, LineCollection, PathCollection
from matplotlib.colors import to_hex
from matplotlib.contour import ContourSet
from matplotlib.patches import Polygon, Rectangle
from matplotlib.quiver import Quiver

from w2vbook.sphinx.figures.marks import NEAR, Column, Mark, as_array, at, between, rounded_all
from w2vbook.sphinx.figures.words import (
    axis_label,
    colour_name,
    even,
    look_of,
    plain,
    readings,
    rounded,
)

MOST_COLUMNS = 60  # of an image


def collection(ax: Axes, one: Any) -> Mark | None:
    """Read a scatter, pieces of lines, a filled band, arrows, or the lines of equal height."""
    kinds = {
        PathCollection: scatter,
        LineCollection: pieces_of_lines,
        FillBetweenPolyCollection: band,
        Quiver: quiver,
        ContourSet: contours,
    }
    read = next((read for kind, read in kinds.items() if isinstance(one, kind)), None)
    mark = read(ax, one) if read and one.get_visible() else None
    if mark:
        mark.label = plain(one.get_label())
    return mark


def scatter(ax: Axes, one: Any) -> Mark:
    """Read points; where their colours are numbers, those, too."""
    spots = as_array(one.get_offsets())
    columns = at(ax, spots, NEAR)
    shades = one.get_array()
    if shades is not None and len(shades) == len(spots):
        columns.append(("colour", rounded_all(as_array(shades))))
        return Mark("points", "coloured circles", "#000000", columns, spots=spots)
    faces = one.get_facecolor() if len(one.get_facecolor()) else one.get_edgecolor()
    colour = to_hex(faces[0])
    return Mark("points", f"{colour_name(colour)} circles", colour, columns, spots=spots)


def pieces_of_lines(ax: Axes, one: Any) -> Mark | None:
    """Read pieces of lines, each from one place to another."""
    pieces = np.array([part for part in one.get_segments() if len(part) == 2])
    if not len(pieces):
        return None
    colour, *others = sorted({to_hex(colour) for colour in one.get_colors()})
    look = "lines" if others else f"{colour_name(colour)} lines"
    return Mark("segments", look, colour, between(ax, pieces[:, 0], pieces[:, 1]))


def band(ax: Axes, one: Any) -> Mark:
    """Read a band between two curves: its outline goes along the lower and back on the upper."""
    along, up = ("x", "y") if one.t_direction == "x" else ("y", "x")
    column = "xy".index(along)
    outlines = [path.vertices for path in one.get_paths()]
    low = np.concatenate([part[1 : (len(part) - 1) // 2] for part in outlines])
    high = np.concatenate([part[-2 : (len(part) - 1) // 2 : -1] for part in outlines])
    label = axis_label(ax, up)
    columns = [
        (axis_label(ax, along), readings(ax, along, low[:, column])),
        (f"{label}, low", rounded_all(low[:, 1 - column])),
        (f"{label}, high", rounded_all(high[:, 1 - column])),
    ]
    colour = to_hex(one.get_facecolor()[0])
    return Mark("band", f"{colour_name(colour)} band", colour, columns)


def quiver(ax: Axes, one: Any) -> Mark:
    """Read arrows in the units of the axes, as ``angles="xy", scale=1`` draws them."""
    start = np.asarray(one.XY)
    colour = to_hex(one.get_facecolor()[0])
    columns = between(ax, start, start + np.column_stack([one.U, one.V]))
    return Mark("segments", f"{colour_name(colour)} arrows", colour, columns)


def contours(ax: Axes, one: Any) -> Mark | None:
    """Read lines of equal height; the grounds between them say the same."""
    if one.filled:
        return None
    paths = [path.vertices for path in one.get_paths()]
    height = np.repeat(one.levels, [len(corners) for corners in paths])
    columns = [("height", rounded_all(height)), *at(ax, np.concatenate(paths))]
    return Mark("points", "lines of equal height", "#000000", columns)


def outlines(ax: Axes) -> Iterator[Mark]:
    """Read histograms that are drawn as a line: edges of each bin, and its height."""
    for patch in ax.patches:
        if not isinstance(patch, Polygon) or len(patch.get_xy()) < 4:
            continue
        x, y = np.asarray(patch.get_xy()).T
        upright = len(x) % 2 == 0 and np.array_equal(x[::2], x[1::2])
        if not upright or not np.array_equal(y[1:-1:2], y[2:-1:2]):
            continue
        across, up = axis_label(ax, "x"), axis_label(ax, "y")
        columns = [
            (f"{across}, from", rounded_all(x[:-2:2])),
            (f"{across}, to", rounded_all(x[2::2])),
            (up, rounded_all(y[1:-1:2])),
        ]
        colour = to_hex(patch.get_edgecolor())
        label = plain(patch.get_label())
        yield Mark("bars", f"{colour_name(colour)} outline", colour, columns, 2, label)


def images(ax: Axes) -> Iterator[Mark]:
    """Read images of numbers as tables: a row for a row."""
    figure: Any = ax.figure
    for image in ax.images:
        table = as_array(image.get_array())
        if table.ndim != 2:  # a photograph
            continue
        left, right, bottom, top = image.get_extent()
        if image.origin == "lower":
            bottom, top = top, bottom
        down, across = ((np.arange(count) + 0.5) / count for count in table.shape)
        rows = readings(ax, "y", top + (bottom - top) * down, NEAR)
        heads = readings(ax, "x", left + (right - left) * across, NEAR)
        labels = axis_label(ax, "y"), axis_label(ax, "x")
        corner = "row" if labels == ("y", "x") else f"{labels[0]} (rows), {labels[1]} (columns)"
        kept = even(len(heads), MOST_COLUMNS)
        columns: list[Column] = [(corner, rows)]
        columns += [(str(heads[place]), rounded_all(table[:, place])) for place in kept]
        scales = [one.colorbar.ax for other in figure.axes for one in other.images if one.colorbar]
        label = next((plain(one.get_ylabel() or one.get_xlabel()) for one in scales), "")
        yield Mark("image", "image", "#000000", columns, label=label, wide=len(heads))


def arrows(ax: Axes) -> Iterator[Mark]:
    """Read arrows between two places."""
    texts: list[Any] = list(ax.texts)
    for text in texts:
        bare = getattr(text, "arrowprops", None) and not text.get_text()
        if bare and text.xycoords == text.anncoords == "data":
            ends = np.array([text.xyann, text.xy], dtype=float)
            colour = to_hex(text.arrowprops.get("color", "black"))
            look = f"{colour_name(colour)} arrows"
            yield Mark("segments", look, colour, between(ax, ends[:1], ends[1:]))


def also(ax: Axes) -> Iterator[str]:
    """Tell of lines and grounds that cross the whole panel; a line at zero says nothing."""
    grounds = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    artists: list[Any] = [*ax.lines, *grounds]
    for artist in artists:
        sides = artist.get_transform().contains_branch_seperately(ax.transData)
        if sum(sides) != 1:
            continue
        letter = "xy"[sides.index(True)]
        label, axis = plain(artist.get_label()), axis_label(ax, letter)
        if artist in grounds:
            ends = artist.get_bbox().intervalx if letter == "x" else artist.get_bbox().intervaly
            low, high = rounded(min(ends)), rounded(max(ends))
            yield f"{label or 'shaded'}: {axis} from {low} to {high}"
        else:
            place = rounded(artist.get_data(orig=False)["xy".index(letter)][0])
            if place or label:
                yield f"{label or look_of(artist)}: at {axis} = {place}"

"""What a matplotlib figure draws, as columns of values: lines, points, bars, bands, images.

Used in the kernel that draws the book's figures, see ``numbers.py`` beside this.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from w2vbook.sphinx.figures.words import (
    Value,
    axis_label,
    colour_name,
    draws_line,
    even,
    has_words,
    look_of,
    plain,
    readings,
    rounded,
)

MOST = 1000  # rows of a series; of more, rows at even distances
NEAR = 0.45  # of the distance between two categories: what is drawn so near belongs to one
Column = tuple[str, list[Value]]


@dataclass
class Mark:
    """What one or several artists of the same look show, as columns of values.

    ``keys`` columns say where a row stands. ``kind`` is line, points, segments, bars, band or
    image. ``spots`` are the data coordinates of points and of the ends of a line.
    """

    kind: str
    look: str
    colour: str
    columns: list[Column]
    keys: int = 1
    label: str = ""
    spots: Any = field(default_factory=lambda: np.empty((0, 2)))
    name: str = ""
    wide: int = 0  # columns that an image has, where some are left out

    def __post_init__(self) -> None:
        """Let pieces of lines stand side by side with nothing, unless they share a place."""
        if self.kind == "segments" and len(self.columns) == 4:
            self.keys = 4

    def saved(self) -> dict[str, Any]:
        """Return the mark as it goes into the JSON: rows, at most ``MOST``."""
        rows = list(zip(*(values for _, values in self.columns), strict=True))
        kept = set(even(len(rows), MOST))
        if self.columns[0][0] == "name":  # the few that have names are what the figure is about
            kept |= {place for place, row in enumerate(rows) if row[0] not in (None, "")}
        return {
            "kind": self.kind,
            "name": self.name,
            "keys": self.keys,
            "columns": [name for name, _ in self.columns],
            "rows": [rows[place] for place in sorted(kept)],
            "total": len(rows),
            "wide": self.wide,
        }


def at(ax: Axes, spots: Any, reach: float = 1e-6) -> list[Column]:
    """Return the columns of places (n, 2); categories come first."""
    values = readings(ax, "x", spots[:, 0], reach), readings(ax, "y", spots[:, 1], reach)
    labels = column_label(ax, "x", values[0]), column_label(ax, "y", values[1])
    if labels[0] == labels[1]:
        labels = f"{labels[0]} (x)", f"{labels[1]} (y)"
    columns = list(zip(labels, values, strict=True))
    return columns[::-1] if has_words(values[1]) and not has_words(values[0]) else columns


def column_label(ax: Axes, letter: str, values: list[Value]) -> str:
    """Return the heading of values along an axis; categories need no label of the axis."""
    label = axis_label(ax, letter)
    return "category" if label == letter and has_words(values) else label


def as_array(values: Any) -> Any:
    """Return numbers as floats; what is masked is no number."""
    return np.ma.filled(np.ma.asarray(values, dtype=float), np.nan)


def rounded_all(values: Any) -> list[Value]:
    """Return numbers with their first digits."""
    return [rounded(value) for value in values]


def lines(ax: Axes, inside: set[Any]) -> Iterator[Mark]:
    """Read the lines of a panel, and its markers; ``inside`` are those that others read."""
    for line in ax.lines:
        if line in inside or not line.get_visible():
            continue
        if not all(line.get_transform().contains_branch_seperately(ax.transData)):
            continue  # it crosses the whole panel
        spots = np.column_stack([as_array(one) for one in line.get_data(orig=False)])
        label, colour = plain(line.get_label()), to_hex(line.get_color())
        kind = "line" if draws_line(line) else "points"
        columns = at(ax, spots, NEAR if kind == "points" else 1e-6)
        if kind == "line" and len(spots) == 2 and not label:
            kind, columns = "segments", between(ax, spots[:1], spots[1:])
        yield Mark(kind, look_of(line), colour, columns, label=label, spots=spots)


def between(ax: Axes, start: Any, end: Any) -> list[Column]:
    """Return the columns of pieces of lines from ``start`` to ``end``, each (n, 2)."""
    made: list[Column] = []
    ends = {
        letter: [readings(ax, letter, one[:, column], NEAR) for one in (start, end)]
        for column, letter in enumerate("xy")
    }
    level = ends["y"][0] == ends["y"][1]
    upright = ends["x"][0] == ends["x"][1] and not level
    for letter, (first, last) in ends.items():
        label = column_label(ax, letter, first)
        if upright if letter == "x" else level:
            made.insert(0, (label, first))
        else:
            made += [(f"{label}, from", first), (f"{label}, to", last)]
    return made


def bars(ax: Axes, container: Any) -> Mark:
    """Read bars: a category or the two edges of each, and its end."""
    along, up = ("x", "y") if container.orientation == "vertical" else ("y", "x")
    boxes = [(bar.get_x(), bar.get_y(), bar.get_width(), bar.get_height()) for bar in container]
    x, y, width, height = np.array(boxes, dtype=float).T
    start, size, base, length = (x, width, y, height) if along == "x" else (y, height, x, width)
    middles = readings(ax, along, start + size / 2, NEAR)
    label, value = column_label(ax, along, middles), axis_label(ax, up)
    value = "value" if value == up else value  # a title says of what
    columns: list[Column] = [(label, middles)]
    if not has_words(middles) and len(x) > 1 and np.allclose((start + size)[:-1], start[1:]):
        columns = [
            (f"{label}, from", rounded_all(start)),
            (f"{label}, to", rounded_all(start + size)),
        ]
    keys = len(columns)
    if base.any():
        columns.append((f"{value}, from", rounded_all(base)))
    columns.append((value, rounded_all(base + length)))
    colour, name = to_hex(container[0].get_facecolor()), plain(container.get_label())
    return Mark("bars", f"{colour_name(colour)} bars", colour, columns, keys, name)


def errors(ax: Axes, container: Any) -> Mark:
    """Read points with their error bars."""
    line, _, pieces = container.lines
    letters = [one for one in "xy" if getattr(container, f"has_{one}err")]
    ends = [np.array(part.get_segments()) for part in pieces]  # (n, 2, 2): two ends, x and y
    look, colour = "error bars", to_hex(pieces[0].get_colors()[0])
    if line is None:  # what has these errors is drawn by another artist
        spots, other = ends[0].mean(axis=1), "y" if letters[0] == "x" else "x"
        middles = readings(ax, other, spots[:, "xy".index(other)], NEAR)
        columns: list[Column] = [(column_label(ax, other, middles), middles)]
    else:
        look, colour = look_of(line), to_hex(line.get_color())
        spots = as_array(np.column_stack(line.get_data(orig=False)))
        columns = at(ax, spots, NEAR)
    for letter, segments in zip(letters, ends, strict=True):
        sides = segments[:, :, "xy".index(letter)]
        for side, values in (("low", sides.min(axis=1)), ("high", sides.max(axis=1))):
            columns.append((f"{axis_label(ax, letter)}, {side}", rounded_all(values)))
    label = plain(container.get_label())
    return Mark("points", look, colour, columns, label=label, spots=spots)


def joined(marks: list[Mark]) -> list[Mark]:
    """Return marks, those that lack a name and differ in nothing but their places as one."""
    made: list[Mark] = []
    drawn_alike: dict[Any, Mark] = {}
    for mark in marks:
        alike = mark.kind, mark.look, mark.colour, tuple(name for name, _ in mark.columns)
        free = mark.kind in ("points", "segments") and not mark.label
        if free and alike in drawn_alike:
            other = drawn_alike[alike]
            for (_, values), (_, more) in zip(other.columns, mark.columns, strict=True):
                values.extend(more)
            other.spots = np.concatenate([other.spots, mark.spots])
            continue
        if free:
            drawn_alike[alike] = mark
        made.append(mark)
    return made

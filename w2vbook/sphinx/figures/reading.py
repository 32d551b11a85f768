"""The numbers of a matplotlib figure, panel by panel, as they go into JSON.

Used in the kernel that draws the book's figures, see ``numbers.py`` beside this.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from matplotlib.axes import Axes
from matplotlib.container import BarContainer, ErrorbarContainer
from matplotlib.figure import Figure

from w2vbook.sphinx.figures.areas import also, arrows, collection, images, outlines
from w2vbook.sphinx.figures.marks import Mark, bars, errors, joined, lines
from w2vbook.sphinx.figures.names import name_marks
from w2vbook.sphinx.figures.words import axis_label, plain


def marks_of(ax: Axes) -> Iterator[Mark]:
    """Yield what a panel draws."""
    if ax.axison:  # without axes, places are no numbers: a drawing
        inside: set[Any] = set()
        for container in ax.containers:
            if isinstance(container, BarContainer) and len(container):
                yield bars(ax, container)
            elif isinstance(container, ErrorbarContainer):
                line, caps, pieces = container.lines
                inside.update([line, *caps, *pieces])
                yield errors(ax, container)
        yield from lines(ax, inside)
        for one in ax.collections:
            if one not in inside and (mark := collection(ax, one)):
                yield mark
        yield from outlines(ax)
        yield from arrows(ax)
    yield from images(ax)


def read_figure(figure: Figure) -> dict[str, Any] | None:
    """Return the numbers of a figure that has been drawn; None where it shows none.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> figure, ax = plt.subplots()
    >>> _ = ax.plot([1, 2], [10.0, 12.345678], label="loss")
    >>> _ = ax.set(xlabel="step", ylabel="nats")
    >>> series = read_figure(figure)["panels"][0]["series"][0]
    >>> series["name"], series["columns"], series["rows"]
    ('loss', ['step', 'nats'], [(1, 10), (2, 12.346)])
    >>> read_figure(plt.figure()) is None
    True
    """
    panels = []
    for ax in figure.axes:
        if not ax.get_visible() or hasattr(ax, "_colorbar"):
            continue
        marks = joined(
            [mark for mark in marks_of(ax) if any(len(rows) for _, rows in mark.columns)]
        )
        name_marks(ax, marks)
        if marks:
            scales = {letter: getattr(ax, f"get_{letter}scale")() for letter in "xy"}
            titles = (plain(ax.get_title(loc=place)) for place in ("left", "center", "right"))
            panels.append(
                {
                    "title": ", ".join(title for title in titles if title),
                    "x": axis_label(ax, "x"),
                    "y": axis_label(ax, "y"),
                    "log": [axis_label(ax, one) for one, scale in scales.items() if "log" in scale],
                    "series": [mark.saved() for mark in marks],
                    "also": list(also(ax)),
                }
            )
    return {"panels": panels} if panels else None

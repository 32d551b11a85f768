"""Names for what a figure draws: by labels, by the words beside it, or by how it looks.

Used in the kernel that draws the book's figures, see ``numbers.py`` beside this.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.text import Annotation

from w2vbook.sphinx.figures.marks import Mark
from w2vbook.sphinx.figures.words import Value, plain
from w2vlib import plotting

PIXELS = 1.0  # between a text's place and the point that it names


@dataclass
class Said:
    """A text on a panel: where it is anchored, in pixels, and its colour."""

    text: str
    place: Any
    colour: str
    used: bool = False


def texts_on(ax: Axes) -> list[Said]:
    """Return the texts that stand at places of the data."""
    found = []
    for text in ax.texts:
        words = plain(text.get_text())
        noted = isinstance(text, Annotation) and text.xycoords == "data"
        if words and (noted or text.get_transform() == ax.transData):
            spot: Any = text.xy if isinstance(text, Annotation) else text.get_position()
            place = ax.transData.transform(np.asarray(spot, dtype=float))
            found.append(Said(words, place, to_hex(text.get_color())))
    return found


def name_points(ax: Axes, mark: Mark, texts: list[Said]) -> None:
    """Give points the names that are written at them, as a first column.

    A single text at one of several points names them all, as one at the end of a line does.
    """
    if not len(mark.spots) or mark.kind not in ("line", "points"):
        return
    places = ax.transData.transform(mark.spots)
    if mark.kind == "line":
        places = places[[0, -1]]
    names: list[Value] = [None] * len(places)
    found = []
    for said in texts:
        far = np.hypot(*(places - said.place).T)
        if not said.used and np.isfinite(far).any() and np.nanmin(far) <= PIXELS:
            names[int(np.nanargmin(far))] = said.text
            found.append(said)
    for said in found:
        said.used = True
    if mark.kind == "points" and (len(found) > 1 or len(places) == 1) and found:
        mark.columns.insert(0, ("name", names))
    elif found:
        mark.name = mark.label or found[0].text


def name_marks(ax: Axes, marks: list[Mark]) -> None:
    """Name the marks of a panel.

    By a label; by what is written at it; as one of its colour that has a label, or as the only text
    of its colour; at last by its look. What is drawn last has the first right to a text.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from w2vbook.sphinx.figures.marks import lines
    >>> _, ax = plt.subplots()
    >>> _ = ax.plot([0, 1, 2], [0, 1, 4], color=plotting.BLUE, label="squares")
    >>> _ = ax.plot([0, 1, 2], [0, 2, 3], ":", color=plotting.BLUE)
    >>> _ = ax.plot([0, 1, 2], [0, 3, 2], color=plotting.RED)
    >>> found = list(lines(ax, set()))
    >>> name_marks(ax, found)
    >>> [mark.name for mark in found]
    ['squares', 'squares, dotted blue line', 'red line']
    """
    texts = texts_on(ax)
    for mark in reversed(marks):
        name_points(ax, mark, texts)
        mark.name = mark.name or mark.label
    named: dict[str, set[str]] = {}
    for mark in marks:
        named.setdefault(mark.colour, set()).update({mark.name} - {""})
    for said in texts:
        # Most texts have the colour of ink; beside a single mark a text says something else.
        if not said.used and said.colour != plotting.INK and len(marks) > 1:
            named.setdefault(said.colour, set()).add(said.text)
    shared = Counter(mark.colour for mark in marks)
    for mark in marks:
        if mark.name:
            continue
        of_colour = named.get(mark.colour, set())
        mark.name = mark.look
        if len(of_colour) == 1:
            (name,) = of_colour
            mark.name = name if shared[mark.colour] == 1 else f"{name}, {mark.look}"
    number_alike(marks)


def number_alike(marks: list[Mark]) -> None:
    """Add numbers to marks that have the same name."""
    often = Counter(mark.name for mark in marks)
    seen: Counter[str] = Counter()
    for mark in marks:
        if often[mark.name] > 1:
            seen[mark.name] += 1
            mark.name = f"{mark.name} ({seen[mark.name]})"

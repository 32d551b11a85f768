"""A chart in SVG, for a page that may load nothing: axes around a box, lines, dots, text."""

import math
import unicodedata
from collections.abc import Iterable

from markupsafe import Markup

FONT = 14  # pixels, as in page.css
Pair = tuple[float, float]


class Chart:
    """Axes around a box: x from 0 to ``x_end``, y from ``y_ends[0]`` at its bottom to its top.

    ``at`` turns a point of the axes into pixels; all else is in pixels, y downwards.
    """

    def __init__(self, size: Pair, *, left: float, top: float, x_end: float, y_ends: Pair) -> None:
        self.width, self.height = size
        self.left, self.right, self.top, self.bottom = left, self.width - 10, top, self.height - 46
        self.x_end, self.y_ends = x_end, y_ends
        self.marks: list[Markup] = []

    def at(self, x: float, y: float) -> Pair:
        (low, high), span = self.y_ends, self.right - self.left
        up = (self.bottom - self.top) * (y - low) / (high - low)
        return self.left + span * x / self.x_end, self.bottom - up

    def line(self, kind: str, *points: Pair) -> None:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.marks.append(Markup('<polyline class="{}" points="{}"/>').format(kind, path))

    def dot(self, x: float, y: float) -> None:
        self.marks.append(Markup(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'))

    def text(self, x: float, y: float, text: str, *, anchor: str = "start") -> None:
        """Write a line of text whose middle is at the height y."""
        place = Markup(f'<text x="{x:.1f}" y="{y + 0.36 * FONT:.1f}" text-anchor="{anchor}">')
        self.marks.append(place + text + Markup("</text>"))  # Markup escapes what it is joined with

    def x_axis(self, title: str, most_ticks: int) -> None:
        for value, label in _round_ticks(self.x_end, most_ticks):
            x, _ = self.at(value, 0)
            self.line("grid", (x, self.top), (x, self.bottom))
            self.text(x, self.bottom + 13, label, anchor="middle")
        self.line("axis", (self.left, self.bottom), (self.right, self.bottom))
        centred = (self.left + self.right + text_width(title)) / 2
        self.text(min(centred, self.right), self.bottom + 33, title, anchor="end")

    def y_axis(self, ticks: Iterable[tuple[float, str]], *, grid: bool) -> None:
        for value, label in ticks:
            _, y = self.at(0, value)
            if grid:
                self.line("grid", (self.left, y), (self.right, y))
            self.text(self.left - 8, y, label, anchor="end")

    def svg(self, kind: str, label: str) -> Markup:
        """Return the whole picture; ``label`` tells what it shows to who cannot see it."""
        start = '<svg class="{}" viewBox="0 0 {:g} {:g}" role="img" aria-label="{}">\n'
        head = Markup(start).format(kind, self.width, self.height, label)
        return head + Markup("\n").join(self.marks) + Markup("\n</svg>")


def text_width(text: str) -> float:
    """Return the width of a text in pixels, or a little more."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return 0.61 * FONT * (len(text) - wide) + 1.05 * FONT * wide


def _round_ticks(end: float, most: int) -> list[tuple[float, str]]:
    """Round numbers from 0 up to ``end``, at most ``most`` of them beside the 0."""
    rough = end / most
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * unit for factor in (1, 2, 5, 10) if factor * unit >= rough)
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return [(n * step, f"{n * step:.{digits}f}") for n in range(int(end / step + 1e-9) + 1)]

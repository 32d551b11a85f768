"""What the parts of a matplotlib figure are called: values along an axis, labels, looks.

Used in the kernel that draws the book's figures, see ``marks.py`` beside this.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.category import StrCategoryFormatter
from matplotlib.colors import to_rgb
from matplotlib.ticker import FixedFormatter, FuncFormatter

from w2vlib import plotting

Value = int | float | str | None
DIGITS = 5  # that a value keeps
INFINITE = "∞", "−∞"
COLOURS = {
    "blue": plotting.BLUE,
    "red": plotting.RED,
    "green": plotting.GREEN,
    "purple": plotting.PURPLE,
    "ochre": plotting.OCHRE,
    "black": plotting.INK,
    "grey": plotting.GREY,
    "light grey": "#cfcec9",
    "white": plotting.PAPER,
}
SHAPES = {"o": "circles", "s": "squares", "D": "diamonds", ".": "dots", "P": "plus signs"}
SHAPES |= {"x": "crosses", "_": "dashes"} | dict.fromkeys("^v<>", "triangles")


def even(count: int, most: int) -> list[int]:
    """Return at most ``most`` of ``count`` places, the first and the last among them.

    Examples
    --------
    >>> even(5, 9), even(9, 3)
    ([0, 1, 2, 3, 4], [0, 4, 8])
    """
    if count <= most:
        return list(range(count))
    return sorted({int(place) for place in np.linspace(0, count - 1, most).round()})


def rounded(value: float) -> Value:
    """Return a value with its first digits; what is no number is None, as in JSON.

    Examples
    --------
    >>> [rounded(one) for one in (0.123456789, 1234567.0, 3.0, float("nan"), float("-inf"))]
    [0.12346, 1234600, 3, None, '−∞']
    """
    if np.ma.is_masked(value) or np.isnan(value):
        return None
    if np.isinf(value):
        return INFINITE[int(value < 0)]
    short = float(f"{value:.{DIGITS}g}")
    return int(short) if short == int(short) else short


def plain(text: object) -> str:
    r"""Return a label in one line; labels that matplotlib makes up are none.

    Examples
    --------
    >>> plain("two\n lines"), plain("_child3")
    ('two lines', '')
    """
    joined = "" if text is None else " ".join(str(text).split())
    return "" if joined.startswith("_") else joined


def has_words(values: list[Value]) -> bool:
    """Tell whether there are categories among values.

    Examples
    --------
    >>> has_words([1, "cat"]), has_words([1, "∞", None])
    (True, False)
    """
    return any(isinstance(one, str) and one not in INFINITE for one in values)


def read_number(text: str) -> float | None:
    """Return the number that a tick shows.

    Examples
    --------
    >>> read_number("−1,000"), read_number("$10^{-3}$"), read_number("king")
    (-1000.0, 0.001, None)
    """
    text = text.replace("−", "-").replace(",", "").strip("$ %")
    text = re.sub(r"^10\\?\^\{?(-?\d+)\}?$", r"1e\1", text)
    try:
        return float(text)
    except ValueError:
        return None


def ticks_of(axis: Any) -> dict[float, str]:
    """Return place -> text of the ticks of an axis whose author wrote the texts."""
    written = (FixedFormatter, FuncFormatter, StrCategoryFormatter)
    automatic = type(axis.get_major_locator()).__name__ not in (
        "FixedLocator",
        "StrCategoryLocator",
    )
    if automatic or not isinstance(axis.get_major_formatter(), written):
        return {}
    places = [float(place) for place in axis.get_majorticklocs()]
    texts = axis.get_major_formatter().format_ticks(places)
    return {place: plain(text) for place, text in zip(places, texts, strict=False) if plain(text)}


def beside(ax: Axes, letter: str) -> list[Axes]:
    """Return the axes that show the same x or y: themselves, then those in line with them."""
    figure: Any = ax.figure
    return [ax, *(one for one in figure.axes if one is not ax and _in_line(ax, one, letter))]


def _in_line(ax: Axes, other: Axes, letter: str) -> bool:
    """Tell whether other axes stand in the same row (of y), or column, with the same limits."""
    places = ax.get_subplotspec(), other.get_subplotspec()
    span = {"x": "colspan", "y": "rowspan"}[letter]
    same = all(places) and getattr(places[0], span) == getattr(places[1], span)
    limits = [getattr(one, f"get_{letter}lim")() for one in (ax, other)]
    return bool(same and np.allclose(*limits))


def axis_label(ax: Axes, letter: str) -> str:
    """Return the label of an axis, or that of the axes which share it; at last its letter."""
    labels = (plain(getattr(one, f"get_{letter}label")()) for one in beside(ax, letter))
    return next((label for label in labels if label), letter)


def readings(ax: Axes, letter: str, values: Any, reach: float = 1e-6) -> list[Value]:
    """Return values along an axis as its ticks name them: categories by name, ranks by number.

    Parameters
    ----------
    reach : float
        How far from its tick, in distances between ticks, a value may be and still have its name.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> _, ax = plt.subplots()
    >>> _ = ax.set_xticks([0, 1], ["cat", "dog"])
    >>> readings(ax, "x", [1, 0]), readings(ax, "x", [0.5]), readings(ax, "y", [0.5])
    (['dog', 'cat'], [0.5], [0.5])
    """
    numbers = [rounded(value) for value in values]
    found = (ticks_of(getattr(one, f"{letter}axis")) for one in beside(ax, letter))
    ticks = next((one for one in found if one), {})
    if not ticks or not numbers:
        return numbers
    places = np.array(sorted(ticks))
    shown = [read_number(ticks[place]) for place in places]
    if None not in shown:
        texts = np.array(shown, dtype=float)
        share = 100 if "%" in ticks[places[0]] else 1
        if np.allclose(texts, places) or np.allclose(texts, share * places):
            return numbers
        if len(places) > 1:  # such as ranks from 1 under an image that counts from 0
            slope, start = np.polyfit(places, texts, 1)
            if np.allclose(slope * places + start, texts):
                return [rounded(slope * value + start) for value in values]
    gap = np.diff(places).min() if len(places) > 1 else 1.0
    nearest = [places[np.argmin(np.abs(places - value))] for value in values]
    near = all(
        abs(place - value) <= reach * gap for place, value in zip(nearest, values, strict=True)
    )
    return [ticks[place] for place in nearest] if near else numbers


def colour_name(colour: Any) -> str:
    """Return the name of the nearest of the book's colours.

    Examples
    --------
    >>> colour_name("#0050bb"), colour_name("0.8")
    ('blue', 'light grey')
    """
    far = {name: np.subtract(to_rgb(colour), to_rgb(one)) for name, one in COLOURS.items()}
    return min(far, key=lambda name: float(far[name] @ far[name]))


def look_of(line: Any) -> str:
    """Return in words how a line or its markers are drawn.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> _, ax = plt.subplots()
    >>> look_of(ax.plot([1], [1], **plotting.THEORY, color=plotting.RED)[0])
    'dotted red line'
    >>> look_of(ax.plot([1], [1], "s", color=plotting.BLUE)[0])
    'blue squares'
    """
    colour = colour_name(line.get_color())
    if not draws_line(line):
        hollow = "hollow " if line.get_fillstyle() == "none" else ""
        return f"{hollow}{colour} {SHAPES.get(line.get_marker(), 'marks')}"
    return f"{dashes_of(line)}{colour} line"


def draws_line(line: Any) -> bool:
    """Tell whether a line is one, rather than markers alone."""
    return str(line.get_linestyle()).lower() not in ("none", "", " ")


def dashes_of(line: Any) -> str:
    """Return "dotted ", "dashed ", or nothing for a solid line."""
    _, pattern = line._dash_pattern  # get_linestyle() calls each pattern of one's own "--"
    if not pattern:
        return ""
    dots = line.get_linestyle() == ":" or pattern[0] <= 0.2 * pattern[1]
    return "dotted " if dots else "dashed "

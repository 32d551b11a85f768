"""Colours, line styles, and matplotlib's defaults."""

from typing import Any

import matplotlib.style
from matplotlib.patheffects import withStroke

BLUE = "#0050ba"
RED = "#8d2420"
GREEN = "#177a5a"
PURPLE = "#722268"
OCHRE = "#8a6a00"
INK = "#22262b"
GREY = "#5b626b"
PAPER = "#fdfcf9"
FAINT = "#dddcd8"  # lines behind the data
PALETTE = (BLUE, RED, GREEN, PURPLE, OCHRE, INK)
MARKERS = ("o", "s", "^", "D", "v", "P")
#: Purple below zero, orange above (blue and red are directions); :func:`word_heatmap` puts zero in
#: its middle.
DIVERGING = "PuOr_r"
#: Pass to ``ax.plot(t, s, **THEORY)``. The dots have a light rim, so that they show on top of the
#: solid line of the training that they predict.
THEORY: dict[str, Any] = {
    "linestyle": (0, (0.01, 2.8)),
    "dash_capstyle": "round",
    "linewidth": 3.2,
    "path_effects": [withStroke(linewidth=5.0, foreground=PAPER)],
    "zorder": 3,
}
TRAINING: dict[str, Any] = {"linestyle": "-", "linewidth": 2.0, "zorder": 2}


def use_book_style() -> None:
    """Set matplotlib's defaults to the look of the book: the file ``book.mplstyle`` beside this.

    Examples
    --------
    >>> use_book_style()
    >>> matplotlib.rcParams["figure.facecolor"] == PAPER
    True
    """
    matplotlib.style.use("w2vlib.plotting.book")

"""Colours, line styles, and matplotlib's defaults."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
from cycler import cycler
from matplotlib.patheffects import withStroke

BLUE = "#1146d8"
RED = "#be5056"
GREEN = "#004d17"
PURPLE = "#7f0e81"
OCHRE = "#89700c"
INK = "#24242e"
GREY = "#6a6a74"
PAPER = "#fdfcf9"
PALETTE = (BLUE, RED, GREEN, PURPLE, OCHRE, INK)
MARKERS = ("o", "s", "^", "D", "v", "P")
#: Blue below zero, red above; :func:`word_heatmap` puts zero in its middle.
DIVERGING = "RdBu_r"
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
    """Set matplotlib's defaults to the look of the book.

    Figures are 6.4 inches wide, and their letters still readable where a phone shrinks them to
    330 pixels. The background is opaque, for pages in dark mode. Only fonts that come with
    matplotlib are used.

    Examples
    --------
    >>> use_book_style()
    >>> mpl.rcParams["figure.facecolor"] == PAPER
    True
    """
    mpl.rcParams.update(
        {
            "figure.figsize": (6.4, 4.0),
            "figure.dpi": 150,
            "savefig.dpi": 150,
            "figure.constrained_layout.use": True,
            "figure.facecolor": PAPER,
            "savefig.facecolor": PAPER,
            "savefig.transparent": False,
            "axes.facecolor": PAPER,
            "axes.edgecolor": GREY,
            "axes.labelcolor": INK,
            "axes.prop_cycle": cycler(color=PALETTE),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlelocation": "left",
            "axes.titleweight": "bold",
            "axes.grid": False,
            "grid.color": "#dddcd8",
            "text.color": INK,
            "xtick.color": INK,
            "ytick.color": INK,
            "font.family": "DejaVu Sans",
            "mathtext.fontset": "dejavusans",
            "font.size": 12.5,
            "axes.labelsize": 12.5,
            "axes.titlesize": 13,
            "xtick.labelsize": 12,
            "ytick.labelsize": 12,
            "legend.fontsize": 12,
            "legend.frameon": False,
            "lines.linewidth": 2.0,
            "lines.markersize": 5,
        }
    )

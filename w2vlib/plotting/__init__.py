"""The one look of the book: colours, line styles, and the figures that several chapters draw.

Theory is dotted and training is solid. Colours differ in lightness as well as in hue, so that they
stay apart for colour-blind readers and in print, and each reads as text on the background. A figure
is drawn on the axes ``ax`` and returns them; by default they are those of a new figure.
"""

from ._curves import label_lines, labelled_bars, spectrum
from ._style import (
    BLUE,
    DIVERGING,
    GREEN,
    GREY,
    INK,
    MARKERS,
    OCHRE,
    PALETTE,
    PAPER,
    PURPLE,
    RED,
    THEORY,
    TRAINING,
    use_book_style,
)
from ._words import word_heatmap, word_scatter

__all__ = [
    "BLUE",
    "DIVERGING",
    "GREEN",
    "GREY",
    "INK",
    "MARKERS",
    "OCHRE",
    "PALETTE",
    "PAPER",
    "PURPLE",
    "RED",
    "THEORY",
    "TRAINING",
    "label_lines",
    "labelled_bars",
    "spectrum",
    "use_book_style",
    "word_heatmap",
    "word_scatter",
]

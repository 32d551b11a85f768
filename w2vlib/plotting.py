"""The one look of the book: colours, line styles, and the figures that several chapters draw.

Theory is dotted and training is solid, in every figure. Colours differ in lightness as well as in
hue, so that they stay apart for colour-blind readers and in print, and each reads as text on the
background. Call :func:`use_book_style` once, at the top of a notebook.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator
from numpy.typing import ArrayLike, NDArray

from ._errors import W2VError
from ._label_placing import place_names, settle, spread

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


def word_heatmap(
    matrix: ArrayLike,
    words: Sequence[str],
    *,
    ax: Axes | None = None,
    label: str = "",
    limit: float | None = None,
    values: bool | None = None,
) -> Axes:
    """Draw a small symmetric matrix as colours, with words on both sides and zero as white.

    Parameters
    ----------
    matrix : array_like, shape (n, n)
        One row and column for each word. Entries that are not finite, such as the PMI of a pair
        never seen, are drawn grey.
    words : sequence of str
        The n words.
    ax : Axes, optional
        Where to draw; by default a new figure.
    label : str
        What the colours stand for, written beside the colour bar.
    limit : float, optional
        The colours run from ``-limit`` to ``limit``; by default the largest finite ``|entry|``.
    values : bool, optional
        Write each entry into its cell; by default for up to 8 words.

    Returns
    -------
    Axes

    Raises
    ------
    W2VError
        Where the matrix is not symmetric or does not fit the words, or ``limit`` is not positive.

    Examples
    --------
    >>> ax = word_heatmap([[0.0, 1.2], [1.2, -0.4]], ["cat", "dog"], label="PMI")
    >>> [tick.get_text() for tick in ax.get_xticklabels()]
    ['cat', 'dog']
    """
    table = _real(matrix, "the matrix")
    n = len(words)
    if n == 0:
        raise W2VError("0 words; a heat map needs at least one")
    if table.shape != (n, n) or not np.allclose(table, table.T, equal_nan=True):
        raise W2VError(
            f"the matrix has shape {table.shape} for {n} words; pass a symmetric one, ({n}, {n})"
        )
    finite = np.isfinite(table)
    if limit is None:
        limit = float(np.abs(table, where=finite, out=np.zeros_like(table)).max()) or 1.0
    if not 0 < limit < np.inf:
        raise W2VError(f"limit={limit} gives no range of colours; choose a positive number")
    ax = _new_axes((6.4, 5.2)) if ax is None else ax
    colours = mpl.colormaps[DIVERGING].with_extremes(bad="#b9b9bd")
    image = ax.imshow(np.ma.masked_where(~finite, table), cmap=colours, vmin=-limit, vmax=limit)
    # Words stand as they are: "$" in them does not begin a formula.
    turned: dict[str, Any] = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
    ax.set_xticks(range(n), words, parse_math=False, **turned)
    ax.set_yticks(range(n), words, parse_math=False)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.figure.colorbar(image, ax=ax, label=label, shrink=0.8)
    if values or (values is None and n <= 8):
        for (row, column), value in np.ndenumerate(table):
            text = f"{value:.1f}".replace("inf", "∞").replace("-", "−")
            ax.text(column, row, text, ha="center", va="center", color=_letters_on(image, value))
    return ax


def word_scatter(
    x: ArrayLike,
    y: ArrayLike,
    words: Sequence[str],
    *,
    ax: Axes | None = None,
    groups: Sequence[Hashable] | None = None,
) -> Axes:
    """Draw words as points along two directions, each with its name beside it.

    Names are moved so that they do not cover each other or the points, as far as there is room; a
    name that had to move away is tied to its point by a thin line. Set scales and limits of a
    given ``ax`` before the call, because the names are placed for the axes as they are then.

    Parameters
    ----------
    x, y : array_like, shape (n,)
        Coordinates of the words, such as two columns of ``emb.vectors``.
    words : sequence of str
        The n words; an empty string leaves a point without a name.
    ax : Axes, optional
        Where to draw; by default a new figure.
    groups : sequence, optional
        The group of each word, at most six different ones; each has its own colour and marker
        (and its name as label, for ``ax.legend()``).

    Returns
    -------
    Axes

    Raises
    ------
    W2VError
        Where the lengths differ, a coordinate is not finite, or there are more than six groups.

    Examples
    --------
    >>> ax = word_scatter([1.0, 1.2, -1.0], [0.3, 0.2, -0.9], ["king", "queen", "car"])
    >>> sorted(text.get_text() for text in ax.texts)
    ['car', 'king', 'queen']
    """
    xs, ys = _vector(x, "x"), _vector(y, "y")
    groups = [""] * len(words) if groups is None else list(groups)
    if not len(xs) == len(ys) == len(words) == len(groups) > 0:
        raise W2VError(
            f"{len(xs)} x, {len(ys)} y, {len(words)} words and {len(groups)} groups; "
            "pass one of each for every word, and at least one word"
        )
    names = list(dict.fromkeys(groups))
    if len(names) > len(PALETTE):
        raise W2VError(f"{len(names)} groups but {len(PALETTE)} colours; put some groups together")
    ax = _new_axes((6.4, 5.2)) if ax is None else ax
    ax.axhline(0, color="#dddcd8", linewidth=1, zorder=0)
    ax.axvline(0, color="#dddcd8", linewidth=1, zorder=0)
    of_word = [names.index(group) for group in groups]
    for k, name in enumerate(names):
        mine = [g == k for g in of_word]
        ax.plot(xs[mine], ys[mine], MARKERS[k], color=PALETTE[k], label=str(name))
    ax.margins(0.1)
    place_names(ax, np.column_stack([xs, ys]), words, [PALETTE[k] for k in of_word], GREY)
    return ax


def spectrum(
    eigvals: ArrayLike, *, ax: Axes | None = None, color: str = BLUE, label: str = ""
) -> Axes:
    """Draw eigenvalues by rank on logarithmic axes, the negative ones by their size as rings.

    Parameters
    ----------
    eigvals : array_like, shape (n,)
        Eigenvalues in any order; zeros are not drawn.
    ax : Axes, optional
        Where to draw; by default a new figure. Call again to lay another spectrum over it.
    color : str
        Colour of the marks.
    label : str
        Name of the matrix, for the legend.

    Returns
    -------
    Axes

    Raises
    ------
    W2VError
        Where a value is not finite, or all are zero.

    Examples
    --------
    >>> ax = spectrum([9.0, 3.0, -5.0, 1.0], label="M*")
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['M*: 3 positive', 'M*: 1 negative, as |λ|']
    """
    values = _vector(eigvals, "eigvals")
    if not values.any():
        raise W2VError(f"none of the {len(values)} eigenvalues differs from zero; nothing to draw")
    ax = _new_axes() if ax is None else ax
    start = f"{label}: " if label else ""
    for sign, name, fill in ((1, "positive", color), (-1, "negative, as |λ|", PAPER)):
        sizes = np.sort(sign * values[sign * values > 0])[::-1]
        if len(sizes):
            ax.loglog(
                np.arange(1, len(sizes) + 1),
                sizes,
                "o" if sign > 0 else "s",
                color=color,
                markerfacecolor=fill,
                label=f"{start}{len(sizes):,} {name}",
            )
    span = ax.dataLim.ymax / ax.dataLim.ymin
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if span < 300 else (1,)))
    ax.yaxis.set_minor_locator(NullLocator())
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.4g}"))
    ax.set_xlabel("rank $k$")
    ax.set_ylabel(r"eigenvalue $\lambda_k$")
    ax.legend()
    return ax


def labelled_bars(
    values: ArrayLike,
    labels: Sequence[str],
    *,
    ax: Axes | None = None,
    intervals: ArrayLike | None = None,
    form: str = "{:.1f}",
    color: str | Sequence[str] = BLUE,
) -> Axes:
    """Draw horizontal bars from the top down, with each value written at the end of its bar.

    Parameters
    ----------
    values : array_like, shape (n,)
        Lengths of the bars.
    labels : sequence of str
        Names of the bars.
    ax : Axes, optional
        Where to draw; by default a new figure as high as the bars need.
    intervals : array_like, shape (n, 2), optional
        Lower and upper end of an interval around each value.
    form : str
        Format of the written values.
    color : str or sequence of str
        One colour, or one for each bar.

    Returns
    -------
    Axes

    Raises
    ------
    W2VError
        Where the lengths differ or a number is not finite, or an interval does not hold its value.

    Examples
    --------
    >>> ax = labelled_bars([66.5, 50.7], ["M*", "PPMI"], form="{:.0f} %")
    >>> [text.get_text() for text in ax.texts]
    ['66 %', '51 %']
    """
    lengths = _vector(values, "values")
    n = len(lengths)
    if n != len(labels) or n == 0:
        raise W2VError(f"{n} values but {len(labels)} labels; pass one label for each value")
    low = high = lengths
    if intervals is not None:
        ends = _real(intervals, "intervals")
        if ends.shape != (n, 2):
            raise W2VError(f"intervals has shape {ends.shape}; pass ({n}, 2), lower and upper ends")
        low, high = ends.T
        if not np.all((low <= lengths) & (lengths <= high) & np.isfinite(low + high)):
            raise W2VError("an interval does not hold its value; pass lower <= value <= upper")
    ax = _new_axes((6.4, 0.7 + 0.42 * n)) if ax is None else ax
    ax.barh(range(n), lengths, color=color, height=0.72)
    if intervals is not None:
        spread = [lengths - low, high - lengths]
        ax.errorbar(lengths, range(n), xerr=spread, fmt="none", ecolor=INK, capsize=4)
    for row, value in enumerate(lengths):
        end, side = (high[row], 1) if value >= 0 else (low[row], -1)
        ax.annotate(
            form.format(value).replace("-", "−"),
            (end, row),
            xytext=(5 * side, 0),
            textcoords="offset points",
            ha="left" if side > 0 else "right",
            va="center",
        )
    ax.set_yticks(range(n), labels, parse_math=False)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.axvline(0, color=GREY, linewidth=1)
    ax.invert_yaxis()
    ax.margins(x=0.16)  # room for the written values
    return ax


def label_lines(ax: Axes | None = None, *, lines: Sequence[Line2D] | None = None) -> Axes:
    """Write the label of each line at its right end, in its colour, instead of a legend.

    Labels that would cover each other are moved apart, no further than needed. Call it last, when
    scales and limits are set.

    Parameters
    ----------
    ax : Axes, optional
        The axes; by default the current ones.
    lines : sequence of Line2D, optional
        The lines; by default all of ``ax`` that have a label.

    Returns
    -------
    Axes

    Examples
    --------
    >>> _, ax = plt.subplots()
    >>> _ = ax.plot([0, 1], [0, 1], label="theory", **THEORY)
    >>> [text.get_text() for text in label_lines(ax).texts]
    ['theory']
    """
    ax = plt.gca() if ax is None else ax
    ends = []
    for line in ax.lines if lines is None else lines:
        name = str(line.get_label())
        xy = np.column_stack([line.get_xdata(), line.get_ydata()]).astype(float)
        xy = xy[np.isfinite(xy).all(axis=1)]
        if name and not name.startswith("_") and len(xy):
            ends.append((xy[np.argmax(xy[:, 0])], name, line.get_color()))
    if not ends:
        return ax
    scale = 72 / settle(ax).dpi  # pixels to typographic points
    heights = ax.transData.transform([end for end, _, _ in ends])[:, 1] * scale
    moved = spread(heights, 1.15 * mpl.rcParams["font.size"])
    for (end, name, color), shift in zip(ends, moved - heights, strict=True):
        ax.annotate(
            name,
            (end[0], end[1]),
            xytext=(6, shift),
            textcoords="offset points",
            va="center",
            color=color,
            annotation_clip=False,
        )
    return ax


def _new_axes(size: tuple[float, float] | None = None) -> Axes:
    return plt.subplots(figsize=size)[1]


def _letters_on(image: AxesImage, value: float) -> str:
    """Return black or white, whichever contrasts more with the colour of a value."""
    rgb = np.array(image.to_rgba(np.ma.masked_invalid([value]))[0, :3])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    return "black" if luminance > 0.179 else "white"  # where both have the contrast 4.6


def _real(values: ArrayLike, name: str) -> NDArray[np.float64]:
    try:
        if not np.iscomplexobj(values):
            return np.asarray(values, dtype=float)
        found = "complex numbers"
    except (TypeError, ValueError, OverflowError) as error:
        found = f"no table of numbers ({error})"
    raise W2VError(f"{name} is {found}; pass real numbers")


def _vector(values: ArrayLike, name: str) -> NDArray[np.float64]:
    vector = _real(values, name)
    if vector.ndim != 1 or not np.isfinite(vector).all():
        raise W2VError(
            f"{name} has shape {vector.shape} with {np.isfinite(vector).sum()} finite numbers; "
            "pass one row of finite numbers"
        )
    return vector

"""Figures of numbers: a spectrum, bars, and labels at the ends of lines."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator
from numpy.typing import ArrayLike

from .._support.errors import W2VError
from .._support.validation import finite_vector, instance_of, listed, real_array
from ._axes import axes_or_new, settle, spread, write_beside, written
from ._style import BLUE, GREY, INK, PAPER


def spectrum(
    eigvals: ArrayLike, *, ax: Axes | None = None, color: str = BLUE, label: str = ""
) -> Axes:
    """Draw eigenvalues by rank on logarithmic axes, the negative ones by their size as rings.

    Parameters
    ----------
    eigvals : array_like, shape (n,)
        In any order; zeros are not drawn.
    ax : Axes, optional
        Those of an earlier call, to lay another spectrum over it.
    label : str
        Name of the matrix, for the legend.

    Raises
    ------
    W2VError
        A value is not finite, or all are zero.

    Examples
    --------
    >>> ax = spectrum([9.0, 3.0, -5.0, 1.0], label="M*")
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['M*: 3 positive', 'M*: 1 negative, as |λ|']
    """
    values = finite_vector("eigvals", eigvals)
    if not values.any():
        raise W2VError(f"none of the {len(values)} eigenvalues differs from zero; nothing to draw")
    ax = axes_or_new(ax)
    start = f"{label}: " if label else ""
    positive, negative = (values, "o", color, "positive"), (-values, "s", PAPER, "negative, as |λ|")
    for sizes, marker, fill, name in (positive, negative):
        sizes = np.sort(sizes[sizes > 0])[::-1]
        if len(sizes):
            style = {"color": color, "markerfacecolor": fill}
            text = f"{start}{len(sizes):,} {name}"
            ax.loglog(range(1, len(sizes) + 1), sizes, marker, label=text, **style)
    few_decades = ax.dataLim.ymax < 300 * ax.dataLim.ymin
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if few_decades else (1,)))
    ax.yaxis.set_minor_locator(NullLocator())
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.4g}"))
    ax.set(xlabel="rank $k$", ylabel=r"eigenvalue $\lambda_k$")
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
    labels : sequence of n str
    intervals : array_like, shape (n, 2), optional
        Lower and upper ends, around the values.
    form : str
        Format of the written values.
    color : str or sequence of str
        One colour, or one for each bar.

    Raises
    ------
    W2VError
        Numbers that are not finite, lengths that differ, an interval that does not hold its value,
        or a ``form`` that is no format of a number.

    Examples
    --------
    >>> ax = labelled_bars([66.3, 50.6], ["M*", "PPMI"], form="{:.0f} %")
    >>> [text.get_text() for text in ax.texts]
    ['66 %', '51 %']
    """
    lengths, labels = finite_vector("values", values), listed("labels", labels, "names")
    n = len(lengths)
    if n != len(labels):
        raise W2VError(f"{n} values but {len(labels)} labels; pass one label for each value")
    low = high = lengths
    if intervals is not None:
        ends = real_array("intervals", intervals)
        if ends.shape != (n, 2):
            raise W2VError(f"intervals has shape {ends.shape}; pass ({n}, 2), lower and upper ends")
        low, high = ends.T
        if not np.all((low <= lengths) & (lengths <= high) & np.isfinite(low + high)):
            raise W2VError("an interval does not hold its value; pass lower <= value <= upper")
    texts = [written(form, value) for value in lengths]
    ax = axes_or_new(ax, (6.4, 0.7 + 0.42 * n))
    ax.barh(range(n), lengths, color=color, height=0.72)
    if intervals is not None:
        sides = [lengths - low, high - lengths]
        ax.errorbar(lengths, range(n), xerr=sides, fmt="none", ecolor=INK, capsize=4)
    for row, value in enumerate(lengths):
        end, side = (high[row], 1) if value >= 0 else (low[row], -1)
        write_beside(ax, texts[row], (end, row), (5 * side, 0), ha="left" if side > 0 else "right")
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
    scales and limits are set. By default it takes all lines of the current axes that have a label.

    Examples
    --------
    >>> _, ax = plt.subplots()
    >>> _ = ax.plot([0, 1], [0, 1], label="theory")
    >>> [text.get_text() for text in label_lines(ax).texts]
    ['theory']
    """
    ax = axes_or_new(plt.gca() if ax is None else ax)
    ends = []
    for i, line in enumerate(ax.lines if lines is None else lines):
        line = instance_of(f"lines[{i}]", line, Line2D, "as ax.plot returns them")
        name = str(line.get_label())
        xy = np.asarray(line.get_xydata())  # dates and categories as numbers
        xy = xy[np.isfinite(xy).all(axis=1)]
        if name and not name.startswith("_") and len(xy):
            ends.append((xy[np.argmax(xy[:, 0])], name, line.get_color()))
    if not ends:
        return ax
    scale = 72 / settle(ax).dpi  # pixels to typographic points
    heights = ax.transData.transform([end for end, _, _ in ends])[:, 1] * scale
    moved = spread(heights, 1.15 * mpl.rcParams["font.size"])
    for (end, name, color), shift in zip(ends, moved - heights, strict=True):
        write_beside(ax, name, end, (6, shift), color=color, annotation_clip=False)
    return ax

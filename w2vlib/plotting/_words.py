"""Figures whose marks are words: a matrix as colours, words as points."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from numpy.typing import ArrayLike

from .._support.errors import W2VError
from .._support.validation import finite_vector, listed, positive_number, real_array
from ._axes import axes_or_new, place_names, written
from ._style import DIVERGING, FAINT, MARKERS, PALETTE


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
        Entries that are not finite, such as the PMI of a pair never seen, are drawn grey.
    words : sequence of n str
    label : str
        Written beside the colour bar.
    limit : float, optional
        Colours run from ``-limit`` to ``limit``; by default the largest finite ``|entry|``.
    values : bool, optional
        Write each entry into its cell; by default for up to 8 words.

    Raises
    ------
    W2VError
        The matrix is not symmetric or does not fit the words, or ``limit`` is not positive.

    Examples
    --------
    >>> ax = word_heatmap([[0.0, 1.2], [1.2, -0.4]], ["cat", "dog"], label="PMI")
    >>> [tick.get_text() for tick in ax.get_xticklabels()]
    ['cat', 'dog']
    """
    table, words = real_array("the matrix", matrix), listed("words", words, "words")
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
    limit = positive_number("limit", limit, hint=": the colours run from -limit to limit")
    ax = axes_or_new(ax, (6.4, 5.2))
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
            text = written("{:.1f}", value).replace("inf", "∞")
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

    Names move so that they do not cover each other or the points, as far as there is room; one
    that had to move away is tied to its point by a thin line. Set scales and limits before the
    call, because the names are placed for the axes as they are then.

    Parameters
    ----------
    x, y : array_like, shape (n,)
        Such as two columns of ``emb.vectors``.
    words : sequence of n str
        An empty string leaves a point without a name.
    groups : sequence, optional
        The group of each word; each group has its own colour and marker, and its name as label,
        for ``ax.legend()``.

    Raises
    ------
    W2VError
        The lengths differ, a coordinate is not finite, or there are more than six groups.

    Examples
    --------
    >>> ax = word_scatter([1.0, 1.2, -1.0], [0.3, 0.2, -0.9], ["king", "queen", "car"])
    >>> sorted(text.get_text() for text in ax.texts)
    ['car', 'king', 'queen']
    """
    xs, ys, words = finite_vector("x", x), finite_vector("y", y), listed("words", words, "words")
    groups = [""] * len(words) if groups is None else listed("groups", groups, "names")
    if not len(xs) == len(ys) == len(words) == len(groups):
        raise W2VError(
            f"{len(xs)} x, {len(ys)} y, {len(words)} words and {len(groups)} groups; "
            "pass one of each for every word"
        )
    of_word = [str(group) for group in groups]
    names = list(dict.fromkeys(of_word))
    if len(names) > len(PALETTE):
        raise W2VError(f"{len(names)} groups but {len(PALETTE)} colours; put some groups together")
    ax = axes_or_new(ax, (6.4, 5.2))
    ax.axhline(0, color=FAINT, linewidth=1, zorder=0)
    ax.axvline(0, color=FAINT, linewidth=1, zorder=0)
    for name, marker, color in zip(names, MARKERS, PALETTE, strict=False):
        mine = [group == name for group in of_word]
        ax.plot(xs[mine], ys[mine], marker, color=color, label=name)
    ax.margins(0.1)
    colors = [PALETTE[names.index(group)] for group in of_word]
    place_names(ax, np.column_stack([xs, ys]), words, colors)
    return ax


def _letters_on(image: AxesImage, value: float) -> str:
    """Return black or white, whichever contrasts more with the colour of a value."""
    rgb = np.array(image.to_rgba(np.ma.masked_invalid([value]))[0, :3])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    return "black" if luminance > 0.179 else "white"  # where both have the contrast 4.6

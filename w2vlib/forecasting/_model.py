"""The forecast of a training run, as a user holds it: a timetable that prints, draws and saves."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .._support.files import atomic_write
from ._table import printed_table
from ._timetable import Timetable

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Forecast(Timetable):
    r"""What a model of dimension d will learn from a text; prints as a table. See :func:`forecast`.

    Attributes
    ----------
    k : (d,) int
        Numbers of the modes, from 1, in the order of descending eigenvalues.
    eigvals, eigvecs : (d,), (V, d)
        Of M*. Column k is what mode k adds to the word vectors.
    start : (d,)
        Squared strength s_k^2(0) that the forecast begins with, the median over random starts.
    times : (d,)
        When mode k reaches half of its eigenvalue: learning rate x steps.
    times_low, times_high : (d,)
        They enclose the times of 90 % of random starts, as far as modes do not interfere.
    gain : (d,)
        Share of each mode in the drop of the loss, lambda_k^2 over their sum.
    words : tuple of d pairs
        Words with the largest and with the smallest (most negative) entries of column k.
    last_mode_risk : float
        Rough probability that a direction beyond the d-th takes the place of the last mode.
    largest_learning_rate : float
        Where gradient descent begins to diverge (:func:`stability_edge`).
    squared_norm : float
        :math:`\|M^*\|_F^2`.
    sigma, n_tokens, window, source
        As given, the last three with the statistics.
    unseen_pair_share : float
        Share of the pairs of words that never co-occur.
    """

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the loss on ``ax``, or on a new figure: a staircase, steps named by their words."""
        from ._figure import staircase  # only who draws waits for matplotlib

        return staircase(self, ax)

    def save_html(self, path: str | os.PathLike[str]) -> None:
        """Write one HTML page, complete in itself: no script, nothing to load.

        Raises
        ------
        W2VError
            The file cannot be written; then nothing of it stays behind.
        """
        from ._page import page  # only who writes a page waits for Jinja

        content = page(self).encode("utf-8", "replace")
        with atomic_write(path) as file:
            file.write(content)

    def __repr__(self) -> str:
        return printed_table(self)

    def _repr_html_(self) -> str:
        from ._page import page_table

        return page_table(self)

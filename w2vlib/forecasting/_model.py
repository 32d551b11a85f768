"""The forecast of a training run: a timetable with a row for each mode."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._support.errors import W2VError
from .._support.files import atomic_write
from .._support.types import FloatArray
from .._support.validation import positive_number
from ..flow import discrete_rates, flow_loss, mode_strengths
from ._table import printed_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Ends = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, eq=False, repr=False)
class Forecast:
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
        Between these lies the time of 90 % of random starts, as far as modes do not interfere.
    gain : (d,)
        Share of each mode in the drop of the loss, lambda_k^2 over their sum; sums to 1.
    words : tuple of d pairs
        The words with the largest and those with the smallest (most negative) entries in column k.
    last_mode_risk : float
        Rough probability that a direction beyond the d-th takes the place of the last mode.
    largest_learning_rate : float
        Where gradient descent begins to diverge (:func:`stability_edge`).
    sigma : float
        Standard deviation of the entries of W(0).
    squared_norm : float
        :math:`\|M^*\|_F^2`.
    n_tokens, window, source
        Of the statistics.
    unseen_pair_share : float
        Share of the pairs of words that never co-occur.
    """

    k: NDArray[np.int64]
    eigvals: FloatArray
    eigvecs: NDArray[np.floating[Any]]
    start: FloatArray
    times: FloatArray
    times_low: FloatArray
    times_high: FloatArray
    gain: FloatArray
    words: tuple[Ends, ...]
    last_mode_risk: float
    largest_learning_rate: float
    sigma: float
    squared_norm: float
    n_tokens: int
    window: int
    unseen_pair_share: float
    source: str

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    def __len__(self) -> int:
        return len(self.k)

    def strengths(self, t: ArrayLike) -> FloatArray:
        r"""Return the squared singular values s_k^2(t), shape ``t.shape + (d,)``."""
        return mode_strengths(t, self.eigvals, self.start)

    def loss(self, t: ArrayLike, *, excess: bool = False) -> FloatArray:
        r"""Loss :math:`\frac18 \|M^* - W W^T\|_F^2` at times t, shape ``t.shape``.

        With ``excess`` only what is above the smallest loss that d dimensions allow.
        """
        total = None if excess else self.squared_norm
        return flow_loss(self.strengths(t), self.eigvals, total=total)

    def steps(self, learning_rate: float) -> FloatArray:
        r"""Count the steps of gradient descent after which each mode is half learned, (d,).

        A step multiplies a small mode by :math:`1 + \eta\lambda_k/2`, so it is learned a little
        later than in the flow: after
        :math:`\ln(\lambda_k / s_k^2(0)) / (2 \log(1 + \eta\lambda_k/2))` steps.

        Raises
        ------
        W2VError
            A rate that is not positive, or at which gradient descent diverges.
        """
        edge = self.largest_learning_rate
        hint = f" and below {edge:.4g}, where gradient descent on this M* begins to diverge"
        rate = positive_number("learning_rate", learning_rate, hint=hint)
        if rate >= edge:
            raise W2VError(f"learning_rate={rate:.4g}; choose a finite number above 0{hint}")
        return np.asarray(self.times * self.eigvals / (discrete_rates(self.eigvals, rate) * rate))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the loss forecast: a staircase, dotted as all theory, steps named by their words.

        ``ax`` says where to draw; by default on a new figure.
        """
        from ._figure import staircase  # only who draws waits for matplotlib

        return staircase(self, ax)

    def save_html(self, path: str | os.PathLike[str]) -> None:
        """Write the forecast as one HTML page, complete in itself: no script, nothing to load.

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

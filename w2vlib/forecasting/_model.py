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
from ..flow import discrete_rates, flow_loss, mode_strengths
from ._page import page, table
from ._table import ROWS, decimals, printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Ends = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, eq=False, repr=False)
class Forecast:
    r"""What a model of dimension d will learn from a text; prints as a table. See :func:`forecast`.

    Attributes
    ----------
    k : (d,) int
        Numbers of the modes, from 1, in the order of falling eigenvalues.
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
    last_lost : float
        Rough chance that a direction beyond the d-th takes the last of the d places.
    largest_rate : float
        Learning rate at which gradient descent begins to diverge (:func:`stability_edge`).
    sigma : float
        Standard deviation of the entries of W(0).
    norm2 : float
        :math:`\|M^*\|_F^2`.
    n_tokens, window, unseen, source
        Of the statistics; ``unseen`` is the share of pairs of words that never met.
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
    last_lost: float
    largest_rate: float
    sigma: float
    norm2: float
    n_tokens: int
    window: int
    unseen: float
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
        strengths = self.strengths(t)
        return flow_loss(strengths, self.eigvals, total=None if excess else self.norm2)

    def steps(self, learning_rate: float) -> FloatArray:
        r"""Count the steps of gradient descent after which each mode is half learned, (d,).

        A step multiplies a small mode by :math:`1 + \eta\lambda_k/2`, so it grows with the rate
        :math:`2 \log(1 + \eta\lambda_k/2) / \eta` and is learned a little later than in the
        flow, after :math:`\ln(\lambda_k / s_k^2(0)) / (2 \log(1 + \eta\lambda_k/2))` steps.

        Raises
        ------
        W2VError
            A rate that is not positive, or beyond which gradient descent diverges.
        """
        if not 0 < learning_rate < self.largest_rate:
            raise W2VError(
                f"learning_rate={learning_rate!r}; choose one between 0 and "
                f"{self.largest_rate:.4g}, where gradient descent on this M* begins to diverge"
            )
        rates = discrete_rates(self.eigvals, learning_rate)
        return np.asarray(self.times * self.eigvals / (rates * learning_rate))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the loss forecast: a staircase, dotted as all theory, steps named by their words.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; by default a new figure.
        """
        from ._figure import staircase

        return staircase(self, ax)

    def save_html(self, path: str | os.PathLike[str]) -> None:
        """Write the forecast as one HTML page, complete in itself: no script, nothing to load.

        Raises
        ------
        W2VError
            The file cannot be written; then nothing of it stays behind.
        """
        content = page(self).encode("utf-8", "replace")
        with atomic_write(path) as file:
            file.write(content)

    def __repr__(self) -> str:
        digits = decimals(self.times[0])
        shown = min(len(self), ROWS)
        lines = [
            f"Forecast: d={len(self)}, sigma={self.sigma:g}, V={len(self.eigvecs):,}, "
            f"{self.n_tokens:,} tokens, window={self.window}",
            f"{'k':>3} {'eigenvalue':>10} {'gain %':>6} {'time':>{digits + 3}} "
            f"{'90 % of starts':>{2 * digits + 9}}  words at both ends",
        ]
        for i in range(shown):
            span = f"{self.times_low[i]:.{digits}f} to {self.times_high[i]:.{digits}f}"
            high, low = (", ".join(map(printable, words)) for words in self.words[i])
            lines.append(
                f"{self.k[i]:3d} {self.eigvals[i]:10.2f} {100 * self.gain[i]:6.1f} "
                f"{self.times[i]:{digits + 3}.{digits}f} {span:>{2 * digits + 9}}  {high} | {low}"
            )
        if shown < len(self):
            lines.append(f"... and {len(self) - shown} more, to time {self.times[-1]:.{digits}f}")
        lines.append("time is learning rate x steps; for steps: .steps(learning_rate)")
        if self.last_lost >= 0.05:
            lines.append(
                f"mode {len(self)} is uncertain: in about {100 * self.last_lost:.0f} % of starts "
                "a direction beyond it takes the last place"
            )
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return table(self)

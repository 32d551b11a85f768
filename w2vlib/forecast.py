"""Counts -> what will be learned, in which order and when: known before any training."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erf
from scipy.stats import chi2

from ._checks import check_whole
from ._errors import W2VError
from .corpus import CorpusStatistics
from .gradient_flow import (
    discrete_rates,
    flow_loss,
    learning_times,
    mode_strengths,
    stability_edge,
)
from .pca import top_eigenpairs
from .targets import m_star

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Forecast", "forecast"]

FloatArray = NDArray[np.float64]
Ends = tuple[tuple[str, ...], tuple[str, ...]]

_DOUBLE_UP_TO = 1000  # words: so small a matrix takes a moment in double precision, too
_RIVALS = 10  # eigenvalues looked at beyond the d-th
_ROWS = 25  # of the printed table


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
        from ._forecast_plot import staircase

        return staircase(self, ax)

    def save_html(self, path: str | os.PathLike[str]) -> None:
        """Write the forecast as one HTML page, complete in itself: no script, nothing to load.

        Raises
        ------
        W2VError
            The file cannot be written; then nothing of it stays behind.
        """
        from ._files import atomic_write
        from ._forecast_page import page

        content = page(self).encode("utf-8", "replace")
        with atomic_write(path) as file:
            file.write(content)

    def __repr__(self) -> str:
        digits = decimals(self.times[0])
        shown = min(len(self), _ROWS)
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
        from ._forecast_page import table

        return table(self)


def forecast(stats: CorpusStatistics, d: int, *, sigma: float = 1e-6, n_words: int = 5) -> Forecast:
    r"""Forecast what word2vec's quadratic model learns from a text, in which order, and when.

    .. math::

        \tau_k = \frac{\ln(\lambda_k / s_k^2(0))}{\lambda_k}, \qquad
        s_k^2(0) = \sigma^2 \,\mathrm{median}(\chi^2_{d-k+1})

    with the eigenvalues of M*. Times are learning rate x steps, for the loss
    :math:`\frac18 \|M^* - W W^T\|_F^2` and W(0) of independent normal entries.

    Parameters
    ----------
    stats : CorpusStatistics
        Counts of the text.
    d : int
        Embedding dimension of the model, at most the number of positive eigenvalues of M*.
    sigma : float
        Standard deviation of the entries of W(0). The theory holds for small ones.
    n_words : int
        Words to name at each end of a mode; fewer where the vocabulary has not twice as many.

    Returns
    -------
    Forecast

    Raises
    ------
    W2VError
        ``d`` exceeds the number of positive eigenvalues; ``sigma`` is not positive, or so large
        that a mode begins above half of its eigenvalue.

    Notes
    -----
    In U^T W(0) the modes before k have taken k - 1 of the d directions, so that row k keeps
    d - k + 1 free ones (:func:`effective_start`): :math:`s_k^2(0) / \sigma^2` is chi-square with as
    many degrees of freedom. The median of :math:`s_k^2(0)` gives the median of
    :math:`\tau_k`; the 95 % and 5 % points give ``times_low`` and ``times_high``.

    Where neighbouring eigenvalues are close, modes grow at the same time and disturb each other.
    The last modes suffer most, as they compete with directions beyond the d-th: ``last_lost``.

    References
    ----------
    Karkada, Simon, Bahri and DeWeese (2025), arXiv 2502.09863, for the logistic law. The
    distribution of the starts follows from the LQ decomposition of a normal matrix.

    Examples
    --------
    >>> from w2vlib import load_statistics
    >>> coming = forecast(load_statistics(500), d=3, n_words=2)
    >>> coming.times.round(3).tolist(), coming.gain.round(2).tolist()
    ([0.255, 0.341, 0.436], [0.52, 0.29, 0.19])
    """
    check_whole("d", d)
    check_whole("n_words", n_words)
    try:
        valid = bool(0 < sigma < np.inf)
    except (TypeError, ValueError):
        valid = False
    if not valid:
        raise W2VError(
            f"sigma={sigma!r}; choose a positive, finite standard deviation for the entries of "
            "W(0), such as 1e-6 (from exactly 0 nothing is ever learned)"
        )
    V = len(stats)
    M = m_star(stats, dtype=np.float64 if V <= _DOUBLE_UP_TO else np.float32)
    found, eigvecs = top_eigenpairs(M, min(int(d) + _RIVALS, V))
    _check_positive(int(d), found, V)
    norm2 = float(sum(float(np.dot(row, row)) for row in M))
    lowest = -top_eigenpairs(np.negative(M, out=M), 1)[0]
    eigvals, eigvecs = found[:d].astype(np.float64), eigvecs[:, :d].copy()
    free = d - np.arange(d)  # degrees of freedom of the starts
    low, start, high = (sigma**2 * chi2.ppf(q, free) for q in (0.05, 0.5, 0.95))
    if (2 * high > eigvals).any() or not start.all():
        k = int(np.argmax(2 * high / eigvals))
        most = sigma * np.sqrt(eigvals[k] / high[k] / 2) if start.all() else np.inf
        raise W2VError(
            f"sigma={sigma:.3g} starts mode {k + 1} (eigenvalue {eigvals[k]:.4g}) "
            + (
                "above half of its eigenvalue, so it has no learning time; choose a far smaller "
                f"one (1e-6 is usual; the limit is {most:.2g})"
                if start.all()
                else "at zero in double precision; choose sigma >= 1e-150"
            )
        )
    times = learning_times(eigvals, start)
    n = min(int(n_words), V // 2)
    return Forecast(
        k=np.arange(1, d + 1),
        eigvals=eigvals,
        eigvecs=eigvecs,
        start=start,
        times=times,
        times_low=learning_times(eigvals, high),
        times_high=learning_times(eigvals, low),
        gain=eigvals**2 / np.sum(eigvals**2),
        words=tuple(_ends(stats.words, column, n) for column in eigvecs.T),
        last_lost=_last_lost(found.astype(np.float64), int(d), float(sigma)),
        largest_rate=stability_edge(np.append(eigvals, lowest)),
        sigma=float(sigma),
        norm2=norm2,
        n_tokens=stats.n_tokens,
        window=int(stats.window),
        unseen=float(np.mean(stats.pair_counts == 0)),
        source=stats.source,
    )


def _check_positive(d: int, found: FloatArray, V: int) -> None:
    # Rounding leaves an eigenvalue that is zero a little off; such a direction carries nothing.
    noise = V * np.finfo(found.dtype).eps * max(abs(found[0]), abs(found[-1]))
    n_positive = int((found > noise).sum())
    if n_positive == 0:
        raise W2VError(
            f"M* of these {V:,} words has no positive eigenvalue: a model with tied weights learns "
            "nothing from them; give a longer text or a larger vocabulary"
        )
    if d > n_positive:
        raise W2VError(
            f"d={d} exceeds the {n_positive} positive eigenvalues of M* for {V:,} words; choose "
            f"d <= {n_positive} (a model with tied weights learns no others), a larger vocabulary "
            "or a longer text"
        )


def _ends(words: tuple[str, ...], column: NDArray[np.floating[Any]], n: int) -> Ends:
    order = np.argsort(column, kind="stable")
    return tuple(words[i] for i in order[::-1][:n]), tuple(words[i] for i in order[:n])


def _last_lost(eigvals: FloatArray, d: int, sigma: float) -> float:
    """Estimate how often one of the rivals beyond d outgrows mode d in the last free direction.

    There mode d starts with sigma |x| and a rival with sigma |y|, both normal. When mode d comes to
    half its height, at tau(x), the rival is ahead if |y| exp(mu tau / 2) > |x| exp(lambda_d tau /
    2). Averaged over x at evenly spaced quantiles.
    """
    mode, rivals = eigvals[d - 1], eigvals[d:]
    x2 = chi2.ppf((np.arange(500) + 0.5) / 500, 1)
    tau = learning_times(np.full(500, mode), np.maximum(sigma**2 * x2, np.finfo(float).tiny))
    lead = np.maximum((mode - rivals) * tau[:, None] / 2, 0)  # (500, rivals)
    safe = erf(np.sqrt(x2 / 2)[:, None] * np.exp(np.minimum(lead, 100)))
    return float(1 - safe.prod(axis=1).mean())


def time_grid(coming: Forecast) -> FloatArray:
    """Return times from 0 to a little after the last mode, the middles of the steps among them."""
    return np.unique(np.append(np.linspace(0, 1.08 * coming.times.max(), 700), coming.times))


def decimals(first: float) -> int:
    """Digits after the point that show a time of this size to three figures or more."""
    return max(0, 3 - int(np.ceil(np.log10(first))))


def printable(word: str) -> str:
    """Return the word without characters that steer a terminal or are not allowed in a page."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in word)

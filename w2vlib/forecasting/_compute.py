"""Counts -> what will be learned, in which order and when: known before any training."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erf, gammaincinv

from .._support.errors import W2VError
from .._support.types import FloatArray
from .._support.validation import enough_positive, instance_of, positive_number, whole_number
from ..corpus import CorpusStatistics
from ..flow import learning_times, stability_edge
from ..spectral import top_eigenpairs
from ..targets import m_star
from ._model import Forecast
from ._timetable import Ends

_DOUBLE_UP_TO = 1000  # words: so small a matrix takes a moment in double precision, too
_RIVALS = 10  # eigenvalues looked at beyond the d-th


def forecast(stats: CorpusStatistics, d: int, *, sigma: float = 1e-6, n_words: int = 5) -> Forecast:
    r"""Forecast what word2vec's quadratic model learns from a text, in which order, and when.

    .. math::

        \tau_k = \frac{\ln(\lambda_k / s_k^2(0))}{\lambda_k}, \qquad
        s_k^2(0) = \sigma^2 \,\mathrm{median}(\chi^2_{d-k+1})

    with the eigenvalues :math:`\lambda_k` of M*. Times are learning rate x steps, for the loss
    :math:`\frac18 \|M^* - W W^T\|_F^2` and independent normal entries of W(0).

    Parameters
    ----------
    stats : CorpusStatistics
    d : int
        Embedding dimension of the model.
    sigma : float
        Standard deviation of the entries of W(0). The theory holds for small ones.
    n_words : int
        Words to name at each end of a mode, at most half of the vocabulary.

    Raises
    ------
    W2VError
        ``d`` exceeds the number of positive eigenvalues of M*; ``sigma`` is not positive, or so
        large that a mode begins above half of its eigenvalue.

    Notes
    -----
    In U^T W(0) the modes before k have taken k - 1 of the d directions, and d - k + 1 are left for
    mode k (:func:`effective_start`): :math:`s_k^2(0) / \sigma^2` is chi-square with as many degrees
    of freedom. Its 95 % and 5 % points give ``times_low`` and ``times_high``. Modes with similar
    eigenvalues grow at the same time and interfere, the last one with directions beyond the d-th.

    References
    ----------
    Karkada, Simon, Bahri and DeWeese (2025), arXiv 2502.09863, for the logistic law. The
    distribution of the starts follows from the LQ decomposition of a normal matrix.

    Examples
    --------
    >>> from w2vlib import load_statistics
    >>> timetable = forecast(load_statistics(500), d=3, n_words=2)
    >>> timetable.times.round(3).tolist(), timetable.gain.round(2).tolist()
    ([0.255, 0.341, 0.436], [0.52, 0.29, 0.19])
    """
    stats = instance_of("stats", stats, CorpusStatistics, "such as load_statistics(1000)")
    stats.dense("a forecast")
    d, n_words = whole_number("d", d), whole_number("n_words", n_words)
    hint = ", such as 1e-6: it is the spread of W(0), and from 0 nothing is ever learned"
    sigma = positive_number("sigma", sigma, hint=hint)
    if sigma < 1e-150:  # the square leaves double precision
        raise W2VError(f"sigma={sigma:.3g} leaves double precision; choose sigma >= 1e-150")
    V = len(stats)
    M = m_star(stats, dtype=np.float64 if V <= _DOUBLE_UP_TO else np.float32)
    found, eigvecs = top_eigenpairs(M, min(d + _RIVALS, V))
    enough_positive(found, d, V, f"M* of these {V:,} words")
    found = found.astype(np.float64)
    squared_norm = sum(float(row @ row) for row in M)  # row by row: float32 sums lose digits
    lowest = -top_eigenpairs(np.negative(M, out=M), 1)[0]
    eigvals, eigvecs = found[:d], eigvecs[:, :d].copy()
    low, middle, high = (_chi_square(q, d - np.arange(d)) for q in (0.05, 0.5, 0.95))
    limits = np.sqrt(eigvals / high / 2)  # of sigma, for each mode
    if sigma > limits.min():
        k = int(np.argmin(limits))
        raise W2VError(
            f"sigma={sigma:.3g} starts mode {k + 1} (eigenvalue {eigvals[k]:.4g}) above half of "
            "its eigenvalue, so it has no learning time; choose a far smaller one (1e-6 is usual; "
            f"the limit is {limits[k]:.2g})"
        )
    start = sigma**2 * middle
    return Forecast(
        k=np.arange(1, d + 1),
        eigvals=eigvals,
        eigvecs=eigvecs,
        start=start,
        times=learning_times(eigvals, start),
        times_low=learning_times(eigvals, sigma**2 * high),
        times_high=learning_times(eigvals, sigma**2 * low),
        gain=eigvals**2 / np.sum(eigvals**2),
        words=tuple(_ends(stats.words, column, min(n_words, V // 2)) for column in eigvecs.T),
        last_mode_risk=_last_mode_risk(found, d, sigma),
        largest_learning_rate=stability_edge(np.append(eigvals, lowest)),
        sigma=sigma,
        squared_norm=squared_norm,
        n_tokens=stats.n_tokens,
        window=int(stats.window),
        unseen_pair_share=float(np.mean(stats.pair_counts == 0)),
        source=stats.source,
    )


def _chi_square(probability: ArrayLike, freedom: ArrayLike) -> FloatArray:
    """Quantiles of the chi-square distribution; scipy.stats has them, too, but imports slowly."""
    return np.asarray(2 * gammaincinv(np.asarray(freedom) / 2, probability))


def _ends(words: tuple[str, ...], column: NDArray[np.floating[Any]], n: int) -> Ends:
    """Return the words of the n largest entries of a column, and of the n smallest."""
    order = np.argsort(column, kind="stable")
    return tuple(words[i] for i in order[::-1][:n]), tuple(words[i] for i in order[:n])


def _last_mode_risk(eigvals: FloatArray, d: int, sigma: float) -> float:
    """Estimate how often one of the rivals beyond d outgrows mode d in the last free direction.

    There mode d starts with sigma |x| and a rival with sigma |y|, both normal. When mode d reaches
    half its height, at tau(x), a rival with the eigenvalue mu is ahead if
    |y| exp(mu tau / 2) > |x| exp(lambda_d tau / 2). Averaged over evenly spaced quantiles of x.
    """
    mode, rivals = eigvals[d - 1], eigvals[d:]
    x2 = _chi_square((np.arange(500) + 0.5) / 500, 1)
    tau = np.log(mode / (sigma**2 * x2)) / mode
    lead = np.maximum((mode - rivals) * tau[:, None] / 2, 0)  # (500, rivals)
    safe = erf(np.sqrt(x2 / 2)[:, None] * np.exp(np.minimum(lead, 100)))
    return float(1 - safe.prod(axis=1).mean())

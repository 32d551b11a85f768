"""Counts -> what will be learned, in which order and when: known before any training."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf
from scipy.stats import chi2

from .._support.errors import W2VError
from .._support.types import FloatArray
from .._support.validation import enough_positive, positive_number, whole_number
from ..corpus import CorpusStatistics
from ..flow import learning_times, stability_edge
from ..spectral import top_eigenpairs
from ..targets import m_star
from ._model import Ends, Forecast

_DOUBLE_UP_TO = 1000  # words: so small a matrix takes a moment in double precision, too
_RIVALS = 10  # eigenvalues looked at beyond the d-th


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
    d, n_words = whole_number("d", d), whole_number("n_words", n_words)
    hint = ", such as 1e-6: the spread of the entries of W(0), and from 0 nothing is ever learned"
    sigma = positive_number("sigma", sigma, hint=hint)
    V = len(stats)
    M = m_star(stats, dtype=np.float64 if V <= _DOUBLE_UP_TO else np.float32)
    found, eigvecs = top_eigenpairs(M, min(d + _RIVALS, V))
    enough_positive(found, d, V, f"M* of these {V:,} words")
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
    n = min(n_words, V // 2)
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
        last_lost=_last_lost(found.astype(np.float64), d, sigma),
        largest_rate=stability_edge(np.append(eigvals, lowest)),
        sigma=sigma,
        norm2=norm2,
        n_tokens=stats.n_tokens,
        window=int(stats.window),
        unseen=float(np.mean(stats.pair_counts == 0)),
        source=stats.source,
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

"""Co-occurrence statistics -> the matrices that word vectors factorise."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._support.errors import W2VError
from .._support.types import FloatArray
from .._support.validation import instance_of, shown
from ..corpus import CorpusStatistics

STATISTICS = "such as load_statistics() or count_cooccurrences(text, vocab_size=...)"


def pmi(stats: CorpusStatistics) -> FloatArray:
    r"""Pointwise mutual information of every pair of words, in nats, (V, V) float64.

    .. math:: \mathrm{PMI}_{ij} = \log \frac{P_{ij}}{P_i P_j}

    It is minus infinity for pairs that never co-occur. Sources: Church and Hanks (1990); Levy and
    Goldberg (2014), who show that word2vec factorises it.

    Examples
    --------
    >>> from w2vlib import count_cooccurrences
    >>> stats = count_cooccurrences(["a b", "a b", "c a"], vocab_size=3, window=1)
    >>> pmi(stats).round(3)[0].tolist()  # a with a, b, c
    [-inf, 0.693, 0.693]
    """
    stats = instance_of("stats", stats, CorpusStatistics, STATISTICS).dense("PMI")
    p_i = stats.p_i
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(stats.p_ij) - np.log(p_i[:, None] * p_i))


def ppmi(stats: CorpusStatistics) -> FloatArray:
    """Positive PMI, max(PMI, 0), (V, V) float64: 0 for pairs that co-occur less than by chance.

    Source: Bullinaria and Levy (2007).

    Examples
    --------
    >>> from w2vlib import count_cooccurrences
    >>> stats = count_cooccurrences(["a b", "a b", "c a"], vocab_size=3, window=1)
    >>> ppmi(stats).round(3)[0].tolist()
    [0.0, 0.693, 0.693]
    """
    return np.asarray(np.maximum(pmi(stats), 0.0))


def m_star(
    stats: CorpusStatistics, *, dtype: type[np.floating[Any]] = np.float64
) -> NDArray[np.floating[Any]]:
    r"""Target matrix whose top eigenvectors are the features that word2vec learns.

    .. math::

        M^*_{ij} = 2\,\frac{P_{ij} - P_i P_j}{P_{ij} + P_i P_j} = 2 \tanh(\mathrm{PMI}_{ij} / 2)

    It is (V, V) and symmetric, every entry in [-2, 2]: -2 where two words never co-occur, 0 at
    chance. The ``dtype`` np.float32 halves the memory, and is accurate enough for PCA.

    Source: Karkada, Simon, Bahri and DeWeese (2025), arXiv 2502.09863, Setting 3.1.

    Examples
    --------
    >>> from w2vlib import count_cooccurrences
    >>> stats = count_cooccurrences(["a b", "a b", "c a"], vocab_size=3, window=1)
    >>> m_star(stats).round(3)[0].tolist()
    [-2.0, 0.667, 0.667]
    """
    stats = instance_of("stats", stats, CorpusStatistics, STATISTICS)
    stats.dense("M* as a matrix", "take m_star_operator(stats), or ")
    if str(getattr(dtype, "__name__", dtype)) not in ("float64", "float32"):
        raise W2VError(f"dtype={shown(dtype)}; choose a floating type: np.float64 or np.float32")
    out = np.empty(stats.pair_counts.shape, dtype)
    p_i, total = stats.p_i, stats.pair_counts.sum()
    for i, counts in enumerate(stats.pair_counts):  # row by row: no V x V temporaries
        joint, independent = counts / total, p_i[i] * p_i
        out[i] = 2 * (joint - independent) / (joint + independent)
    return out

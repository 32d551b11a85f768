"""word2vec's expected loss on a text, term by term, without another table of the counts' size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from .._support.errors import W2VError
from .._support.types import FloatArray
from .._support.validation import instance_of, number_between, number_from_zero, positive_number
from ..corpus import CorpusStatistics
from ._matrices import STATISTICS

_BLOCK = 256  # rows of a table that are worked on at a time


@dataclass(frozen=True, eq=False)
class ExpectedPairs:
    """How often word2vec trains on each pair, on average: P_ij and its negatives Q_ij = k a_i q_j.

    P_ij = keep_i keep_j N_ij / total is the probability of a positive pair after subsampling, a_i
    its row sums, the probability of a centre, and q_j that of drawing a negative.
    """

    counts: np.ndarray | sparse.csr_array  # (V, V) integers, N
    keep: FloatArray  # (V,), the probability of keeping a word, r, up to a factor
    total: float  # sum of r_i r_j N_ij
    centres: FloatArray  # (V,), a
    noise: FloatArray  # (V,), q
    negative: float  # k

    def __len__(self) -> int:
        return len(self.keep)

    def counts_of(self, rows: slice) -> np.ndarray:
        """Return rows of N, (n, V)."""
        rows_of = self.counts[rows]
        return rows_of if isinstance(rows_of, np.ndarray) else np.asarray(rows_of.toarray())

    def positives(self) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield rows, and P in them, (n, V) float32."""
        for begin in range(0, len(self), _BLOCK):
            rows = slice(begin, begin + _BLOCK)
            joint = (self.counts_of(rows) * (self.keep / self.total)).astype(np.float32)
            joint *= self.keep[rows, None].astype(np.float32)
            yield rows, joint


def expected_pairs(
    stats: CorpusStatistics, *, negative: float, sample: float, ns_exponent: float
) -> ExpectedPairs:
    """Return word2vec's expected pairs: subsampling at ``sample``, negatives from p^ns_exponent."""
    instance_of("stats", stats, CorpusStatistics, STATISTICS)
    k = positive_number("negative", negative, hint=" (word2vec: 5 to 20)")
    sample = number_from_zero("sample", sample, hint=" (0 keeps all words; word2vec: 1e-3 to 1e-5)")
    power = number_between("ns_exponent", ns_exponent, -10, 10)
    p_i, N = stats.p_i, stats.pair_counts
    keep = kept_share(p_i, sample)
    keep = keep / keep.max()  # the scale cancels, and a tiny sample would leave single precision
    rows = np.concatenate([N[i : i + _BLOCK] @ keep for i in range(0, len(p_i), _BLOCK)]) * keep
    if not (rows > 0).all():
        word = stats.words[int(np.argmin(rows))]
        raise W2VError(
            f"the word {word!r} co-occurs with no word of the vocabulary, so nothing can be "
            "learned about it; leave it out: truncate(), or a smaller vocab_size"
        )
    noise = p_i**power
    return ExpectedPairs(N, keep, float(rows.sum()), rows / rows.sum(), noise / noise.sum(), k)


def kept_share(p_i: FloatArray, sample: float) -> FloatArray:
    """Return the probability of keeping each word, by the formula of word2vec's published code."""
    if not sample:
        return np.ones_like(p_i)
    return np.asarray(np.minimum(1, np.sqrt(sample / p_i) + sample / p_i))


def weighted_target(pairs: ExpectedPairs, weights: FloatArray) -> np.ndarray:
    """Return sqrt(g_i g_j) 2 (P - Q) / (P + Q) for weights g (V,), (V, V) float32 and symmetric.

    Q counts by its symmetric part, the only one that tied vectors see.
    """
    V, root = len(pairs), np.sqrt(weights).astype(np.float32)
    out = np.empty((V, V), np.float32)
    a, q = pairs.centres, pairs.noise
    for rows, joint in pairs.positives():
        chance = np.outer(a[rows], q) + np.outer(q[rows], a)
        chance = (chance * (pairs.negative / 2)).astype(np.float32)
        block = out[rows]
        np.subtract(joint, chance, out=block)
        block /= joint + chance
        block *= 2 * root[rows, None]
        block *= root
    return out

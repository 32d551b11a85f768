"""Targets of sparse counts: a multiple of one outer product, plus a sparse matrix; never formed."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import LinearOperator

from .._support.products import kernels, sparse_product
from .._support.threads import own_threads
from .._support.types import FloatArray
from .._support.validation import instance_of
from ..corpus import CorpusStatistics
from ._expected import ExpectedPairs, weighted_target
from ._matrices import STATISTICS

_CELLS = 1 << 20  # that are worked on at a time
_MANY_PRODUCTS = 100  # of one operator: so Numba is worth loading earlier


class RankOnePlusSparse(LinearOperator):
    """The symmetric matrix ``S - 2 r r^T``: S sparse, (V, V) float32, and r a vector, (V,)."""

    def __init__(self, table: sparse.csr_array, r: np.ndarray) -> None:
        super().__init__(np.dtype(np.float32), table.shape)
        self.sparse, self.r = table, r

    def _matmat(self, X: np.ndarray) -> np.ndarray:
        X = np.ascontiguousarray(X, np.float32)
        compiled = kernels(2 * self.sparse.nnz * X.shape[1] * _MANY_PRODUCTS)
        with own_threads() as pool:
            out = sparse_product(self.sparse, X, pool, compiled)
        # In double precision: the sum over all words is far larger than the entries.
        out -= np.outer(self.r, 2 * (self.r.astype(np.float64) @ X)).astype(np.float32)
        return out

    def _matvec(self, x: np.ndarray) -> np.ndarray:
        return self._matmat(x.reshape(-1, 1))

    def _adjoint(self) -> RankOnePlusSparse:
        return self


def m_star_operator(stats: CorpusStatistics) -> LinearOperator:
    r"""M* as an operator, for as many words as you like: -2 everywhere, plus a sparse matrix.

    .. math:: M^*_{ij} + 2 = \frac{4 P_{ij}}{P_{ij} + P_i P_j}

    is 0 for two words that never co-occur, so that M* x takes one product with a sparse matrix and
    one sum. The ``LinearOperator`` of SciPy that is returned, (V, V) float32, goes into
    :func:`top_eigenpairs`; ``operator @ X`` multiplies, and ``operator.sparse`` is M* + 2.
    ``stats`` may be sparse or not.

    Examples
    --------
    >>> from w2vlib import count_cooccurrences
    >>> stats = count_cooccurrences(["a b", "a b", "c a"], vocab_size=3, window=1, sparse=True)
    >>> (m_star_operator(stats) @ np.eye(3))[0].astype(float).round(3).tolist()
    [-2.0, 0.667, 0.667]
    """
    instance_of("stats", stats, CorpusStatistics, STATISTICS)
    ones = np.ones(len(stats))
    p_i, total = stats.p_i, float(stats.pair_counts.sum())
    return target_operator(ExpectedPairs(stats.pair_counts, ones, total, p_i, p_i, 1.0), ones)


def target_operator(pairs: ExpectedPairs, weights: FloatArray) -> RankOnePlusSparse:
    """Return sqrt(g_i g_j) 2 (P - Q) / (P + Q) for weights g (V,), as :func:`weighted_target`."""
    N = sparse.csr_array(pairs.counts)
    values, root = np.empty(N.nnz, np.float32), np.sqrt(weights)
    a, q = pairs.centres, pairs.noise * (pairs.negative / 2)

    def fill(rows: tuple[int, int]) -> None:
        cells = slice(*N.indptr[list(rows)])
        i = np.repeat(np.arange(*rows), np.diff(N.indptr[rows[0] : rows[1] + 1]))
        j = N.indices[cells]
        joint = N.data[cells] * (pairs.keep / pairs.total)[i] * pairs.keep[j]
        chance = a[i] * q[j] + q[i] * a[j]
        values[cells] = 4 * root[i] * root[j] * joint / (joint + chance)

    edges = np.searchsorted(N.indptr, np.arange(_CELLS, N.nnz, _CELLS))
    edges = np.unique(np.concatenate([[0], edges, [len(pairs)]]))
    with own_threads() as pool:
        list(pool.map(fill, pairwise(edges)))
    table = sparse.csr_array((values, N.indices, N.indptr), shape=N.shape)
    table.has_canonical_format = True
    return RankOnePlusSparse(table, root.astype(np.float32))


def as_target(pairs: ExpectedPairs, weights: FloatArray) -> Any:
    """Return the target as a matrix, or as an operator where the counts are sparse."""
    return (target_operator if sparse.issparse(pairs.counts) else weighted_target)(pairs, weights)

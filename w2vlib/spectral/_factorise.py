"""Matrix -> word vectors.

"PCA" here is the eigendecomposition of M* itself, not of a centred covariance.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse.linalg import LinearOperator

from .._support.errors import W2VError
from .._support.types import FloatArray
from .._support.validation import enough_positive, finite_vector, instance_of, one_of, word_list
from ..corpus import CorpusStatistics
from ..targets import STATISTICS, as_target, expected_pairs, m_star, m_star_operator
from ..vectors import Embeddings
from ._eigenpairs import top_eigenpairs

_PLAIN = {"negative": 1.0, "sample": 0.0, "ns_exponent": 1.0}
_AS_WORD2VEC = {"negative": 2.0, "sample": 1e-3, "ns_exponent": 0.75}


def embeddings_from_matrix(
    matrix: np.ndarray | LinearOperator, words: Sequence[str], d: int
) -> Embeddings:
    r"""Factorise a symmetric matrix as W W^T, in the best way that d dimensions allow.

    .. math:: W = U_d \Lambda_d^{1/2}

    ``matrix`` (V, V) is M*, PPMI or any other, or an operator, and ``words`` are the V words of its
    rows. The ``vectors`` returned are (V, d), column k of length sqrt(lambda_k); any rotation of
    them fits equally well. W2VError as in :func:`top_eigenpairs`, and where d exceeds the number of
    positive eigenvalues.

    Sources: Eckart and Young (1936); Karkada et al. (2025), arXiv 2502.09863.

    Examples
    --------
    >>> emb = embeddings_from_matrix(np.array([[2.0, 0.0], [0.0, 8.0]]), ["a", "b"], d=1)
    >>> abs(emb.vectors).round(3).tolist()
    [[0.0], [2.828]]
    """
    words = word_list(words)
    eigvals, eigvecs = top_eigenpairs(matrix, d)
    n_rows = len(eigvecs)
    if len(words) != n_rows:
        raise W2VError(f"{len(words)} words for a matrix of {n_rows} rows; each row needs its word")
    enough_positive(eigvals, d, n_rows, "the matrix")
    return Embeddings(words, eigvecs * np.sqrt(eigvals))


def pca_embeddings(
    stats: CorpusStatistics,
    d: int,
    *,
    weights: str | ArrayLike = "constant",
    negative: float | None = None,
    sample: float | None = None,
    ns_exponent: float | None = None,
) -> Embeddings:
    r"""Word vectors in closed form: the top eigenvectors of M*, scaled by roots of eigenvalues.

    With weights they are the best tied fit of a matrix M whose pairs count g_i g_j,

    .. math::

        W = \Gamma^{-1/2} U_d \Lambda_d^{1/2} \text{ minimises }
        \sum_{ij} g_i g_j\, (M_{ij} - w_i \cdot w_j)^2, \qquad
        M = 2\, \frac{P - Q}{P + Q}

    for the eigenpairs of the matrix of sqrt(g_i g_j) M_ij; Gamma is diag(g), P_ij the probability
    of a pair after subsampling and Q_ij = k a_i q_j that of its negatives, of which the symmetric
    part counts.

    Parameters
    ----------
    stats : CorpusStatistics
        Of sparse counts no V x V table is made.
    d : int
        Embedding dimension.
    weights : {"constant", "word2vec"} or (V,)
        "constant", the setting of the theory, counts all pairs alike. "word2vec" comes close to
        word2vec's own weights with g = p^0.75. Numbers above 0 are weights g of your own, one for
        each word.
    negative, sample, ns_exponent : float, optional
        k, the subsampling threshold and the power of the negatives' distribution, as in
        :func:`sgns_embeddings`. By default 1, 0 (no subsampling) and 1 for constant weights, else
        2, 1e-3 and 0.75.

    Returns
    -------
    Embeddings
        ``vectors`` (V, d) float32, which is far finer than the noise of the counts.

    Raises
    ------
    W2VError
        d exceeds the number of positive eigenvalues, about half of V, or a setting is out of range.

    Notes
    -----
    The defaults of "word2vec" were the best of fifteen settings on a quarter of 70 million words
    of Wikipedia (V = 5,000, d = 200: 67.9 % of analogies instead of 55.1). On the other three
    quarters they answer 70.4 % instead of 64.5, and the rank correlation with WordSim-353 is 0.73
    instead of 0.70, with SimLex-999 0.30 as before (``benchmarks/weights.py``). There k = 1 is
    better, with 72 %: a larger k holds down pairs that met once or twice by accident, and a longer
    text has fewer of them.

    Sources: Karkada, Simon, Bahri and DeWeese (2025), arXiv 2502.09863, for M* and for weights of
    rank one; the choice of g, k and subsampling is this library's.

    Examples
    --------
    >>> from w2vlib import load_statistics
    >>> pca_embeddings(load_statistics(500), d=10).vectors.shape
    (500, 10)
    """
    instance_of("stats", stats, CorpusStatistics, STATISTICS)
    constant = isinstance(weights, str) and weights == "constant"
    if constant and negative is sample is ns_exponent is None:
        target = m_star_operator(stats) if stats.is_sparse else m_star(stats, dtype=np.float32)
        return embeddings_from_matrix(target, stats.words, d)
    g = _word_weights(weights, stats)
    given = {"negative": negative, "sample": sample, "ns_exponent": ns_exponent}
    settings = dict(_PLAIN if constant else _AS_WORD2VEC)
    settings |= {name: value for name, value in given.items() if value is not None}
    pairs = expected_pairs(stats, **settings)
    emb = embeddings_from_matrix(as_target(pairs, g), stats.words, d)
    return Embeddings(stats.words, (emb.vectors / np.sqrt(g)[:, None]).astype(np.float32))


def _word_weights(weights: str | ArrayLike, stats: CorpusStatistics) -> FloatArray:
    """Return weights g (V,), above 0."""
    if isinstance(weights, str):
        name = one_of("weights", weights, ("constant", "word2vec"))
        return np.ones(len(stats)) if name == "constant" else np.asarray(stats.p_i**0.75)
    g = finite_vector("weights", weights)
    if g.shape != (len(stats),) or g.min() <= 0:
        raise W2VError(
            f"weights has shape {g.shape} and least entry {g.min():.3g}; pass {len(stats):,} "
            "numbers above 0, one for each word, or 'constant' or 'word2vec'"
        )
    return g

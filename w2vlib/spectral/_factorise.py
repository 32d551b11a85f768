"""Matrix -> word vectors.

"PCA" here is the eigendecomposition of M* itself, not of a centred covariance.
"""

from collections.abc import Sequence

import numpy as np

from .._support.errors import W2VError
from .._support.validation import enough_positive, word_list
from ..corpus import CorpusStatistics
from ..targets import m_star
from ..vectors import Embeddings
from ._eigenpairs import top_eigenpairs


def embeddings_from_matrix(matrix: np.ndarray, words: Sequence[str], d: int) -> Embeddings:
    r"""Factorise a symmetric matrix as W W^T, in the best way that d dimensions allow.

    .. math:: W = U_d \Lambda_d^{1/2}

    ``matrix`` (V, V) is M*, PPMI or any other, and ``words`` are the V words of its rows. The
    ``vectors`` returned are (V, d), column k of length sqrt(lambda_k); any rotation of them fits
    equally well. W2VError as in :func:`top_eigenpairs`, and where d exceeds the number of positive
    eigenvalues.

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


def pca_embeddings(stats: CorpusStatistics, d: int) -> Embeddings:
    """Word vectors in closed form: the top eigenvectors of M*, scaled by roots of eigenvalues.

    The ``vectors`` (V, d) are float32, which is far finer than the noise of the counts. W2VError
    where d exceeds the number of positive eigenvalues, about half of V.

    Source: Karkada, Simon, Bahri and DeWeese (2025), arXiv 2502.09863.

    Examples
    --------
    >>> from w2vlib import load_statistics
    >>> pca_embeddings(load_statistics(500), d=10).vectors.shape
    (500, 10)
    """
    return embeddings_from_matrix(m_star(stats, dtype=np.float32), stats.words, d)

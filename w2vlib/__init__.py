"""What word2vec learns, in closed form.

One corridor, walked in the same order by the data and by the book::

    text -> counts -> target matrix -> eigenpairs -> embeddings -> what they mean
"""

from ._download import fetch_text8
from ._errors import W2VError
from .corpus import CorpusStatistics, count_cooccurrences, load_statistics
from .embeddings import Embeddings
from .evaluation import (
    AnalogyResult,
    SimilarityResult,
    analogy_accuracy,
    analogy_families,
    similarity_correlation,
)
from .pca import embeddings_from_matrix, pca_embeddings, subspace_overlap, top_eigenpairs
from .targets import m_star, pmi, ppmi

__all__ = [
    "AnalogyResult",
    "CorpusStatistics",
    "Embeddings",
    "SimilarityResult",
    "W2VError",
    "analogy_accuracy",
    "analogy_families",
    "count_cooccurrences",
    "embeddings_from_matrix",
    "fetch_text8",
    "load_statistics",
    "m_star",
    "pca_embeddings",
    "pmi",
    "ppmi",
    "similarity_correlation",
    "subspace_overlap",
    "top_eigenpairs",
]

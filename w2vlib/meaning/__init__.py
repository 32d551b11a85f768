"""What vectors mean: analogies, human similarity, relations, and the noise to tell them from."""

from ._analogies import AnalogyResult, analogy_accuracy, analogy_families
from ._bootstrap import analogy_table, bootstrap_accuracy
from ._random_matrices import MarchenkoPastur, marchenko_pastur_fit
from ._relations import (
    RelationSpectrum,
    participation_ratio,
    relation_spectrum,
    relation_strength,
    task_vectors,
)
from ._similarity import SimilarityResult, similarity_correlation

__all__ = [
    "AnalogyResult",
    "MarchenkoPastur",
    "RelationSpectrum",
    "SimilarityResult",
    "analogy_accuracy",
    "analogy_families",
    "analogy_table",
    "bootstrap_accuracy",
    "marchenko_pastur_fit",
    "participation_ratio",
    "relation_spectrum",
    "relation_strength",
    "similarity_correlation",
    "task_vectors",
]

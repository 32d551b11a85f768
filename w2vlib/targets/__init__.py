"""CorpusStatistics -> the matrices that word vectors factorise, and the weights of a loss."""

from ._expected import ExpectedPairs, expected_pairs, weighted_target
from ._matrices import STATISTICS, m_star, pmi, ppmi
from ._weights import Weights, default_negatives, weights_of

__all__ = [
    "STATISTICS",
    "ExpectedPairs",
    "Weights",
    "default_negatives",
    "expected_pairs",
    "m_star",
    "pmi",
    "ppmi",
    "weighted_target",
    "weights_of",
]

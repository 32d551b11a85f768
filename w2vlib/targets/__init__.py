"""CorpusStatistics -> the matrices that word vectors factorise, and the weights of a loss."""

from ._expected import ExpectedPairs, expected_pairs, weighted_target
from ._matrices import STATISTICS, m_star, pmi, ppmi
from ._operator import as_target, m_star_operator
from ._weights import Weights, default_negatives, weights_of

__all__ = [
    "STATISTICS",
    "ExpectedPairs",
    "Weights",
    "as_target",
    "default_negatives",
    "expected_pairs",
    "m_star",
    "m_star_operator",
    "pmi",
    "ppmi",
    "weighted_target",
    "weights_of",
]

"""CorpusStatistics -> the matrices that word vectors factorise, and the weights of a loss."""

from ._matrices import m_star, pmi, ppmi
from ._weights import Weights, default_negatives, weights_of

__all__ = ["Weights", "default_negatives", "m_star", "pmi", "ppmi", "weights_of"]

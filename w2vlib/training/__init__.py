"""The same vectors by optimisation: gradient descent and sampled SGD, quadratic loss and SGNS."""

from ._from_counts import sgns_embeddings
from ._history import DivergenceError, History
from ._train import train

__all__ = ["DivergenceError", "History", "sgns_embeddings", "train"]

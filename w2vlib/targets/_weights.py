"""How much each pair of words counts in the loss."""

from typing import Any

import numpy as np

from .._support.errors import W2VError
from .._support.types import FloatArray
from .._support.validation import (
    finite_array,
    instance_of,
    number_from_zero,
    one_of,
    positive_number,
)
from ..corpus import CorpusStatistics
from ._expected import kept_share
from ._matrices import STATISTICS

Weights = str | tuple[Any, Any]


def default_negatives(weights: Weights) -> int:
    """Return k where it is not given."""
    return 5 if isinstance(weights, str) and weights == "word2vec" else 1


def weights_of(
    stats: CorpusStatistics,
    weights: Weights = "constant",
    *,
    negative: float | None = None,
    sample: float = 1e-3,
) -> tuple[FloatArray, FloatArray]:
    r"""How much each pair counts in the loss, as a positive and as a negative example.

    .. math::

        A_{ij} = \Psi^+_{ij} P_{ij}, \quad B_{ij} = \Psi^-_{ij} P_i P_j, \qquad
        G = A + B, \quad M^* = 2 (A - B) / G

    Parameters
    ----------
    weights : {"constant", "word2vec", "plain"} or (psi_plus, psi_minus)
        With k = ``negative``:

        * "constant": A = P_ij / (P_ij + k P_i P_j), B = k P_i P_j / (P_ij + k P_i P_j), so G = 1.
        * "plain": A = P_ij, B = k P_i P_j.
        * "word2vec": A_ij = r_i r_j P_ij / sum, with word2vec's probability of keeping a word,
          r_i = min(1, sqrt(s / p_i) + s / p_i), s = ``sample``; and B_ij = k a_i q_j: the k
          negatives of a pair share its centre, which has the probability a_i = sum_j A_ij, and
          are drawn from q_j, proportional to p_j^0.75 before subsampling.
        * two arrays or numbers that broadcast to (V, V): A = psi_plus P_ij, B = psi_minus P_i P_j.
    negative : float, optional
        k, negative examples for each positive one; by default 5 for "word2vec", else 1.
    sample : float
        Subsampling threshold of "word2vec"; 0 keeps every word.

    Returns
    -------
    A, B : (V, V) float64
        A model with tied weights sees only the symmetric part of B.

    Notes
    -----
    Two things differ from word2vec (Mikolov, Sutskever, Chen, Corrado and Dean 2013; r_i is that
    of their code): it drops words before it lays its windows, which stretches them, and it skips a
    negative that equals the positive word, which stays here, so that B is a product.

    Examples
    --------
    >>> from w2vlib import load_statistics
    >>> A, B = weights_of(load_statistics(100), "word2vec")
    >>> A.sum().round(9).item(), B.sum().round(9).item()
    (1.0, 5.0)
    """
    instance_of("stats", stats, CorpusStatistics, STATISTICS).dense("weights_of")
    own = isinstance(weights, (tuple, list))
    if own and len(weights) != 2:
        raise W2VError(f"weights holds {len(weights)} arrays; pass the pair (psi_plus, psi_minus)")
    if not own:
        one_of("weights", weights, ("constant", "word2vec", "plain"))
    k = positive_number("negative", default_negatives(weights) if negative is None else negative)
    sample = number_from_zero("sample", sample, hint=" (0 keeps all words; word2vec: 1e-3)")
    p_i, joint = stats.p_i, stats.p_ij
    if weights == "word2vec":
        keep = kept_share(p_i, sample)
        joint = joint * keep[:, None]
        joint *= keep
        joint /= joint.sum()
        q = p_i**0.75
        return joint, k * np.outer(joint.sum(axis=1), q / q.sum())
    chance = np.outer(p_i, p_i)
    if own:
        return _scaled("psi_plus", weights[0], joint), _scaled("psi_minus", weights[1], chance)
    chance *= k
    total = joint + chance if weights == "constant" else 1.0
    return joint / total, chance / total


def _scaled(name: str, psi: Any, p: FloatArray) -> FloatArray:
    psi = finite_array(name, psi)
    if psi.min() < 0:
        raise W2VError(f"{name} holds {psi.min():.3g}; pass weights that are 0 or above")
    try:
        return np.asarray(np.broadcast_to(psi, p.shape) * p)
    except ValueError as error:
        raise W2VError(f"{name} has shape {psi.shape}; pass {p.shape} or a number") from error

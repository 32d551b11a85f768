"""Linear directions: differences of word pairs, and their spectrum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._support.errors import W2VError
from .._support.validation import finite_array, true_or_false
from ..vectors import Embeddings
from ._pairs import Pairs, rows_of_pairs


def task_vectors(
    emb: Embeddings, pairs: Pairs, *, unit: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    r"""Differences of the two words of each pair, and their mean, the task vector.

    .. math:: R_n = w_{b_n} - w_{a_n}, \qquad \bar r = \frac1N \sum_n R_n

    ``pairs`` holds N pairs (word_a, word_b); W2VError where a word is not known. ``unit`` scales
    all word vectors to length 1 first, as analogy questions do. Returns R (N, d), a row for each
    pair, and their mean (d,).

    Source: Karkada, Simon, Bahri and DeWeese (2025), arXiv 2502.09863, section on linear
    representations.

    Examples
    --------
    >>> emb = Embeddings(["low", "lower", "high", "higher"], [[3, 0], [3, 2], [0, 1], [0, 2]])
    >>> R, mean = task_vectors(emb, [("low", "lower"), ("high", "higher")])
    >>> R.tolist(), mean.tolist()
    ([[0.0, 2.0], [0.0, 1.0]], [0.0, 1.5])
    """
    a, b = rows_of_pairs(emb, pairs).T
    vectors = emb.unit_vectors if true_or_false("unit", unit) else emb.vectors
    vectors = vectors.astype(np.float64)
    R = vectors[b] - vectors[a]  # (N, d)
    return R, R.mean(axis=0)


@dataclass(frozen=True)
class RelationSpectrum:
    """Eigenvalues of R R^T: one spike where the pairs share a direction, and a bulk of noise.

    ``eigvals`` (N,) are descending, with zeros at the end where N exceeds d; ``spike`` is the
    first, ``mean_bulk`` the mean of the other min(N, d) - 1 that need not be zero, and
    ``signal_to_noise`` the ratio of the two, infinite where all differences are parallel.
    """

    eigvals: NDArray[np.float64]
    spike: float
    mean_bulk: float
    signal_to_noise: float


def relation_spectrum(R: ArrayLike) -> RelationSpectrum:
    r"""Eigenvalues of the N x N matrix of inner products between the differences of word pairs.

    .. math:: \text{signal-to-noise} = \lambda_1 \Big/ \frac{1}{\min(N,d)-1} \sum_{n>1} \lambda_n

    Equal differences have one eigenvalue, N times their squared length. Noise alone gives a ratio
    of about :math:`(1 + \sqrt{m/M})^2`, with m and M the smaller and the larger of N and d: largest
    where d = N. Compare it only with noise of the same N and d, or use :func:`relation_strength`.

    ``R`` (N, d) holds differences as from :func:`task_vectors`, at least 2 and not all zero; else
    W2VError.

    Examples
    --------
    >>> spectrum = relation_spectrum([[3.0, 1.0], [3.0, -1.0]])
    >>> spectrum.eigvals.round(6).tolist(), round(spectrum.signal_to_noise, 6)
    ([18.0, 2.0], 9.0)
    """
    table = finite_array("R", R)
    if table.ndim != 2 or len(table) < 2 or not table.any():
        raise W2VError(
            f"R has shape {table.shape} and {np.count_nonzero(table)} entries that are not zero; "
            "pass the differences of at least 2 word pairs, shape (N, d), not all zero"
        )
    # The squared singular values keep small eigenvalues that a product R R^T would round away.
    singular = np.linalg.svd(table, compute_uv=False)
    eigvals = np.r_[singular**2, np.zeros(len(table) - len(singular))]
    spike, mean_bulk = float(eigvals[0]), float(eigvals[1:].sum() / max(len(singular) - 1, 1))
    ratio = spike / mean_bulk if mean_bulk > 1e-18 * spike else np.inf
    return RelationSpectrum(eigvals, spike, mean_bulk, float(ratio))


def relation_strength(R: ArrayLike) -> float | NDArray[np.float64]:
    r"""Squared length of what the differences share, over the squared length of what they do not.

    .. math::

        \frac{\lVert\bar r\rVert^2 - s^2/N}{s^2}, \qquad
        s^2 = \frac{1}{N-1} \sum_n \lVert R_n - \bar r\rVert^2

    The mean of N rows of noise has the squared length :math:`s^2/N` on average, which is taken off.
    So rows without a common part give about 0, above or below, whatever N and d; the ratio of
    :func:`relation_spectrum` does not: it is largest near d = N, for noise as well.

    ``R`` (..., N, d) holds differences as from :func:`task_vectors`, N at least 2 and not all
    equal, else W2VError; each (N, d) gives a number.

    Examples
    --------
    >>> relation_strength([[3.0, 1.0], [3.0, -1.0]])  # mean (3, 0), s^2 = 2
    4.0
    """
    table = finite_array("R", R)
    if table.ndim < 2 or table.shape[-2] < 2:
        raise W2VError(
            f"R has shape {table.shape}; pass the differences of at least 2 word pairs, (N, d)"
        )
    N, mean = table.shape[-2], table.mean(axis=-2)
    noise = np.sum((table - mean[..., None, :]) ** 2, axis=(-2, -1)) / (N - 1)
    if not np.all(noise):
        raise W2VError(f"the {N} rows of R are all equal: there is no noise to compare with")
    strength = (np.sum(mean**2, axis=-1) - noise / N) / noise
    return float(strength) if table.ndim == 2 else np.asarray(strength)


def participation_ratio(v: ArrayLike) -> float | NDArray[np.float64]:
    r"""Over how many coordinates a vector is spread.

    .. math:: \Bigl(\sum_k v_k^2\Bigr)^2 \Big/ \sum_k v_k^4

    It is 1 for a vector with one entry, m where m entries have equal size and the rest are zero,
    and about d/3 for d Gaussian ones. It depends on the axes: say which.

    ``v`` (..., d) gives a number for each vector, (...); W2VError where one is zero or not finite.

    Examples
    --------
    >>> participation_ratio([0.0, -2.0, 2.0, 2.0])
    3.0
    """
    vectors = np.atleast_1d(finite_array("v", v))
    largest = np.abs(vectors).max(axis=-1, keepdims=True)
    if not largest.all():
        raise W2VError(
            f"v has shape {vectors.shape} and holds {int((largest == 0).sum())} zero vectors; "
            "pass vectors, (d,) or (N, d), each with an entry that is not zero"
        )
    squares = (vectors / largest) ** 2
    ratio = squares.sum(axis=-1) ** 2 / (squares**2).sum(axis=-1)
    return float(ratio) if vectors.ndim == 1 else np.asarray(ratio)

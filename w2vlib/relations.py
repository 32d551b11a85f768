"""Linear directions: differences of word pairs, their spectrum, and tables of right answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._errors import W2VError
from ._marchenko_pastur import MarchenkoPastur, marchenko_pastur_fit
from .embeddings import Embeddings
from .evaluation import right_answers

__all__ = [
    "MarchenkoPastur",
    "RelationSpectrum",
    "analogy_table",
    "bootstrap_accuracy",
    "marchenko_pastur_fit",
    "participation_ratio",
    "relation_spectrum",
    "task_vectors",
]

Pairs = Iterable[Sequence[str]]


def task_vectors(
    emb: Embeddings, pairs: Pairs, *, unit: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    r"""Differences of the two words of each pair, and their mean, the task vector.

    .. math:: R_n = w_{b_n} - w_{a_n}, \qquad \bar r = \frac1N \sum_n R_n

    Parameters
    ----------
    emb : Embeddings
    pairs : iterable of (word_a, word_b)
        N pairs, all of whose words are known.
    unit : bool
        Scale all word vectors to length 1 first, as analogy questions do.

    Returns
    -------
    R : (N, d)
        One difference a row, in the order of the pairs.
    mean : (d,)
        The task vector.

    Raises
    ------
    W2VError
        No pairs, a pair that is not two words, or an unknown word.

    References
    ----------
    Karkada, Simon, Bahri and DeWeese (2025), arXiv 2502.09863, section on linear representations.

    Examples
    --------
    >>> emb = Embeddings(["low", "lower", "high", "higher"], [[3, 0], [3, 2], [0, 1], [0, 2]])
    >>> R, mean = task_vectors(emb, [("low", "lower"), ("high", "higher")])
    >>> R.tolist(), mean.tolist()
    ([[0.0, 2.0], [0.0, 1.0]], [0.0, 1.5])
    """
    a, b = _rows(emb, pairs).T
    vectors = (emb.unit_vectors if unit else emb.vectors).astype(np.float64)
    R = vectors[b] - vectors[a]  # (N, d)
    return R, R.mean(axis=0)


@dataclass(frozen=True)
class RelationSpectrum:
    """Eigenvalues of R R^T: one spike where the pairs share a direction, and a bulk of noise.

    Attributes
    ----------
    eigvals : (N,)
        Falling; zeros at the end where N exceeds d.
    spike : float
        The first.
    mean_bulk : float
        Mean of the other min(N, d) - 1 eigenvalues that need not be zero.
    signal_to_noise : float
        ``spike / mean_bulk``; infinite where all differences are parallel.
    """

    eigvals: NDArray[np.float64]
    spike: float
    mean_bulk: float
    signal_to_noise: float


def relation_spectrum(R: ArrayLike) -> RelationSpectrum:
    r"""Eigenvalues of the N x N matrix of inner products between the differences of word pairs.

    .. math:: \text{signal-to-noise} = \lambda_1 \Big/ \frac{1}{\min(N,d)-1} \sum_{n>1} \lambda_n

    Were all differences equal, there would be one eigenvalue, N times their squared length. Noise
    alone gives a ratio of order one, about :math:`(1 + \sqrt{m/M})^2` with m and M the smaller and
    the larger of N and d.

    Parameters
    ----------
    R : (N, d)
        Differences, as from :func:`task_vectors`.

    Returns
    -------
    RelationSpectrum

    Raises
    ------
    W2VError
        Not a table of finite numbers, fewer than two rows, or all zero.

    Examples
    --------
    >>> spectrum = relation_spectrum([[3.0, 1.0], [3.0, -1.0]])
    >>> spectrum.eigvals.round(6).tolist(), round(spectrum.signal_to_noise, 6)
    ([18.0, 2.0], 9.0)
    """
    table = np.asarray(R, dtype=np.float64)
    if table.ndim != 2 or 0 in table.shape or not np.isfinite(table).all():
        raise W2VError(
            f"R has shape {table.shape} with {np.isfinite(table).sum()} finite numbers; "
            "pass the differences of word pairs, finite, shape (N, d)"
        )
    if len(table) < 2 or not table.any():
        raise W2VError(
            f"R has {len(table)} rows, of which {int(table.any(axis=1).sum())} are not zero; "
            "a spectrum needs at least 2 rows, not all zero: use more word pairs"
        )
    # The squared singular values keep small eigenvalues that a product R R^T would round away.
    eigvals = np.zeros(len(table))
    singular = np.linalg.svd(table, compute_uv=False)
    eigvals[: len(singular)] = singular**2
    spike, mean_bulk = float(eigvals[0]), float(eigvals[1:].sum() / max(len(singular) - 1, 1))
    ratio = spike / mean_bulk if mean_bulk > 1e-18 * spike else np.inf
    return RelationSpectrum(eigvals, spike, mean_bulk, float(ratio))


def analogy_table(
    emb: Embeddings, pairs: Pairs, *, exclude_inputs: bool = True
) -> NDArray[np.bool_]:
    r"""Which analogy questions between the pairs of one relation are answered rightly.

    The question of row i and column j is "a_i is to b_i as a_j is to ?", answered by 3CosAdd as in
    :func:`w2vlib.analogy_accuracy`; the right answer is b_j. Accuracy is the table's sum over
    N (N - 1). The table is kept for :func:`bootstrap_accuracy`.

    Parameters
    ----------
    emb : Embeddings
    pairs : iterable of (word_a, word_b)
        N pairs, at least 2, all of whose words are known.
    exclude_inputs : bool
        Leave the three given words out of the candidate answers.

    Returns
    -------
    (N, N) bool
        False on the diagonal, where nothing is asked.

    Raises
    ------
    W2VError
        Fewer than two pairs, a pair that is not two words, or an unknown word.

    Examples
    --------
    >>> emb = Embeddings(["low", "lower", "high", "higher"], [[3, 1], [2, 2], [1, 1], [0, 4]])
    >>> analogy_table(emb, [("low", "lower"), ("high", "higher")]).astype(int).tolist()
    [[0, 1], [1, 0]]
    """
    rows = _rows(emb, pairs)
    if len(rows) < 2:
        raise W2VError(f"{len(rows)} pair makes no analogy; pass at least 2 pairs")
    return right_answers(emb.unit_vectors, rows, exclude_inputs=exclude_inputs)


def bootstrap_accuracy(
    tables: Sequence[ArrayLike], n_samples: int = 1000, *, rng: np.random.Generator
) -> NDArray[np.float64]:
    r"""Accuracy on resampled word pairs: how sure one can be of an analogy score.

    The questions of a family share their pairs, so they are not independent. Therefore pairs are
    drawn with replacement, family by family, and with :math:`w_i` copies of pair i

    .. math:: \frac{\sum_f \sum_{ij} w_i T^f_{ij} w_j}{\sum_f (N_f^2 - \sum_i w_i^2)}

    is the share of right answers; copies of a pair do not question each other.

    Parameters
    ----------
    tables : sequence of (..., N_f, N_f)
        One entry a family, as from :func:`analogy_table`, 0 on the diagonal. Stack the tables of
        several models in front, (models, N_f, N_f): all are scored on the same draws, so that
        differences of columns are paired.
    n_samples : int
        Number of resamples.
    rng : numpy.random.Generator

    Returns
    -------
    (n_samples, ...)
        Shares of right answers in [0, 1]; ``np.percentile(shares, [2.5, 97.5], axis=0)`` is the
        95 % interval.

    Raises
    ------
    W2VError
        No tables, tables that are not square or have a filled diagonal, or ``n_samples`` below 1.

    Notes
    -----
    Draws without a single question (two pairs, both copies of one) are drawn again.

    Examples
    --------
    >>> table = ~np.eye(5, dtype=bool)
    >>> bootstrap_accuracy([table], 3, rng=np.random.default_rng(0)).tolist()
    [1.0, 1.0, 1.0]
    """
    if isinstance(n_samples, bool) or not isinstance(n_samples, int | np.integer) or n_samples < 1:
        raise W2VError(f"n_samples={n_samples!r}; choose a whole number of resamples, 1 or more")
    arrays = [_check_table(table, f) for f, table in enumerate(tables)]
    if not arrays:
        raise W2VError("0 tables; pass the answers of at least 1 family, from analogy_table")
    models = {array.shape[:-2] for array in arrays}
    if len(models) > 1:
        raise W2VError(
            f"the families have the leading shapes {sorted(models)}; "
            "stack the same models for each family"
        )
    hits = np.zeros((n_samples, *models.pop()))
    asked = np.zeros(n_samples)
    todo = np.arange(n_samples)
    while len(todo):
        hits[todo] = 0
        for array in arrays:
            n = array.shape[-1]
            copies = rng.multinomial(n, np.ones(n) / n, size=len(todo)).astype(np.float64)
            asked[todo] += n**2 - np.sum(copies**2, axis=1)
            hits[todo] += np.einsum("si,...ij,sj->s...", copies, array, copies, optimize=True)
        todo = np.flatnonzero(asked == 0)
    return np.asarray(hits / asked.reshape(-1, *[1] * (hits.ndim - 1)))


def participation_ratio(v: ArrayLike) -> float | NDArray[np.float64]:
    r"""Over how many coordinates a vector is spread.

    .. math:: \Bigl(\sum_k v_k^2\Bigr)^2 \Big/ \sum_k v_k^4

    It is 1 for a vector with one entry, m where m entries have equal size and the rest are zero,
    and about d/3 for d Gaussian ones. It depends on the axes: say which.

    Parameters
    ----------
    v : (..., d)

    Returns
    -------
    float or (...)

    Raises
    ------
    W2VError
        A vector that is zero or not finite.

    Examples
    --------
    >>> participation_ratio([0.0, -2.0, 2.0, 2.0])
    3.0
    """
    vectors = np.asarray(v, dtype=np.float64)
    largest = np.abs(vectors).max(axis=-1, initial=0.0, keepdims=True) if vectors.ndim else 0.0
    if not np.isfinite(vectors).all() or not np.all(largest):
        raise W2VError(
            f"v has shape {vectors.shape} and holds a zero vector, NaN or infinity; "
            "pass finite vectors, (d,) or (N, d), each with an entry that is not zero"
        )
    squares = (vectors / largest) ** 2
    ratio = squares.sum(axis=-1) ** 2 / (squares**2).sum(axis=-1)
    return float(ratio) if vectors.ndim == 1 else np.asarray(ratio)


def _rows(emb: Embeddings, pairs: Pairs) -> NDArray[np.int64]:
    """Return the rows of the words of each pair, (N, 2)."""
    rows, missing = [], []
    for pair in pairs:
        if isinstance(pair, str) or len(pair) != 2 or not all(isinstance(w, str) for w in pair):
            raise W2VError(f"{pair!r} is not a pair of words; pass (word_a, word_b)")
        missing += [word for word in pair if word not in emb]
        rows.append([emb.index.get(word, -1) for word in pair])
    if missing:
        raise W2VError(
            f"{len(missing)} words of the {len(rows)} pairs are not among the {len(emb):,} words "
            f"of these embeddings, first {missing[0]!r}; keep the pairs with both words in emb"
        )
    if not rows:
        raise W2VError("0 pairs; pass at least 1 pair (word_a, word_b)")
    return np.array(rows)


def _check_table(table: ArrayLike, family: int) -> NDArray[np.float64]:
    array = np.asarray(table, dtype=np.float64)
    if array.ndim < 2 or array.shape[-1] != array.shape[-2] or array.shape[-1] < 2:
        raise W2VError(
            f"table {family} has shape {array.shape}; pass (N, N) or (models, N, N), N >= 2"
        )
    diagonal = np.diagonal(array, axis1=-2, axis2=-1)
    if diagonal.any():
        raise W2VError(
            f"table {family} has {int((diagonal != 0).sum())} right "
            "answers on its diagonal, where a pair questions itself; set the diagonal to 0"
        )
    return array

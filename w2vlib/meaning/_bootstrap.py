"""How sure one can be of an analogy score: word pairs drawn again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._support.errors import W2VError
from .._support.validation import (
    finite_array,
    listed,
    one_of,
    random_generator,
    true_or_false,
    whole_number,
)
from ..vectors import Embeddings
from ._analogies import RULES, answered_correctly
from ._pairs import Pairs, rows_of_pairs


def analogy_table(
    emb: Embeddings, pairs: Pairs, *, exclude_inputs: bool = True, rule: str = "b - a + c"
) -> NDArray[np.bool_]:
    r"""Which analogy questions between the pairs of one relation are answered correctly.

    The question of row i and column j is "a_i is to b_i as a_j is to ?", asked as in
    :func:`w2vlib.analogy_accuracy`; the correct answer is b_j. On the diagonal nothing is asked,
    and the table (N, N) is False. Accuracy is its sum over N (N - 1).

    ``pairs`` holds N pairs (word_a, word_b), at least 2, all of whose words are known; else
    W2VError. ``exclude_inputs`` and ``rule`` are those of :func:`w2vlib.analogy_accuracy`.

    Examples
    --------
    >>> emb = Embeddings(["low", "lower", "high", "higher"], [[3, 1], [2, 2], [1, 1], [0, 4]])
    >>> analogy_table(emb, [("low", "lower"), ("high", "higher")]).astype(int).tolist()
    [[0, 1], [1, 0]]
    """
    rows = rows_of_pairs(emb, pairs)
    if len(rows) < 2:
        raise W2VError(f"{len(rows)} pair makes no analogy; pass at least 2 pairs")
    exclude_inputs = true_or_false("exclude_inputs", exclude_inputs)
    rule = one_of("rule", rule, tuple(RULES))
    return answered_correctly(emb.unit_vectors, rows, exclude_inputs, rule)


def bootstrap_accuracy(
    tables: Sequence[ArrayLike], n_samples: int = 1000, *, rng: np.random.Generator
) -> NDArray[np.float64]:
    r"""Accuracy on resampled word pairs: how sure one can be of an analogy score.

    The questions of a family share their pairs, so they are not independent. Therefore it is pairs
    that are drawn with replacement, family by family, and with :math:`w_i` copies of pair i

    .. math:: \frac{\sum_f \sum_{ij} w_i T^f_{ij} w_j}{\sum_f (N_f^2 - \sum_i w_i^2)}

    is the share of correct answers; copies of a pair do not question each other.

    Parameters
    ----------
    tables : sequence of (..., N_f, N_f)
        One for each family, as from :func:`analogy_table`, 0 on the diagonal, else W2VError. The
        tables of several models, (models, N_f, N_f), are all scored on the same draws, so that
        differences of columns are paired.

    Returns
    -------
    (n_samples, ...)
        Shares of correct answers in [0, 1]; ``np.percentile(shares, [2.5, 97.5], axis=0)`` is the
        95 % interval. Draws without a question (copies of one pair only) are drawn again.

    Examples
    --------
    >>> table = ~np.eye(5, dtype=bool)
    >>> bootstrap_accuracy([table], 3, rng=np.random.default_rng(0)).tolist()
    [1.0, 1.0, 1.0]
    """
    n_samples = whole_number("n_samples", n_samples, most=10**7)
    rng = random_generator(rng)
    arrays = [_check_table(table, f) for f, table in enumerate(listed("tables", tables, "arrays"))]
    if not arrays:
        raise W2VError("0 tables; pass the answers of at least 1 family, from analogy_table")
    models = {array.shape[:-2] for array in arrays}
    if len(models) > 1:
        raise W2VError(
            f"the families have the leading shapes {sorted(models)}; "
            "stack the same models for each family"
        )
    hits, asked = np.zeros((n_samples, *models.pop())), np.zeros(n_samples)
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


def _check_table(table: ArrayLike, family: int) -> NDArray[np.float64]:
    array = finite_array(f"table {family}", table)
    if array.ndim < 2 or array.shape[-1] != array.shape[-2] or array.shape[-1] < 2:
        raise W2VError(
            f"table {family} has shape {array.shape}; pass (N, N) or (models, N, N), N >= 2"
        )
    if n_wrong := np.count_nonzero(np.diagonal(array, axis1=-2, axis2=-1)):
        raise W2VError(
            f"table {family} has {n_wrong} right answers on its diagonal, where a pair questions "
            "itself; set the diagonal to 0"
        )
    return array

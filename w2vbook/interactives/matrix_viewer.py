"""Chapter 5: a matrix of words beside its best approximation of rank k."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import traitlets

from w2vlib import CorpusStatistics, W2VError, m_star, top_eigenpairs
from w2vlib._support.validation import enough_positive, true_or_false, whole_number

from ._base import Interactive, rows_of

#: Six themes of four words each.
WORDS = (
    *("king", "queen", "prince", "emperor"),
    *("father", "mother", "son", "daughter"),
    *("red", "blue", "green", "white"),
    *("january", "march", "june", "october"),
    *("france", "germany", "italy", "spain"),
    *("water", "energy", "heat", "temperature"),
)
MOST_WORDS = 40


class MatrixViewer(Interactive):
    r"""Show M* of some words as colours, beside its approximation of rank k.

    .. math:: \sum_{m \le k} \lambda_m u_m u_m^T

    The eigenpairs are those of the whole V x V matrix; only the rows of the chosen words are shown,
    and a slider moves k from 0 to ``d_max``.

    Parameters
    ----------
    matrix : CorpusStatistics, or (V, V) array, symmetric
        Of statistics M* is taken; for another target, such as PPMI, pass the matrix itself.
    words : sequence of str, optional
        2 to 40 words to show. By default 24 words of six themes, as far as they are known.
    d_max : int
        The largest rank. It may not exceed the number of positive eigenvalues, because a model
        with tied weights learns no others.
    k : int, optional
        The rank shown first, at most ``d_max``; by default 4.
    untied : bool
        Begin with the eigenvalues of largest size, negative ones among them, which a model with
        untied weights learns. The reader can switch.
    vocabulary : sequence of str, optional
        The V words of the rows, where ``matrix`` is an array.
    name : str
        What the matrix is called in the figure.

    Raises
    ------
    W2VError
        Unknown words, too few or too many, ``d_max`` out of range, or no vocabulary for an array.

    Examples
    --------
    >>> from w2vlib import load_statistics
    >>> figure = MatrixViewer(load_statistics(500), words=["king", "war", "music"], d_max=20)
    >>> figure
    MatrixViewer(M* of 3 words out of 500, rank 0 to 20)
    """

    linked = ("k", "untied", "cell")
    lengths: ClassVar[dict[str, int]] = {"cell": 2}

    name = traitlets.Unicode().tag(sync=True)
    words = traitlets.List(traitlets.Unicode()).tag(sync=True)
    V = traitlets.Int().tag(sync=True)
    d_max = traitlets.Int().tag(sync=True)
    norm = traitlets.Float().tag(sync=True)
    limit = traitlets.Float().tag(sync=True)
    block = traitlets.Bytes().tag(sync=True)
    eigvals = traitlets.Bytes().tag(sync=True)
    eigvecs = traitlets.Bytes().tag(sync=True)
    signed_eigvals = traitlets.Bytes().tag(sync=True)
    signed_eigvecs = traitlets.Bytes().tag(sync=True)
    k = traitlets.Int().tag(sync=True)
    untied = traitlets.Bool().tag(sync=True)
    cell = traitlets.List(traitlets.Int()).tag(sync=True)

    _check = traitlets.validate("k", "cell")(Interactive.in_range)

    def __init__(
        self,
        matrix: CorpusStatistics | np.ndarray,
        *,
        words: Sequence[str] | None = None,
        d_max: int = 64,
        k: int | None = None,
        untied: bool = False,
        vocabulary: Sequence[str] | None = None,
        name: str = "M*",
    ) -> None:
        if isinstance(matrix, CorpusStatistics):
            vocabulary = matrix.words
            matrix = m_star(matrix, dtype=np.float32)
        matrix = np.atleast_1d(matrix)
        if matrix.dtype.kind in "biu":
            matrix = matrix.astype(np.float64)  # the negative of an unsigned matrix would wrap
        if vocabulary is None or len(vocabulary) != len(matrix):
            given = "no" if vocabulary is None else f"{len(vocabulary):,}"
            raise W2VError(
                f"{given} words for the {len(matrix):,} rows of the matrix; "
                f"pass vocabulary=stats.words"
            )
        index = {word: row for row, word in enumerate(vocabulary)}
        if words is None:
            words = [word for word in WORDS if word in index]
        if isinstance(words, str) or not 2 <= len(words) <= MOST_WORDS:
            raise W2VError(
                f"{len(words)} words to show; pass a list of 2 to {MOST_WORDS}, or the colours "
                f"cannot be told apart on a phone"
            )
        rows = rows_of(words, vocabulary, index)
        eigvals, eigvecs = top_eigenpairs(matrix, d_max)
        enough_positive(eigvals, d_max, len(matrix), name, d_name="d_max")
        signed_eigvals, signed_eigvecs = _largest_by_size(matrix, eigvals, eigvecs)
        block = matrix[np.ix_(rows, rows)]
        super().__init__(
            name=name,
            words=list(words),
            V=len(matrix),
            d_max=int(d_max),
            norm=float(np.linalg.norm(matrix.astype(np.float64, copy=False))),
            limit=float(np.abs(block).max()) or 1.0,
            block=block.astype("<f4").tobytes(),
            eigvals=eigvals.astype("<f8").tobytes(),
            eigvecs=eigvecs[rows].astype("<f4").tobytes(),
            signed_eigvals=signed_eigvals.astype("<f8").tobytes(),
            signed_eigvecs=signed_eigvecs[rows].astype("<f4").tobytes(),
            k=min(4, int(d_max)) if k is None else whole_number("k", k, least=0, most=int(d_max)),
            untied=true_or_false("untied", untied),
            cell=[0, 1],
        )

    def limits(self) -> dict[str, tuple[float, float | None]]:
        """Return the range of each number in a setting."""
        return {"k": (0, self.d_max), "cell": (0, len(self.words) - 1)}

    def __repr__(self) -> str:
        """Return what is shown, without an address."""
        return (
            f"MatrixViewer({self.name} of {len(self.words)} words out of {self.V:,}, "
            f"rank 0 to {self.d_max})"
        )

    def text_alternative(self) -> str:
        """Return what the figure shows, in words."""
        left = self.norm**2 - np.cumsum(np.frombuffer(self.eigvals, "<f8") ** 2)
        errors = np.sqrt(np.maximum(left, 0)) / self.norm
        return (
            f"Interactive figure: {self.name} of {len(self.words)} words as colours "
            f"({', '.join(self.words)}), beside its approximation of rank k. From k = 1 to "
            f"k = {self.d_max} the relative error on all {self.V:,} words falls from "
            f"{errors[0]:.0%} to {errors[-1]:.0%}."
        )


def _largest_by_size(
    matrix: np.ndarray, eigvals: np.ndarray, eigvecs: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Of all eigenpairs return the d of largest size, given the d largest positive ones."""
    d = len(eigvals)
    n = min(4 + d // 4, len(matrix))
    while True:
        negative, vectors = top_eigenpairs(-matrix, n)
        both = np.concatenate([eigvals, -negative[negative > 0]])
        order = np.argsort(-np.abs(both), kind="stable")[:d]
        # Enough, once the last one found is too small to be among the d.
        if n == len(matrix) or negative[-1] < abs(both[order[-1]]):
            return both[order], np.hstack([eigvecs, vectors[:, negative > 0]])[:, order]
        n = min(2 * n, len(matrix))

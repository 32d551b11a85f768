"""Chapters 1, 5 and 10: a matrix of words beside its best approximation of rank k."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import traitlets

from w2vlib import CorpusStatistics, W2VError, m_star, top_eigenpairs
from w2vlib._support.validation import (
    enough_positive,
    symmetric_matrix,
    true_or_false,
    whole_number,
)

from ._base import Interactive, rows_of
from ._tables import Shown, Table, square

#: Six themes of four words each.
WORDS = (
    *("king", "queen", "prince", "emperor"),
    *("father", "mother", "son", "daughter"),
    *("red", "blue", "green", "white"),
    *("january", "march", "june", "october"),
    *("france", "germany", "italy", "spain"),
    *("water", "energy", "heat", "temperature"),
)
#: Five themes of four words each, for ``own=True``.
BLOCKS = (
    *("river", "lake", "coast", "island"),
    *("king", "queen", "prince", "emperor"),
    *("son", "daughter", "wife", "brother"),
    *("theory", "energy", "matrix", "function"),
    *("music", "song", "album", "band"),
)
MOST_WORDS = 40


class MatrixViewer(Interactive):
    r"""Show M* of some words as colours, beside its approximation of rank k.

    .. math:: \sum_{m \le k} \lambda_m u_m u_m^T

    The eigenpairs are those of the whole V x V matrix; only the rows of the chosen words are shown,
    and a slider moves k from 0 to ``d_max``. With ``own=True`` they are those of the chosen words'
    block alone: the slider lies on its n eigenvalues, of which W W^T keeps the first k as far as
    they are positive, and the numbers of two words, their products and the sum are drawn.

    Parameters
    ----------
    matrix : CorpusStatistics, or (V, V) array, symmetric
        Of statistics M* is taken; for another target, such as PPMI, pass the matrix itself.
    words : sequence of str, optional
        2 to 40 words to show. By default 24 words of six themes, or 20 of five with ``own=True``,
        as far as they are known.
    d_max : int, optional
        The largest rank, by default 64. It may not exceed the number of positive eigenvalues,
        because a model with tied weights learns no others. With ``own=True`` it is the number of
        words.
    k : int, optional
        The rank shown first, at most ``d_max``; by default 4, or 1 with ``own=True``.
    untied : bool
        Begin with the eigenvalues of largest size, negative ones among them, which a model with
        untied weights learns. The reader can switch.
    vocabulary : sequence of str, optional
        The V words of the rows, where ``matrix`` is an array.
    name : str
        What the matrix is called in the figure.
    own : bool
        Take the eigenpairs of the block of these words instead of the whole matrix's.

    Raises
    ------
    W2VError
        Unknown words, too few or too many, ``d_max`` out of range, no vocabulary for an array, or
        ``d_max`` or ``untied`` with ``own=True``.

    Examples
    --------
    >>> from w2vlib import load_statistics
    >>> figure = MatrixViewer(load_statistics(500), words=["king", "war", "music"], d_max=20)
    >>> figure
    MatrixViewer(M* of 3 words out of 500, rank 0 to 20)
    >>> MatrixViewer(load_statistics(500), words=["king", "war", "music"], own=True)
    MatrixViewer(M* of 3 words out of 500, their own eigenpairs, rank 0 to 3)
    """

    linked = ("k", "untied", "cell", "view")
    lengths: ClassVar[dict[str, int]] = {"cell": 2}

    name = traitlets.Unicode().tag(sync=True)
    words = traitlets.List(traitlets.Unicode()).tag(sync=True)
    V = traitlets.Int().tag(sync=True)
    d_max = traitlets.Int().tag(sync=True)
    own = traitlets.Bool().tag(sync=True)
    positive = traitlets.Int().tag(sync=True)
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
    #: Which map a phone shows: the matrix, its approximation, or what is left over.
    view = traitlets.Int(1).tag(sync=True)

    _check = traitlets.validate("k", "cell", "view")(Interactive.in_range)

    def __init__(
        self,
        matrix: CorpusStatistics | np.ndarray,
        *,
        words: Sequence[str] | None = None,
        d_max: int | None = None,
        k: int | None = None,
        untied: bool = False,
        vocabulary: Sequence[str] | None = None,
        name: str = "M*",
        own: bool = False,
    ) -> None:
        if true_or_false("own", own) and (d_max is not None or untied):
            raise W2VError(
                "own=True shows every eigenvalue of the words' own block, and keeps the positive "
                "ones: leave out d_max and untied, or own"
            )
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
            words = [word for word in (BLOCKS if own else WORDS) if word in index]
        if isinstance(words, str) or not 2 <= len(words) <= MOST_WORDS:
            raise W2VError(
                f"{len(words)} words to show; pass a list of 2 to {MOST_WORDS}, or the colours "
                f"cannot be told apart on a phone"
            )
        rows = rows_of(words, vocabulary, index)
        if own:
            d_max, shown_first = len(rows), 1
            symmetric_matrix(matrix)  # or it says why not
            matrix = matrix[np.ix_(rows, rows)]
            eigvals, eigvecs = top_eigenpairs(matrix.astype(np.float64), d_max)
            enough_positive(eigvals, 1, d_max, f"{name} of these {d_max} words")
            noise = d_max * np.finfo(matrix.dtype).eps * np.abs(eigvals).max()
            positive = int((eigvals > noise).sum())
            signed_eigvals = signed_eigvecs = np.empty(0)
            block = matrix
        else:
            d_max, shown_first = 64 if d_max is None else d_max, 4
            eigvals, eigvecs = top_eigenpairs(matrix, d_max)
            enough_positive(eigvals, d_max, len(matrix), name, d_name="d_max")
            positive = int(d_max)
            signed_eigvals, signed_eigvecs = _largest_by_size(matrix, eigvals, eigvecs)
            eigvecs, signed_eigvecs = eigvecs[rows], signed_eigvecs[rows]
            block = matrix[np.ix_(rows, rows)]
        super().__init__(
            name=name,
            words=list(words),
            V=len(vocabulary),
            d_max=int(d_max),
            own=own,
            positive=positive,
            norm=float(np.linalg.norm(matrix.astype(np.float64, copy=False))),
            limit=float(np.abs(block).max()) or 1.0,
            block=block.astype("<f4").tobytes(),
            eigvals=eigvals.astype("<f8").tobytes(),
            eigvecs=eigvecs.astype("<f4").tobytes(),
            signed_eigvals=signed_eigvals.astype("<f8").tobytes(),
            signed_eigvecs=signed_eigvecs.astype("<f4").tobytes(),
            k=min(shown_first, int(d_max))
            if k is None
            else whole_number("k", k, least=0, most=d_max),
            untied=true_or_false("untied", untied),
            cell=[0, 1],
        )

    def limits(self) -> dict[str, tuple[float, float | None]]:
        """Return the range of each number in a setting."""
        return {"k": (0, self.d_max), "cell": (0, len(self.words) - 1), "view": (0, 2)}

    def numbers(self) -> Shown:
        """Return the block, its approximation, the eigenvalues and what each rank leaves over."""
        n, d, name = len(self.words), self.d_max, self.name
        kind = "signed_" if self.untied and not self.own else ""
        eigvals = np.frombuffer(getattr(self, f"{kind}eigvals"), "<f8")
        eigvecs = np.frombuffer(getattr(self, f"{kind}eigvecs"), "<f4").reshape(n, d).astype(float)
        block = np.frombuffer(self.block, "<f4").reshape(n, n).astype(float)
        kept = np.arange(d) < (self.positive if self.own else d)
        parts = np.where(kept, eigvals, 0)[:, None, None] * np.einsum(
            "im,jm->mij", eigvecs, eigvecs
        )
        fits = np.concatenate([np.zeros((1, n, n)), np.cumsum(parts, axis=0)])  # of rank 0 to d
        size = np.linalg.norm(block) or 1.0
        course = {"rank k": np.arange(d + 1), "eigenvalue k": [None, *eigvals]}
        left = np.linalg.norm(block - fits, axis=(1, 2)) / size
        course[f"left over of these {n} words, %"] = (100 * left).round(4)
        fitted = "W Wᵀ" if self.own else "Approximation"
        tables = [
            square(f"{name} of {n} words", self.words, block),
            square(f"{fitted} of rank {self.k}", self.words, fits[self.k]),
        ]
        if self.own:
            a, b = (
                np.sqrt(eigvals[: self.positive]) * eigvecs[i, : self.positive] for i in self.cell
            )
            pair: dict[str, Any] = {"direction": np.arange(1, self.positive + 1)}
            heads = [self.words[i] for i in self.cell]
            pair |= {f"first word, {heads[0]}": a, f"second word, {heads[1]}": b, "product": a * b}
            tables.append(Table(f"Numbers of {heads[0]} and {heads[1]} in W", pair))
        else:
            rest = self.norm**2 - np.cumsum([0.0, *eigvals**2])
            whole = np.sqrt(np.maximum(rest, 0)) / self.norm
            course[f"left over of all {self.V:,} words, %"] = (100 * whole).round(4)
        tables.append(Table("What each rank leaves over", course))
        which = ", eigenvalues of largest size" if kind else ""
        return Shown(f"rank k = {self.k} of {d}{which}", tables)

    def __repr__(self) -> str:
        """Return what is shown, without an address."""
        pairs = "their own eigenpairs, " if self.own else ""
        return (
            f"MatrixViewer({self.name} of {len(self.words)} words out of {self.V:,}, "
            f"{pairs}rank 0 to {self.d_max})"
        )

    def text_alternative(self) -> str:
        """Return what the figure shows, in words."""
        eigvals = np.frombuffer(self.eigvals, "<f8")[: self.positive]
        left = self.norm**2 - np.concatenate([[0.0], np.cumsum(eigvals**2)])
        errors = np.sqrt(np.maximum(left, 0)) / self.norm
        beginning = (
            f"Interactive figure: {self.name} of {len(self.words)} words as colours "
            f"({', '.join(self.words)}), beside "
        )
        if not self.own:
            return beginning + (
                f"its approximation of rank k. From k = 1 to k = {self.d_max} the relative error "
                f"on all {self.V:,} words falls from {errors[1]:.0%} to {errors[-1]:.0%}."
            )
        first = ", ".join(f"{error:.0%}" for error in errors[:4])
        return beginning + (
            f"W W^T of rank k, from the eigenpairs of this block alone. Of the block, {first} is "
            f"left over at k = 0, 1, 2, ...; from k = {self.positive} on it stays at "
            f"{errors[-1]:.1%}, because only {self.positive} of the {self.d_max} eigenvalues are "
            f"positive, and W W^T can have no negative one."
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

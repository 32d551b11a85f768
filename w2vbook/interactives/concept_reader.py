"""Chapter 9: the words at both ends of a concept, and the concepts of a word."""

from __future__ import annotations

from typing import Any

import numpy as np
import traitlets

from w2vlib import CorpusStatistics, W2VError, m_star, top_eigenpairs
from w2vlib._support.validation import enough_positive, true_or_false, whole_number

from ._base import Interactive, carried, quantised, rows_of, words_at_ends
from ._tables import Shown, Table

MOST_WORDS = 5000
MOST_MODES = 60
PARTS = 61  # of the histogram
STABLE = 0.9  # chapter 9's limit for the overlap between halves of the articles


class ConceptReader(Interactive):
    r"""Read the words at both ends of :math:`u_k`, and look a word up among the concepts.

    A word's part on concept k is :math:`\sqrt{\lambda_k}\,u_{ik}`, its coordinate in the
    embedding; the parts squared add up to its squared length. On other directions of the same
    space, :math:`Z = U R`, the part is the entry :math:`z_{ik}`: they have no eigenvalue.

    Entries travel as whole numbers times a step, :math:`\max_i |u_{ik}| / 32767`, so each is known
    to half of that, below 0.002 % of the largest.

    Parameters
    ----------
    stats : CorpusStatistics
        M* is taken of all its words, at most 5,000.
    d : int
        How many concepts, 3 to 60, and at most the number of positive eigenvalues.
    k : int
        The one shown first, counted from 1.
    word : str
        A word to look up first.
    n : int
        How many words of each end are shown, 3 to 20.
    stability : (S, d, d) array, optional
        Overlaps :math:`|u_k \cdot u'_l|` of the modes of two halves of the articles, for S splits.
        The reader is warned of a mode whose own overlap is below 0.9 in the mean.
    margin : (V, d) array, optional
        Half the width of an interval around each entry of U.
    rotated : (V, d) array, optional
        Another orthonormal basis of the space of the d eigenvectors; a switch shows it.
    rotate : bool
        Begin with ``rotated``.

    Raises
    ------
    W2VError
        A number out of range, an unknown word, an array of another shape or with impossible
        values, or ``rotated`` of another space.

    Examples
    --------
    >>> from w2vlib import load_statistics
    >>> ConceptReader(load_statistics(500), d=10, word="king")
    ConceptReader(10 concepts of 500 words, k=1)
    """

    linked = ("k", "word", "n", "rotate")

    words = traitlets.List(traitlets.Unicode()).tag(sync=True)
    d = traitlets.Int().tag(sync=True)
    eigvals = traitlets.Bytes().tag(sync=True)
    eigvecs = traitlets.Bytes().tag(sync=True)
    steps = traitlets.Bytes().tag(sync=True)
    margin = traitlets.Bytes().tag(sync=True)
    margin_steps = traitlets.Bytes().tag(sync=True)
    stability = traitlets.Bytes().tag(sync=True)
    rotation = traitlets.Bytes().tag(sync=True)
    k = traitlets.Int(1).tag(sync=True)
    word = traitlets.Unicode().tag(sync=True)
    n = traitlets.Int(12).tag(sync=True)
    rotate = traitlets.Bool().tag(sync=True)

    _check = traitlets.validate("k", "n")(Interactive.in_range)

    def __init__(
        self,
        stats: CorpusStatistics,
        *,
        d: int = 40,
        k: int = 1,
        word: str = "",
        n: int = 12,
        stability: np.ndarray | None = None,
        margin: np.ndarray | None = None,
        rotated: np.ndarray | None = None,
        rotate: bool = False,
    ) -> None:
        V = len(stats.words)
        if V > MOST_WORDS:
            raise W2VError(
                f"{V:,} words, more than a page can carry; pass stats.truncate({MOST_WORDS})"
            )
        d = whole_number("d", d, least=3, most=min(MOST_MODES, V))
        eigvals, eigvecs = top_eigenpairs(m_star(stats), d)
        enough_positive(eigvals, d, V, f"M* of {V:,} words")
        if word:
            rows_of([word], stats.words, stats.index)
        if rotate and rotated is None:
            raise W2VError("rotate=True, and nothing to show: pass rotated, a (V, d) array")
        whole_eigvecs, steps = quantised(eigvecs, 32767, "<i2")
        more = {}
        if margin is not None:
            sizes = _checked(margin, "margin", (V, d))
            more["margin"], more["margin_steps"] = quantised(sizes, 255, "u1")
        if stability is not None:
            splits = len(np.atleast_1d(stability))
            if not splits:
                raise W2VError("stability holds no split; leave it out, or pass (S, d, d)")
            overlaps = _checked(stability, "stability", (splits, d, d), most=1.0)
            more["stability"] = _summary(overlaps).astype("<f4").tobytes()
        if rotated is not None:
            more["rotation"] = _rotation(eigvecs, rotated).astype("<f4").tobytes()
        super().__init__(
            words=list(stats.words),
            d=d,
            eigvals=eigvals.astype("<f8").tobytes(),
            eigvecs=whole_eigvecs,
            steps=steps,
            k=k,
            word=word,
            n=n,
            rotate=true_or_false("rotate", rotate),
            **more,
        )

    def limits(self) -> dict[str, tuple[float, float | None]]:
        """Return the range of each number in a setting."""
        return {"k": (1, self.d), "n": (3, 20)}

    def _basis(self) -> np.ndarray:
        """Return the directions that are shown, (V, d)."""
        columns = carried(self.eigvecs, self.steps)
        if not (self.rotate and self.rotation):
            return columns
        return np.asarray(columns @ np.frombuffer(self.rotation, "<f4").reshape(self.d, self.d))

    def numbers(self) -> Shown:
        """Return the words at both ends, all entries as a histogram, and what is said of each k."""
        rotated = bool(self.rotate and self.rotation)
        columns = self._basis()
        V, d = columns.shape
        eigvals = np.frombuffer(self.eigvals, "<f8")
        has_margin = bool(self.margin) and not rotated
        margin = carried(self.margin, self.margin_steps, "u1") if has_margin else 0 * columns
        column, half = columns[:, self.k - 1], margin[:, self.k - 1]
        order = np.argsort(-column, kind="stable")
        rows = [*order[: self.n], *order[: -self.n - 1 : -1]]
        ends: dict[str, Any] = {"word": [self.words[i] for i in rows]}
        ends |= {"end": ["+"] * self.n + ["−"] * self.n, "entry": column[rows]}
        if has_margin:
            ends |= {"low": (column - half)[rows], "high": (column + half)[rows]}
        reach = 1.02 * float((np.abs(column) + half)[rows].max())  # as in the browser
        edges = np.linspace(-reach, reach, PARTS + 1)
        counts = np.histogram(column, edges)[0]
        bars = {"entry, from": edges[:-1], "entry, to": edges[1:], "words": counts}
        name = "direction" if rotated else "concept"
        each: dict[str, Any] = {name: np.arange(1, d + 1)}
        if not rotated:
            each["eigenvalue"] = eigvals
        each["spread over words"] = 1 / np.sum(columns**4, axis=0)
        if has_margin:
            each["sign certain, % of words"] = 100 * np.mean(np.abs(columns) > margin, axis=0)
        if self.word in self.words:
            parts = columns[self.words.index(self.word)] * (1 if rotated else np.sqrt(eigvals))
            each[f"part of {self.word!r}"] = parts
            each["share of its squared length, %"] = 100 * parts**2 / np.sum(parts**2)
        if self.stability and not rotated:
            halves = np.frombuffer(self.stability, "<f4").reshape(d, 5).T
            heads = (
                "overlap between halves",
                "least",
                "most",
                "mixes most with",
                "overlap with it",
            )
            each |= dict(zip(heads, halves, strict=True))
        word = f", the word {self.word!r}" if self.word else ""
        return Shown(
            f"{name} {self.k} of {d}{word}",
            [
                Table(f"Words at both ends of {name} {self.k}", ends),
                Table(f"Entries of all {V:,} words on {name} {self.k}", bars),
                Table(f"Each {name}", each),
            ],
        )

    def __repr__(self) -> str:
        """Return what is shown, without an address."""
        return f"ConceptReader({self.d} concepts of {len(self.words):,} words, k={self.k})"

    def text_alternative(self) -> str:
        """Return what the figure shows, in words."""
        eigvals = np.frombuffer(self.eigvals, "<f8")
        columns = carried(self.eigvecs, self.steps)
        told = []
        for k in dict.fromkeys([*range(min(3, self.d)), self.k - 1]):
            high, low = words_at_ends(self.words, columns[:, k], 4)
            told.append(f"concept {k + 1}, eigenvalue {eigvals[k]:.0f}: {high} against {low}")
        text = (
            f"Interactive figure: the words at both ends of each of {self.d} concepts, and for a "
            f"word its part on each of them. {'; '.join(told)}."
        )
        if self.stability:
            own = np.frombuffer(self.stability, "<f4").reshape(self.d, 5)[:, 0]
            text += (
                f" Halves of the articles agree on {np.sum(own >= STABLE)} of the {self.d} with "
                f"an overlap of {STABLE} or more."
            )
        if self.word:
            parts = eigvals * columns[self.words.index(self.word)] ** 2
            largest = np.argsort(-parts)[:3]
            shares = (f"{k + 1} ({parts[k] / parts.sum():.0%})" for k in largest)
            text += (
                f" The largest shares of the squared length of {self.word!r}: concepts "
                f"{', '.join(shares)}."
            )
        return text


def _checked(values: Any, name: str, shape: tuple[int, ...], *, most: float = np.inf) -> np.ndarray:
    """Return an array of this shape, with entries from 0 to ``most``, or say what it is instead."""
    found = np.asarray(values, dtype=np.float64)
    if found.shape != shape:
        raise W2VError(f"{name} has shape {found.shape}; pass an array of shape {shape}")
    wrong = ~((found >= 0) & (found <= most + 1e-6) & np.isfinite(found))
    if wrong.any():
        above = f", at most {most:g}" if np.isfinite(most) else ""
        raise W2VError(
            f"{name} holds {wrong.sum():,} numbers such as {found[wrong][0]:g}; pass finite ones, "
            f"0 or larger{above}"
        )
    return found


def _summary(overlaps: np.ndarray) -> np.ndarray:
    """Return of each mode, (d, 5): own overlap (mean, least, most), partner, overlap with that."""
    own = np.diagonal(overlaps, axis1=1, axis2=2)  # (S, d)
    mixing = (overlaps + overlaps.swapaxes(1, 2)).mean(axis=0) / 2
    np.fill_diagonal(mixing, -1)
    partner = mixing.argmax(axis=1)
    return np.column_stack(
        [own.mean(axis=0), own.min(axis=0), own.max(axis=0), partner + 1, mixing.max(axis=1)]
    )


def _rotation(eigvecs: np.ndarray, rotated: Any) -> np.ndarray:
    """Return R with ``rotated`` = U R, or say that there is none."""
    Z = np.asarray(rotated, dtype=np.float64)
    if Z.shape != eigvecs.shape:
        raise W2VError(f"rotated has shape {Z.shape}; pass an array of shape {eigvecs.shape}")
    R = eigvecs.T @ Z
    off = np.abs(Z - eigvecs @ R).max()
    skew = np.abs(R.T @ R - np.eye(len(R))).max()
    if not max(off, skew) < 1e-3:
        raise W2VError(
            f"rotated lies up to {off:.2g} outside the space of the first {len(R)} eigenvectors, "
            f"and its columns are up to {skew:.2g} from orthonormal; pass U @ R with R orthogonal"
        )
    return R

"""Chapter 13: a score, a loss and the neighbours of a word, from the closed form step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from w2vlib import Embeddings, W2VError
from w2vlib._support.validation import whole_number

from ._base import Interactive, rows_of
from ._tables import Shown, Table

MOST_STAGES, MOST_WORDS = 40, 120


class StepReader(Interactive):
    r"""Follow a score, a loss and a word's nearest neighbours through stages of a computation.

    Neighbours are those of largest cosine. Cosines travel as whole numbers, each known to within
    half of 1/32767.

    Parameters
    ----------
    stages : mapping of str to Embeddings
        For each stage, in order and under a short name, vectors of the same words: 2 to 40 stages.
    scores : (T, 3) array_like
        For each stage a score in per cent, and both ends of its interval.
    baseline : (T,) array_like
        The score of what one has to beat, in per cent.
    loss : (T,) array_like
        For each stage.
    words : sequence of str
        At most 120 words whose neighbours can be looked at.
    n : int
        So many neighbours, 3 to 20.
    stage : int
        The one shown first, counted from 0.
    word : str, optional
        The word shown first; by default the first one.

    Raises
    ------
    W2VError
        Numbers out of range, unknown words, stages of other words, arrays of another shape or with
        numbers that are not finite.

    Examples
    --------
    >>> from w2vlib import load_statistics, pca_embeddings
    >>> emb = pca_embeddings(load_statistics(500), d=10)
    >>> scores, flat = [[40, 30, 50], [60, 50, 70]], [20, 25]
    >>> stages = {"before": emb, "after": emb}
    >>> StepReader(stages, scores=scores, baseline=flat, loss=[2, 1], words=["king"])
    StepReader(2 stages, 'before' first; neighbours of 1 word)
    """

    linked = ("stage", "word")

    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    asked = traitlets.List(traitlets.Unicode()).tag(sync=True)
    found = traitlets.List(traitlets.Unicode()).tag(sync=True)
    curves = traitlets.Bytes().tag(sync=True)
    neighbours = traitlets.Bytes().tag(sync=True)
    cosines = traitlets.Bytes().tag(sync=True)
    stage = traitlets.Int(0).tag(sync=True)
    word = traitlets.Unicode().tag(sync=True)

    _check = traitlets.validate("stage")(Interactive.in_range)

    def __init__(
        self,
        stages: Mapping[str, Embeddings],
        *,
        scores: ArrayLike,
        baseline: ArrayLike,
        loss: ArrayLike,
        words: Sequence[str],
        n: int = 8,
        stage: int = 0,
        word: str | None = None,
    ) -> None:
        T, n = len(stages), whole_number("n", n, least=3, most=20)
        if not 2 <= T <= MOST_STAGES:
            raise W2VError(f"{T} stages; pass 2 to {MOST_STAGES}")
        if not 1 <= len(words) <= MOST_WORDS:
            raise W2VError(f"{len(words)} words; pass 1 to {MOST_WORDS}, or a page grows heavy")
        first = next(iter(stages.values()))
        for name, emb in stages.items():
            if emb.words != first.words:
                raise W2VError(f"stage {name!r} is of other words; pass vectors of the same words")
        rows = rows_of(words, first.words, first.index)
        curves = np.column_stack(
            [
                _numbers("scores", scores, (T, 3)),
                _numbers("baseline", baseline, (T,)),
                _numbers("loss", loss, (T,)),
            ]
        )
        near, cosines = zip(*(_nearest(emb, rows, n) for emb in stages.values()), strict=True)
        known = np.unique(near)  # only the words that are shown travel
        super().__init__(
            names=list(stages),
            asked=list(words),
            found=[first.words[i] for i in known],
            curves=curves.astype("<f8").tobytes(),
            neighbours=np.searchsorted(known, near).astype("<u2").tobytes(),
            cosines=np.rint(32767 * np.array(cosines)).astype("<i2").tobytes(),
            stage=whole_number("stage", stage, least=0, most=T - 1),
            word=words[0] if word is None else word,
        )

    @traitlets.validate("word")
    def _known(self, proposal: Any) -> str:
        if proposal["value"] not in self.asked:
            raise W2VError(f"word={proposal['value']!r}; choose one of {', '.join(self.asked)}")
        return str(proposal["value"])

    def limits(self) -> dict[str, tuple[float, float | None]]:
        """Return the range of each number in a setting."""
        return {"stage": (0, len(self.names) - 1)}

    def choices(self) -> dict[str, list[str]]:
        """Return the words that a setting may name."""
        return {"word": list(self.asked)}

    def numbers(self) -> Shown:
        """Return the curves, and the neighbours of the word at each stage."""
        T, A = len(self.names), len(self.asked)
        curves = np.frombuffer(self.curves, "<f8").reshape(T, 5)
        mine = self.asked.index(self.word)
        near = np.frombuffer(self.neighbours, "<u2").reshape(T, A, -1)[:, mine]  # (T, n)
        cosines = np.frombuffer(self.cosines, "<i2").reshape(T, A, -1)[:, mine] / 32767
        n = near.shape[1]
        heads = ("analogies, %", "low, %", "high, %", "c alone, %", "loss")
        neighbours = {
            "stage": np.repeat(self.names, n).tolist(),
            "rank": np.tile(np.arange(1, n + 1), T),
            "word": [self.found[i] for i in near.ravel()],
            "cosine": cosines.ravel(),
            "a neighbour at first": ["yes" if i in near[0] else "no" for i in near.ravel()],
        }
        return Shown(
            f"stage {self.names[self.stage]!r}, neighbours of {self.word!r}",
            [
                Table(
                    "Analogies answered and loss by stage",
                    {"stage": self.names, **dict(zip(heads, curves.T, strict=True))},
                ),
                Table(f"Neighbours of {self.word!r} by stage", neighbours),
            ],
        )

    def __repr__(self) -> str:
        """Return what is shown, without an address."""
        many = f"{len(self.asked)} word{'s' * (len(self.asked) > 1)}"
        first = self.names[self.stage]
        return f"StepReader({len(self.names)} stages, {first!r} first; neighbours of {many})"

    def text_alternative(self) -> str:
        """Return what the figure shows, in words."""
        T = len(self.names)
        curves = np.frombuffer(self.curves, "<f8").reshape(T, 5)
        near = np.frombuffer(self.neighbours, "<u2").reshape(T, len(self.asked), -1)
        told = []
        for t in dict.fromkeys([0, self.stage, T - 1]):
            score, low, high, baseline, loss = curves[t]
            words = [self.found[i] for i in near[t, self.asked.index(self.word), :4]]
            told.append(
                f"{self.names[t]}: {score:.1f} % ({low:.0f} to {high:.0f}), c alone "
                f"{baseline:.0f} %, loss {loss:.2f}, nearest to {self.word}: {', '.join(words)}"
            )
        return (
            "Interactive figure: analogies answered, loss and the neighbours of a word at each of "
            f"{T} stages. {'. '.join(told)}."
        )


def _numbers(name: str, values: ArrayLike, shape: tuple[int, ...]) -> np.ndarray:
    """Return finite numbers of this shape, or say what they are instead."""
    found = np.asarray(values, dtype=np.float64)
    if found.shape != shape or not np.isfinite(found).all():
        raise W2VError(f"{name} has shape {found.shape}; pass finite numbers of shape {shape}")
    return found


def _nearest(emb: Embeddings, rows: list[int], n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return rows and cosines of the n nearest words of each of some words, (A, n)."""
    cosines = emb.unit_vectors[rows] @ emb.unit_vectors.T
    cosines[np.arange(len(rows)), rows] = -2
    near = np.argsort(-cosines, axis=1, kind="stable")[:, :n]
    return near, np.take_along_axis(cosines, near, axis=1).clip(-1, 1)

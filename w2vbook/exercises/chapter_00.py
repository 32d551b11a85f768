"""Exercises of Chapter 0, start here."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from w2vlib import AnalogyResult, Embeddings, analogy_accuracy, load_statistics, pca_embeddings

from ._answers import Part, number, word


@functools.cache
def _embeddings() -> Embeddings:
    return pca_embeddings(load_statistics(), 200)


def _score(d: int) -> AnalogyResult:
    emb = _embeddings()
    return analogy_accuracy(Embeddings(emb.words, emb.vectors[:, :d]))


def fail() -> Sequence[Part]:
    """Ask which families are right most often, and which least."""
    families = {name: share for name, (share, _) in _score(200).by_family.items()}
    ranked = sorted(families, key=lambda name: families[name])
    best = [name for name in ranked if families[name] == families[ranked[-1]]]
    worst = [name for name in ranked if families[name] == families[ranked[0]]]
    swapped = "that is the other end of the list"

    def named(names: Sequence[str]) -> list[str]:
        """With and without the number in front, as in gram2-opposite."""
        return [*names, *(name.split("-", 1)[1] for name in names if name.startswith("gram"))]

    return [
        word(
            "best",
            "the family that is right most often, as printed",
            named(best),
            slips=[(name, swapped) for name in named(worst)],
        ),
        word(
            "worst",
            "the family that is right least often, as printed",
            named(worst),
            slips=[(name, swapped) for name in named(best)],
        ),
    ]


def few() -> Sequence[Part]:
    """Ask for accuracy against the number of directions."""
    return [
        number(
            f"d{d}",
            f"the share of analogies that is right at d = {d}",
            _score(d).overall,
            atol=0.005,  # whole per cent are printed
        )
        for d in (2, 10, 50, 200)
    ]


def own() -> Sequence[Part]:
    """Ask for words at the end of a direction."""
    emb = _embeddings()
    ends = [
        [emb.words[emb.vectors[:, k].argmax()], emb.words[emb.vectors[:, k].argmin()]]
        for k in (4, 5)
    ]
    slips = [
        (ends[0][1], "that is the other end"),
        (ends[1][0], "that is direction 6: columns are counted from 0"),
    ]
    about = "the word with the largest entry in direction 5"
    return [word("outermost", about, [ends[0][0]], slips=slips)]


EXERCISES = {"ex-00-fail": fail, "ex-00-few": few, "ex-00-own": own}

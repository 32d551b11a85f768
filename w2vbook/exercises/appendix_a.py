"""Exercises of Appendix A, the reproduction."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import numpy as np

from w2vlib import (
    CorpusStatistics,
    analogy_accuracy,
    embeddings_from_matrix,
    load_statistics,
    m_star,
    ppmi,
)

from ._answers import Part, number, word


def sigma() -> Sequence[Part]:
    """Ask how the gap compares with that of the tiny start."""
    return [
        word(
            "gap",
            "larger than, smaller than, or about the same as from the tiny start?",
            [
                *("same", "same as", "same as from the tiny start", "same size", "unchanged"),
                *("equal", "equal to", "as large", "as large as", "similar", "comparable"),
                *(f"{nearly} the same" for nearly in ("roughly", "nearly", "almost", "much")),
                *(f"{nearly} equal" for nearly in ("roughly", "nearly", "almost")),
            ],
            slips=[
                (f"{each}{than}", message)
                for each, message in (
                    ("larger", "compare it with both starts: it is far from the ordinary one's"),
                    ("bigger", "compare it with both starts: it is far from the ordinary one's"),
                    ("smaller", "what is left is the size of the steps, which is the same"),
                )
                for than in ("", " than", " than from the tiny start")
            ],
        ),
    ]


def exact() -> Sequence[Part]:
    """Ask where the rest of the gap comes from."""
    return [
        word(
            "rest",
            "what does the rest come from: the start, the alignment, or the steps?",
            [
                *("steps", "step", "step size", "size of the steps", "steps' size"),
                *("finite steps", "finite step size", "discrete steps", "learning rate"),
            ],
            slips=[
                (each, "the exact solution takes any start, aligned or not")
                for each in ("start", "alignment")
            ],
        ),
    ]


def larger() -> Sequence[Part]:
    """Ask for the scores of two matrices at full size."""

    @functools.cache
    def score(make: Callable[[CorpusStatistics], np.ndarray]) -> float:
        stats = load_statistics()
        emb = embeddings_from_matrix(make(stats).astype(np.float32), stats.words, 200)
        return analogy_accuracy(emb).overall

    swapped = "that is the other matrix"
    return [
        number(
            "m_star",
            "accuracy with M*, as a share",
            lambda: score(m_star),
            slips=lambda: [(score(ppmi), swapped)],
            rtol=0.01,
        ),
        number(
            "ppmi",
            "accuracy with PPMI, as a share",
            lambda: score(ppmi),
            slips=lambda: [(score(m_star), swapped)],
            rtol=0.01,
        ),
        word(
            "nearer",
            "which of the two is nearer to the paper's?",
            ["m*", "m_star", "m star", "mstar", "m^*", "m^\\star", "m^{\\star}", "m⋆"],
            slips=[("ppmi", "the paper has 66.3 % for M* and 50.6 % for PPMI")],
        ),
    ]


EXERCISES = {
    "ex-reproduction-sigma": sigma,
    "ex-reproduction-exact": exact,
    "ex-reproduction-larger": larger,
}

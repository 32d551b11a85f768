"""Exercises of Appendix B, the reproduction of meaning."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np

from w2vlib import (
    Embeddings,
    analogy_accuracy,
    analogy_families,
    load_statistics,
    pca_embeddings,
    ppmi,
    task_vectors,
    top_eigenpairs,
)

from ._answers import FALL, NO, RISE, YES, Part, function, number, word


def _mean_share(R: np.ndarray) -> float:
    """Return rho: the mean's share of the spike."""
    return float(len(R) * np.sum(R.mean(axis=0) ** 2) / np.linalg.norm(R, 2) ** 2)


def _ratio(R: np.ndarray) -> float:
    """Return the spike over the mean of all non-zero eigenvalues."""
    squares = np.linalg.svd(R, compute_uv=False) ** 2
    return float(squares[0] / squares.sum() * min(R.shape))


def four() -> Sequence[Part]:
    """Ask for the words that are nearest when only the first m components are kept."""

    def nearest(unit: np.ndarray, x: np.ndarray, m: int) -> int:
        return int(np.argmax(unit[:, :m] @ x[:m]))

    rng = np.random.default_rng(0)
    unit = rng.standard_normal((40, 12))
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    cases = [(unit, rng.standard_normal(12), m) for m in (1, 2, 3, 4, 6)]
    return [
        function(
            "nearest",
            "a function of unit (V, d), a direction x (d,) and m: the number, from 0, of the row "
            "with the largest cosine to x, of which only the first m components are kept",
            nearest,
            cases,
            slips=[
                (lambda unit, x, m: np.argmax(unit @ x), "all components are still there"),
                (lambda unit, x, m: np.argmin(unit[:, :m] @ x[:m]), "that is the farthest row"),
                (
                    lambda unit, x, m: np.argmax(
                        unit[:, :m] @ x[:m] / np.linalg.norm(unit[:, :m], axis=1)
                    ),
                    "the rows keep their whole length: only x is cut",
                ),
            ],
        ),
    ]


def offset() -> Sequence[Part]:
    """Ask for the scores of PPMI with and without its first feature."""

    @functools.cache
    def scores() -> tuple[float, float]:
        stats = load_statistics()
        values, vectors = top_eigenpairs(ppmi(stats).astype(np.float32), 101)
        X = vectors * np.sqrt(values)
        both = [
            analogy_accuracy(Embeddings(stats.words, Y)).overall for Y in (X[:, :100], X[:, 1:])
        ]
        return both[0], both[1]

    return [
        number("with_offset", "accuracy of features 1 to 100", lambda: scores()[0], rtol=0.01),
        number("without", "accuracy of features 2 to 101", lambda: scores()[1], rtol=0.01),
        word(
            "costs",
            "does the offset cost more than a point? yes or no",
            NO,
            slips=[(each, "take the difference of the two") for each in YES],
        ),
    ]


def more() -> Sequence[Part]:
    """Ask for the mean's share of the spike, and what more pairs do to it."""
    rng = np.random.default_rng(0)
    cases = [(rng.standard_normal((n, 5)) + 0.5,) for n in (3, 8, 30)]
    return [
        function(
            "rho",
            "a function of R (N, d): the mean's share of the spike",
            _mean_share,
            cases,
            slips=[
                (lambda R: _mean_share(R) / len(R), "the mean counts once for each of the N pairs"),
                (lambda R: len(R) * np.sum(R.mean(axis=0) ** 2), "divide by the spike"),
                (lambda R: _mean_share(R) ** 0.5, "that is its root"),
            ],
        ),
        word(
            "change",
            "does rho rise or fall with more pairs?",
            FALL,
            slips=[(each, "draw several times and take the mean") for each in RISE],
        ),
    ]


def bootstrap() -> Sequence[Part]:
    """Ask for a ratio and its misleading bootstrap mean."""

    @functools.cache
    def ratios() -> tuple[float, float]:
        emb = pca_embeddings(load_statistics(), 200)
        pairs = [p for p in analogy_families()["gram7-past-tense"] if p[0] in emb and p[1] in emb]
        R = task_vectors(emb, pairs)[0]
        rng = np.random.default_rng(0)
        again = [_ratio(R[rng.integers(len(R), size=len(R))]) for _ in range(500)]
        return _ratio(R), float(np.mean(again))

    return [
        number("ratio", "the ratio of all 16 pairs", lambda: ratios()[0], rtol=0.03),
        number(
            "mean",
            "the mean of the ratios of drawn pairs",
            lambda: ratios()[1],
            rtol=0.05,
            slips=lambda: [
                (ratios()[0], "that is the ratio of all pairs: pairs drawn twice raise it")
            ],
        ),
    ]


EXERCISES = {
    "ex-meaning-four": four,
    "ex-meaning-offset": offset,
    "ex-meaning-more": more,
    "ex-meaning-bootstrap": bootstrap,
}

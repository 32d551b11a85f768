"""Exercises of Chapter 12, where the theory ends."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np

from w2vlib import (
    Embeddings,
    analogy_accuracy,
    effective_start,
    load_statistics,
    m_star,
    subspace_overlap,
    top_eigenpairs,
    weights_of,
)

from ._answers import FALL, RISE, Part, function, number, word
from .chapter_01 import widest_overlap


def conserved() -> Sequence[Part]:
    """Ask what one step changes in the conserved difference."""

    def change(M: np.ndarray, W: np.ndarray, C: np.ndarray, eta: float) -> np.ndarray:
        R = M - W @ C.T
        return np.asarray(eta**2 / 16 * (C.T @ R.T @ R @ C - W.T @ R @ R.T @ W))

    rng = np.random.default_rng(0)
    A = rng.standard_normal((5, 5))
    cases = [
        (A + A.T, rng.standard_normal((5, 2)), rng.standard_normal((5, 2)), eta)
        for eta in (0.1, 0.7)
    ]
    return [
        function(
            "change",
            "a function of M (V, V), W (V, d), C (V, d) and eta: what a step adds to W^T W - C^T C",
            change,
            cases,
            slips=[
                (lambda *a: -change(*a), "the sign is the other way round"),
                (lambda *a: 4 * change(*a), "each step is eta/4 times R C or R^T W"),
                (
                    lambda M, W, C, eta: np.zeros((2, 2)),
                    "that is the flow's; terms of eta^2 are left",
                ),
            ],
        ),
    ]


def sample() -> Sequence[Part]:
    """Ask for the overlap under stronger subsampling."""
    stats = load_statistics(500)
    top = top_eigenpairs(m_star(stats), 8)[1]

    def overlap(sample: float) -> float:
        A, B = weights_of(stats, "word2vec", sample=sample)
        return float(subspace_overlap(top_eigenpairs((A - B) + (A - B).T, 8)[1], top))

    weak = overlap(1e-2)
    return [
        number(
            "overlap",
            "the overlap at sample = 1e-4",
            overlap(1e-4),
            rtol=0.05,
            slips=[(weak, "that is the overlap at 1e-2")],
        ),
        word(
            "change",
            "does it rise or fall as sample gets smaller?",
            RISE,
            slips=[(each, "a smaller sample throws away more") for each in FALL],
        ),
    ]


def rates() -> Sequence[Part]:
    """Ask for the timetable of weights g_i g_j where word i has the rate eta / g_i."""

    def times(
        M: np.ndarray,
        g: np.ndarray,
        W0: np.ndarray,
        *,
        by: float = 0.5,
        start: float = 0.5,
        half: float = 1,
    ) -> np.ndarray:
        d = W0.shape[1]
        scale, weight = (g[:, None] ** power for power in (by, start))
        values, vectors = top_eigenpairs(scale * M * scale.T, len(M))
        logs = np.log(values[:d] / effective_start(weight * W0, vectors))
        return np.asarray(half * logs / values[:d])

    rng = np.random.default_rng(0)
    cases = []
    for V, d in ((12, 2), (20, 3)):
        A = rng.standard_normal((V, V))
        cases.append((A + A.T, rng.gamma(2, size=V), 1e-6 * rng.standard_normal((V, d))))
    return [
        function(
            "times",
            "a function of M (V, V), g (V,) and W0 (V, d): the d times at which a direction is "
            "half learned, in the flow",
            times,
            cases,
            rtol=1e-3,
            slips=[
                (lambda *a: times(*a, by=0), "the eigenvalues are those of the weighted target"),
                (lambda *a: times(*a, by=1), "M is weighted with the root of g on either side"),
                (lambda *a: times(*a, start=0), "the start is to be weighted as well"),
                (lambda *a: times(*a, half=2), "s^2 grows like exp(lambda t), not exp(lambda t/2)"),
            ],
        ),
    ]


def frequency() -> Sequence[Part]:
    """Ask what frequency weights gain on all words."""

    @functools.cache
    def accuracy(power: float) -> float:
        stats = load_statistics()
        matrix = m_star(stats, dtype=np.float32)
        root = np.sqrt(stats.p_i**power / np.mean(stats.p_i**power)).astype(np.float32)
        values, vectors = top_eigenpairs(matrix * root[:, None] * root, 200)
        vectors = vectors * np.sqrt(values) / root[:, None]
        return analogy_accuracy(Embeddings(stats.words, vectors)).overall

    return [
        number(
            "gain",
            "accuracy with g = p^(1/2) minus accuracy with g = 1, as a share",
            lambda: accuracy(0.5) - accuracy(0.0),
            slips=lambda: [
                (accuracy(0.5), "that is the accuracy itself"),
                (accuracy(0.0), "that is without weights"),
            ],
            rtol=0.1,
        ),
    ]


def gensim() -> Sequence[Part]:
    """Ask for the overlap of another program's vectors."""
    rng = np.random.default_rng(0)
    cases = [
        (rng.standard_normal((30, 6)) + 3, np.linalg.qr(rng.standard_normal((30, k)))[0])
        for k in (2, 4)
    ]
    return [
        function(
            "overlap",
            "a function of W (V, d) and U (V, k): the overlap of W's k widest directions with U",
            widest_overlap,
            cases,
            rtol=1e-5,
            slips=[
                (
                    lambda W, U: widest_overlap(W, U, False),
                    "one direction is the same for all words: take the mean off",
                )
            ],
        ),
    ]


EXERCISES = {
    "ex-12-conserved": conserved,
    "ex-12-sample": sample,
    "ex-12-rates": rates,
    "ex-12-frequency": frequency,
    "ex-12-gensim": gensim,
}

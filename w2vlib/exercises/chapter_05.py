"""Exercises of Chapter 5, factorising M*."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..corpus import CorpusStatistics, load_statistics
from ..pca import top_eigenpairs
from ..targets import m_star
from ._answers import Part, array, function, number, word


def three() -> Sequence[Part]:
    """Ask for three topics of two words each."""
    same = np.kron(np.eye(3), np.ones((2, 2)))
    matrix = 1.8 * same - 1
    eigvals = np.sort(np.linalg.eigvalsh(matrix))[::-1]
    # What d positive eigenvalues leave.
    losses = [(np.sum(eigvals**2) - np.sum(np.maximum(eigvals[:d], 0) ** 2)) / 8 for d in (1, 2, 3)]
    without = [sum(sorted(eigvals**2)[: 6 - d]) / 8 for d in (1, 2, 3)]
    return [
        array(
            "m_star",
            "M* (6, 6), the words in the order of their topics",
            matrix,
            rtol=1e-3,
            slips=[(matrix / 2, "the factor 2 of M* is missing")],
        ),
        array(
            "eigvals",
            "its six eigenvalues, falling",
            eigvals,
            rtol=1e-3,
            slips=[
                (eigvals[::-1], "sort them with the largest first"),
                (
                    eigvals[np.argsort(-abs(eigvals), kind="stable")],
                    "sort them by value, not by size",
                ),
            ],
        ),
        array(
            "losses",
            "the best loss for d = 1, 2, 3",
            losses,
            rtol=5e-3,
            slips=[
                (8 * np.array(losses), "the loss has a factor 1/8"),
                (without, "W W^T cannot learn the negative eigenvalue"),
            ],
        ),
    ]


def weights() -> Sequence[Part]:
    """Ask for the best fit under weights g_i g_j."""

    def fit(matrix: np.ndarray, g: np.ndarray, d: int, back: float = -0.5) -> np.ndarray:
        root = np.sqrt(g)[:, None]
        eigvals, eigvecs = np.linalg.eigh(root * matrix * root.T)
        W = g[:, None] ** back * eigvecs[:, -d:] * np.sqrt(np.maximum(eigvals[-d:], 0))
        return np.asarray(W @ W.T)

    rng = np.random.default_rng(0)
    A = rng.standard_normal((6, 6))
    cases = [(A + A.T, rng.uniform(0.5, 3, 6), d) for d in (1, 2)]
    return [
        function(
            "fit",
            "a function of M* (V, V), g (V,) and d: the best W W^T",
            fit,
            cases,
            rtol=1e-5,
            slips=[
                (lambda M, g, d: fit(M, g, d, 0.0), "that is W~ W~^T; go back from W~ to W"),
                (lambda M, g, d: fit(M, g, d, 0.5), "W is Gamma^(-1/2) W~, not Gamma^(1/2) W~"),
                (lambda M, g, d: fit(M, np.ones_like(g), d), "the weights are not used"),
                (lambda M, g, d: fit(M, g**2, d), "the square root of g goes to each side"),
            ],
        ),
    ]


def thin() -> Sequence[Part]:
    """Ask for both ends of the spectrum with a quarter of the text."""
    small = load_statistics(2000)
    rng = np.random.default_rng(0)
    upper = np.triu(rng.binomial(small.pair_counts // 17, 0.25))
    counts = upper + np.triu(upper, 1).T
    thinned = CorpusStatistics(small.words, small.word_counts, counts, small.window)
    both = [m_star(each, dtype=np.float32) for each in (small, thinned)]
    low = [top_eigenpairs(-matrix, 1)[0][0] for matrix in both]
    high = [top_eigenpairs(matrix, 1)[0][0] for matrix in both]
    return [
        word(
            "end",
            "which end moves, the negative or the positive one?",
            ["negative"],
            slips=[("positive", "compare its change with that of the other end")],
        ),
        number(
            "growth",
            "the lowest eigenvalue after thinning, divided by that before",
            low[1] / low[0],
            rtol=0.03,
            slips=[(high[1] / high[0], "that is the positive end")],
        ),
    ]


def untied() -> Sequence[Part]:
    """Ask how many of the largest eigenvalues by size are negative."""
    spectrum = np.linalg.eigvalsh(m_star(load_statistics(2000), dtype=np.float32))

    def negative(d: int) -> int:
        return int((spectrum[np.argsort(-np.abs(spectrum))[:d]] < 0).sum())

    return [
        number(
            f"negative{d}",
            f"how many of the {d} eigenvalues of largest size are negative",
            negative(d),
            slips=[(d - negative(d), "that many are positive")],
        )
        for d in (50, 200)
    ]


EXERCISES = {
    "ex-05-three": three,
    "ex-05-weights": weights,
    "ex-05-thin": thin,
    "ex-05-untied": untied,
}

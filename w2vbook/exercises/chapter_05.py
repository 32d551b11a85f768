"""Exercises of Chapter 5, factorising M*."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from w2vlib import (
    CorpusStatistics,
    Embeddings,
    analogy_accuracy,
    load_statistics,
    m_star,
    top_eigenpairs,
)

from ._answers import Part, array, function, number, word


def three() -> Sequence[Part]:
    """Ask for the target, the spectrum and the best losses of three topics."""
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
            "its six eigenvalues, descending",
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
            products=True,
            slips=[
                (lambda M, g, d: fit(M, g, d, 0.0), "that is W~ W~^T; go back from W~ to W"),
                (lambda M, g, d: fit(M, g, d, 0.5), "W is Gamma^(-1/2) W~, not Gamma^(1/2) W~"),
                (lambda M, g, d: fit(M, np.ones_like(g), d), "the weights are not used"),
                (lambda M, g, d: fit(M, g**2, d), "the square root of g goes to each side"),
            ],
        ),
    ]


def thin() -> Sequence[Part]:
    """Ask which end of the spectrum moves with a quarter of the text, and how far."""
    small = load_statistics(2000)
    rng = np.random.default_rng(0)
    times = np.where(small.pair_counts > 0, np.maximum(np.round(small.pair_counts / 8.5), 1), 0)
    upper = np.triu(rng.binomial(times.astype(int), 0.25))
    counts = upper + np.triu(upper, 1).T
    thinned = CorpusStatistics(small.words, small.word_counts, counts, small.window)
    both = [m_star(each, dtype=np.float32) for each in (small, thinned)]
    low = [top_eigenpairs(-matrix, 1)[0][0] for matrix in both]
    high = [top_eigenpairs(matrix, 1)[0][0] for matrix in both]
    return [
        word(
            "end",
            "which end moves, the negative or the positive one?",
            _end("negative", "lower", "lowest", "low", "bottom", "smallest", "minus"),
            slips=[
                (each, "compare its change with that of the other end")
                for each in _end("positive", "upper", "highest", "high", "top", "largest", "plus")
            ],
        ),
        number(
            "growth",
            "the lowest eigenvalue after thinning, divided by that before",
            low[1] / low[0],
            rtol=0.02,
            slips=[
                (low[1] / low[0] - 1, "that is by how much it grows; add 1"),
                (
                    high[1] / high[0],
                    "that is the positive end; or was weight drawn, not pairs? One pair adds 8.5",
                ),
            ],
        ),
    ]


def _end(*names: str) -> list[str]:
    """Return the ways to name an end of the spectrum."""
    nouns = ("", " end", " one", " side", " eigenvalue", " eigenvalues")
    return [f"{name}{noun}{moves}" for name in names for noun in nouns for moves in ("", " moves")]


def untied() -> Sequence[Part]:
    """Ask what negative eigenvalues, where they are largest, do to analogies."""
    small = load_statistics(2000)
    matrix = m_star(small, dtype=np.float32)
    eigvals, modes = np.linalg.eigh(matrix)  # all at once: quicker than both ends one by one
    size = np.abs(eigvals)
    largest = np.argsort(-size)[:200]
    negative = int((eigvals[largest] < 0).sum())

    def accuracy(keep: np.ndarray) -> float:
        vectors = modes[:, keep] * np.sqrt(size[keep])
        return analogy_accuracy(Embeddings(small.words, vectors)).overall

    tied = "that is with the d largest eigenvalues, all of them positive"
    return [
        number(
            "negative200",
            "how many of the 200 eigenvalues of largest size are negative",
            negative,
            rtol=1e-3,
            invited=False,
            slips=[(200 - negative, "that many are positive")],
        ),
        *(
            number(
                f"right{d}",
                f"the share of analogies that the untied model answers correctly at d = {d}",
                accuracy(largest[:d]),
                rtol=5e-3,
                atol=0.005,
                slips=[(accuracy(-1 - np.arange(d)), tied)],
            )
            for d in (50, 200)
        ),
    ]


def exponent() -> Sequence[Part]:
    """Ask what other lengths than the root of an eigenvalue do to analogies."""
    small = load_statistics(2000)
    eigvals, eigvecs = top_eigenpairs(m_star(small, dtype=np.float32), 50)

    def accuracy(p: float) -> float:
        return analogy_accuracy(Embeddings(small.words, eigvecs * eigvals**p)).overall

    powers = {"quarter": 0.25, "half": 0.5, "one": 1.0}
    shares = {name: accuracy(p) for name, p in powers.items()}
    return [
        number(
            name,
            f"the share of analogies answered correctly with p = {p:g}",
            shares[name],
            rtol=5e-3,
            atol=0.005,
            slips=[
                (accuracy(2 * p), "that is with the square: give direction k the length lambda_k^p")
            ],
        )
        for name, p in powers.items()
    ]


EXERCISES = {
    "ex-05-three": three,
    "ex-05-weights": weights,
    "ex-05-thin": thin,
    "ex-05-untied": untied,
    "ex-05-exponent": exponent,
}

"""Exercises of Chapter 14, from word2vec to language models."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ._answers import NO, YES, Part, function, word


def bias() -> Sequence[Part]:
    """Ask for the engine of a softmax without bias."""
    counts = np.random.default_rng(0).integers(1, 20, (6, 6))
    P = (counts + counts.T) / (counts + counts.T).sum()
    p = P.sum(axis=1)
    return [
        function(
            "engine",
            "a function of P (V, V) and p (V,): the engine N",
            lambda P, p: P - p[:, None] / len(p),
            [(P, p)],
            slips=[
                (lambda P, p: P - np.outer(p, p), "that is with a bias, which learns p_j at once"),
                (
                    lambda P, p: P - 1 / len(p) ** 2,
                    "chance is P_i / V: words i keep their frequency",
                ),
                (lambda P, p: P - p[None, :] / len(p), "that is its transpose"),
                (lambda P, p: P - 1 / len(p), "weigh chance by P_i"),
                (lambda P, p: P - p[:, None] / 400, "V is the length of p, not always 400"),
            ],
        ),
        word(
            "first",
            "what is the first mode about, in one word?",
            [
                *("frequency", "word frequency", "frequency of words", "frequency of the words"),
                *("frequencies", "word frequencies", "frequencies of words", "frequency p_i"),
                *("unigram frequency", "unigram frequencies", "unigram", "p_i", "word counts"),
                *("how frequent words are", "how often words occur"),
            ],
            slips=[(each, "correlate its entries with P_i") for each in ("topic", "topics")],
        ),
    ]


def turn() -> Sequence[Part]:
    """Ask what a projection on a fixed direction measures once the modes have turned."""

    def projection(s1: float, s2: float, theta: float) -> float:
        return float(s1**2 * np.sin(theta) ** 2 + s2**2 * np.cos(theta) ** 2)

    def share(s1: float, s2: float, theta: float) -> float:
        return float(s1**2 * np.sin(theta) ** 2) / projection(s1, s2, theta)

    cases = [(2.0, 0.5, 0.3), (1.0, 1e-3, 0.01)]
    return [
        function(
            "projection",
            "a function of s1, s2 and theta: the squared length along the old a_2",
            projection,
            cases,
            slips=[
                (
                    lambda s1, s2, theta: s1**2 * np.cos(theta) ** 2 + s2**2 * np.sin(theta) ** 2,
                    "that is the part along a_1",
                ),
                (lambda s1, s2, theta: s2**2, "that is what the singular value says"),
                (
                    lambda s1, s2, theta: (s1 * np.sin(theta) + s2 * np.cos(theta)) ** 2,
                    "the two modes are orthogonal on their other side, too: their squares add",
                ),
                (lambda *a: float(np.sqrt(projection(*a))), "the squared length, please"),
            ],
        ),
        function(
            "share",
            "a function of s1, s2 and theta: the share of it that belongs to mode 1",
            share,
            cases,
            slips=[
                (lambda *a: 1 - share(*a), "that is the share of mode 2"),
                (lambda s1, s2, theta: s1**2 * np.sin(theta) ** 2, "divide by the whole"),
            ],
        ),
    ]


def even() -> Sequence[Part]:
    """Ask for the matrix whose modes are learned under even rates."""

    def matrix(N: np.ndarray, K: np.ndarray, C: np.ndarray, power: float = 0.5) -> np.ndarray:
        values, vectors = np.linalg.eigh(C)
        kept = values > 1e-10 * values.max()
        root = vectors[:, kept] * values[kept] ** -power @ vectors[:, kept].T
        return np.asarray(N / np.diag(K)[:, None] ** power @ root)

    rng = np.random.default_rng(0)
    A = rng.standard_normal((5, 3))
    case = (rng.standard_normal((4, 5)), np.diag(rng.uniform(0.1, 1, 4)), A @ A.T)
    return [
        function(
            "matrix",
            "a function of N (V, n), K (V, V), diagonal, and C (n, n), of lower rank: the matrix "
            "whose modes are learned",
            matrix,
            [case],
            slips=[
                (lambda N, K, C: matrix(N, K, C, 1.0), "the roots go to the left and to the right"),
                (lambda N, K, C: N, "that is the engine without even rates"),
            ],
            rtol=1e-5,
        ),
        word(
            "interfere",
            "do its modes interfere? yes or no",
            NO,
            slips=[
                (each, "each grows on its own logistic curve, as in Chapter 12") for each in YES
            ],
        ),
    ]


def late() -> Sequence[Part]:
    """Ask for the effect of a push at the end."""
    rng = np.random.default_rng(0)
    she, he = rng.standard_normal((2, 6))

    def moved(she: np.ndarray, he: np.ndarray, length: float, alpha: float) -> float:
        return float(alpha * length * np.linalg.norm(she - he))

    return [
        function(
            "moved",
            "a function of u_she (d,), u_he (d,), the length of the task vector and alpha: by how "
            "much a push at the end moves the log-odds",
            moved,
            [(she, he, 0.7, 1.0), (she, he, 2.0, -0.5)],
            slips=[
                (
                    lambda she, he, length, alpha: alpha * np.sum((she - he) ** 2),
                    "the push is scaled to the length of the task vector",
                ),
                (
                    lambda she, he, length, alpha: alpha * length,
                    "the log-odds are read off with u_she - u_he, which has a length of its own",
                ),
                (lambda *a: abs(moved(*a)), "a negative alpha pushes the other way"),
            ],
        ),
        word(
            "works",
            "where does it work better, at the noun or at the end?",
            [
                *("end", "very end", "end of the sentence", "end of the text", "before U"),
                *(f"last {what}" for what in ("position", "token", "word", "place", "layer")),
                *("end before U", "last", "final position", "final token", "final word"),
            ],
            slips=[(each, "compare the shares of the two") for each in ("noun", "nouns")],
        ),
    ]


EXERCISES = {
    "ex-14-bias": bias,
    "ex-14-turn": turn,
    "ex-14-even": even,
    "ex-14-late": late,
}

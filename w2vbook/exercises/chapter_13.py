"""Exercises of Chapter 13, as good as word2vec, in seconds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ._answers import NO, YES, Part, function, number, word


def accident() -> Sequence[Part]:
    """Ask what one accidental co-occurrence does to a pair that never co-occurred."""

    def lift(mu: float, n: float) -> float:
        return 4 / (1 + n * mu)

    return [
        function(
            "lift",
            "a function of mu and n: by how much the first co-occurrence raises M",
            lift,
            [(0.05, 1.0), (0.5, 5.0), (3.0, 2.0)],
            slips=[
                (lambda mu, n: 2 * (1 - n * mu) / (1 + n * mu), "that is M itself; it was -2"),
                (lambda mu, n: lift(mu, 1.0), "the n negatives are missing"),
                (
                    lambda mu, n: 2 / (1 + n * mu),
                    "the numerator gains as well: twice that",
                ),
            ],
        ),
        number(
            "negatives",
            "the n at which it is 1 for mu = 0.05",
            60.0,
            slips=[(20.0, "that makes n mu 1; the lift is then 2"), (3.0, "that is n mu")],
        ),
    ]


def strong() -> Sequence[Part]:
    """Ask for the inverse variances of pairs that are not at chance."""

    def weight(r: float) -> float:  # beside r = 1, for one negative
        return (r + 1) ** 4 / (16 * r)

    return [
        number(
            "attracted",
            "the weight of a pair with r = 4, beside one at chance that should co-occur as often",
            weight(4.0),
            slips=[
                (1 / weight(4.0), "that is the variance; the weight is one over it"),
                (weight(4.0) / 4, "the mean of n is mu r: 1/r is missing"),
            ],
        ),
        number(
            "repelled",
            "the same for r = 1/4",
            weight(0.25),
            slips=[(1 / weight(0.25), "that is the variance; the weight is one over it")],
        ),
    ]


def full() -> Sequence[Part]:
    """Ask where one full step lands for squares with weights g_i g_j."""

    def land(M: np.ndarray, g: np.ndarray, C: np.ndarray) -> np.ndarray:
        return np.asarray(np.linalg.solve((C.T * g) @ C, (C.T * g) @ M.T).T)

    rng = np.random.default_rng(0)
    cases = []
    for V, d in ((6, 2), (9, 3)):
        A = rng.standard_normal((V, V))
        cases.append((A + A.T, rng.gamma(2, size=V), rng.standard_normal((V, d))))
    return [
        function(
            "land",
            "a function of M (V, V), g (V,) and C (V, d): W after one step with eta = 1",
            land,
            cases,
            rtol=1e-6,
            slips=[
                (
                    lambda M, g, C: land(M, np.ones_like(g), C),
                    "the weights of the contexts do not cancel",
                ),
                (
                    lambda M, g, C: g[:, None] * land(M, g, C),
                    "the word's own g_i cancels: it stands in the slopes and in a_i",
                ),
            ],
        ),
    ]


def gauge() -> Sequence[Part]:
    """Ask which steps see how the scores are split into W and C."""
    return [
        word(
            "scaled",
            "do the scores after a scaled step of W depend on S? yes or no",
            NO,
            slips=[(each, "write down how R C and the Gram matrix change") for each in YES],
        ),
        word(
            "plain",
            "and after a plain gradient step? yes or no",
            YES,
            slips=[(each, "try S = 2 I: the gradient halves where W doubles") for each in NO],
        ),
    ]


EXERCISES = {
    "ex-13-accident": accident,
    "ex-13-strong": strong,
    "ex-13-full": full,
    "ex-13-gauge": gauge,
}

"""Exercises of Chapter 3, word2vec itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ._answers import Part, function, number


def threshold() -> Sequence[Part]:
    """Ask up to which frequency the code keeps every word."""
    golden = (1 + 5**0.5) / 2
    return [
        number(
            "factor",
            "the largest f / sample at which no word is dropped",
            golden**2,
            slips=[
                (golden, "that is the root of f/t"),
                (1 / golden, "that is the root of t/f; f/t is wanted"),
                (1, "that is the paper's formula; the code adds t/f to its root"),
            ],
        ),
    ]


def stretch() -> Sequence[Part]:
    """Ask for the share of pairs that only subsampling brings together."""
    return [
        function(
            "share",
            "a function of r: the share of cat-dog among all pairs",
            lambda r: (1 - r) / (1 + r),
            [(0.2,), (0.5,), (0.9,)],
            slips=[
                (lambda r: 1 - r, "pairs with *the* become fewer, too: divide by all pairs"),
                (lambda r: (1 - r) / 2, "each animal has two neighbours: count pairs, not ends"),
                (
                    lambda r: 0 * r,
                    "that is the formula's value; windows are placed after words are dropped",
                ),
                (lambda r: 2 * r / (1 + r), "that is the share of pairs with *the*"),
                (
                    lambda r: (1 - r) / (1 + r) / 2,
                    "that is P_ij, for one order of the two; count both",
                ),
            ],
        ),
    ]


def both() -> Sequence[Part]:
    """Ask for the score of a word with itself, in a model with two vectors per word."""
    rng = np.random.default_rng(0)
    cases = [tuple(rng.standard_normal((2, 7, 3)))]
    return [
        function(
            "self_score",
            "a function of W (V, d) and C (V, d): the mean score of a word with itself",
            lambda W, C: np.mean(np.sum(W * C, axis=1)),
            cases,
            slips=[
                (
                    lambda W, C: np.mean(np.sum(W * W, axis=1)),
                    "that is the squared length, the score under tied weights",
                ),
                (lambda W, C: np.mean(W @ C.T), "that is the mean over all pairs of words"),
                (lambda W, C: np.sum(W * C), "that is the sum over words, not the mean"),
            ],
        ),
    ]


def floor() -> Sequence[Part]:
    """Ask where the noise of the gradients leaves the square of x."""
    return [
        function(
            "settled",
            "a function of h, eta and v: where the mean of x^2 settles",
            lambda h, eta, v: eta * v / (h * (2 - eta * h)),
            [(1.0, 0.1, 1.0), (3.0, 0.5, 0.2), (0.5, 1.0, 2.0)],
            slips=[
                (lambda h, eta, v: eta * v / (2 * h), "that holds for small eta only"),
                (
                    lambda h, eta, v: eta * v / (2 * (2 - eta * h)),
                    "that is the loss, h/2 times as large",
                ),
                (
                    lambda h, eta, v: v / (h * (2 - eta * h)),
                    "the noise enters with eta squared, the gradient with eta: one eta is left",
                ),
            ],
        ),
    ]


EXERCISES = {
    "ex-03-threshold": threshold,
    "ex-03-stretch": stretch,
    "ex-03-both": both,
    "ex-03-floor": floor,
}

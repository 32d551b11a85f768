"""Exercises of Chapter 4, from loss to target."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ._answers import Part, function, number


def by_hand() -> Sequence[Part]:
    """Ask about *cat* and *dog* in the planted corpus of two topics."""
    joint = (4 / 8 * 1 / 8 + 1 / 8 * 4 / 8) / 2
    chance = (5 / 16) ** 2
    pmi = math.log(joint / chance)
    return [
        number("p_ij", "P_ij of cat and dog", joint),
        number(
            "p_i_p_j",
            "P_i P_j of cat and dog",
            chance,
            slips=[(5 / 16, "that is P_i of one of them; multiply it by that of the other")],
        ),
        number("pmi", "PMI of cat and dog, with the natural logarithm", pmi, logs=True),
        number(
            "m_star",
            "M* of cat and dog",
            2 * math.tanh(pmi / 2),
            slips=[
                (math.tanh(pmi / 2), "the factor 2 of M* = 2 tanh(PMI/2) is missing"),
                (2 * math.tanh(pmi), "PMI must be halved inside tanh"),
            ],
        ),
    ]


def unseen() -> Sequence[Part]:
    """Ask how fast the score of a pair never seen falls."""

    def time(x: float, c: float) -> float:
        return (math.exp(-x) - x - 1) / c

    cases = [(-1.0, 0.5), (-8.0, 1 / 256), (-3.0, 0.01)]
    return [
        function(
            "time",
            "a function of x and c: when the score has fallen to x",
            time,
            cases,
            slips=[
                (lambda x, c: math.exp(-x) / c, "that is the law for large t only"),
                (lambda x, c: (math.exp(-x) - x) / c, "x(0) = 0 must give t = 0"),
                (
                    lambda x, c: (math.exp(-x) + x - 1) / c,
                    "the integral of 1 + e^(-x) is x - e^(-x)",
                ),
            ],
        ),
    ]


def negatives() -> Sequence[Part]:
    """Ask for the target with several negative samples."""
    far = "that is the full loss's resting place"
    return [
        function(
            "target",
            "a function of PMI and n: M*",
            lambda pmi, n: 2 * np.tanh((pmi - np.log(n)) / 2),
            [(0.0, 5.0), (1.5, 2.0), (-2.0, 15.0)],
            slips=[
                (lambda pmi, n: 2 * np.tanh((pmi + np.log(n)) / 2), "more negatives push down"),
                (lambda pmi, n: 2 * np.tanh(pmi / 2) - np.log(n), "log n is taken off inside tanh"),
                (lambda pmi, n: pmi - np.log(n), far),
            ],
        ),
        number(
            "gap",
            "at chance and n = 5: M* minus the full loss's resting place",
            math.log(5) - 4 / 3,
            slips=[(-4 / 3, "that is M* itself"), (-math.log(5), far)],
            rtol=0.02,
            logs=True,
        ),
        number("gap_of_one", "the same for n = 1", 0.0),
    ]


def steps() -> Sequence[Part]:
    """Ask for lowest points of parabolas that touch the loss."""

    def sigmoid(x: float) -> float:
        return 1 / (1 + math.exp(-x))

    return [
        function(
            "jump",
            "a function of x_0 and the share y: the lowest point of its parabola",
            lambda x, y: x + 4 * (y - sigmoid(x)),
            [(0.0, 0.9), (1.5, 0.2), (-3.0, 0.5)],
            slips=[
                (lambda x, y: x - 4 * (y - sigmoid(x)), "that climbs"),
                (lambda x, y: 4 * (y - sigmoid(x)), "that is the jump; add it to x_0"),
                (lambda x, y: x + (y - sigmoid(x)) / 4, "divide by the curvature 1/4"),
                (lambda x, y: 4 * (y - 0.5), "the slope is that at x_0, not at 0"),
            ],
        ),
        number(
            "first_stop",
            "the first stop of a pair with M* = 1.2",
            1.2,
            slips=[(math.log(0.8 / 0.2), "that is PMI, the last stop")],
        ),
        number(
            "last_stop",
            "its last stop",
            math.log(0.8 / 0.2),
            logs=True,
            slips=[(1.2, "that is M*, the first stop")],
        ),
    ]


EXERCISES = {
    "ex-04-by-hand": by_hand,
    "ex-04-unseen": unseen,
    "ex-04-k": negatives,
    "ex-04-steps": steps,
}

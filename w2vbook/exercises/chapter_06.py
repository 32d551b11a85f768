"""Exercises of Chapter 6, one concept at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from w2vlib import load_statistics, m_star, top_eigenpairs

from ._answers import Part, function, number


def half() -> Sequence[Part]:
    """Ask for the exact time of half height."""
    cases = [(2.0, 0.01), (50.0, 1e-6), (10.0, 4.0)]
    return [
        function(
            "time",
            "a function of lambda and s^2(0): when s^2 = lambda / 2",
            lambda lam, s2: math.log((lam - s2) / s2) / lam,
            cases,
            slips=[
                (lambda lam, s2: math.log(lam / s2) / lam, "that is tau, which neglects s^2(0)"),
                (lambda lam, s2: math.log((lam - s2) / s2), "divide by lambda"),
                (
                    lambda lam, s2: math.log(s2 / (lam - s2)) / lam,
                    "the sign is the other way round",
                ),
            ],
        ),
        number(
            "error",
            "the error of tau as a share of tau, for s^2(0) = lambda / 100",
            -math.log(0.99) / math.log(100),
            rtol=0.1,
            slips=[
                (-math.log(0.99), "that is the error in units of 1/lambda"),
                (0.01, "that is s^2(0)/lambda"),
            ],
        ),
    ]


def decay() -> Sequence[Part]:
    """Ask for end and time of a mode under weight decay, and how many modes are left."""
    eigvals = top_eigenpairs(m_star(load_statistics(800)), 12)[0]

    def time(lam: float, mu: float, s2: float) -> float:
        return math.log((lam - 2 * mu) / s2) / (lam - 2 * mu)

    return [
        function(
            "end",
            "a function of lambda and mu: where the strength ends, if lambda > 2 mu",
            lambda lam, mu: lam - 2 * mu,
            [(5.0, 1.0), (200.0, 0.5)],
            slips=[
                (lambda lam, mu: lam - mu, "the flow has 1/2 (M* - W W^T), so mu counts twice"),
                (lambda lam, mu: lam - mu / 2, "the gradient of mu/2 |W|^2 is mu W"),
                (lambda lam, mu: lam, "that is without weight decay"),
            ],
        ),
        function(
            "time",
            "a function of lambda, mu and s^2(0): when half of its end is reached",
            time,
            [(5.0, 1.0, 1e-6), (200.0, 0.5, 1e-3)],
            slips=[
                (lambda lam, mu, s2: time(lam, 0, s2), "that is without weight decay"),
                (lambda lam, mu, s2: time(lam, mu / 2, s2), "mu counts twice"),
                (
                    lambda lam, mu, s2: math.log(lam / s2) / (lam - 2 * mu),
                    "half of its end is (lambda - 2 mu) / 2",
                ),
            ],
        ),
        number(
            "learned",
            "how many directions are learned at mu = 50",
            int(np.sum(eigvals > 100)),
            rtol=1e-3,
            invited=False,
            slips=[(int(np.sum(eigvals > 50)), "those are above mu, not above 2 mu")],
        ),
    ]


def fragile() -> Sequence[Part]:
    """Ask which mode gives way when mode 1 arrives all the same."""
    eigvals = top_eigenpairs(m_star(load_statistics(800)), 7)[0]
    weakest = int(eigvals[1:].argmin()) + 2
    return [
        number(
            "missing",
            "which of the modes 1 to 7 is missing in the end",
            weakest,
            rtol=1e-3,
            invited=False,
            slips=[(1, "so the theorem says; look at the largest squared singular value")],
        ),
    ]


def explode() -> Sequence[Part]:
    """Ask in which step the perturbation has grown to the size of W."""
    top = top_eigenpairs(m_star(load_statistics(800)), 1)[0][0]
    factor = math.log(1.04)
    return [
        number(
            "steps",
            "how many steps that takes, by the linear law or by experiment",
            math.log(math.sqrt(top) / 1e-6) / factor,
            rtol=0.03,
            slips=[
                (math.log(top / 1e-6) / factor, "W's largest singular value is the root of lambda"),
                (
                    math.log10(math.sqrt(top) / 1e-6) / factor,
                    "numerator and denominator need the same logarithm",
                ),
            ],
        ),
    ]


def untied() -> Sequence[Part]:
    """Ask for the learning time of a model with two matrices, and for its order."""
    lowest = -float(top_eigenpairs(-m_star(load_statistics(800)), 1)[0][0])
    first = float(top_eigenpairs(m_star(load_statistics(800)), 1)[0][0])

    def time(lam: float, s2: float) -> float:
        return 2 * math.log(abs(lam) / s2) / abs(lam)

    return [
        function(
            "time",
            "a function of lambda, of either sign, and s^2(0): the learning time",
            time,
            [(4.0, 1e-6), (-2.5, 1e-3)],
            slips=[
                (lambda lam, s2: time(lam, s2) / 2, "that is the tied model; this one is slower"),
                (lambda lam, s2: 2 * time(lam, s2), "each matrix gets half of the gradient"),
                (
                    lambda lam, s2: time(lam, s2) if lam > 0 else math.inf,
                    "negative eigenvalues are learned, too",
                ),
            ],
        ),
        number(
            "second",
            "the eigenvalue of the six words that is learned second",
            -2.370,
            invited=False,
            slips=[
                (2.127, "the order is by size, whatever the sign"),
                (4.781, "that is the first"),
            ],
        ),
        number(
            "first",
            "the eigenvalue of Wikipedia (800 words) that is learned first",
            lowest,
            invited=False,
            slips=[(first, "another one is larger in size"), (-lowest, "it has a sign")],
        ),
    ]


EXERCISES = {
    "ex-06-half": half,
    "ex-06-decay": decay,
    "ex-06-fragile": fragile,
    "ex-06-explode": explode,
    "ex-06-untied": untied,
}

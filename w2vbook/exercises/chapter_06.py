"""Exercises of Chapter 6, one concept at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence

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


def large() -> Sequence[Part]:
    """Ask how long a mode takes that starts above its end."""
    return [
        number(
            "time",
            "the time in units of 1/lambda",
            math.log(101 * 4 / 5),
            logs=True,
            slips=[
                (math.log(101), "it starts at ln(5/4), not at 0"),
                (math.log(101 * 5 / 4), "ln(5/4) is taken off, not added"),
            ],
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
            slips=[(1, "so says the theorem; look at the largest squared singular value")],
        ),
    ]


def explode() -> Sequence[Part]:
    """Ask in which step the grain has grown to the size of W."""
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


EXERCISES = {
    "ex-06-half": half,
    "ex-06-large": large,
    "ex-06-fragile": fragile,
    "ex-06-explode": explode,
}

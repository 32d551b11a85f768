"""Exercises of Chapter 8, forecast, then train."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.stats import chi2

from w2vlib import forecast, load_statistics, m_star, top_eigenpairs

from ._answers import Part, function, number


def width() -> Sequence[Part]:
    """Ask for the width of an interval of learning times."""
    d, sigma = 16, 1e-6
    eigvals = top_eigenpairs(m_star(load_statistics(1000)), d)[0]
    parts = []
    for k in (1, d):
        low, high = chi2(d - k + 1).ppf([0.05, 0.95])
        logs = math.log(high / low), math.log(eigvals[k - 1] / sigma**2)
        parts.append(
            number(
                f"k{k}",
                f"the relative width for k = {k}",
                logs[0] / logs[1],
                # The formula leaves q out of the logarithm; who keeps it is right as well.
                rtol=0.1 if k == 1 else 0.05,
                slips=[
                    (logs[0], "divide by ln(lambda_k / sigma^2)"),
                    (logs[0] / math.log(eigvals[k - 1] / sigma), "sigma enters squared"),
                    (logs[0] / math.log(1 / sigma**2), "lambda_k is missing in the logarithm"),
                ],
            )
        )
    return parts


def rate() -> Sequence[Part]:
    """Ask for the step at which a direction is half learned under a falling rate."""

    def steps(
        eta: float,
        n: int,
        lam: float,
        s2: float,
        *,
        flow: bool = False,
        power: float = 2,
    ) -> int:
        etas = np.linspace(eta, eta / 10, n)
        growth = etas * lam if flow else power * np.log1p(etas * lam / 2)
        return int(np.argmax(np.cumsum(growth) >= math.log(lam / s2))) + 1

    def constant(eta: float, n: int, lam: float, s2: float) -> int:
        return math.ceil(math.log(lam / s2) / (2 * math.log1p(eta * lam / 2)))

    cases = [(2e-3, 1000, 100.0, 1e-10), (1e-2, 2000, 30.0, 1e-8)]
    return [
        function(
            "step",
            "a function of eta, n, lambda and s^2(0): the step, counted from 1, "
            "that makes it half learned",
            steps,
            cases,
            rtol=0.015,  # the recursion, which is exact, is a step ahead of the formula
            slips=[
                (lambda *a: steps(*a, flow=True), "that is the flow limit; steps are not small"),
                (lambda *a: steps(*a, power=1), "that is growth of s; s^2 grows twice as fast"),
                (constant, "that is with a constant rate"),
            ],
        ),
    ]


def noise() -> Sequence[Part]:
    """Ask how many pairs direction 1 takes."""
    timetable = forecast(load_statistics(1000), 16, sigma=1e-3)
    pairs = timetable.times[0] / 1e-8
    tiny = forecast(load_statistics(1000), 16, sigma=1e-6).times[0] / 1e-8
    return [
        number(
            "pairs",
            "how many pairs, by the forecast or by experiment",
            pairs,
            rtol=0.1,
            slips=[
                (tiny, "the start is sigma = 1e-3"),
                (timetable.times[1] / 1e-8, "that is direction 2"),
                (pairs / 1e6, "give the number itself, not millions"),
            ],
        ),
    ]


def little() -> Sequence[Part]:
    """Ask how many directions are learned where a model of little text is best."""
    topics = 4
    return [
        number(
            "learned",
            "how many directions are learned when the distance is smallest",
            topics - 1,
            rtol=1e-3,
            invited=False,
            slips=[
                (topics, "four topics have one contrast fewer"),
                (40, "at the end the noise is learned, too, and the distance has grown"),
            ],
        ),
    ]


EXERCISES = {
    "ex-08-width": width,
    "ex-08-rate": rate,
    "ex-08-noise": noise,
    "ex-08-little": little,
}

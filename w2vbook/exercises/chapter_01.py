"""Exercises of Chapter 1, on what word2vec learned."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import gammaincinv

from w2vlib import load_statistics, m_star, subspace_overlap, top_eigenpairs

from ._answers import NO, YES, Part, function, number, word


def seed() -> Sequence[Part]:
    """Ask whether times and direction change with other random numbers."""
    return [
        word(
            "times",
            "do the times change? yes or no",
            YES,
            slips=[(each, "print them with three decimals") for each in NO],
        ),
        number(
            "overlap",
            "overlap of the first direction with u_1, for two other seeds or more",
            1.0,
            slips=[(-1, "an eigenvector's sign is free: take the size")],
        ),
    ]


def sigma() -> Sequence[Part]:
    """Find the start from which the first two steps are apart, as the forecast dates them."""
    lam = top_eigenpairs(m_star(load_statistics(1000)), 2)[0]
    medians = 2 * gammaincinv(np.array([8, 7]) / 2, 0.5)  # of s_k^2(0) / sigma^2, for d = 8

    def crossing(ends: np.ndarray, starts: np.ndarray) -> float:
        first, second = np.log(ends / starts) / lam  # the times less ln(1 / sigma^2) / lambda
        wait = (4 / lam[1] - (second - first)) / (1 / lam[1] - 1 / lam[0])
        return float(np.exp(-wait / 2))

    value = crossing(lam, medians)
    return [
        number(
            "sigma",
            "the largest sigma with tau_2 - tau_1 > 4 / lambda_2, for d = 8, roughly",
            value,
            rtol=0.4,
            invited=False,
            slips=[
                (crossing(np.ones(2), np.full(2, 8.0)), "ln(lambda_k) is missing in the times"),
                (value * np.sqrt(8), "that is s(0); sigma is smaller by the root of d"),
                (value**2, "that is sigma^2"),
            ],
        ),
    ]


def widest_overlap(X: np.ndarray, directions: np.ndarray, centre: bool = True) -> float:
    """Return the overlap of the widest directions of some vectors with given ones."""
    X = X - X.mean(axis=0) if centre else X
    left = np.linalg.svd(X, full_matrices=False)[0][:, : directions.shape[1]]
    return subspace_overlap(left, directions)


def pairs() -> Sequence[Part]:
    """Ask for the overlap of a snapshot's widest directions with given ones."""
    rng = np.random.default_rng(0)
    cases = [
        (rng.standard_normal((40, 8)) + 2, np.linalg.qr(rng.standard_normal((40, d)))[0])
        for d in (2, 5)
    ]
    return [
        function(
            "overlap",
            "a function of a snapshot X (V, d) and directions U (V, k): the overlap "
            "of its k widest directions with U",
            widest_overlap,
            cases,
            rtol=1e-5,
            slips=[
                (
                    lambda X, U: widest_overlap(X, U, False),
                    "the mean of the rows must be taken off first",
                )
            ],
        ),
    ]


EXERCISES = {"ex-01-seed": seed, "ex-01-sigma": sigma, "ex-01-pairs": pairs}

"""Exercises of Chapter 7, from random starts."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from w2vlib import load_statistics, m_star, top_eigenpairs

from ._answers import Part, array, function, number


def hand() -> Sequence[Part]:
    """Ask for the LQ decomposition of two rows."""
    starts = np.array([25.0, 0.64])
    return [
        array(
            "starts",
            "the effective starts s_k^2(0) in units of sigma^2, as [first, second]",
            starts,
            rtol=5e-3,
            slips=[
                (np.sqrt(starts), "those are s_k(0); square them"),
                ([25, 1], "the part of the second row along the first does not count"),
                ([25, 0.36], "that is the part along the first row; the rest is wanted"),
            ],
        ),
        number(
            "delay",
            "the delay in units of 1/lambda_2",
            -math.log(0.64),
            rtol=0.02,
            logs=True,
            slips=[(-math.log(0.8), "tau holds s^2(0), not s(0)")],
        ),
    ]


def luck() -> Sequence[Part]:
    """Ask how much learning times vary from start to start."""
    d = 8
    top = top_eigenpairs(m_star(load_statistics(800)), d)[0]
    R = np.linalg.qr(np.random.default_rng(1).standard_normal((20_000, d, d)))[1]
    tau = np.log(top / (1e-12 * np.diagonal(R, axis1=1, axis2=2) ** 2)) / top
    spread = tau.std(axis=0) / tau.mean(axis=0)
    slip = "that is the standard deviation itself; divide it by the mean"
    return [
        number(
            f"k{k}",
            f"the standard deviation of tau_{k} as a share of its mean",
            spread[k - 1],
            rtol=0.1,
            slips=[(tau.std(axis=0)[k - 1], slip)],
        )
        for k in (1, d)
    ]


def aligned() -> Sequence[Part]:
    """Ask for the logistic law out of the exact solution."""

    def logistic(t: float, lam: float, s2: float) -> float:
        return lam / (1 + (lam / s2 - 1) * math.exp(-lam * t))

    cases = [(0.0, 2.0, 0.1), (1.5, 2.0, 0.1), (4.0, 3.0, 1e-6)]
    return [
        function(
            "s2",
            "a function of t, lambda and s^2(0): s^2(t)",
            logistic,
            cases,
            slips=[
                (
                    lambda t, lam, s2: s2 * math.exp(lam * t),
                    "that is the linear phase; the bracket holds it back",
                ),
                (
                    lambda t, lam, s2: logistic(t / 2, lam, s2),
                    "two factors e^(lambda t / 2) make e^(lambda t)",
                ),
                (lambda t, lam, s2: math.sqrt(logistic(t, lam, s2)), "that is s(t)"),
                (
                    lambda t, lam, s2: lam / (1 + lam / s2 * math.exp(-lam * t)),
                    "at t = 0 it must be s^2(0): phi is (e^(lambda t) - 1)/lambda",
                ),
            ],
        ),
    ]


def equal() -> Sequence[Part]:
    """Ask for the effective starts of two rows that grow together."""

    def singular(A: np.ndarray) -> np.ndarray:
        return np.asarray(np.linalg.svd(A, compute_uv=False))

    def lq(A: np.ndarray) -> np.ndarray:
        return np.asarray(np.abs(np.diagonal(np.linalg.qr(A.T)[1])))

    cases = [(np.array([[3.0, 4], [1, 0]]),), (np.array([[0.2, -1], [2, 0.5]]),)]
    return [
        function(
            "starts",
            "a function of A_2 (2, 2): the two effective starts s_k(0), larger first",
            singular,
            cases,
            slips=[
                (lq, "that is the LQ diagonal, for different eigenvalues"),
                (lambda A: singular(A) ** 2, "those are their squares"),
                (lambda A: singular(A)[::-1], "the larger one first"),
                (lambda A: np.linalg.norm(A, axis=1), "those are the lengths of the rows"),
            ],
        ),
    ]


EXERCISES = {
    "ex-07-hand": hand,
    "ex-07-luck": luck,
    "ex-07-aligned": aligned,
    "ex-07-equal": equal,
}

"""Exercises of Chapter 7, from random starts."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from w2vlib import gradient_flow, load_statistics, m_star, top_eigenpairs

from ._answers import Part, array, function, number


def hand() -> Sequence[Part]:
    """Ask for the LQ decomposition of two rows."""
    starts = np.array([25.0, 0.64])
    return [
        array(
            "starts",
            "the squares s_k^2(0) of the effective starts, in units of sigma^2: [first, second]",
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


def rates() -> Sequence[Part]:
    """Ask for the flow in which each word has its own learning rate."""

    def target(M: np.ndarray, g: np.ndarray) -> np.ndarray:
        return np.asarray(np.sqrt(g)[:, None] * M * np.sqrt(g))

    def products(
        M: np.ndarray, g: np.ndarray, W0: np.ndarray, t: float, power: float = 0.5
    ) -> np.ndarray:
        side = g[:, None] ** power
        W = gradient_flow(side * M * side.T, side * W0, t) / side
        return np.asarray(W @ W.T)

    rng = np.random.default_rng(0)
    cases = []
    for V, d, t in ((4, 2, 0.7), (5, 5, 3.0), (6, 1, 0.0)):
        M = rng.standard_normal((V, V))
        cases.append((M + M.T, rng.uniform(0.2, 3, V), rng.standard_normal((V, d)), t))
    return [
        function(
            "target",
            "a function of M* and g: the target of Y",
            target,
            [case[:2] for case in cases],
            slips=[
                (lambda M, g: g[:, None] * M * g, "that is Gamma M Gamma; half of each is wanted"),
                (lambda M, g: g[:, None] * M, "the root of g goes to each side"),
                (lambda M, g: M / np.sqrt(np.outer(g, g)), "multiply by the roots, not divide"),
                (lambda M, g: M, "the weights are not used"),
            ],
        ),
        function(
            "products",
            "a function of M*, g, W0 and t: W(t) W(t)^T",
            products,
            cases,
            products=True,
            slips=[
                (
                    lambda M, g, W0, t: products(M, g, W0, t) * np.sqrt(np.outer(g, g)),
                    "that is Y Y^T; go back to W",
                ),
                (
                    lambda M, g, W0, t: products(M, g, W0 / np.sqrt(g)[:, None], t),
                    "Y starts at Gamma^(1/2) W0",
                ),
                (lambda M, g, W0, t: products(M, g, W0, t, 0), "the weights are not used"),
                (lambda M, g, W0, t: products(M, g, W0, t, 1), "the root of g goes to each side"),
                (lambda M, g, W0, t: products(M, g, W0, 2 * t), "time is as in this chapter"),
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
    "ex-07-rates": rates,
    "ex-07-equal": equal,
}

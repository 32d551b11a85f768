"""Exercises of Chapter 9, what the concepts are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

import w2vlib
from w2vlib import load_statistics, m_star, subspace_overlap, top_eigenpairs

from ._answers import Part, function, number

HALVES = Path(w2vlib.__file__).parent / "data" / "mode_halves_v2000.npz"


def three() -> Sequence[Part]:
    """Ask for the smallest stable group around mode 21."""
    with np.load(HALVES) as file:
        halves = file["eigvecs"].astype(float)
    halves /= np.linalg.norm(halves, axis=-1, keepdims=True)

    def score(first: int, last: int) -> float:
        part = halves[:4, :, first - 1 : last].transpose(0, 1, 3, 2)
        return float(np.mean([subspace_overlap(*pair) for pair in part]))

    for size in range(1, 12):
        groups = [(first, first + size - 1) for first in range(22 - size, 22)]
        best = max(groups, key=lambda group: score(*group))
        if score(*best) >= 0.8:
            break
    return [
        number(
            "size",
            "how many modes it has",
            size,
            rtol=1e-3,
            invited=False,
            slips=[(3, "three modes are not enough: print their overlaps")],
        ),
        number(
            "first",
            "the number of its first mode",
            best[0],
            rtol=1e-3,
            invited=False,
            slips=[
                (best[0] - 1, "that is the column counted from 0"),
                (best[1], "that is its last mode"),
            ],
        ),
    ]


def nine() -> Sequence[Part]:
    """Ask how coherent the ends of nine rotated modes are."""
    matrix = m_star(load_statistics(2000))
    modes = top_eigenpairs(matrix, 9)[1]

    def coherence(X: np.ndarray) -> np.ndarray:
        """Return the coherence of both ends of each column, (columns, 2)."""
        order = np.argsort(X, axis=0).T
        blocks = [[matrix[np.ix_(end, end)] for end in (o[-10:], o[:10])] for o in order]
        return np.array([[(b.sum() - np.trace(b)) / 90 for b in both] for both in blocks])

    turned, plain = coherence(_varimax(modes)), coherence(modes)
    return [
        number(
            "coherence",
            "the mean coherence of the 18 rotated ends",
            turned.mean(),
            rtol=0.02,
            slips=[
                (plain.mean(), "that is the mean of the modes themselves"),
                (turned.max(axis=1).mean(), "that is the mean of the better ends"),
            ],
        ),
        number(
            "modes",
            "the mean coherence of the 18 ends of the modes",
            plain.mean(),
            rtol=0.02,
            slips=[
                (turned.mean(), "that is the mean of the rotated ends"),
                (plain.max(axis=1).mean(), "that is the mean of the better ends"),
            ],
        ),
    ]


def _varimax(X: np.ndarray) -> np.ndarray:
    """Rotate the columns of X until their squares are as uneven as they get."""
    R = np.eye(X.shape[1])
    for _ in range(1000):
        Y2 = (X @ R) ** 2
        left, _, right = np.linalg.svd(X.T @ (X @ R * (Y2 - Y2.mean(axis=0))))
        R, last = left @ right, R
        if np.abs(R - last).max() < 1e-5:
            break
    return np.asarray(X @ R)


def group() -> Sequence[Part]:
    """Ask for the bound of a whole group."""

    def bound(A: np.ndarray, X: np.ndarray, delta: float) -> float:
        return float(np.linalg.norm(A @ X - X @ (X.T @ A @ X)) / delta)

    rng = np.random.default_rng(0)
    A = rng.standard_normal((8, 8))
    cases = [(A + A.T, np.linalg.qr(rng.standard_normal((8, m)))[0], 0.7) for m in (2, 3)]
    return [
        function(
            "bound",
            "a function of A (V, V), X (V, m) and delta: the bound",
            bound,
            cases,
            slips=[
                (
                    lambda A, X, delta: np.linalg.norm(A @ X - X @ (X.T @ A @ X), 2) / delta,
                    "that is the spectral norm; the Frobenius norm is wanted",
                ),
                (lambda A, X, delta: np.linalg.norm(A @ X) / delta, "X H is missing"),
                (lambda A, X, delta: bound(A, X, 1.0), "delta is not used"),
                (lambda A, X, delta: bound(A, X, delta) ** 2, "that is its square"),
            ],
        ),
    ]


def nearly() -> Sequence[Part]:
    """Ask for the agreement of two sets of modes, one by one."""

    def agree(X: np.ndarray, Y: np.ndarray) -> np.ndarray:
        return np.asarray(np.abs(np.sum(X * Y, axis=0)))

    rng = np.random.default_rng(1)
    cases = [
        tuple(np.linalg.qr(rng.standard_normal((9, 3)))[0] for _ in range(2)) for _ in range(2)
    ]
    return [
        function(
            "agree",
            "a function of X (V, m) and Y (V, m): the overlap of each mode with its namesake, (m,)",
            agree,
            cases,
            slips=[
                (lambda X, Y: np.sum(X * Y, axis=0), "a mode's sign is free: take the size"),
                (lambda X, Y: np.abs(X.T @ Y), "namesakes only: that is the whole table"),
                (lambda X, Y: subspace_overlap(X, Y), "that is the overlap of the spaces"),
            ],
        ),
        number(
            "last",
            "with 500, 2,000 or 8,000 articles: when do all three modes agree?",
            8000,
            rtol=1e-3,
            invited=False,
            slips=[(2000, "there the second and third still mix"), (500, "there all three mix")],
        ),
    ]


EXERCISES = {
    "ex-09-three": three,
    "ex-09-nine": nine,
    "ex-09-group": group,
    "ex-09-nearly": nearly,
}

"""The numerical work of :class:`w2vlib.ExactFlow`: its formula, evaluated stably.

With A = U^T W0, weights e^{Lambda t/2} and Phi = (e^{Lambda t} - 1) / Lambda,

    W(t) = U B R^-1,    B = e^{Lambda t/2} A,    R^T R = I + F^T F,    F = Phi^{1/2} A.

Both exponentials overflow, and in plain arithmetic the large modes would swamp the small. So A is
rotated from the right until its leading d rows are lower triangular, and column j of B and of F is
divided by the weight of row j, kept as a logarithm: every entry is then of order one. B = Q T and R
are triangular factors; T R^-1 has the singular values of W, and rows of descending size.

For a random start the columns are then far from parallel, and T and R come from Gram matrices by
Cholesky's method. Where they are not (a start that leaves leading modes out), A is rotated anew for
this time, each column led by the row that is largest now, and T and R come from Householder's.

Relative accuracy: an error of T or R, relative to its scaled columns, is a factor I + E at the
right of W, which changes every singular value, even the smallest, by at most a relative ||E||.
Bidiagonalising a triangular matrix with rows of descending size keeps its small singular values as
well (as measured in the tests, against hundreds of digits).
"""

from typing import Any, NamedTuple

import numpy as np
import scipy.linalg
from numpy.typing import NDArray
from scipy.special import exprel

from .._support.types import FloatArray

_LEAST_TIME = 1e-290  # stands for t = 0, whose logarithm is not finite
_NEGLIGIBLE = -22.0  # log of a relative size whose square is lost in rounding
_PIVOT = 0.1  # sine of the angle between columns below which their Gram matrix is too rough
_LEADING = 7.0  # log of the factor by which a later row may exceed a column


class RotatedStart(NamedTuple):
    """W0 in the coordinates of the modes: W0 = basis @ A0 @ right * e^log_size."""

    eigvals: FloatArray  # (n,), descending
    rates: FloatArray  # (n,)
    outside: NDArray[np.bool_]  # (n,), coordinates of what lies outside the modes passed
    basis: FloatArray  # (V, n)
    A0: FloatArray  # (n, r), largest entry about 1; r is the rank of W0
    right: FloatArray  # (r, d), orthonormal rows
    A: FloatArray  # A0 @ rotation, its first r rows lower triangular
    rotation: FloatArray  # (r, r)
    log_size: float
    row_sizes: FloatArray  # (n,), logs of the norms of A's rows
    least: float  # log of the smallest entry on A's diagonal


class Factors(NamedTuple):
    """The factors of W(t) = basis @ B @ Z @ rotation^T @ right."""

    top: FloatArray  # the first rows of B, e^{x/2} A with its columns scaled
    bottom: FloatArray  # the others, before the scaling of ...
    weights: FloatArray  # ... rows and ...
    columns: FloatArray  # ... columns
    T: FloatArray  # (r, r), upper triangular, T^T T = B^T B
    Z: FloatArray  # (r, r), R^-1 without scaling; its rows descend
    log_scale: FloatArray  # (r,), what columns have been divided by
    A: FloatArray
    rotation: FloatArray  # (r, r), A = A0 @ rotation for this time

    def triangular(self) -> FloatArray:
        """Upper triangular matrix with the singular values of W; its rows descend."""
        return np.asarray(self.T @ self.Z)

    def rows(self) -> FloatArray:
        """W in the coordinates of the modes, (n, r)."""
        r = len(self.top)
        out = np.empty((r + len(self.bottom), len(self.Z)))
        np.matmul(self.top, self.Z, out=out[:r])
        np.matmul(self.bottom, self.columns[:, None] * self.Z, out=out[r:])
        out[r:] *= self.weights[:, None]
        return out


class _Logs(NamedTuple):
    """Logs of one weight for each row, slope * time + rest; differences of them stay exact."""

    slopes: FloatArray
    rest: FloatArray
    time: float

    @property
    def values(self) -> FloatArray:
        return self.slopes * self.time + self.rest

    def above(self, k: Any, j: Any) -> FloatArray:
        """Return logs of rows k less logs of rows j."""
        return np.asarray(
            (self.slopes[k] - self.slopes[j]) * self.time + (self.rest[k] - self.rest[j])
        )


def rotate_start(
    eigvals: FloatArray, rates: FloatArray, eigvecs: FloatArray, W0: FloatArray
) -> RotatedStart:
    """Rotate W0 into the modes, and give what lies outside them coordinates with eigenvalue 0."""
    V, d = W0.shape
    lengths = np.linalg.norm(W0, axis=0)
    order = np.argsort(-lengths, kind="stable")  # large columns first: rotations keep small ones
    W0, lengths, right = W0[:, order], lengths[order], np.eye(d)[order]
    _, upper, order = scipy.linalg.qr(W0, mode="economic", pivoting=True)
    noise = 4 * np.sqrt(V) * np.finfo(float).eps * lengths[order]
    rank = int((np.abs(np.diag(upper)) > noise).sum())
    if rank < d:  # rotate into rank columns
        space, _ = np.linalg.qr(upper[:rank, np.argsort(order)].T)
        W0, right = W0 @ space, space.T @ right
    basis, A = eigvecs, eigvecs.T @ W0
    outside = np.zeros(len(eigvals), dtype=bool)
    if len(eigvals) < V:
        Q, rest = np.linalg.qr(W0 - eigvecs @ A)
        order = np.argsort(-np.r_[eigvals, np.zeros(rank)], kind="stable")
        basis, A = np.hstack([basis, Q])[:, order], np.vstack([A, rest])[order]
        eigvals, rates = (np.r_[x, np.zeros(rank)][order] for x in (eigvals, rates))
        outside = np.r_[outside, np.ones(rank, dtype=bool)][order]
    size = float(np.abs(A).max())
    A0 = A / size
    rotation, upper = np.linalg.qr(A0[:rank].T)
    A = np.vstack([upper.T, A0[rank:] @ rotation])
    with np.errstate(divide="ignore"):
        row_sizes = np.log(np.linalg.norm(A, axis=1))
        least = float(np.log(np.abs(np.diag(A)).min()))
    numbers = (np.log(size), row_sizes, least)
    return RotatedStart(eigvals, rates, outside, basis, A0, right, A, rotation, *numbers)


def factors_at(start: RotatedStart, t: float) -> Factors:
    """Return the factors of W(t)."""
    t = max(t, _LEAST_TIME)
    x = _Logs(start.rates, np.zeros_like(start.rates), t / 2)
    rest = _log_integral_rest(start.eigvals, start.rates, t) / 2 + start.log_size
    g = _Logs(np.maximum(start.rates, 0), rest, t / 2)
    found = _by_cholesky(start, x, g)
    return _by_qr(start, x, g) if found is None else found


def _log_integral_rest(eigvals: FloatArray, rates: FloatArray, t: float) -> FloatArray:
    """Log of (e^{rate t} - 1) / eigenvalue, the integral of the growth, less max(rate, 0) t."""
    ratio = np.divide(rates, eigvals, out=np.ones_like(rates), where=eigvals != 0)
    return np.asarray(np.log(t * exprel(-np.abs(rates) * t) * ratio))


def _by_cholesky(start: RotatedStart, x: _Logs, g: _Logs) -> Factors | None:
    """Fast: from d x d Gram matrices. None where columns are too nearly parallel for that."""
    A, r = start.A, start.A.shape[1]
    top, below = np.arange(r), slice(r, None)

    def factor(logs: _Logs, with_identity: bool) -> tuple[Any, ...] | None:
        # Column j is divided by the weight of row j, or by 1 if that is larger and I is stacked.
        values = logs.values
        least = values[r - 1] + start.least
        exponents = logs.above(top[:, None], top)
        rows, columns = logs.above(below, r - 1), logs.above(r - 1, top)
        if with_identity:
            exponents = np.minimum(exponents, values[:r, None])
            rows = np.minimum(rows, values[r:])
            columns = np.maximum(columns, -np.maximum(values[:r], 0))
            least = max(least, 0.0)
        leading = A[:r] * np.exp(np.minimum(exponents, 0))
        rows, columns = np.exp(rows), np.exp(columns)
        m = np.flatnonzero(values[r:] + start.row_sizes[r:] > least + _NEGLIGIBLE).max(initial=-1)
        some = A[r : r + m + 1] * rows[: m + 1, None]
        gram = leading.T @ leading + columns[:, None] * (some.T @ some) * columns
        if with_identity:
            gram.flat[:: r + 1] += np.exp(-2 * np.maximum(values[:r], 0))
        norms = np.sqrt(np.diag(gram))
        if norms.min() < 1e-140:
            return None
        upper, info = scipy.linalg.lapack.dpotrf(gram / norms / norms[:, None])
        if info or np.diag(upper).min() < _PIVOT:
            return None
        return (leading, A[r:], rows, columns), upper * norms, norms

    B = factor(x, False)
    if B is None:
        return None
    # The rotation has left noise of a row's size in all its columns: too much for a smaller one?
    rows_from = np.maximum.accumulate((x.values + start.row_sizes)[::-1])[::-1][:r]
    if (rows_from - x.values[:r] - np.log(B[2])).max() > _LEADING:
        return None
    F = factor(g, True)
    if F is None:
        return None
    ratio = _log_ratio(x, g, top, np.zeros(r), top, np.zeros(r)) + start.log_size
    Z = np.exp(ratio)[:, None] * scipy.linalg.lapack.dtrtri(F[1])[0]
    (leading, bottom, rows, columns), T, _ = B
    scale = x.values[:r] + start.log_size
    return Factors(leading, bottom, rows, columns, T, Z, scale, A, start.rotation)


def _by_qr(start: RotatedStart, x: _Logs, g: _Logs) -> Factors:
    """Slow and safe: Householder, after A was rotated to let its largest row now lead a column."""
    A, rotation = start.A0.copy(), np.eye(start.A0.shape[1])
    r = len(rotation)
    with np.errstate(divide="ignore"):
        for j in range(r):
            rest = A[:, j:]
            p = int(np.argmax(np.log(np.linalg.norm(rest, axis=1)) + x.values))
            v = rest[p].copy()
            lead = -np.copysign(np.linalg.norm(v), v[0])
            v[0] -= lead
            v /= np.linalg.norm(v)
            rest -= 2 * np.outer(rest @ v, v)
            rotation[:, j:] -= 2 * np.outer(rotation[:, j:] @ v, v)
            rest[p] = 0
            rest[p, 0] = lead
        sizes = np.log(np.abs(A))
    every, column = np.arange(len(A))[:, None], np.arange(r)

    def scaled(logs: _Logs, with_identity: bool) -> tuple[FloatArray, Any, FloatArray]:
        lead = np.argmax(sizes + logs.values[:, None], axis=0)  # its largest entry scales a column
        exponents = sizes - sizes[lead, column] + logs.above(every, lead)
        if with_identity:
            exponents = np.minimum(exponents, sizes + logs.values[:, None])
        return np.sign(A) * np.exp(exponents), lead, sizes[lead, column]

    B, p, size = scaled(x, False)
    F, q, size_f = scaled(g, True)
    identity = np.diag(np.exp(-np.maximum(g.values[q] + size_f, 0)))
    R = np.linalg.qr(np.vstack([identity, F]), mode="r")
    ratio = _log_ratio(x, g, p, size, q, size_f) + start.log_size
    Z = np.exp(ratio)[:, None] * scipy.linalg.lapack.dtrtri(R)[0]
    T = np.asarray(np.linalg.qr(B, mode="r"))
    scale = x.values[p] + size + start.log_size
    return Factors(B, B[:0], np.ones(0), np.ones(r), T, Z, scale, A, rotation)


def _log_ratio(
    x: _Logs, g: _Logs, p: Any, size: FloatArray, q: Any, size_f: FloatArray
) -> FloatArray:
    """Log of B's column scales, from rows p, over those of [I; F], from rows q and not below 1."""
    grown = (x.slopes[p] - g.slopes[q]) * x.time + size - size_f - g.rest[q]
    return np.asarray(np.minimum(grown, x.values[p] + size))


def neglected_bound(start: RotatedStart, t: float, lowest: float, lowest_rate: float) -> float:
    """Bound on the relative error of singular values; the modes not passed lie above ``lowest``.

    W^T W is the quotient of G = W0^T e^{Mt} W0 and H = I + int G, in which N, the part of W0^T W0
    outside the modes, is weighted as if its eigenvalues were 0. The true ones change G by at most
    e^{lambda_K t} - 1, and H by the integral of that, times N. With N <= g G and N <= h H these
    are factors of G and H, and they bound every singular value.
    """
    if not start.outside.any() or t == 0:
        return 0.0
    now, last = factors_at(start, t), np.flatnonzero(~start.outside)[[-1]]
    log_growth = max(float(start.rates[last][0]), 0.0) * t  # of the largest not passed, at most
    log_phi = log_growth + float(_log_integral_rest(start.eigvals[last], start.rates[last], t)[0])
    log_phi = max(log_phi, np.log(t))
    least_growth = np.exp(lowest_rate * t)
    least_phi = -np.expm1(lowest_rate * t) / -lowest if lowest else t
    N = now.A[start.outside]
    scaled = N * np.exp(start.log_size - now.log_scale + log_growth / 2)
    g = np.linalg.norm(scipy.linalg.solve_triangular(now.T, scaled.T, trans="T"), 2)
    # B Z = W, so N R^-1 is what N becomes in W: the rows of N scaled like B's columns, times Z.
    scaled = N * np.exp(start.log_size - now.log_scale + log_phi / 2)
    h = np.linalg.norm(scaled @ now.Z, 2)
    g_most, h_most = g**2, h**2  # times the largest weights
    g_zero, h_zero = g_most * np.exp(-log_growth), h_most * np.exp(np.log(t) - log_phi)
    G_up, G_down = 1 + g_most - g_zero, 1 - (1 - least_growth) * g_zero
    H_up = 1 + max(h_most, h_zero * least_phi / t) - h_zero
    H_down = 1 - max(1 - least_phi / t, 0) * h_zero
    up, down = G_up / max(H_down, 1e-300), max(G_down, 0) / H_up
    return float(max(np.sqrt(up) - 1, 1 - np.sqrt(down)))

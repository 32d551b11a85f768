"""Checks of what the theory of training is given: times, eigenvalues, starts."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._errors import W2VError

FloatArray = NDArray[np.float64]


def finite(name: str, values: ArrayLike) -> FloatArray:
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise W2VError(f"{name} is not an array of real numbers ({error}); pass one") from error
    bad = array.size - int(np.isfinite(array).sum())
    if bad or not array.size:
        raise W2VError(
            f"{bad:,} of the {array.size:,} entries of {name} are NaN or infinite; "
            "pass finite numbers, at least one"
        )
    return array


def check_times(t: ArrayLike) -> FloatArray:
    """Return the times as an array, none of them negative."""
    times = finite("t", t)
    if times.min() < 0:
        raise W2VError(f"t={times.min():.4g} is negative; time (rate x steps) starts at 0")
    return times


def check_eigvals(eigvals: ArrayLike) -> FloatArray:
    eigvals = finite("eigvals", eigvals)
    if eigvals.ndim != 1:
        raise W2VError(f"eigvals has shape {eigvals.shape}; pass a vector, (d,)")
    return eigvals


def check_modes(eigvals: ArrayLike, start: ArrayLike) -> tuple[FloatArray, FloatArray]:
    eigvals, start = check_eigvals(eigvals), finite("start", start)
    if start.shape not in ((), eigvals.shape):
        raise W2VError(
            f"start has shape {start.shape} for {len(eigvals)} eigenvalues; pass one number, or "
            f"one for each: shape ({len(eigvals)},)"
        )
    if start.min() <= 0:
        raise W2VError(
            f"start={start.min():.4g} is not positive, and a mode that starts at 0 stays there; "
            "pass squared strengths above 0, such as effective_start(W0, eigvecs)"
        )
    return eigvals, start


def check_start(W0: ArrayLike, eigvecs: ArrayLike) -> tuple[FloatArray, FloatArray]:
    W0, eigvecs = finite("W0", W0), finite("eigvecs", eigvecs)
    if W0.ndim != 2 or eigvecs.ndim != 2 or len(W0) != len(eigvecs):
        raise W2VError(
            f"W0 has shape {W0.shape} and eigvecs {eigvecs.shape}; pass (V, d) and (V, K), a row "
            "for each word in both"
        )
    V, d = W0.shape
    if not d <= eigvecs.shape[1] <= V:
        raise W2VError(
            f"W0 has d={d} columns for {eigvecs.shape[1]} eigenvectors of {V} words; choose "
            f"d <= {V}, and pass {d} to {V} eigenvectors"
        )
    if not W0.any():
        raise W2VError("W0 is 0 everywhere, a saddle that training never leaves; draw it at random")
    return W0, eigvecs


def check_total(total: float, eigvals: FloatArray) -> float:
    least = float(np.sum(eigvals**2))
    if not np.isfinite(total) or total < least * (1 - 1e-6):
        raise W2VError(
            f"||M*||_F^2 = {total:.6g} is less than the {least:.6g} that the squares of "
            f"{len(eigvals)} eigenvalues come to; pass np.sum(m_star**2) of the same matrix"
        )
    return max(float(total), least)


def check_positive(name: str, value: float) -> float:
    if not np.isfinite(value) or value <= 0:
        raise W2VError(f"{name}={value!r}; choose a positive number")
    return float(value)

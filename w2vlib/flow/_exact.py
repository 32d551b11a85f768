r"""Eigenpairs of M* and a start -> all that training does, at any time, without training.

Gradient flow on the loss :math:`\frac18 \|M^* - W W^T\|_F^2` is
:math:`dW/dt = \frac12 (M^* - W W^T) W`, with t the learning rate times the steps. All in float64.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._support.errors import W2VError
from .._support.types import FloatArray
from .._support.validation import (
    eigenvalue_vector,
    start_and_eigenvectors,
    times_from_zero,
    total_square,
)
from ._mode_laws import discrete_rates
from ._riccati import Moment, Start, moment_of, neglected_bound, start_at


class Curves(NamedTuple):
    """What :meth:`ExactFlow.curves` returns; the first axes are those of the times."""

    singular_values: FloatArray  # (..., d), falling
    mode_strengths: FloatArray  # (..., K)
    excess_loss: FloatArray  # (...,)


@dataclass(frozen=True, eq=False, repr=False)
class ExactFlow:
    r"""Gradient flow from any start, solved: no alignment and no smallness is assumed.

    .. math::

        W W^T (t) = e^{M t/2} W_0 \Big[ I + W_0^T \, \frac{e^{M t} - I}{M} \, W_0 \Big]^{-1}
        W_0^T e^{M t/2}

    Parameters
    ----------
    eigvals, eigvecs : (K,), (V, K)
        Eigenpairs of M*, falling: all, or the K >= d largest. What W0 has outside them is then
        kept as it starts (as if its eigenvalue were 0); :meth:`neglected_bound` bounds the error.
    W0 : (V, d)
        The start. Where its columns depend on one another, its rank is below d and stays so: the
        other singular values are 0 at all times.
    norm2 : float, optional
        :math:`\|M^*\|_F^2`, for a loss that counts the modes not passed, too.
    learning_rate : float, optional
        Let each mode grow as in gradient descent with this rate instead of gradient flow
        (:func:`discrete_rates`). Still an approximation: the error is of order rate x eigenvalue.

    Raises
    ------
    W2VError
        Shapes that do not fit, NaN, W0 = 0, eigenvalues not falling, eigenvectors not orthonormal.

    Notes
    -----
    As it stands the formula overflows, and rounding swamps the modes not yet learned. How it is
    evaluated stands at the head of ``_riccati.py``. Every singular value, tiny ones too, is good
    to a relative error of about 1e-14, or 1e-16 of the largest exponent, lambda t in size.

    References
    ----------
    Karkada et al. (2025), arXiv 2502.09863, for the model and its aligned start.

    Examples
    --------
    >>> flow = ExactFlow([2.0, -1.0], np.eye(2), [[0.01], [0.1]])
    >>> flow.singular_values([0.0, 2.0, 20.0]).round(3).ravel().tolist()
    [0.1, 0.082, 1.414]
    """

    eigvals: FloatArray
    eigvecs: FloatArray
    W0: FloatArray
    norm2: float | None = None
    learning_rate: float | None = None
    _start: Start = field(init=False)

    def __post_init__(self) -> None:
        W0, eigvecs = start_and_eigenvectors(self.W0, self.eigvecs)
        eigvals = eigenvalue_vector(self.eigvals)
        K = len(eigvals)
        if eigvecs.shape[1] != K:
            raise W2VError(
                f"{K} eigenvalues for {eigvecs.shape[1]} eigenvectors; pass one for each column"
            )
        if (np.diff(eigvals) > 0).any():
            k = int(np.argmax(np.diff(eigvals) > 0))
            raise W2VError(
                f"eigenvalue {k + 2} ({eigvals[k + 1]:.6g}) exceeds the one before it "
                f"({eigvals[k]:.6g}); sort eigenvalues and eigenvectors, the largest first"
            )
        probe = np.cos(np.arange(K))
        apart = float(np.abs(eigvecs.T @ (eigvecs @ probe) - probe).max())
        if apart > 1e-4:
            raise W2VError(
                f"the eigenvectors are not orthonormal (off by {apart:.2g}); pass the columns "
                "that top_eigenpairs returns"
            )
        norm2 = self.norm2
        if norm2 is not None:
            norm2 = total_square(norm2, eigvals)
        elif len(W0) == K:
            norm2 = float(np.sum(eigvals**2))
        rates = eigvals
        if self.learning_rate is not None:
            rates = discrete_rates(eigvals, self.learning_rate)
        for name, value in (("eigvals", eigvals), ("eigvecs", eigvecs), ("W0", W0)):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "norm2", norm2)
        object.__setattr__(self, "_start", start_at(eigvals, rates, eigvecs, W0))

    def __repr__(self) -> str:
        V, d = self.W0.shape
        return f"ExactFlow(V={V}, d={d}, modes={len(self.eigvals)})"

    def embeddings(self, t: ArrayLike) -> FloatArray:
        """W(t), t.shape + (V, d), up to a rotation from the right; at t = 0 it is W0."""
        start = self._start

        def at(time: float) -> Any:
            now = moment_of(start, time)
            return start.basis @ (now.rows() @ (now.rotation.T @ start.right))

        return _each(t, at)

    def singular_values(self, t: ArrayLike) -> FloatArray:
        """Singular values of W(t), t.shape + (d,), falling; the tiny ones as exact as the large."""
        return _each(t, lambda time: self._singular_values(moment_of(self._start, time)))

    def mode_strengths(self, t: ArrayLike) -> FloatArray:
        """Squared length of W(t) along each mode, t.shape + (K,): the diagonal of U^T W W^T U."""
        return _each(t, lambda time: self._mode_strengths(moment_of(self._start, time)))

    def excess_loss(self, t: ArrayLike) -> FloatArray:
        """Loss above the smallest that d dimensions allow, in the shape of t.

        Exact to about 1e-15 of the sum of the d largest squared eigenvalues, over 8.
        """

        def at(time: float) -> float:
            now = moment_of(self._start, time)
            return self._excess(now, self._mode_strengths(now))

        return _each(t, at)

    def loss(self, t: ArrayLike) -> FloatArray:
        """||M* - W W^T||_F^2 / 8 in the shape of t; with fewer than all modes it needs norm2."""
        if self.norm2 is None:
            raise W2VError(
                f"the loss counts all {len(self.W0)} modes of M*, and {len(self.eigvals)} were "
                "passed; pass norm2=np.sum(m_star**2), too, or take excess_loss"
            )
        learned = np.maximum(self.eigvals[: self.W0.shape[1]], 0)
        return np.asarray(self.excess_loss(t) + (self.norm2 - np.sum(learned**2)) / 8)

    def curves(self, t: ArrayLike) -> Curves:
        """Singular values, mode strengths and excess loss at once: half the time."""
        time = times_from_zero(t)

        def at(one: float) -> FloatArray:
            now = moment_of(self._start, one)
            strengths = self._mode_strengths(now)
            excess = self._excess(now, strengths)
            return np.concatenate([self._singular_values(now), strengths, [excess]])

        table, d = _each(time, at), self.W0.shape[1]
        return Curves(table[..., :d], table[..., d:-1], table[..., -1])

    def neglected_bound(self, t: ArrayLike) -> FloatArray:
        r"""Bound on what the modes not passed could change in any singular value, as a fraction.

        The true singular value differs from the one returned by at most this times the latter.
        The eigenvalues not passed lie between -rho and the last one passed, where rho^2 is norm2
        less the squares of those passed (without norm2: rho infinite). W^T W is the quotient of
        :math:`G = W_0^T e^{Mt} W_0` and :math:`H = I + \int_0^t G`; replacing those eigenvalues
        by 0 changes G by at most :math:`e^{\lambda_K t} - 1`, and H by its integral less t, times
        the part of W0^T W0 outside the modes. Relative to G and H these are factors, and they
        bound every singular value. Late in training the bound vanishes where lambda_K is well below
        lambda_d: pass more modes than columns. Shape of t; 0 with all modes.
        """
        lowest, rate = -np.inf, -np.inf
        if self.norm2 is not None:
            lowest = -np.sqrt(max(self.norm2 - float(np.sum(self.eigvals**2)), 0.0))
            rate = lowest
        if self.learning_rate is not None:
            lowest = max(lowest, -2 / self.learning_rate)
            with np.errstate(divide="ignore"):
                rate = 2 * np.log1p(self.learning_rate * lowest / 2) / self.learning_rate
        return _each(t, lambda time: neglected_bound(self._start, time, lowest, rate))

    def _singular_values(self, now: Moment) -> FloatArray:
        out = np.zeros(self.W0.shape[1])
        values = np.linalg.svd(now.triangular(), compute_uv=False)
        out[: len(values)] = values
        return out

    def _mode_strengths(self, now: Moment) -> FloatArray:
        inside = ~self._start.outside
        rows = now.rows()
        return np.asarray(np.einsum("ij,ij->i", rows, rows)[inside])

    def _excess(self, now: Moment, strengths: FloatArray) -> float:
        learned = np.maximum(self.eigvals[: self.W0.shape[1]], 0)
        T = now.triangular()
        norm2 = np.sum((T @ T.T) ** 2)  # of W W^T
        excess = float(np.sum(learned**2) - 2 * self.eigvals @ strengths + norm2) / 8
        return max(excess, 0.0)  # rounding could leave it a little below


def _each(t: ArrayLike, at: Callable[[float], Any]) -> FloatArray:
    """``at`` of every time, in the shape of t."""
    times = times_from_zero(t)
    values = np.array([at(float(time)) for time in times.flat], dtype=np.float64)
    return values.reshape(times.shape + values.shape[1:])

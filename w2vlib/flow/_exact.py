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
    finite_vector,
    squared_norm_of,
    start_and_eigenvectors,
    times_from_zero,
)
from ._mode_laws import discrete_rates
from ._riccati import Factors, RotatedStart, factors_at, neglected_bound, rotate_start


class Curves(NamedTuple):
    """What :meth:`ExactFlow.curves` returns; the first axes are those of the times."""

    singular_values: FloatArray  # (..., d), descending
    mode_strengths: FloatArray  # (..., K)
    excess_loss: FloatArray  # (...,)


@dataclass(frozen=True, eq=False, repr=False)
class ExactFlow:
    r"""Gradient flow from any start, solved: no alignment and no smallness is assumed.

    .. math::

        W W^T (t) = e^{M t/2} W_0 \Big[ I + W_0^T \, \frac{e^{M t} - I}{M} \, W_0 \Big]^{-1}
        W_0^T e^{M t/2}

    Every singular value, even a tiny one, is accurate to a relative 1e-14, or to 1e-16 times the
    largest exponent, abs(lambda t). ``_riccati.py`` evaluates the formula without overflow.

    Source: Karkada et al. (2025), arXiv 2502.09863, for the model and its aligned start.

    Parameters
    ----------
    eigvals, eigvecs : (K,), (V, K)
        Eigenpairs of M*, descending: all, or the K >= d largest. The part of W0 outside them then
        stays as it is (as if its eigenvalue were 0); :meth:`neglected_bound` bounds the error.
    W0 : (V, d)
        The start. A rank below d stays: the other singular values are always 0.
    squared_norm : float, optional
        :math:`\|M^*\|_F^2`, for a loss that also counts the modes not passed.
    learning_rate : float, optional
        Let each mode grow as in gradient descent (:func:`discrete_rates`), with an error of order
        rate x eigenvalue.

    Raises
    ------
    W2VError
        W0 = 0, eigenvalues that are not descending, eigenvectors that are not orthonormal.

    Examples
    --------
    >>> flow = ExactFlow([2.0, -1.0], np.eye(2), [[0.01], [0.1]])
    >>> flow.singular_values([0.0, 2.0, 20.0]).round(3).ravel().tolist()
    [0.1, 0.082, 1.414]
    """

    eigvals: FloatArray
    eigvecs: FloatArray
    W0: FloatArray
    squared_norm: float | None = None
    learning_rate: float | None = None
    _start: RotatedStart = field(init=False)

    def __post_init__(self) -> None:
        # Copies: a sign that the caller flips in place later would give wrong embeddings.
        W0, eigvecs = (x.copy() for x in start_and_eigenvectors(self.W0, self.eigvecs))
        eigvals = finite_vector("eigvals", self.eigvals).copy()
        K = len(eigvals)
        if eigvecs.shape[1] != K:
            raise W2VError(
                f"{K} eigenvalues for {eigvecs.shape[1]} eigenvectors; pass one for each column"
            )
        ascends = np.diff(eigvals) > 0
        if ascends.any():
            k = int(np.argmax(ascends))
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
        squared_norm = self.squared_norm
        if squared_norm is not None:
            squared_norm = squared_norm_of("squared_norm", squared_norm, eigvals)
        elif len(W0) == K:
            squared_norm = float(np.sum(eigvals**2))
        rates = eigvals
        if self.learning_rate is not None:
            rates = discrete_rates(eigvals, self.learning_rate)
        start = rotate_start(eigvals, rates, eigvecs, W0)
        for name, value in (
            ("eigvals", eigvals), ("eigvecs", eigvecs), ("W0", W0),
            ("squared_norm", squared_norm), ("_start", start),
        ):  # fmt: skip
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        V, d = self.W0.shape
        return f"ExactFlow(V={V}, d={d}, modes={len(self.eigvals)})"

    def embeddings(self, t: ArrayLike) -> FloatArray:
        """W(t), t.shape + (V, d), up to a rotation from the right; at t = 0 it is W0."""
        basis, right = self._start.basis, self._start.right
        return self._each(t, lambda now: basis @ (now.rows() @ (now.rotation.T @ right)))

    def singular_values(self, t: ArrayLike) -> FloatArray:
        """Singular values of W(t), t.shape + (d,), descending."""
        return self._each(t, self._singular_values)

    def mode_strengths(self, t: ArrayLike) -> FloatArray:
        """Squared length of W(t) along each mode, t.shape + (K,): the diagonal of U^T W W^T U."""
        return self._each(t, self._mode_strengths)

    def excess_loss(self, t: ArrayLike) -> FloatArray:
        """Loss above the smallest that d dimensions allow, in the shape of t.

        Rounding is about 1e-15 times the sum of the d largest squared eigenvalues, over 8.
        """
        return self._each(t, lambda now: self._excess(now, self._mode_strengths(now)))

    def loss(self, t: ArrayLike) -> FloatArray:
        """||M* - W W^T||_F^2 / 8 in the shape of t; without all modes it needs squared_norm."""
        if self.squared_norm is None:
            raise W2VError(
                f"the loss counts all {len(self.W0)} modes of M*, and {len(self.eigvals)} were "
                "passed; pass squared_norm=np.sum(m_star**2), too, or take excess_loss"
            )
        return np.asarray(self.excess_loss(t) + (self.squared_norm - self._learnable()) / 8)

    def curves(self, t: ArrayLike) -> Curves:
        """Singular values, mode strengths and excess loss at once: half the time."""

        def all_three(now: Factors) -> Any:
            strengths = self._mode_strengths(now)
            return np.r_[self._singular_values(now), strengths, self._excess(now, strengths)]

        table, d = self._each(t, all_three), self.W0.shape[1]
        return Curves(table[..., :d], table[..., d:-1], table[..., -1])

    def neglected_bound(self, t: ArrayLike) -> FloatArray:
        """Bound on the relative error of any singular value, from the modes not passed.

        Their eigenvalues lie between -rho and the last one passed, where rho^2 is squared_norm
        less the squares of those passed (rho is infinite without squared_norm). Late in training
        the bound vanishes where lambda_K is well below lambda_d: pass more modes than columns.
        In the shape of t; 0 with all modes.
        """
        lowest = -np.inf
        if self.squared_norm is not None:
            lowest = -np.sqrt(max(self.squared_norm - float(np.sum(self.eigvals**2)), 0.0))
        rate = lowest
        if self.learning_rate is not None:
            lowest = max(lowest, -2 / self.learning_rate)
            with np.errstate(divide="ignore"):
                rate = 2 * np.log1p(self.learning_rate * lowest / 2) / self.learning_rate
        times = times_from_zero(t)
        bounds = [neglected_bound(self._start, float(time), lowest, rate) for time in times.flat]
        return np.reshape(bounds, times.shape)

    def _each(self, t: ArrayLike, of: Callable[[Factors], Any]) -> FloatArray:
        """Something of W at every time, in the shape of t."""
        times = times_from_zero(t)
        values = np.array([of(factors_at(self._start, float(time))) for time in times.flat])
        return values.reshape(times.shape + values.shape[1:])

    def _singular_values(self, now: Factors) -> FloatArray:
        values = np.linalg.svd(now.triangular(), compute_uv=False)
        return np.pad(values, (0, self.W0.shape[1] - len(values)))

    def _mode_strengths(self, now: Factors) -> FloatArray:
        rows = now.rows()
        return np.asarray(np.einsum("ij,ij->i", rows, rows)[~self._start.outside])

    def _excess(self, now: Factors, strengths: FloatArray) -> float:
        T = now.triangular()
        of_model = np.sum((T @ T.T) ** 2)  # ||W W^T||_F^2
        excess = float(self._learnable() - 2 * self.eigvals @ strengths + of_model) / 8
        return max(excess, 0.0)  # rounding could leave it a little below

    def _learnable(self) -> float:
        return float(np.sum(np.maximum(self.eigvals[: self.W0.shape[1]], 0) ** 2))

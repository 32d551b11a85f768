"""Gradient flow at any time, tied and untied, as functions."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .._support.errors import W2VError
from .._support.types import FloatArray
from .._support.validation import (
    finite_array,
    finite_vector,
    real_array,
    times_from_zero,
    whole_number,
)
from ..spectral import top_eigenpairs
from ._exact import ExactFlow


def gradient_flow(
    target: ArrayLike | tuple[ArrayLike, ArrayLike],
    W0: ArrayLike,
    t: ArrayLike,
    *,
    modes: int | None = None,
) -> FloatArray:
    """Embeddings W(t) of gradient flow from W0: exact, for any start.

    ``target`` is M* (V, V), or a tuple of its eigenvalues (K,), descending, and eigenvectors
    (V, K); ``modes`` takes only that many of the largest, at least d. From W0 (V, d) follows
    t.shape + (V, d), as :meth:`ExactFlow.embeddings` returns it. W2VError as in
    :func:`top_eigenpairs` and :class:`ExactFlow`.

    Examples
    --------
    >>> W = gradient_flow(np.array([[0.0, 2.0], [2.0, 0.0]]), [[0.1], [0.0]], t=20)
    >>> (W @ W.T).round(3).tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """
    if not isinstance(target, tuple):
        matrix = real_array("target", target)
        V = len(np.atleast_1d(matrix))
        K = V if modes is None else whole_number("modes", modes, most=V)
        target = top_eigenpairs(matrix, K)
    if len(target) != 2:
        raise W2VError(f"target holds {len(target)} arrays; pass the pair (eigvals, eigvecs)")
    eigvals, eigvecs = finite_vector("eigvals", target[0]), finite_array("eigvecs", target[1])
    if modes is not None:
        K = whole_number("modes", modes, most=len(eigvals))
        eigvals, eigvecs = eigvals[:K], eigvecs[..., :K]
    return ExactFlow(eigvals, eigvecs, finite_array("W0", W0)).embeddings(t)


def untied_flow(
    target: ArrayLike, W0: ArrayLike, C0: ArrayLike, t: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    r"""Gradient flow of a model with separate word and context vectors, from a balanced start.

    On the loss :math:`\frac18 \|M - W C^T\|_F^2`, without tying, the gradient halves:

    .. math:: \dot W = \tfrac14 (M - W C^T) C, \qquad \dot C = \tfrac14 (M - W C^T)^T W

    Where W^T W = C^T C at the start it stays so, and :math:`X = [W; C]/\sqrt2` follows the tied
    flow of the matrix [[0, M], [M^T, 0]], in time t / 2. Its eigenvalues are the singular values
    of M and their negatives: the model learns the largest of them, whatever the eigenvalues' signs.

    ``target`` is M (m, n), which need be neither symmetric nor square; W0 (m, d) and C0 (n, d)
    satisfy W0^T W0 = C0^T C0, else W2VError, since this is no solution then. Returns W and C,
    t.shape + (m, d) and t.shape + (n, d), up to one rotation from the right that both share.

    Source: Saxe, McClelland and Ganguli (2014).

    Examples
    --------
    >>> W, C = untied_flow([[-3.0]], [[0.1]], [[-0.1]], t=20)  # no tied model can learn -3
    >>> (W @ C.T).round(3).tolist()
    [[-3.0]]
    """
    M = finite_array("target", target)
    W0, C0 = finite_array("W0", W0), finite_array("C0", C0)
    fits = all(x.ndim == 2 for x in (M, W0, C0)) and W0.shape[1] == C0.shape[1]
    if not fits or M.shape != (len(W0), len(C0)):
        raise W2VError(
            f"target has shape {M.shape}, W0 {W0.shape} and C0 {C0.shape}; pass (m, n), (m, d) and "
            "(n, d)"
        )
    apart, size = np.linalg.norm(W0.T @ W0 - C0.T @ C0), np.linalg.norm(W0.T @ W0)
    if apart > 1e-6 * size:
        raise W2VError(
            f"the start is not balanced: W0^T W0 and C0^T C0 differ by {apart:.3g} (norm of the "
            f"first {size:.3g}); pass C0 = Q @ W0 with a random orthogonal matrix Q, or integrate "
            "the equations numerically"
        )
    left, sigma, right = np.linalg.svd(M)
    m, n, k = *M.shape, len(sigma)
    null = np.zeros((m + n, m + n - 2 * k))
    null[:m, : m - k], null[m:, m - k :] = left[:, k:], right[k:].T
    pair = np.sqrt(0.5) * np.vstack([left[:, :k], right[:k].T])
    other = (pair * np.repeat([1, -1], [m, n])[:, None])[:, ::-1]
    eigvals = np.r_[sigma, np.zeros(null.shape[1]), -sigma[::-1]]
    flow = ExactFlow(eigvals, np.hstack([pair, null, other]), np.vstack([W0, C0]) * np.sqrt(0.5))
    X = np.sqrt(2) * flow.embeddings(times_from_zero(t) / 2)
    return X[..., :m, :], X[..., m:, :]

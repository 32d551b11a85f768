"""How much two sets of directions have in common."""

import numpy as np

from .._support.errors import W2VError
from .._support.validation import finite_array


def subspace_overlap(A: np.ndarray, B: np.ndarray) -> float:
    r"""How much of the smaller of two column spaces lies in the other: 1 all, 0 nothing.

    .. math:: \|Q_A^T Q_B\|_F^2 / \min(d_A, d_B)

    with orthonormal bases Q of the columns of ``A`` (V, d_A) and ``B`` (V, d_B): the mean squared
    cosine of the principal angles. It does not depend on signs, rotations or scales of the columns.
    W2VError where columns depend on one another.

    Examples
    --------
    >>> e = np.eye(4)
    >>> subspace_overlap(e[:, :2], e[:, 1:3])
    0.5
    """
    bases = []
    for name, X in (("A", A), ("B", B)):
        X = finite_array(name, X)
        if X.ndim != 2:
            raise W2VError(f"{name} has shape {X.shape}; pass columns, (V, d)")
        Q, R = np.linalg.qr(X)
        size = np.abs(np.diag(R))
        if X.shape[1] > X.shape[0] or size.min() <= 1e-12 * size.max():
            raise W2VError(
                f"the {X.shape[1]} columns of {name} depend on one another; pass a basis"
            )
        bases.append(Q)
    if len(bases[0]) != len(bases[1]):
        raise W2VError(f"A has {len(bases[0])} rows and B {len(bases[1])}; compare the same words")
    overlap = float(np.sum((bases[0].T @ bases[1]) ** 2) / min(b.shape[1] for b in bases))
    return min(overlap, 1.0)

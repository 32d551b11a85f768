"""Symmetric matrix -> top eigenpairs."""

import numpy as np
from scipy.sparse.linalg import LinearOperator

from .._support.errors import W2VError
from .._support.memory import check_room
from .._support.validation import symmetric_matrix, symmetric_operator, whole_number
from ._lanczos import block_lanczos, is_worth_while, lapack


def top_eigenpairs(matrix: np.ndarray | LinearOperator, d: int) -> tuple[np.ndarray, np.ndarray]:
    r"""Return the ``d`` largest eigenvalues of a symmetric matrix, and their eigenvectors.

    "Largest" is by value, not by size: the huge negative eigenvalue of M* is not among them.
    The eigenvalues (d,) descend; the eigenvectors (V, d) are orthonormal columns, each with its
    entry of largest size positive. Where eigenvalues coincide, only the space of their eigenvectors
    is determined.

    ``matrix`` is (V, V), float32 or float64, and the work is done in its precision; integers count
    as float64. A SciPy ``LinearOperator``, such as :func:`m_star_operator`, does as well, and is
    only multiplied with. W2VError unless it is square, symmetric and finite, and for an eigenvalue
    beyond the largest number of the precision.

    Notes
    -----
    Small matrices, many eigenpairs, spectra without gaps, and eigenvalues of multiplicity 16 or
    more go to LAPACK. Otherwise block Lanczos: a basis of the Krylov space of 16 random vectors
    from a fixed seed, each block orthogonalised against all before it, and the matrix projected on
    it, until every residual :math:`\|M u - \lambda u\|` is below 1e-4 (float32) or 1e-11
    (float64) of the largest absolute eigenvalue. Subspace iteration would converge to the
    eigenvalues of largest size instead. Source: Golub and Van Loan, Matrix Computations,
    chapter 10.

    Examples
    --------
    >>> eigvals, eigvecs = top_eigenpairs(np.diag([3.0, -9.0, 1.0]), 2)
    >>> eigvals.round(6).tolist()
    [3.0, 1.0]
    >>> eigvecs.round(6).T.tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    if implicit := isinstance(matrix, LinearOperator):
        matrix, exponent = symmetric_operator(matrix), 0
    else:
        matrix, exponent = symmetric_matrix(matrix)
    V = matrix.shape[0]
    d = whole_number("d", d, most=V, hint=f": a {V} x {V} matrix has {V} eigenpairs")
    found = block_lanczos(matrix, d) if is_worth_while(V, d) else None
    if found is None:
        try:
            found = lapack(_formed(matrix, d) if implicit else matrix, d)
        except np.linalg.LinAlgError as error:
            raise W2VError(
                f"the top {d} eigenpairs of the {V} x {V} matrix did not converge ({error}); "
                f"pass it as float64"
            ) from error
    with np.errstate(over="ignore"):
        eigvals = np.ldexp(found[0], exponent)
    if not np.isfinite(eigvals).all():
        raise W2VError(
            f"the largest eigenvalue is {found[0][0]:.3g} * 2**{exponent}, beyond {matrix.dtype}'s "
            f"{np.finfo(matrix.dtype).max:.3g}; divide the matrix by its largest entry"
        )
    return eigvals, _fix_signs(found[1])


def _formed(operator: LinearOperator, d: int) -> np.ndarray:
    """Return the matrix of an operator, with which LAPACK does where Lanczos does not."""
    V = operator.shape[0]
    check_room(
        3 * V * V * operator.dtype.itemsize,
        f"block Lanczos did not find all {d} eigenpairs, and a {V:,} x {V:,} matrix, for LAPACK,",
        "choose a smaller d or fewer words",
    )
    columns = (operator.matmat(np.eye(V, 256, -k, operator.dtype)) for k in range(0, V, 256))
    matrix = np.concatenate(list(columns), axis=1)[:, :V]
    return symmetric_matrix((matrix + matrix.T) / 2)[0]


def _fix_signs(eigvecs: np.ndarray) -> np.ndarray:
    """Make the entry of largest size positive in each column."""
    largest = eigvecs[np.abs(eigvecs).argmax(axis=0), np.arange(eigvecs.shape[1])]
    return np.asarray(eigvecs * np.where(largest < 0, -1, 1).astype(eigvecs.dtype), order="C")

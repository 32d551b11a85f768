"""Symmetric matrix -> top eigenpairs -> embeddings.

"PCA" here is the eigendecomposition of M* itself, not of a centred covariance.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import scipy.linalg

from ._checks import check_positive, check_words, largest_asymmetry
from ._errors import W2VError
from .corpus import CorpusStatistics
from .embeddings import Embeddings
from .targets import m_star

_BLOCK = 16
_TOLERANCE = {"float32": 1e-4, "float64": 1e-11}  # residual over the matrix's norm
_SMALL = 600  # below this LAPACK takes a moment
_MOST = 0.4  # of V: a larger basis takes longer than LAPACK


def top_eigenpairs(matrix: np.ndarray, d: int) -> tuple[np.ndarray, np.ndarray]:
    r"""Return the ``d`` largest eigenvalues of a symmetric matrix, and their eigenvectors.

    "Largest" is by value, not by size: the huge negative eigenvalue of M* is not among them.

    Parameters
    ----------
    matrix : (V, V) float32 or float64, symmetric
        The work is done in its precision; integers are taken as float64.
    d : int
        Number of eigenpairs, 1 to V.

    Returns
    -------
    eigvals : (d,)
        Falling.
    eigvecs : (V, d)
        Orthonormal columns. An eigenvector is fixed up to its sign only; here its entry of largest
        size is positive. Where eigenvalues coincide only the space they span is fixed.

    Raises
    ------
    W2VError
        Not square, not symmetric, NaN or infinite, ``d`` out of range, no convergence, or an
        eigenvalue beyond the largest number of the precision.

    Notes
    -----
    Small matrices, many eigenpairs, spectra without gaps, and an eigenvalue that comes 16 times or
    more go to LAPACK. Otherwise block Lanczos: a basis of the Krylov space of 16 random vectors (of
    a fixed seed, so that a rerun gives the same numbers), each block orthogonalised against all
    before it, and the matrix projected on it, until every residual
    :math:`\|M u - \lambda u\|` is below 1e-4 of the largest absolute eigenvalue in float32, 1e-11
    in float64. Subspace iteration would fail: it converges to the eigenvalues of largest size, the
    first of which is negative. Golub and Van Loan, Matrix Computations, chapter 10.

    Examples
    --------
    >>> eigvals, eigvecs = top_eigenpairs(np.diag([3.0, -9.0, 1.0]), 2)
    >>> eigvals.round(6).tolist()
    [3.0, 1.0]
    >>> eigvecs.round(6).T.tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    matrix, exponent = _check_symmetric(matrix)
    V = len(matrix)
    if not isinstance(d, (int, np.integer)) or isinstance(d, bool) or not 1 <= d <= V:
        raise W2VError(
            f"d={d!r}; a {V} x {V} matrix has {V} eigenpairs: choose a whole number, 1 to {V}"
        )
    d, found = int(d), None
    if V >= _SMALL and _first_look(d) <= _MOST * V:
        found = _block_lanczos(matrix, d)
    if found is None:
        try:
            found = _lapack(matrix, d)
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


def _first_look(d: int) -> int:
    """Size of the basis that may hold d eigenvectors: whole blocks; measured on M*."""
    return -(-(6 * d + 6 * _BLOCK) // _BLOCK) * _BLOCK


def _block_lanczos(matrix: np.ndarray, d: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Top eigenpairs, or None where a basis that LAPACK would beat is not enough."""
    V, b = len(matrix), _BLOCK
    most = int(_MOST * V) // b * b
    check = _first_look(d)
    rows = np.empty((most, V), matrix.dtype)  # the basis, and ...
    columns = np.empty((V, most), matrix.dtype)  # ... again, for products from the other side
    projected = np.zeros((most, most), matrix.dtype)
    tolerance, norm = _TOLERANCE[matrix.dtype.name], 0.0  # the matrix's norm, from below
    random = np.random.default_rng(0).standard_normal((V, b)).astype(matrix.dtype)
    block, _ = _orthonormal(random)
    with ThreadPoolExecutor(_n_threads()) as pool:

        def minus_projection(X: np.ndarray, known: slice) -> np.ndarray:
            """Subtract the part of X inside these basis vectors, in place; return what it was."""
            inside = _times(rows[known], X, pool)
            X -= _times(columns[:, known], inside, pool)
            return inside

        for m in range(b, most + 1, b):
            rows[m - b : m], columns[:, m - b : m] = block.T, block
            block = _times(matrix, block, pool)
            norm = max(norm, float(np.linalg.norm(block, axis=0).max()))
            near = slice(max(m - 2 * b, 0), m)  # in exact arithmetic it meets only these two ...
            projected[near, m - b : m] = minus_projection(block, near)
            minus_projection(block, slice(0, m))  # ... rounding brings converged vectors in again
            block, link = _orthonormal(block)
            smallest = np.abs(np.diag(link)).min()
            if smallest <= tolerance * norm:  # a direction ran dry: what comes next is noise
                return None
            if smallest <= 1e-3 * norm:
                minus_projection(block, slice(0, m))
                block, _ = _orthonormal(block)
            if m < check:
                continue
            eigvals, ritz = _lapack(projected[:m, :m], d)
            residuals = np.linalg.norm(link @ ritz[m - b :], axis=0)
            if residuals.max() <= tolerance * norm and not _crowded(eigvals, residuals, norm):
                return eigvals, columns[:, :m] @ ritz
            check = m + max(2 * b, m // 12 // b * b)
    return None


def _crowded(eigvals: np.ndarray, residuals: np.ndarray, norm: float) -> bool:
    """Whether 16 of these may be one eigenvalue: there may be more that the basis cannot hold.

    The Krylov space of 16 vectors holds every eigenvalue 16 times at most, however often it comes.
    """
    width = eigvals[: 1 - _BLOCK] - eigvals[_BLOCK - 1 :]
    rounding = 100 * float(np.finfo(eigvals.dtype).eps) * norm
    return any(
        width[i] <= 2 * residuals[i : i + _BLOCK].max() + rounding for i in range(len(width))
    )


def _lapack(matrix: np.ndarray, d: int) -> tuple[np.ndarray, np.ndarray]:
    """Top eigenpairs of a matrix of which the upper triangle is read."""
    n = len(matrix)
    eigvals, eigvecs = scipy.linalg.eigh(
        matrix, lower=False, subset_by_index=[n - d, n - 1], check_finite=False
    )
    if len(eigvals) < d:  # where many eigenvalues coincide, LAPACK's subset driver loses some
        eigvals, eigvecs = scipy.linalg.eigh(matrix, lower=False, driver="evd", check_finite=False)
    return eigvals[: -d - 1 : -1], eigvecs[:, : -d - 1 : -1]


def _times(rows: np.ndarray, block: np.ndarray, pool: ThreadPoolExecutor) -> np.ndarray:
    """``rows @ block`` for a narrow block, eight rows at a time.

    For a product this small BLAS keeps the result in registers; for the whole one it would first
    copy all rows into another order, which takes as long as the arithmetic: half the speed.
    """
    n = len(rows) // 8
    out = np.empty((len(rows), block.shape[1]), rows.dtype)
    in_eights = rows[: 8 * n].reshape(n, 8, -1)
    out_in_eights = out[: 8 * n].reshape(n, 8, -1)

    def part(chosen: slice) -> None:
        np.matmul(in_eights[chosen], block, out=out_in_eights[chosen])

    step = -(-n // _n_threads())
    list(pool.map(part, [slice(i, i + step) for i in range(0, n, step)]))
    out[8 * n :] = rows[8 * n :] @ block
    return out


def _n_threads() -> int:
    """As many threads as linear algebra is allowed."""
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        if os.environ.get(name, "").isdigit():
            return max(int(os.environ[name]), 1)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _orthonormal(block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Factor ``block = Q @ R`` with orthonormal columns Q, in double precision.

    Cholesky QR, twice for full precision: all work is in matrix products, where LAPACK's QR of so
    narrow a matrix spends its time in waiting threads.
    """
    Q = block.astype(np.float64)
    R = np.eye(Q.shape[1])
    try:
        for _ in range(1 if block.dtype == np.float32 else 2):
            upper = np.linalg.cholesky(Q.T @ Q).T
            Q = Q @ scipy.linalg.solve_triangular(upper, np.eye(len(upper)), check_finite=False)
            R = upper @ R
    except np.linalg.LinAlgError:  # rank-deficient
        Q, R = np.linalg.qr(block.astype(np.float64))
    return Q.astype(block.dtype), R.astype(block.dtype)


def _check_symmetric(matrix: np.ndarray) -> tuple[np.ndarray, int]:
    """Return the matrix, ready for the work, and the power of two to multiply it by."""
    matrix = np.asarray(matrix)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not len(matrix):
        raise W2VError(f"the matrix has shape {matrix.shape}; pass a square one, V x V")
    if matrix.dtype.kind not in "fiub":
        raise W2VError(f"the matrix has type {matrix.dtype}; pass real numbers")
    if matrix.dtype not in (np.float32, np.float64):
        with np.errstate(over="ignore"):  # the infinity that this makes is refused
            matrix = matrix.astype(np.float64)
    bad = matrix.size - int(np.isfinite(matrix).sum())
    if bad:
        raise W2VError(
            f"{bad:,} of the matrix's {matrix.size:,} entries are NaN or infinite; "
            f"for PMI, which is -inf for unseen pairs, put a floor under it or take ppmi or m_star"
        )
    size = float(max(matrix.max(), -matrix.min()))
    exponent = math.frexp(size)[1]
    if abs(exponent) <= 20:
        exponent = 0
    else:  # squares and sums of such entries may leave the range; a power of two rounds nothing
        matrix = np.ldexp(matrix, -exponent)
    apart = largest_asymmetry(matrix)
    if apart > 1e-5 * math.ldexp(size, -exponent):
        raise W2VError(
            f"the matrix is not symmetric: entries (i, j) and (j, i) differ by up to "
            f"{apart * 2.0**exponent:.3g} (largest entry {size:.3g}); "
            f"pass (M + M.T) / 2, or symmetrise the counts"
        )
    # Products run along rows; a matrix stored by columns is, being symmetric, stored by rows.
    return matrix if matrix.flags.c_contiguous else np.ascontiguousarray(matrix.T), exponent


def _fix_signs(eigvecs: np.ndarray) -> np.ndarray:
    """Make the entry of largest size positive in each column."""
    largest = eigvecs[np.abs(eigvecs).argmax(axis=0), np.arange(eigvecs.shape[1])]
    return np.asarray(eigvecs * np.where(largest < 0, -1, 1).astype(eigvecs.dtype), order="C")


def embeddings_from_matrix(matrix: np.ndarray, words: Sequence[str], d: int) -> Embeddings:
    r"""Factorise a symmetric matrix as W W^T, in the best way that d dimensions allow.

    .. math:: W = U_d \Lambda_d^{1/2}

    Parameters
    ----------
    matrix : (V, V), symmetric
        M*, PPMI, or any other.
    words : sequence of str
        The V words of its rows.
    d : int
        Embedding dimension.

    Returns
    -------
    Embeddings
        ``vectors`` (V, d), column k of length sqrt(lambda_k). Any rotation of them fits as well.

    Raises
    ------
    W2VError
        ``d`` exceeds the number of positive eigenvalues: W W^T has no negative ones, so a model
        with tied weights cannot learn those.

    References
    ----------
    Eckart and Young (1936); Karkada et al. (2025), arXiv 2502.09863.

    Examples
    --------
    >>> emb = embeddings_from_matrix(np.array([[2.0, 0.0], [0.0, 8.0]]), ["a", "b"], d=1)
    >>> abs(emb.vectors).round(3).tolist()
    [[0.0], [2.828]]
    """
    words, n_rows = tuple(check_words(words)), len(np.atleast_1d(matrix))
    if len(words) != n_rows:
        raise W2VError(f"{len(words)} words for a matrix of {n_rows} rows; each row needs its word")
    eigvals, eigvecs = top_eigenpairs(matrix, d)
    # Rounding leaves an eigenvalue that is zero a little off; such a direction carries nothing.
    noise = n_rows * np.finfo(eigvals.dtype).eps * max(abs(eigvals[0]), abs(eigvals[-1]))
    check_positive(eigvals > noise, "d", "the matrix")
    return Embeddings(words, eigvecs * np.sqrt(eigvals))


def pca_embeddings(stats: CorpusStatistics, d: int) -> Embeddings:
    """Word vectors in closed form: the top eigenvectors of M*, scaled by roots of eigenvalues.

    Parameters
    ----------
    stats : CorpusStatistics
    d : int
        Embedding dimension, at most the number of positive eigenvalues (about half of V).

    Returns
    -------
    Embeddings
        ``vectors`` (V, d) float32: single precision is far finer than the counts' own noise.

    Raises
    ------
    W2VError
        As in :func:`embeddings_from_matrix`.

    References
    ----------
    Karkada, Simon, Bahri and DeWeese (2025), arXiv 2502.09863.

    Examples
    --------
    >>> from w2vlib import load_statistics
    >>> pca_embeddings(load_statistics(500), d=10).vectors.shape
    (500, 10)
    """
    return embeddings_from_matrix(m_star(stats, dtype=np.float32), stats.words, d)


def subspace_overlap(A: np.ndarray, B: np.ndarray) -> float:
    r"""How much of the smaller of two column spaces lies in the other: 1 all, 0 nothing.

    .. math:: \|Q_A^T Q_B\|_F^2 / \min(d_A, d_B)

    with orthonormal bases Q of the columns: the mean squared cosine of the principal angles. It
    depends on neither signs, rotations nor scales of the columns: features are compared with it.

    Parameters
    ----------
    A, B : (V, d_A) and (V, d_B)
        Columns of full rank.

    Returns
    -------
    float

    Raises
    ------
    W2VError
        Different numbers of rows, NaN, or columns that depend on one another.

    Examples
    --------
    >>> e = np.eye(4)
    >>> subspace_overlap(e[:, :2], e[:, 1:3])
    0.5
    """
    bases = []
    for name, X in (("A", A), ("B", B)):
        X = np.asarray(X, dtype=np.float64)
        if X.ndim != 2 or not X.size or not np.isfinite(X).all():
            raise W2VError(f"{name} has shape {X.shape} or holds NaN; pass finite columns, (V, d)")
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

"""Top eigenpairs of a symmetric matrix: block Lanczos for a large one, else LAPACK."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import scipy.linalg

from .._support.threads import own_threads

_BLOCK = 16
_PARTS = 16  # of a product, for as many threads as there are
_TOLERANCE = {"float32": 1e-4, "float64": 1e-11}  # residual over the matrix's norm
_LEAST_V = 600  # below this LAPACK takes a moment
_LARGEST_BASIS = 0.4  # of V: a larger basis takes longer than LAPACK


def lapack(matrix: np.ndarray, d: int) -> tuple[np.ndarray, np.ndarray]:
    """Top eigenpairs by LAPACK, which reads the upper triangle."""
    n = len(matrix)
    eigvals, eigvecs = scipy.linalg.eigh(
        matrix, lower=False, subset_by_index=[n - d, n - 1], check_finite=False
    )
    if len(eigvals) < d:  # where many eigenvalues coincide, LAPACK's subset driver loses some
        eigvals, eigvecs = scipy.linalg.eigh(matrix, lower=False, driver="evd", check_finite=False)
    return eigvals[: -d - 1 : -1], eigvecs[:, : -d - 1 : -1]


def _first_look(d: int) -> int:
    """Size of a basis that may hold d eigenvectors, in whole blocks, as measured on M*."""
    return -(-(6 * d + 6 * _BLOCK) // _BLOCK) * _BLOCK


def is_worth_while(V: int, d: int) -> bool:
    """Tell whether block Lanczos finds d eigenpairs of a V x V matrix sooner than LAPACK."""
    return V >= _LEAST_V and _first_look(d) <= _LARGEST_BASIS * V


def block_lanczos(matrix: np.ndarray, d: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Top eigenpairs, or None where a basis that LAPACK would beat is not enough."""
    with own_threads() as pool:
        return _grow_basis(matrix, d, pool)


def _grow_basis(
    matrix: np.ndarray, d: int, pool: ThreadPoolExecutor
) -> tuple[np.ndarray, np.ndarray] | None:
    V, b = len(matrix), _BLOCK
    most = int(_LARGEST_BASIS * V) // b * b
    check = _first_look(d)
    rows = np.empty((most, V), matrix.dtype)  # the basis, and ...
    columns = np.empty((V, most), matrix.dtype)  # ... again, for products from the other side
    projected = np.zeros((most, most), matrix.dtype)
    tolerance, norm = _TOLERANCE[matrix.dtype.name], 0.0  # the matrix's norm, from below

    def minus_projection(X: np.ndarray, known: slice) -> np.ndarray:
        """Subtract the part of X inside these basis vectors, in place; return what it was."""
        inside = _narrow_product(rows[known], X, pool)
        X -= _narrow_product(columns[:, known], inside, pool)
        return inside

    random = np.random.default_rng(0).standard_normal((V, b)).astype(matrix.dtype)
    block, _ = _orthonormal(random)
    for m in range(b, most + 1, b):
        rows[m - b : m], columns[:, m - b : m] = block.T, block
        block = _narrow_product(matrix, block, pool)
        norm = max(norm, float(np.linalg.norm(block, axis=0).max()))
        near = slice(max(m - 2 * b, 0), m)  # in exact arithmetic it overlaps these two only ...
        projected[near, m - b : m] = minus_projection(block, near)
        minus_projection(block, slice(0, m))  # ... rounding brings converged vectors in again
        block, link = _orthonormal(block)
        smallest = np.abs(np.diag(link)).min()
        if smallest <= tolerance * norm:  # a direction is exhausted: the next one would be noise
            return None
        if smallest <= 1e-3 * norm:
            minus_projection(block, slice(0, m))
            block, _ = _orthonormal(block)
        if m < check:
            continue
        eigvals, ritz = lapack(projected[:m, :m], d)
        residuals = np.linalg.norm(link @ ritz[m - b :], axis=0)
        if residuals.max() <= tolerance * norm and not _crowded(eigvals, residuals, norm):
            return eigvals, columns[:, :m] @ ritz
        check = m + max(2 * b, m // 12 // b * b)
    return None


def _crowded(eigvals: np.ndarray, residuals: np.ndarray, norm: float) -> bool:
    """Whether 16 of these may be one eigenvalue; 16 start vectors cannot yield more copies."""
    width = eigvals[: 1 - _BLOCK] - eigvals[_BLOCK - 1 :]
    rounding = 100 * float(np.finfo(eigvals.dtype).eps) * norm
    return any(
        width[i] <= 2 * residuals[i : i + _BLOCK].max() + rounding for i in range(len(width))
    )


def _narrow_product(rows: np.ndarray, block: np.ndarray, pool: ThreadPoolExecutor) -> np.ndarray:
    """``rows @ block`` for a narrow block, eight rows at a time."""
    # BLAS keeps so small a product in registers; for the whole one it would first copy all rows
    # into another order, which takes as long as the arithmetic: half the speed.
    n = len(rows) // 8
    out = np.empty((len(rows), block.shape[1]), rows.dtype)
    in_eights = rows[: 8 * n].reshape(n, 8, -1)
    out_in_eights = out[: 8 * n].reshape(n, 8, -1)

    def part(chosen: slice) -> None:
        np.matmul(in_eights[chosen], block, out=out_in_eights[chosen])

    step = -(-n // _PARTS)
    list(pool.map(part, [slice(i, i + step) for i in range(0, n, step)]))
    out[8 * n :] = rows[8 * n :] @ block
    return out


def _orthonormal(block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Factor ``block = Q @ R`` with orthonormal columns Q, in double precision."""
    # Cholesky QR, twice for full precision, is all matrix products, where LAPACK's QR of so narrow
    # a matrix spends its time in vector operations.
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

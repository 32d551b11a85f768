"""Top eigenpairs of a symmetric matrix: block Lanczos for a large one, else LAPACK."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from types import ModuleType
from typing import Any

import numpy as np
import scipy.linalg

from .._support.products import BLOCK as _BLOCK
from .._support.products import dense_product, kernels
from .._support.threads import own_threads

_SLAB = 512  # basis vectors that are allocated at a time
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


def block_lanczos(matrix: Any, d: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Top eigenpairs, or None where a basis that LAPACK would beat is not enough."""
    V, explicit = matrix.shape[0], isinstance(matrix, np.ndarray)
    compiled = kernels(2 * V * _first_look(d) * (V if explicit else 10 * _BLOCK))
    with own_threads() as pool:
        basis = _Basis(V, matrix.dtype, pool, compiled)
        if explicit:
            return _grow(basis, lambda block: dense_product(matrix, block, pool, compiled), d)
        return _grow(basis, matrix.matmat, d)


class _Basis:
    """Orthonormal vectors, kept twice: as rows and as columns, for products from either side."""

    def __init__(self, V: int, kind: np.dtype, pool: Executor, compiled: ModuleType | None) -> None:
        self.V, self.kind, self.size = V, kind, 0
        self._how = pool, compiled
        self._slabs: list[tuple[np.ndarray, np.ndarray]] = []

    def append(self, block: np.ndarray) -> None:
        """Add the columns of a block."""
        at = self.size % _SLAB
        if not at:
            slab = np.empty((_SLAB, self.V), self.kind), np.empty((self.V, _SLAB), self.kind)
            self._slabs.append(slab)
        rows, columns = self._slabs[-1]
        rows[at : at + _BLOCK], columns[:, at : at + _BLOCK] = block.T, block
        self.size += _BLOCK

    def _parts(self, first: int) -> Iterator[tuple[np.ndarray, np.ndarray, slice]]:
        """Yield rows and columns from number ``first``, and which ones they are."""
        for k, (rows, columns) in enumerate(self._slabs):
            begin, end = max(first - k * _SLAB, 0), min(self.size - k * _SLAB, _SLAB)
            if begin < end:
                numbers = slice(k * _SLAB + begin, k * _SLAB + end)
                yield rows[begin:end], columns[:, begin:end], numbers

    def subtract_projection(self, X: np.ndarray, first: int = 0) -> np.ndarray:
        """Subtract the part of X inside the vectors from ``first``, in place; return what it was.

        First all of what is inside is found, then it is subtracted.
        """
        parts = list(self._parts(first))
        inside = [dense_product(rows, X, *self._how) for rows, _, _ in parts]
        for (_, columns, _), coefficients in zip(parts, inside, strict=True):
            X -= dense_product(columns, coefficients, *self._how)
        return np.concatenate(inside)

    def combine(self, coefficients: np.ndarray) -> np.ndarray:
        """Return these linear combinations of the basis, (V, d)."""
        out = np.zeros((self.V, coefficients.shape[1]), self.kind)
        for _, columns, numbers in self._parts(0):
            out += columns @ coefficients[numbers]
        return out


def _grow(
    basis: _Basis, multiply: Callable[[np.ndarray], np.ndarray], d: int
) -> tuple[np.ndarray, np.ndarray] | None:
    V, b = basis.V, _BLOCK
    most = int(_LARGEST_BASIS * V) // b * b
    check = _first_look(d)
    projected = np.zeros((0, 0), basis.kind)
    tolerance, norm = _TOLERANCE[basis.kind.name], 0.0  # the matrix's norm, from below

    random = np.random.default_rng(0).standard_normal((V, b)).astype(basis.kind)
    block, _ = _orthonormal(random)
    for m in range(b, most + 1, b):
        basis.append(block)
        if m > len(projected):
            projected = np.pad(projected, (0, _SLAB))
        block = multiply(block)
        norm = max(norm, float(np.linalg.norm(block, axis=0).max()))
        near = max(m - 2 * b, 0)  # in exact arithmetic it overlaps these two only ...
        projected[near:m, m - b : m] = basis.subtract_projection(block, near)
        basis.subtract_projection(block)  # ... rounding brings converged vectors in again
        block, link = _orthonormal(block)
        smallest = np.abs(np.diag(link)).min()
        if smallest <= tolerance * norm:  # a direction is exhausted: the next one would be noise
            return None
        if smallest <= 1e-3 * norm:
            basis.subtract_projection(block)
            block, _ = _orthonormal(block)
        if m < check:
            continue
        eigvals, ritz = lapack(projected[:m, :m], d)
        residuals = np.linalg.norm(link @ ritz[m - b :], axis=0)
        if residuals.max() <= tolerance * norm and not _crowded(eigvals, residuals, norm):
            return eigvals, basis.combine(ritz)
        check = m + max(2 * b, m // 12 // b * b)
    return None


def _crowded(eigvals: np.ndarray, residuals: np.ndarray, norm: float) -> bool:
    """Whether 16 of these may be one eigenvalue; 16 start vectors cannot yield more copies."""
    width = eigvals[: 1 - _BLOCK] - eigvals[_BLOCK - 1 :]
    rounding = 100 * float(np.finfo(eigvals.dtype).eps) * norm
    return any(
        width[i] <= 2 * residuals[i : i + _BLOCK].max() + rounding for i in range(len(width))
    )


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

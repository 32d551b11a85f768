"""Top eigenpairs by LAPACK: for small matrices, many eigenpairs, and the difficult spectra."""

from __future__ import annotations

import numpy as np
import scipy.linalg


def lapack(matrix: np.ndarray, d: int) -> tuple[np.ndarray, np.ndarray]:
    """Top eigenpairs of a matrix of which the upper triangle is read."""
    n = len(matrix)
    eigvals, eigvecs = scipy.linalg.eigh(
        matrix, lower=False, subset_by_index=[n - d, n - 1], check_finite=False
    )
    if len(eigvals) < d:  # where many eigenvalues coincide, LAPACK's subset driver loses some
        eigvals, eigvecs = scipy.linalg.eigh(matrix, lower=False, driver="evd", check_finite=False)
    return eigvals[: -d - 1 : -1], eigvecs[:, : -d - 1 : -1]

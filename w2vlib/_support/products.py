"""Products of a large matrix and a narrow block of columns, by all threads."""

from __future__ import annotations

from concurrent.futures import Executor
from itertools import pairwise
from types import ModuleType

import numpy as np
from scipy import sparse

from .threads import equal_parts

BLOCK = 16  # columns
_PARTS = 16  # of a product, for as many threads as there are
_WORTH_COMPILING = 2e10  # additions and multiplications: less is done before Numba is loaded


def kernels(work: float) -> ModuleType | None:
    """Return compiled products where there are any and the work is worth loading them."""
    if work < _WORTH_COMPILING:
        return None
    try:
        from . import product_kernels
    except ImportError:  # without Numba it takes longer
        return None
    return product_kernels


def dense_product(
    rows: np.ndarray, block: np.ndarray, pool: Executor, compiled: ModuleType | None
) -> np.ndarray:
    """``rows @ block`` for a block of 16 columns."""
    out = np.empty((len(rows), block.shape[1]), rows.dtype)

    def part(chosen: slice) -> None:
        if compiled is not None:
            compiled.dense_rows(rows[chosen], block, out[chosen])
            return
        # Eight rows at a time, which is twice as fast as one call of BLAS for all of them.
        n = (chosen.stop - chosen.start) // 8 * 8
        eights = slice(chosen.start, chosen.start + n)
        in_eights = rows[eights].reshape(n // 8, 8, rows.shape[1])
        np.matmul(in_eights, block, out=out[eights].reshape(n // 8, 8, block.shape[1]))
        rest = slice(eights.stop, chosen.stop)
        np.matmul(rows[rest], block, out=out[rest])

    step = -(-len(rows) // _PARTS // 24) * 24  # whole groups of rows, for either way
    starts = range(0, len(rows), max(step, 24))
    list(pool.map(part, [slice(i, min(i + max(step, 24), len(rows))) for i in starts]))
    return out


def sparse_product(
    table: sparse.csr_array,
    block: np.ndarray,
    pool: Executor,
    compiled: ModuleType | None,
) -> np.ndarray:
    """``table @ block`` for a table of compressed rows."""
    out = np.empty((table.shape[0], block.shape[1]), table.dtype)
    values, columns, ends = table.data, table.indices, table.indptr

    def part(chosen: slice) -> None:
        if compiled is not None and block.shape[1] == BLOCK:
            own_ends = ends[chosen.start : chosen.stop + 1]
            compiled.sparse_rows(values, columns, own_ends, block, out[chosen])
            return
        cells = slice(ends[chosen.start], ends[chosen.stop])
        own = (values[cells], columns[cells], ends[chosen.start : chosen.stop + 1] - cells.start)
        out[chosen] = sparse.csr_array(own, shape=(len(own[2]) - 1, table.shape[1])) @ block

    # Rows of about as many cells: the first words have far more than the others.
    list(pool.map(part, [slice(a, b) for a, b in pairwise(equal_parts(ends))]))
    return out

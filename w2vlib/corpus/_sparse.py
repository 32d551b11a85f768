"""Tables of counts that hold only the pairs that occur: for vocabularies of any size."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from scipy import sparse

from .._support.threads import equal_parts, own_threads

if TYPE_CHECKING:
    from ._tokens import TokenizedText

_TOKENS_AT_A_TIME = 1 << 27  # held in memory, with their positions in order: 8 bytes each
_CELLS_AT_A_TIME = 1 << 22  # of the table, in each thread
_INT32 = 2**31 - 1

Cells: TypeAlias = tuple[np.ndarray, np.ndarray]  # columns and values


def sparse_table(values: np.ndarray, columns: np.ndarray, ends: np.ndarray) -> sparse.csr_array:
    """Return a square table in SciPy's compressed rows, of cells sorted by rows and columns."""
    V = len(ends) - 1
    index = np.int32 if max(len(values), V) <= _INT32 else np.int64
    parts = (values, columns.astype(index, copy=False), ends.astype(index, copy=False))
    table = sparse.csr_array(parts, shape=(V, V))
    table.has_canonical_format = True
    return table


def lock(array: Any) -> None:
    """Make an array read-only."""
    parts = [array.data, array.indices, array.indptr] if sparse.issparse(array) else [array]
    for part in parts:
        part.setflags(write=False)


def count_sparse_pairs(
    text: TokenizedText, rank: np.ndarray, V: int, window: int
) -> sparse.csr_array:
    """Count the pairs of the words whose ``rank`` is not -1, without a V x V table.

    Each word looks at both sides of all its places, so that its row comes out whole and in order:
    nothing is sorted or transposed. A text of more tokens than ``_TOKENS_AT_A_TIME`` is counted in
    parts, whose tables are added.
    """
    table, reach = None, text.reach(window)
    for tokens, begin, end in _parts(text, rank, V, reach):
        part = _count_part(tokens, begin, end, V, window, reach)
        if table is None:
            table = part
        else:
            if int(table.data.max(initial=0)) + int(part.data.max(initial=0)) > _INT32:
                table = table.astype(np.int64)
            table = table + part
    assert table is not None
    return table


def _parts(
    text: TokenizedText, rank: np.ndarray, V: int, reach: int
) -> Iterator[tuple[np.ndarray, int, int]]:
    """Yield tokens, and which of them are centres: the others are only seen from there."""
    from ._tokens import rank_blocks

    room = min(text.n_ids, _TOKENS_AT_A_TIME) + 2 * reach + 2
    tokens = np.empty(room, np.int32)
    tokens[0], begin, n = V, 1, 1
    for ranks in rank_blocks(text, rank, V, np.dtype(np.int32)):
        while len(ranks):
            taken = min(len(ranks), room - 1 - n)
            tokens[n : n + taken] = ranks[:taken]
            n, ranks = n + taken, ranks[taken:]
            if n == room - 1 and n - reach > begin:  # the last ones wait for what follows them
                tokens[n] = V
                yield tokens[: n + 1], begin, n - reach
                keep = min(2 * reach, n - 1)  # half of them were centres, the others will be
                tokens[1 : keep + 1] = tokens[n - keep : n].copy()
                n, begin = keep + 1, keep + 1 - reach
    tokens[n] = V
    yield tokens[: n + 1], begin, n


def _count_part(
    tokens: np.ndarray, begin: int, end: int, V: int, window: int, reach: int
) -> sparse.csr_array:
    """Count all neighbours of the tokens from ``begin`` to ``end``."""
    from ._kernels import sort_positions
    from ._sparse_kernels import rows_of_words
    from ._tokens import weight_on_a_side

    starts, lengths = np.zeros(V + 2, np.int64), np.zeros(V, np.int64)
    order = np.empty(end - begin, np.int32)
    sort_positions(tokens, begin, end, starts, order)
    starts = starts[:-1]
    most = 2 * int(np.diff(starts).max(initial=0)) * weight_on_a_side(window, reach)  # of a row
    kind = np.int32 if most <= _INT32 else np.int64

    def rows(bounds: tuple[int, int]) -> list[Cells]:
        first, last = bounds
        found, row, marks = [], np.zeros(V, kind), np.zeros(V // 16 + 1, np.uint8)
        columns = np.empty(max(_CELLS_AT_A_TIME, V), np.int32)
        values = np.empty(columns.size, kind)
        while first < last:
            first, n = rows_of_words(
                tokens, order, starts, first, last, window, reach, row, marks, columns, values,
                lengths,
            )  # fmt: skip
            small = n == 0 or int(values[:n].max()) <= _INT32
            found.append((columns[:n].copy(), values[:n].astype(np.int32 if small else kind)))
        return found

    with own_threads() as pool:
        tasks = pool.map(rows, pairwise(equal_parts(starts)))
        cells = [piece for found in tasks for piece in found]
    ends = np.concatenate([[0], np.cumsum(lengths)])
    columns = np.empty(ends[-1], np.int32)
    values = np.empty(ends[-1], max((v.dtype for _, v in cells), key=lambda kind: kind.itemsize))
    at = 0
    cells.reverse()
    while cells:  # what is copied is let go: the table is never held twice
        piece, numbers = cells.pop()
        columns[at : at + len(piece)], values[at : at + len(piece)] = piece, numbers
        at += len(piece)
    return sparse_table(values, columns, ends)

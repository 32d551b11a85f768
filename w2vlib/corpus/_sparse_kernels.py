"""Compiled kernels for tables that hold only the pairs that occur."""

from .._support.compiled import compiled
from ._kernels import prefetch

_AHEAD = 8  # centre words
_GROUP = 16  # cells that share a mark


@compiled(nogil=True)
def rows_of_words(  # type: ignore[no-untyped-def]
    tokens, order, starts, first, last, window, reach, row, marks, columns, values, lengths
):
    """Count the neighbours, on both sides, of the words ``first`` to ``last``.

    Each word's row of the table is added up in ``row`` (V,), scratch that is 0 before and after,
    as ``marks`` (V / 16,), and its cells above 0 are written to ``columns`` and ``values``.
    ``tokens`` holds V at both ends and at the end of each article. Returns (word, n): the word that
    did not fit any more, or ``last``, and the number of cells written.
    """
    V, n = row.size, 0
    one = row.dtype.type(1)
    for word in range(first, last):
        begin, end = starts[word], starts[word + 1]
        if n + min(V, 2 * reach * (end - begin)) > columns.size:
            return word, n
        for k in range(begin, end):
            if k + _AHEAD < end:
                prefetch(tokens, order[k + _AHEAD] - reach)
                prefetch(tokens, order[k + _AHEAD])
                prefetch(tokens, order[k + _AHEAD] + reach)
            for side in (1, -1):
                weight = row.dtype.type(window)
                at = order[k] + side
                stop = at + side * reach
                while at != stop:
                    other = tokens[at]
                    if other == V:
                        break
                    row[other] += weight
                    weight -= one
                    marks[other // _GROUP] = 1
                    at += side
        before = n
        for group in range(marks.size):
            if marks[group]:
                marks[group] = 0
                for other in range(_GROUP * group, min(_GROUP * (group + 1), V)):
                    if row[other]:
                        columns[n] = other
                        values[n] = row[other]
                        row[other] = 0
                        n += 1
        lengths[word] = n - before
    return last, n

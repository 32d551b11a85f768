"""Compiled kernels behind :mod:`w2vlib.corpus`: bytes -> word ids -> pair counts.

Two ideas make them fast. Words are looked up by their bytes in an open-addressing hash table, so no
Python string is made for a token. And pairs are counted centre word by centre word (a counting sort
of the positions comes first): all additions go to one row of the table, which fits into the
first-level cache. Filling the whole table in text order would miss the cache for most pairs.
"""

from typing import Any

import numpy as np

from .._support.compiled import compiled

NEWLINE = 10
ARTICLE_END = -1
_PREFETCH_AHEAD = 12  # centre words; measured best of 4, 8, 12, 16


try:
    from llvmlite import ir
    from numba import types
    from numba.core import cgutils
    from numba.extending import intrinsic
except ImportError:  # no Numba: nothing to be early for

    def prefetch(array: Any, index: Any) -> None:
        pass

else:

    @intrinsic
    def prefetch(typing_context: Any, array: Any, index: Any) -> Any:
        """Fetch ``array[index]`` into the cache early: the positions of one word lie far apart."""

        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
            byte_pointer, int32 = ir.IntType(8).as_pointer(), ir.IntType(32)
            kind = ir.FunctionType(ir.VoidType(), [byte_pointer, int32, int32, int32])
            prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
            address = builder.bitcast(builder.gep(data, [arguments[1]]), byte_pointer)
            builder.call(prefetch, [address, int32(0), int32(3), int32(1)])  # read, keep, data
            return context.get_dummy_value()

        return types.void(array, index), codegen


@compiled(nogil=True)
def tokenize(text, fold, slots, hashes, starts, letters, counts, n_words, ids):  # type: ignore[no-untyped-def]
    """Write the word ids of ``text`` to ``ids``, -1 at each newline; stop where a table is full.

    ``fold`` (256,) maps a byte to its lower case, a separator to 0. Word k is
    ``letters[starts[k]:starts[k + 1]]``. Returns (bytes read, ids written, number of words); the
    caller grows the tables and calls again with the rest.
    """
    n, mask = text.size, slots.size - 1
    most_words = min(slots.size // 2, counts.size)
    i = n_ids = 0
    while i < n:
        byte = fold[text[i]]
        if byte == 0 or byte == NEWLINE:
            if byte == NEWLINE:
                ids[n_ids] = ARTICLE_END
                n_ids += 1
            i += 1
            continue
        begin = i
        hashed = np.uint64(0xCBF29CE484222325)  # FNV-1a
        while i < n:
            byte = fold[text[i]]
            if byte == 0 or byte == NEWLINE:
                break
            hashed = (hashed ^ np.uint64(byte)) * np.uint64(0x100000001B3)
            i += 1
        length = i - begin
        slot = np.int64((hashed ^ (hashed >> np.uint64(32))) & np.uint64(mask))
        word = -1
        while slots[slot] >= 0:
            other = slots[slot]
            if hashes[other] == hashed and starts[other + 1] - starts[other] == length:
                for j in range(length):  # equal hashes are no proof
                    if letters[starts[other] + j] != fold[text[begin + j]]:
                        break
                else:
                    word = other
                    break
            slot = (slot + 1) & mask
        if word < 0:
            if n_words >= most_words or starts[n_words] + length > letters.size:
                return begin, n_ids, n_words
            word = n_words
            slots[slot] = word
            hashes[word] = hashed
            for j in range(length):
                letters[starts[word] + j] = fold[text[begin + j]]
            starts[word + 1] = starts[word] + length
            counts[word] = 0
            n_words += 1
        counts[word] += 1
        ids[n_ids] = word
        n_ids += 1
    return n, n_ids, n_words


@compiled()
def fill_slots(slots, hashes, n_words):  # type: ignore[no-untyped-def]
    """Fill an empty, larger ``slots`` with the words that are known."""
    mask = slots.size - 1
    for word in range(n_words):
        hashed = hashes[word]
        slot = np.int64((hashed ^ (hashed >> np.uint64(32))) & np.uint64(mask))
        while slots[slot] >= 0:
            slot = (slot + 1) & mask
        slots[slot] = word


@compiled(nogil=True)
def ids_to_ranks(ids, rank, V, tokens):  # type: ignore[no-untyped-def]
    """Copy the in-vocabulary words of ``ids`` as ranks; one V marks the end of an article."""
    n = 0
    for word in ids:
        if word == ARTICLE_END:
            tokens[n] = V
            n += 1
        elif rank[word] >= 0:
            tokens[n] = rank[word]
            n += 1
    return n


@compiled(nogil=True)
def sort_positions(tokens, begin, end, starts, order):  # type: ignore[no-untyped-def]
    """Sort the positions ``begin`` to ``end`` by their words.

    Those of word w will be ``order[starts[w]:starts[w + 1]]``; ``starts`` (V + 2,) begins as zeros.
    """
    V = starts.size - 2
    for i in range(begin, end):
        if tokens[i] < V:
            starts[tokens[i] + 2] += 1
    for word in range(V):
        starts[word + 2] += starts[word + 1]
    for i in range(begin, end):
        word = tokens[i]
        if word < V:
            order[starts[word + 1]] = i
            starts[word + 1] += 1


@compiled(nogil=True)
def add_pairs(tokens, order, starts, first, last, window, reach, table, row):  # type: ignore[no-untyped-def]
    """Add the pairs of the words ``first`` to ``last`` with the ``reach`` tokens after each.

    A pair at distance delta adds ``window + 1 - delta`` to ``table[centre, follower]``. ``tokens``
    holds V at the end of each article, and ``order`` their sorted positions. ``row`` (V,) is
    scratch whose integers cannot overflow here.
    """
    V = table.shape[0]
    one = row.dtype.type(1)
    for word in range(first, last):
        begin, end = starts[word], starts[word + 1]
        if begin == end:
            continue
        row[:] = 0
        for k in range(begin, end):
            if k + _PREFETCH_AHEAD < end:
                prefetch(tokens, order[k + _PREFETCH_AHEAD] + 1)
            weight = row.dtype.type(window)
            at = order[k] + 1
            stop = at + reach
            while at < stop:  # half as fast again as a loop over distances
                follower = tokens[at]
                if follower == V:
                    break
                row[follower] += weight
                weight -= one
                at += 1
        total = table[word]
        for follower in range(V):
            total[follower] += row[follower]


@compiled(nogil=True)
def add_transpose(table, first, last):  # type: ignore[no-untyped-def]
    """``table += table.T`` in place: rows ``first`` to ``last``, left of the diagonal, and across.

    Tile by tile, so that no second table is needed.
    """
    tile = 64
    for a in range(first, last, tile):
        for b in range(0, min(a + tile, last), tile):
            for i in range(a, min(a + tile, last)):
                for j in range(b, min(b + tile, i + 1)):
                    table[i, j] = table[j, i] = table[i, j] + table[j, i]

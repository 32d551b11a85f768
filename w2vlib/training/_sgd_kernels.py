"""Compiled kernels of SGD: draw pairs of words, and learn from them.

A pair is drawn as word2vec draws it: a centre, one context that the text gave it, and k contexts
that it did not. Each draw takes constant time by the alias method (Walker 1977, Vose 1991): the
probabilities of a row are cut into V columns of equal mass, each shared by at most two words.
"""

import math

import numpy as np

from .._support.compiled import REORDER, compiled, njit


def alias_tables(weights: np.ndarray) -> np.ndarray:
    """Turn each row of weights (n, V) into a table (n, V, 2): threshold, and the other word."""
    # Single precision puts both into one cache line. Thresholds keep their relative accuracy, so
    # that rare pairs stay as rare as they are, and word numbers are exact below 16 million.
    tables = np.empty((*weights.shape, 2), np.float32)  # NumPy asks for huge pages, Numba does not
    _fill_alias_tables(weights, tables)
    return tables


@compiled()
def _fill_alias_tables(weights, tables):  # type: ignore[no-untyped-def]
    n, V = weights.shape
    mass = np.empty(V)
    small, large = np.empty(V, np.int64), np.empty(V, np.int64)
    for row in range(n):
        total = weights[row].sum()
        n_small = n_large = 0
        for word in range(V):
            tables[row, word, 0], tables[row, word, 1] = 1, word
            mass[word] = weights[row, word] * V / total if total > 0 else 1.0
            if mass[word] < 1:
                small[n_small] = word
                n_small += 1
            else:
                large[n_large] = word
                n_large += 1
        while n_small and n_large:
            n_small -= 1
            poor, rich = small[n_small], large[n_large - 1]
            tables[row, poor, 0], tables[row, poor, 1] = mass[poor], rich
            mass[rich] -= 1 - mass[poor]
            if mass[rich] < 1:
                n_large -= 1
                small[n_small] = rich
                n_small += 1


@njit(inline="always")
def _draw(table, seed, n):  # type: ignore[no-untyped-def]
    """Draw a word from an alias table (V, 2) with the n-th random number of a seed (SplitMix64)."""
    z = seed + np.uint64(n) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    place = np.float64(z >> np.uint64(11)) * 2.0**-53 * table.shape[0]
    word = np.int64(place)
    other = np.int64(table[word, 1])
    return word if place - word < table[word, 0] else other


@compiled(nogil=True)
def draw_pairs(n, first, centres, positive, negative, seed, pairs):  # type: ignore[no-untyped-def]
    """Write n rows of ``pairs``: a centre, its context, and as many negatives as there is room.

    They depend on the seed and on the number ``first`` of pairs before them, and on nothing else.
    """
    size = pairs.shape[1]
    for p in range(n):
        i = _draw(centres[0], seed, (first + p) * size)
        pairs[p, 0] = i
        pairs[p, 1] = _draw(positive[i], seed, (first + p) * size + 1)
    for p in range(n):
        others = negative[pairs[p, 0] if len(negative) > 1 else 0]  # 1: all rows are alike
        for m in range(2, size):
            pairs[p, m] = _draw(others, seed, (first + p) * size + m)


@compiled(nogil=True, fastmath=REORDER)
def _learn(W, C, to_W, to_C, pairs, n, curved, rate, lift):  # type: ignore[no-untyped-def]
    """Add the step of each of n pairs to ``to_W`` and ``to_C``, which may be W and C themselves.

    Then it is word2vec's own update: each pair learns from vectors that the last one has moved. The
    words of a pair are taken three at a time, so that w is loaded once for three.
    """
    d, n_words = W.shape[1], pairs.shape[1] - 1
    step, move, none = np.zeros(n_words + 2, W.dtype), np.empty(d, W.dtype), np.zeros(d, W.dtype)
    for p in range(n):
        i = pairs[p, 0]
        w = W[i]
        for m in range(0, n_words, 3):
            c0 = C[pairs[p, m + 1]]
            c1 = C[pairs[p, m + 2]] if m + 1 < n_words else none
            c2 = C[pairs[p, m + 3]] if m + 2 < n_words else none
            x0 = x1 = x2 = none[0]
            for a in range(d):
                x0 += w[a] * c0[a]
                x1 += w[a] * c1[a]
                x2 += w[a] * c2[a]
            step[m], step[m + 1], step[m + 2] = x0, x1, x2
        for m in range(n_words):  # slope of log(1 + e^x), or that of its parabola at 0
            slope = 1 / (1 + math.exp(-step[m])) if curved else 0.5 + step[m] / 4
            step[m] = -rate * (slope - 1 if m == 0 else slope * lift[i])
        move[:] = 0
        for m in range(0, n_words, 3):
            c0 = C[pairs[p, m + 1]]
            c1 = C[pairs[p, m + 2]] if m + 1 < n_words else none
            c2 = C[pairs[p, m + 3]] if m + 2 < n_words else none
            g0, g1, g2 = step[m], step[m + 1], step[m + 2]
            for a in range(d):
                move[a] += g0 * c0[a] + g1 * c1[a] + g2 * c2[a]
        for m in range(n_words):
            c, g = to_C[pairs[p, m + 1]], step[m]
            for a in range(d):
                c[a] += g * w[a]
        to = to_W[i]
        for a in range(d):
            to[a] += move[a]


@compiled(nogil=True)
def _add_sums(W, C, sum_W, sum_C, pairs):  # type: ignore[no-untyped-def]
    """Move the sums of a minibatch to W and C, and leave zeros."""
    if pairs.size > len(W):
        for X, total in ((W, sum_W), (C, sum_C)):
            X += total
            total[:] = 0
        return
    for p in range(len(pairs)):
        for m in range(pairs.shape[1]):
            X, total = (W, sum_W) if m == 0 else (C, sum_C)
            X[pairs[p, m]] += total[pairs[p, m]]  # a word that comes again finds zero
            total[pairs[p, m]] = 0


@compiled(nogil=True)
def take_steps(  # type: ignore[no-untyped-def]
    W, C, sum_W, sum_C, centres, positive, negative, lift, curved, rate, batch, steps, clock, pairs
):
    """Take steps of ``batch`` pairs (0: pair by pair), in place.

    ``clock`` holds the seed and the number of steps taken. It moves in here together with W, so
    that an interrupt, which waits for the end of this call, finds them agree.
    """
    size = max(batch, 1)
    first = np.int64(clock[1]) * size
    draw_pairs(steps * size, first, centres, positive, negative, clock[0], pairs)
    if batch == 0:
        _learn(W, C, W, C, pairs, steps, curved, rate, lift)
    else:
        for step in range(steps):
            some = pairs[step * size : (step + 1) * size]
            _learn(W, C, sum_W, sum_C, some, size, curved, rate / size, lift)
            _add_sums(W, C, sum_W, sum_C, some)
    clock[1] += np.uint64(steps)

"""Exercises of Chapter 2, words to numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from w2vlib import count_cooccurrences, load_statistics

from ._answers import Part, function, number, word


def hand() -> Sequence[Part]:
    """Ask for two pairs of a text that can be counted by hand."""
    stats = count_cooccurrences(["the king and the queen"], vocab_size=4, window=2)
    the, king, queen = (stats.index[each] for each in ("the", "king", "queen"))
    return [
        number(
            "king_queen",
            "P_ij of king and queen",
            stats.p_ij[king, queen],
            slips=[
                (1 / stats.pair_counts.sum(), "they stand 3 apart: does the window reach so far?")
            ],
        ),
        number(
            "the_king",
            "P_ij of the and king",
            stats.p_ij[the, king],
            slips=[
                (2 / 14, "a pair at distance 1 weighs 2, one at distance 2 weighs 1"),
                (stats.pair_counts[the, king], "that is the count; divide by the total"),
            ],
        ),
    ]


def lengths() -> Sequence[Part]:
    """Ask what an article weighs."""

    def tokens(pi: np.ndarray, A: np.ndarray) -> np.ndarray:
        return np.asarray(pi * A / np.sum(pi * A))

    def edges(pi: np.ndarray, A: np.ndarray, L: int) -> np.ndarray:
        total = L * (L + 1) * A - L * (L + 1) * (L + 2) / 3
        return np.asarray(pi * total / np.sum(pi * total))

    pi = np.array([0.5, 0.3, 0.2])
    cases = [(pi, np.array([40, 60, 200])), (pi, np.array([10, 10, 500]))]
    return [
        function(
            "for_p_i",
            "a function of pi (T,) and A (T,): what takes the place of pi in P_i",
            tokens,
            cases,
            slips=[
                (lambda pi, A: pi, "long articles hold more tokens"),
                (lambda pi, A: pi * A, "the shares must sum to one"),
            ],
        ),
        function(
            "for_p_ij",
            "a function of pi (T,), A (T,) and L: what takes its place in P_ij",
            edges,
            [(*case, L) for case in cases for L in (2, 8)],
            slips=[
                (
                    lambda pi, A, L: tokens(pi, A),
                    "at the ends of an article windows are cut: weigh by T_k, not by A_k",
                ),
                (lambda pi, A, L: pi, "long articles hold more pairs"),
            ],
        ),
    ]


def flat() -> Sequence[Part]:
    """Ask how much of an alternation each weighting leaves."""
    distance = np.arange(1, 17)
    weights = {
        "inverse": (1 / distance, "1/delta"),
        "falling": (17 - distance, "L + 1 - delta"),
        "flat": (np.ones(16), "a flat window"),
    }
    return [
        number(
            name,
            f"the mean of r^delta with {about}",
            np.average((-0.8) ** distance, weights=weight),
            rtol=0.025,
            slips=[
                (np.average(0.8**distance, weights=weight), "r is negative: -0.8"),
                (np.sum((-0.8) ** distance * weight), "divide by the sum of the weights"),
            ],
        )
        for name, (weight, about) in weights.items()
    ]


def rare() -> Sequence[Part]:
    """Ask for the pair with the largest share in the mutual information."""
    stats = load_statistics()
    p_ij, chance = stats.p_ij, np.outer(stats.p_i, stats.p_i)
    ratio = np.triu(p_ij / chance, 1)
    gain = np.triu(p_ij * np.log(np.maximum(p_ij / chance, 1e-300)), 1)

    def spoken(matrix: np.ndarray) -> list[str]:
        i, j = np.unravel_index(matrix.argmax(), matrix.shape)
        one, other = stats.words[i], stats.words[j]
        return [f"{one} {other}", f"{other} {one}"]

    about = 'the first pair of two different words, as "one two"'
    slips = [(text, "that is the first by ratio alone") for text in spoken(ratio)]
    slips += [(text, "that is the most frequent pair") for text in spoken(np.triu(p_ij, 1))]
    right = spoken(gain)
    return [word("pair", about, right, slips=[each for each in slips if each[0] not in right])]


EXERCISES = {
    "ex-02-hand": hand,
    "ex-02-lengths": lengths,
    "ex-02-flat": flat,
    "ex-02-rare": rare,
}

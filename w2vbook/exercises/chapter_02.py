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


def cut() -> Sequence[Part]:
    """Ask what the words that are left out do to the windows."""
    text = ["the sun slowly and majestically rises", "the sun rises", "the sun"]
    three, six = (count_cooccurrences(text, vocab_size=V, window=3) for V in (3, 6))
    before, after = (
        s.pair_counts[s.index["sun"], s.index["rises"]] for s in (three, six.truncate(3))
    )
    return [
        number(
            "removed_before",
            "the count of sun and rises, other words removed before the windows are placed",
            before,
            slips=[
                (after, "with the rare words gone, the two are neighbours in both articles"),
                (2 * before, "each cell counts one order of the two"),
            ],
        ),
        number(
            "deleted_after",
            "the same, rows and columns deleted after the count",
            after,
            slips=[(before, "the windows were placed when all six words were there")],
        ),
    ]


def ends() -> Sequence[Part]:
    """Ask what the ends of articles take away."""

    def total(n: int, A: int, L: int) -> float:
        return L * (L + 1) * (n - A * (L + 2) / 3)

    def tokens(pi: np.ndarray, A: np.ndarray) -> np.ndarray:
        return np.asarray(pi * A / np.sum(pi * A))

    def edges(pi: np.ndarray, A: np.ndarray, L: int) -> np.ndarray:
        weight = L * (L + 1) * A - L * (L + 1) * (L + 2) / 3
        return np.asarray(pi * weight / np.sum(pi * weight))

    pi = np.array([0.5, 0.3, 0.2])
    cases = [(pi, np.array([40, 60, 200])), (pi, np.array([10, 10, 500]))]
    return [
        function(
            "total",
            "a function of n, A and L: the total weight of A articles with n tokens",
            total,
            [(5000, 100, 1), (5000, 100, 3), (900, 7, 16)],
            slips=[
                (lambda n, A, L: L * (L + 1) * n, "the ends of articles have half a window"),
                (
                    lambda n, A, L: L * (L + 1) * (n - A * (L + 2) / 6),
                    "an article has two ends",
                ),
            ],
        ),
        number(
            "missing",
            "the share that should be missing on Wikipedia, as a number between 0 and 1",
            30_729 * 18 / 3 / 58_914_341,
            rtol=0.02,
            slips=[
                (100 * 30_729 * 18 / 3 / 58_914_341, "that is in percent"),
                (30_729 * 18 / 6 / 58_914_341, "an article has two ends"),
            ],
        ),
        function(
            "for_p_ij",
            "a function of pi (T,), A (T,) and L: what takes the place of pi in P_ij",
            edges,
            [(*case, L) for case in cases for L in (2, 8)],
            slips=[
                (
                    lambda pi, A, L: tokens(pi, A),
                    "at the ends of an article windows are cut: weight by T_z, not by A_z",
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
        "linear": (17 - distance, "L + 1 - delta"),
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
    p_i, total = stats.p_i, stats.pair_counts.sum()
    best: dict[str, tuple[float, int, int]] = {}
    for i in range(len(stats) - 1):  # row by row: the whole matrix would take seconds
        share = stats.pair_counts[i, i + 1 :] / total
        ratio = share / (p_i[i] * p_i[i + 1 :])
        gain = share * np.log(np.maximum(ratio, 1e-300))
        for name, values in (("gain", gain), ("ratio", ratio), ("share", share)):
            j = int(values.argmax())
            found = (float(values[j]), i, i + 1 + j)
            best[name] = max(best.get(name, found), found)

    def spoken(name: str) -> list[str]:
        _, i, j = best[name]
        one, other = stats.words[i], stats.words[j]
        return [f"{a}{and_}{b}" for a, b in ((one, other), (other, one)) for and_ in (" ", " and ")]

    about = 'the first pair of two different words, as "one two"'
    slips = [(text, "that is the first by ratio alone") for text in spoken("ratio")]
    slips += [(text, "that is the most frequent pair") for text in spoken("share")]
    right = spoken("gain")
    return [word("pair", about, right, slips=[each for each in slips if each[0] not in right])]


EXERCISES = {
    "ex-02-hand": hand,
    "ex-02-cut": cut,
    "ex-02-ends": ends,
    "ex-02-flat": flat,
    "ex-02-rare": rare,
}

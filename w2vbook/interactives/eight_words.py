"""Chapter 1: word2vec itself, live, in the plane: eight words, one pair at a time."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import traitlets

from w2vlib import CorpusStatistics, W2VError, m_star, top_eigenpairs
from w2vlib._support.validation import whole_number

from ._base import Interactive
from ._chance import normal, shuffle, uniforms
from ._tables import Shown, Table

#: Twins stand side by side; royal words first, and in each half men before women.
WORDS = ("king", "prince", "queen", "princess", "man", "boy", "woman", "girl")
READINGS = 24
SIGMA = 0.01
LAST_RATE = 0.01  # of the first one: where the falling rate ends
NEGATIVES = (0, 1, 2, 5)  # how many words a pair may push away
WITHOUT_PUSH = 4  # readings after which a run without negatives ends: nothing more happens
MOST_BY_HAND = 40  # pairs: as many as a link can carry
RATES = (0.02, 0.5)


def pair_counts() -> np.ndarray:
    """Return how often each ordered pair stands in the text, (8, 8): 256 pairs in all.

    A word occurs 8 times with itself and 8 with its twin, 5 with each word that is only as royal,
    2 with each that is only of its sex, and once with each of the others.
    """
    royal = np.arange(8) // 4
    sex = np.arange(8) // 2 % 2
    same_rank, same_sex = royal[:, None] == royal, sex[:, None] == sex
    return np.where(same_rank, np.where(same_sex, 8, 5), np.where(same_sex, 2, 1)).astype(np.int64)


def statistics() -> CorpusStatistics:
    """Return the table of counts as w2vlib holds it."""
    counts = pair_counts()
    return CorpusStatistics(WORDS, counts.sum(axis=1), counts, 1, source="eight words, made up")


def target(negative: int) -> np.ndarray:
    """Return where the parabola of each pair is lowest, with this many negatives: M*, (8, 8)."""
    stats = statistics()
    if negative == 1:
        return np.asarray(m_star(stats))
    chance = negative * stats.p_i[:, None] * stats.p_i
    return np.asarray(2 * (stats.p_ij - chance) / (stats.p_ij + chance))


class EightWords(Interactive):
    r"""Train word2vec on eight words in two dimensions, and compare with the closed form.

    A made-up text has 256 pairs of words. Each reading takes them in another random order. A pair
    (i, j) and its drawn words n move the vectors down the gradient of word2vec's own loss, with
    one vector per word,

    .. math:: \log(1 + e^{-w_i \cdot w_j}) + \sum_n \log(1 + e^{w_i \cdot w_n})

    from normal numbers times 0.01. The rate falls linearly to a hundredth in 24 readings. Without
    negatives the run ends after 4.

    Parameters
    ----------
    seed : int
        Of the start, the order of the pairs and the drawn words, 0 to 999. With 37 (chosen
        for that), the two directions are learned well apart.
    read : int
        How many pairs have been read at first, 0 to 6,144.
    negative : int
        Words that a pair pushes away, each drawn from all eight: 0, 1, 2 or 5.
    rate : float
        Learning rate of the first pair, 0.02 to 0.5.
    forecast : bool
        Whether the corners that follow from the counts are shown.

    Raises
    ------
    W2VError
        A number out of range.

    References
    ----------
    Mikolov et al. (2013); Karkada et al. (2025), arXiv 2502.09863.

    Examples
    --------
    >>> figure = EightWords()
    >>> figure
    EightWords(seed=37, 1 of 6,144 pairs read, negative=1, rate=0.2)
    >>> W = figure.run()  # after 0, 1, 2, ... pairs
    >>> W.shape
    (6145, 8, 2)
    """

    linked = ("seed", "read", "negative", "rate", "forecast", "by_hand")

    words: traitlets.List[str] = traitlets.List().tag(sync=True)
    counts = traitlets.Bytes().tag(sync=True)
    targets = traitlets.Bytes().tag(sync=True)
    eigvals = traitlets.Bytes().tag(sync=True)
    eigvecs = traitlets.Bytes().tag(sync=True)
    lowest = traitlets.Bytes().tag(sync=True)
    choices_of_negative: traitlets.List[int] = traitlets.List(list(NEGATIVES)).tag(sync=True)
    readings = traitlets.Int(READINGS).tag(sync=True)
    without_push = traitlets.Int(WITHOUT_PUSH).tag(sync=True)
    sigma = traitlets.Float(SIGMA).tag(sync=True)
    last_rate = traitlets.Float(LAST_RATE).tag(sync=True)
    seed = traitlets.Int(37).tag(sync=True)
    read = traitlets.Int(1).tag(sync=True)
    negative = traitlets.Int(1).tag(sync=True)
    rate = traitlets.Float(0.2).tag(sync=True)
    forecast = traitlets.Bool(False).tag(sync=True)
    #: Pairs that the reader chose: 64 times the pairs read before, plus 8 i + j.
    by_hand: traitlets.List[int] = traitlets.List(traitlets.Int()).tag(sync=True)

    _check = traitlets.validate("seed", "read", "negative", "rate")(Interactive.in_range)

    def __init__(
        self,
        *,
        seed: int = 37,
        read: int = 1,
        negative: int = 1,
        rate: float = 0.2,
        forecast: bool = False,
    ) -> None:
        if negative not in NEGATIVES:
            raise W2VError(f"negative={negative!r}; choose one of {NEGATIVES}")
        targets = [target(n) for n in NEGATIVES if n]
        eigvecs = top_eigenpairs(target(1), 2)[1]
        # The directions are the same for every number of negatives, the eigenvalues smaller.
        eigvals = [np.diag(eigvecs.T @ matrix @ eigvecs) for matrix in targets]
        super().__init__(
            words=list(WORDS),
            counts=pair_counts().astype("u1").tobytes(),
            targets=np.array(targets).astype("<f8").tobytes(),
            eigvals=np.array(eigvals).astype("<f8").tobytes(),
            eigvecs=eigvecs.astype("<f8").tobytes(),
            lowest=np.array([_lowest(n, eigvecs) for n in NEGATIVES if n]).astype("<f8").tobytes(),
            seed=seed,
            read=read,
            negative=negative,
            rate=rate,
            forecast=bool(forecast),
        )

    @traitlets.validate("by_hand")
    def _check_by_hand(self, proposal: Any) -> list[int]:
        codes = proposal["value"]
        if len(codes) > MOST_BY_HAND:
            raise W2VError(f"by_hand has {len(codes)} pairs; pass {MOST_BY_HAND} at most")
        low, high = self.limits()["by_hand"]
        return [
            whole_number(f"by_hand[{k}]", code, least=int(low), most=int(high or 0))
            for k, code in enumerate(codes)
        ]

    def limits(self) -> dict[str, tuple[float, float | None]]:
        """Return the range of each number in a setting."""
        pairs = READINGS * int(pair_counts().sum())
        return {
            "seed": (0, 999),
            "read": (0, pairs),
            "negative": (0, max(NEGATIVES)),
            "rate": RATES,
            "by_hand": (0, 64 * pairs + 63),
        }

    def run(self) -> np.ndarray:
        """Train in Python, as the browser does; by hand chosen pairs are left out.

        Returns
        -------
        (pairs + 1, 8, 2) float64
            The vectors after 0, 1, 2, ... pairs, to the end of the run.

        Raises
        ------
        W2VError
            The vectors grow beyond all numbers.
        """
        listed = [pair for pair in np.ndindex(8, 8) for _ in range(pair_counts()[pair])]
        all_pairs = READINGS * len(listed)
        pairs = all_pairs if self.negative else WITHOUT_PUSH * len(listed)
        uniform, drawn = uniforms(self.seed), uniforms(self.seed + 1000)
        W = [[SIGMA * normal(uniform), SIGMA * normal(uniform)] for _ in WORDS]
        found = np.empty((pairs + 1, len(WORDS), 2))
        found[0] = W
        for n in range(pairs):
            if n % len(listed) == 0:
                shuffle(listed, uniform)
            i, j = listed[n % len(listed)]
            negatives = [int(drawn() * len(WORDS)) for _ in range(self.negative)]
            rate = self.rate * (1 - (1 - LAST_RATE) * n / (all_pairs - 1))
            descend(W, i, j, negatives, rate)
            found[n + 1] = W
            if not np.isfinite(found[n + 1]).all():
                raise W2VError(
                    f"the vectors are not finite after {n + 1} pairs at rate={self.rate}, "
                    f"negative={self.negative}; choose a smaller rate"
                )
        return found

    def _strengths(self, W: np.ndarray) -> np.ndarray:
        """Return the squared lengths along the two directions, (pairs + 1, 2)."""
        eigvecs = np.frombuffer(self.eigvecs, "<f8").reshape(-1, 2)
        return np.asarray(np.sum((eigvecs.T @ W) ** 2, axis=2))

    def _marks(self, of_all: bytes) -> np.ndarray:
        """Return two marks of the strengths, for the number of negatives that is shown."""
        marks = np.frombuffer(of_all, "<f8").reshape(-1, 2)
        return np.asarray(marks[NEGATIVES.index(self.negative) - 1])

    def numbers(self) -> Shown | None:
        """Return the words' places, now and in the end, and the strengths along the whole run."""
        try:
            W = self.run()
        except W2VError:
            return None  # the figure says so, and draws nothing
        end, strengths = len(W) - 1, self._strengths(W)
        read = min(self.read, end)
        places: dict[str, Any] = {"word": list(WORDS)}
        for when, n in (("now", read), ("in the end", end)):
            places |= {f"across, {when}": W[n, :, 0], f"up, {when}": W[n, :, 1]}
        every = np.arange(0, end + 1, 32)  # pairs: an eighth of a reading
        names = ["royal | common", "man | woman"]
        bars: dict[str, Any] = {"direction": names, "strength now": strengths[read]}
        bars["in the end"] = strengths[end]
        if self.negative:
            bars["eigenvalue of M*"] = self._marks(self.eigvals)
            bars["lowest loss of word2vec"] = self._marks(self.lowest)
        course = {"pairs read": every, **dict(zip(names, strengths[every].T, strict=True))}
        rate, seed = f"first rate {self.rate:g}", f"seed {self.seed}"
        return Shown(
            f"{read:,} of {end:,} pairs read, negative = {self.negative}, {rate}, {seed}",
            [
                Table("Words in the plane, now and in the end", places),
                Table("Strengths of the two directions", bars),
                Table("Strengths along the run", course),
            ],
        )

    def __repr__(self) -> str:
        """Return what is shown, without an address."""
        return (
            f"EightWords(seed={self.seed}, {self.read:,} of {self.limits()['read'][1]:,} pairs "
            f"read, negative={self.negative}, rate={self.rate:g})"
        )

    def text_alternative(self) -> str:
        """Return what the figure shows, in words."""
        told = (
            "Interactive figure: eight words in the plane (king, prince, queen, princess, man, "
            "boy, woman, girl) are trained with word2vec's own loss, one pair of a small made-up "
            "text at a time. Each pair pulls its two words together"
        )
        try:
            W = self.run()
        except W2VError:
            return f"{told}. At this rate the vectors grow beyond all numbers."
        if not self.negative:
            unit = W[-1] / np.linalg.norm(W[-1], axis=1, keepdims=True)
            return (
                f"{told}, and nothing pushes. After {len(W) - 1:,} pairs all eight point the same "
                f"way: the smallest cosine between two of them is {(unit @ unit.T).min():.2f}."
            )
        eigvals, strengths = self._marks(self.eigvals), self._strengths(W)
        half: Any = strengths > eigvals / 2
        passed = " and ".join(
            f"{n:,}" if any_half else "no number of"
            for n, any_half in zip(half.argmax(axis=0), half.any(axis=0), strict=True)
        )
        return (
            f"{told}, and pushes {self.negative} drawn at random away. The contrasts royal/common "
            f"and man/woman pass half their eigenvalues after {passed} pairs. After {len(W) - 1:,} "
            f"pairs their strengths are {strengths[-1, 0]:.1f} and {strengths[-1, 1]:.1f}; the "
            f"eigenvalues of M* are {eigvals[0]:.2f} and {eigvals[1]:.2f}. "
            f"{twins(W[-1])} of 8 words have their twin nearest."
        )


def descend(W: list[list[float]], i: int, j: int, negatives: list[int], rate: float) -> None:
    """Move the vectors of one pair and its negatives down the gradient of their loss."""
    gradient = [(i, j, _sigmoid(-_dot(W[i], W[j])))]
    gradient += [(i, n, -_sigmoid(_dot(W[i], W[n]))) for n in negatives]
    old = [tuple(row) for row in W]
    for a, b, force in gradient:
        for k in range(2):
            W[a][k] += rate * force * old[b][k]
            W[b][k] += rate * force * old[a][k]


def twins(W: np.ndarray) -> int:
    """Return for how many words the nearest other one is their twin."""
    apart = np.linalg.norm(W[:, None] - W, axis=2) + np.diag(np.full(len(W), np.inf))
    return int(np.sum(apart.argmin(axis=1) == np.arange(len(W)) ^ 1))


def _lowest(negative: int, eigvecs: np.ndarray) -> np.ndarray:
    """Return the two strengths at which word2vec's own loss is lowest in the plane.

    By symmetry W is there the two eigenvectors, each times a number; X = W W^T then is a sum of two
    fixed matrices times the strengths, in which the loss is convex.
    """
    stats = statistics()
    chance = negative * stats.p_i[:, None] * stats.p_i
    parts = np.einsum("ik,jk->kij", eigvecs, eigvecs)
    strengths = np.ones(2)
    for _ in range(50):  # Newton
        s = 1 / (1 + np.exp(-np.tensordot(strengths, parts, 1)))
        slope = np.tensordot(parts, chance * s - stats.p_ij * (1 - s), 2)
        curvature = np.einsum("kij,lij,ij->kl", parts, parts, (stats.p_ij + chance) * s * (1 - s))
        strengths = strengths - np.linalg.solve(curvature, slope)
    return strengths


def _dot(a: list[float], b: list[float]) -> float:
    return a[0] * b[0] + a[1] * b[1]


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0

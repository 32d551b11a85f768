"""Exercises of Chapter 11, geometry from symmetry."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import curve_fit

import w2vlib
from w2vlib import CorpusStatistics, m_star

from ._answers import NO, RIGHT, YES, Part, number, word

ORDERED = Path(w2vlib.__file__).parent / "data" / "enwiki_ordered_words.npz"


def star() -> Sequence[Part]:
    """Ask for any kernel whose wave number 5 leads."""
    m = np.arange(12)
    value = np.cos(2 * np.pi * 5 * m / 12)
    slips = [
        (np.cos(2 * np.pi * m / 12), "there k = 1 leads: that is the ring in its order"),
        (np.cos(np.pi * m), "there k = 6 leads: neighbours fall on opposite points"),
        (np.ones(12), "there k = 0 leads, and centring removes it"),
    ]

    def judge(answer: Any) -> str:
        try:
            kernel = np.asarray(answer, dtype=float)
        except (TypeError, ValueError):
            return f"a {type(answer).__name__}; give 12 numbers, c_0 to c_11"
        if kernel.shape != (12,) or not np.isfinite(kernel).all():
            return f"its shape is {kernel.shape}; 12 finite numbers are wanted, c_0 to c_11"
        for wrong, message in slips:
            if np.allclose(kernel, wrong):
                return message
        if not np.allclose(kernel[1:], kernel[:0:-1]):
            return "not symmetric: c_m and c_(12-m) are the same distance on the ring"
        waves = np.fft.fft(kernel).real[:7]
        waves[0] = -np.inf  # centring removes the mean
        lead = np.flatnonzero(waves > waves.max() - 1e-9 * np.abs(kernel).max())
        if len(lead) > 1:
            return f"not yet: k = {', '.join(map(str, lead))} share the lead"
        return RIGHT if lead[0] == 5 else f"not yet: k = {lead[0]} leads"

    return [Part("kernel", "the kernel, c_0 to c_11", "array", judge, lambda: (value, slips))]


def years() -> np.ndarray:
    """Return the block of the years 1800 to 2010."""
    return _block([str(year) for year in range(1800, 2011)])


def _block(words: Sequence[str]) -> np.ndarray:
    ordered = CorpusStatistics.load(ORDERED)
    rows = [ordered.index[word] for word in words]
    return m_star(ordered)[np.ix_(rows, rows)]


def centuries() -> Sequence[Part]:
    """Ask for the leading eigenvalue of the 19th century, as forecast by the 20th."""
    matrix = years()

    def leading(part: np.ndarray, centred: bool = True) -> float:
        J = np.eye(len(part)) - centred / len(part)
        return float(np.linalg.eigvalsh(J @ part @ J)[-1])

    early, late = matrix[:100, :100], matrix[100:200, 100:200]

    def forecast(part: np.ndarray) -> float:
        """Return the largest eigenvalue of 100 years by the exponential nearest to a kernel."""
        kernel = [np.diagonal(part, q).mean() for q in range(len(part))]
        m = np.arange(len(part))
        found, _ = curve_fit(
            lambda x, a, length, floor: a * np.exp(-x / length) + floor,
            m,
            kernel,
            p0=(3, 20, -1),
            sigma=(len(m) - m) ** -0.5,
        )
        m = np.arange(100)
        return leading(found[0] * np.exp(-np.abs(m[:, None] - m) / found[1]))

    return [
        number(
            "forecast",
            "the largest eigenvalue of 1800 to 1899, by the exponential of 1900 to 1999",
            forecast(late),
            rtol=0.01,
            slips=[
                (leading(early), "that is the measured one"),
                (forecast(early), "that is the exponential of 1800 to 1899 itself"),
                (forecast(matrix), "that is the exponential of all years"),
            ],
        ),
        number(
            "measured",
            "the largest eigenvalue of the centred block of 1800 to 1899",
            leading(early),
            slips=[
                (leading(early, False), "centre the block first"),
                (leading(late), "that is the block of 1900 to 1999"),
                (leading(matrix), "that is the block of all years"),
            ],
        ),
    ]


def rounds() -> Sequence[Part]:
    """Ask whether round years attract each other more than years that end in another digit."""
    matrix, year = years(), np.arange(1800, 2011)

    def means(apart: int) -> np.ndarray:
        pairs = np.diagonal(matrix, apart)
        return np.array([pairs[year[:-apart] % 10 == digit].mean() for digit in range(10)])

    twenty, ten = means(20), means(10)
    return [
        number(
            "twenty",
            "the mean of the pairs that end in 0, twenty years apart",
            twenty[0],
            slips=[
                (twenty.mean(), "that is the mean of all ten"),
                (ten[0], "those are ten years apart"),
            ],
        ),
        number(
            "others",
            "the largest of the nine other means, twenty years apart",
            twenty[1:].max(),
            slips=[
                (twenty[1:].mean(), "that is their mean"),
                (ten[1:].max(), "those are ten years apart"),
                (twenty[0], "that is the mean of the round ones"),
            ],
        ),
        word(
            "ten",
            "do round years stand out at ten years, too? yes or no",
            NO,
            slips=[
                (each, "compare with the largest of the nine others, not with their mean")
                for each in YES
            ],
        ),
    ]


def week() -> Sequence[Part]:
    """Ask for the orders of the weekdays that are as good as the true one."""
    days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    matrix = _block(days)
    J = np.eye(7) - 1 / 7
    plane = np.linalg.eigh(J @ matrix @ J)[1][:, -2:]
    angle = 2 * np.pi * np.arange(7) / 7
    Q = np.column_stack([np.cos(angle), np.sin(angle)]) / np.sqrt(3.5)
    orders = np.array(list(permutations(range(7))))
    overlaps = np.sum((plane.T @ Q[orders]) ** 2, axis=(1, 2)) / 2
    good = int(np.sum(overlaps >= overlaps[0] - 1e-9))
    return [
        number(
            "orders",
            "how many of the 5,040 orders do as well as the week",
            good,
            rtol=1e-3,
            invited=False,
            slips=[
                (1, "a ring that is turned or read backwards is the same picture"),
                (7, "a ring may be read in both directions"),
                (2, "a ring may begin anywhere"),
            ],
        ),
        number(
            "smallest",
            "the smallest p that any block of seven names could have",
            14 / 5040,
            slips=[
                (1 / 5040, "the turned and the mirrored orders do as well as the true one"),
                (1e-4, "that is the limit of 10,000 shuffles, not of seven names"),
            ],
        ),
    ]


def lists() -> Sequence[Part]:
    """Ask how many neighbours among the centuries have swapped places."""
    ending = {1: "st", 2: "nd", 3: "rd", 21: "st"}
    matrix = _block([f"{k}{ending.get(k, 'th')}_century" for k in range(1, 22)])
    J = np.eye(21) - 1 / 21
    first = np.linalg.eigh(J @ matrix @ J)[1][:, -1]
    steps = np.diff(first * np.sign(first[-1] - first[0]))
    swapped = int(np.sum(steps < 0))
    return [
        number(
            "swapped",
            "how many of the 20 neighbours among the centuries have swapped places",
            swapped,
            rtol=1e-3,
            invited=False,
            slips=[
                (20 - swapped, "that is how many are in order: choose the sign of direction 1"),
                (0, "draw the centuries along direction 1 and look closely"),
            ],
        )
    ]


EXERCISES = {
    "ex-11-star": star,
    "ex-11-test": centuries,
    "ex-11-round": rounds,
    "ex-11-week": week,
    "ex-11-lists": lists,
}

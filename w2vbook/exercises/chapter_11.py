"""Exercises of Chapter 11, geometry from symmetry."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import curve_fit

import w2vlib
from w2vlib import CorpusStatistics, m_star

from ._answers import RIGHT, Part, number, word

ORDERED = Path(w2vlib.__file__).parent / "data" / "enwiki_ordered_words.npz"


def star() -> Sequence[Part]:
    """Ask for any kernel whose wave number 5 leads."""
    m = np.arange(12)
    value = np.cos(2 * np.pi * 5 * m / 12)
    slips = [
        (np.cos(2 * np.pi * m / 12), "there k = 1 leads: that is the ring in its order"),
        (np.cos(np.pi * m), "there k = 6 leads: neighbours fall on opposite points"),
        (np.ones(12), "there k = 0 leads, and centring takes it off"),
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
        waves[0] = -np.inf  # the mean is taken off
        lead = np.flatnonzero(waves > waves.max() - 1e-9 * np.abs(kernel).max())
        if len(lead) > 1:
            return f"not yet: k = {', '.join(map(str, lead))} share the lead"
        return RIGHT if lead[0] == 5 else f"not yet: k = {lead[0]} leads"

    return [Part("kernel", "the kernel, c_0 to c_11", "array", judge, lambda: (value, slips))]


def fair() -> Sequence[Part]:
    """Ask for the leading eigenvalue of the even years, as forecast by the odd ones."""
    ordered = CorpusStatistics.load(ORDERED)
    rows = [ordered.index[str(year)] for year in range(1800, 2011)]
    matrix = m_star(ordered)[np.ix_(rows, rows)]

    def leading(part: np.ndarray, centred: bool = True) -> float:
        J = np.eye(len(part)) - centred / len(part)
        return float(np.linalg.eigvalsh(J @ part @ J)[-1])

    even, odd = matrix[::2, ::2], matrix[1::2, 1::2]

    def fitted(part: np.ndarray, step: int) -> tuple[float, float]:
        """Return height and length, in years, of the exponential nearest to the kernel."""
        kernel = [np.diagonal(part, m).mean() for m in range(len(part))]
        m = np.arange(len(part))
        found, _ = curve_fit(
            lambda x, a, length, floor: a * np.exp(-x / length) + floor,
            step * m,
            kernel,
            p0=(3, 20, -1),
            sigma=(len(m) - m) ** -0.5,
        )
        return float(found[0]), float(found[1])

    def forecast(height: float, length: float, step: int, n: int) -> float:
        m = np.arange(n)
        return leading(height * np.exp(-step * np.abs(m[:, None] - m) / length))

    of_odd = fitted(odd, 2)
    return [
        number(
            "forecast",
            "its forecast: the largest eigenvalue by the exponential of the odd years",
            forecast(*of_odd, 2, len(even)),
            rtol=0.01,
            slips=[
                (leading(even), "that is the measured one"),
                (forecast(*of_odd, 1, len(even)), "even years are 2 apart, not 1"),
                (forecast(*of_odd, 1, len(matrix)), "that is for all years"),
            ],
        ),
        number(
            "measured",
            "the largest eigenvalue of the centred block of the even years",
            leading(even),
            slips=[
                (leading(even, False), "centre the block first"),
                (leading(odd), "that is the block of the odd years"),
                (leading(matrix), "that is the block of all years"),
            ],
        ),
    ]


def vectors() -> Sequence[Part]:
    """Ask which geometry survives in word vectors."""
    return [
        word(
            "better",
            "which survives better, years or months?",
            ["years"],
            slips=[("months", "compare the first eigenvalues of the two blocks")],
        ),
    ]


EXERCISES = {"ex-11-star": star, "ex-11-test": fair, "ex-11-vectors": vectors}

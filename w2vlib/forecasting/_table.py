"""A forecast in letters: what the printed table, the figure and the page share."""

import sys

import numpy as np

from .._support.types import FloatArray
from ._timetable import Timetable

_ROWS_PRINTED = 25


def time_grid(forecast: Timetable) -> FloatArray:
    """Return times from 0 to a little after the last mode, those of the modes among them."""
    return np.unique(np.append(np.linspace(0, 1.08 * forecast.times.max(), 700), forecast.times))


def decimals(first: float) -> int:
    """Digits after the point that show a time of this size to three figures or more."""
    return max(0, 3 - int(np.ceil(np.log10(first))))


def printable(word: str) -> str:
    """Return the word without characters that steer a terminal or are not allowed in a page."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in word)


def mode_name(forecast: Timetable, i: int, most: int = sys.maxsize) -> str:
    """Return the number of mode i and the first word at each end, cut to ``most`` letters."""
    words = [printable(end[0]) for end in forecast.words[i]]
    short = [word if len(word) <= most else f"{word[: most - 1]}…" for word in words]
    return f"{forecast.k[i]}  {' … '.join(short)}"


def printed_table(forecast: Timetable) -> str:
    """Return the table as ``print(forecast)`` shows it."""
    d, digits = len(forecast), decimals(forecast.times[0])
    lines = [
        f"Forecast: d={d}, sigma={forecast.sigma:g}, V={len(forecast.eigvecs):,}, "
        f"{forecast.n_tokens:,} tokens, window={forecast.window}",
        f"{'k':>3} {'eigenvalue':>10} {'gain %':>6} {'time':>{digits + 3}} "
        f"{'90 % of starts':>{2 * digits + 9}}  words at both ends",
    ]
    for i in range(min(d, _ROWS_PRINTED)):
        span = f"{forecast.times_low[i]:.{digits}f} to {forecast.times_high[i]:.{digits}f}"
        high, low = (", ".join(map(printable, words)) for words in forecast.words[i])
        lines.append(
            f"{forecast.k[i]:3d} {forecast.eigvals[i]:10.2f} {100 * forecast.gain[i]:6.1f} "
            f"{forecast.times[i]:{digits + 3}.{digits}f} {span:>{2 * digits + 9}}  {high} | {low}"
        )
    if d > _ROWS_PRINTED:
        lines.append(f"... and {d - _ROWS_PRINTED} more, to time {forecast.times[-1]:.{digits}f}")
    lines.append("time is learning rate x steps; for steps: .steps(learning_rate)")
    if forecast.last_mode_risk >= 0.05:
        lines.append(
            f"mode {d} is uncertain: in about {100 * forecast.last_mode_risk:.0f} % of starts "
            "a direction beyond it takes the last place"
        )
    return "\n".join(lines)

"""The cover: the learning clock without its settings, and a picture of it that needs no script."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import traitlets

from w2vlib import CorpusStatistics, flow_loss, learning_times, mode_strengths

from ._base import HERE, carried, module, words_at_ends
from .learning_clock import LearningClock

#: Sizes of the picture that stands in for the cloud, and of the staircase: wide, and on a phone.
SIZES = {"wide": (760, 500, 110), "narrow": (328, 244, 64)}
LETTER = 7.2  # mean width of a letter, in pixels
STRETCH = 1.5  # as in cover_clock.js


class CoverClock(LearningClock):
    """Drag time along the loss, and see the cloud of words unfold; the settings are fixed.

    It opens when the third direction is being learned.

    Parameters
    ----------
    stats : CorpusStatistics
        M* is taken of all its words, and all of them (2,000 at most) are shown.
    d : int
        Embedding dimension: the number of steps.
    sigma : float
        Standard deviation of the entries of W(0), 1e-12 to 0.1.
    moves : bool
        Whether time runs once on arrival, where the reader has nothing against motion.

    Raises
    ------
    W2VError
        As LearningClock does.

    Examples
    --------
    >>> from w2vlib import load_statistics
    >>> CoverClock(load_statistics(500))
    CoverClock(500 words, 6 steps, sigma=1e-08, t=0.53)
    """

    _file = "cover_clock"
    _esm = module("cover_clock")
    _css = "\n".join((HERE / f"{name}.css").read_text(encoding="utf-8") for name in ("kit", _file))

    moves = traitlets.Bool(False).tag(sync=True)

    @traitlets.default("_linked")
    def _nothing_linked(self) -> dict[str, dict[str, Any]]:
        return {}  # no settings, so nothing that a link to the cover would carry

    def __init__(
        self, stats: CorpusStatistics, *, d: int = 6, sigma: float = 1e-8, moves: bool = False
    ) -> None:
        super().__init__(stats, d=d, sigma=sigma)
        size = 2 * len(self.words)  # the cover shows no others
        self.eigvecs, self.steps = self.eigvecs[: self.d * size], self.steps[: 8 * self.d]
        self.eigvals = self._values()[: self.d].tobytes()
        self.modes = self.d
        self.moves = moves
        self.t = float(self._times()[min(3, self.d) - 1])

    def __repr__(self) -> str:
        """Return what is shown, without an address."""
        return (
            f"CoverClock({len(self.words):,} words, {self.d} steps, sigma={self.sigma:g}, "
            f"t={self.t:.2g})"
        )

    def text_alternative(self) -> str:
        """Return what the figure shows, in words."""
        vectors = carried(self.eigvecs, self.steps)
        told = []
        for k, time in enumerate(self._times()[:3]):
            high, low = words_at_ends(self.words, vectors[:, k], 3)
            told.append(f"at t = {time:.3g} {high} part from {low}")
        return (
            f"Interactive figure: a cloud of {len(self.words):,} words and, below it, the loss, "
            f"which falls in {self.d} steps and is the slider for time. At first all words lie at "
            f"one point. Step by step the cloud opens to a line and to a plane: {'; '.join(told)}."
        )


def still(values: Mapping[str, Any]) -> str:
    """Return HTML that shows a clock as its traits have it: a picture until scripts run."""
    words = list(values["words"])
    eigvals = np.frombuffer(values["eigvals"], "<f8")
    vectors = carried(values["eigvecs"], values["steps"])
    start = values["sigma"] ** 2 * np.arange(len(eigvals), 0, -1)
    times = learning_times(eigvals, start)
    end = float((times + 6 / eigvals).max())
    t = np.append(np.linspace(0, end, 200), values["t"])
    loss = flow_loss(mode_strengths(t, eigvals, start), eigvals, total=values["squared_norm"])
    scale = np.sqrt(np.array([eigvals[:2], mode_strengths([values["t"]], eigvals, start)[0, :2]]))
    full, now = vectors[:, :2] * scale[0], vectors[:, :2] * scale[1]
    rows = [*np.ravel([_ends(vectors[:, k]) for k in (0, 1)])]
    rows += [row for row in map(words.index, values["labels"]) if row not in rows]
    parts = []
    for name, (width, height, low) in SIZES.items():
        cloud = _cloud(full, now, rows, words, width, height)
        stairs = _stairs(t, loss, width, low)
        parts.append(f'<div class="cover-still-{name}">{cloud}{stairs}</div>')
    return f'<div class="cover-still" aria-hidden="true">{"".join(parts)}</div>'


def _ends(column: np.ndarray) -> np.ndarray:
    order = np.argsort(-column, kind="stable")
    return np.append(order[:3], order[:-4:-1])


def _cloud(
    full: np.ndarray,
    now: np.ndarray,
    rows: Sequence[int],
    words: Sequence[str],
    width: int,
    height: int,
) -> str:
    """Draw the words at ``now``, on the scales at which ``full`` fills the picture."""
    low, high = full.min(axis=0), full.max(axis=0)
    room = np.array([width - min(120, width / 5), height - 36]) / (high - low)
    unit = np.minimum(room, STRETCH * room.min())
    x, y = ((now - (low + high) / 2) * unit * (1, -1) + (width / 2, height / 2)).T
    taken: list[tuple[float, float, float]] = []  # left, right, middle line
    texts = []
    for row in rows:
        wide = LETTER * len(words[row])
        left = x[row] + 7 if x[row] + 7 + wide < width else x[row] - 7 - wide
        if all(left + wide < a or left > b or abs(y[row] - c) > 16 for a, b, c in taken):
            taken.append((min(left, x[row] - 4), max(left + wide, x[row] + 4), y[row]))
            texts.append(
                (row, f'<text x="{left:.0f}" y="{y[row] + 5:.0f}">{html.escape(words[row])}</text>')
            )
    dots = "".join(f"M{a:.0f} {b:.0f}h0" for a, b in zip(x, y, strict=True))
    marks = "".join(f"M{x[row]:.0f} {y[row]:.0f}h0" for row, _ in texts)
    return (
        f'<svg class="cloud" viewBox="0 0 {width} {height}"><path class="points" d="{dots}"/>'
        f'<path class="marks" d="{marks}"/>{"".join(text for _, text in texts)}</svg>'
    )


def _stairs(t: np.ndarray, loss: np.ndarray, width: int, height: int) -> str:
    """Draw the loss over time; the last of the times is the one that is shown."""
    low = loss.min() - 0.1 * (loss.max() - loss.min())
    x = 12 + (width - 24) * t / t.max()
    y = 13 + (height - 31) * (loss.max() - loss) / (loss.max() - low)
    line = "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x[:-1], y[:-1], strict=True))
    return (
        f'<svg class="stairs" viewBox="0 0 {width} {height}"><path class="line" d="{line}"/>'
        f'<circle r="11" cx="{x[-1]:.1f}" cy="{y[-1]:.1f}"/></svg>'
    )

"""Chapters 1 and 6: one direction after another is learned, and the cloud of words unfolds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import traitlets

from w2vlib import (
    CorpusStatistics,
    W2VError,
    flow_loss,
    learning_times,
    m_star,
    mode_strengths,
    top_eigenpairs,
)
from w2vlib._support.validation import number_between, whole_number

from ._base import SIGMAS, Interactive, carried, quantised, rows_of, words_at_ends
from ._tables import TIMES, Shown, Table, numbered
from .matrix_viewer import WORDS

MODES = 20
MOST_WORDS = 2000
LEVELS = 2047  # of an entry, on either side of 0: a fifth of a pixel of the cloud, or less


class LearningClock(Interactive):
    r"""Drag time, and watch the directions of word space being learned one by one.

    Three linked panels: the squared singular values of W,

    .. math:: s_k^2(t) = \frac{\lambda_k}{1 + (\lambda_k / s_k^2(0) - 1)\, e^{-\lambda_k t}},
        \qquad s_k^2(0) = \sigma^2 (d - k + 1)

    the loss :math:`\frac18 \|M^* - W W^T\|_F^2`, and the words at :math:`u_{ik} s_k(t)` on two
    directions. The start is the mean of the effective start of a random W(0), sigma squared times a
    chi-square with d - k + 1 degrees of freedom. The browser computes all of it. Entries of U
    travel as whole numbers times a step for each direction, its largest entry over 2,047.

    Parameters
    ----------
    stats : CorpusStatistics
        M* is taken of all its words.
    d : int, optional
        Embedding dimension shown first, up to 20 and to the number of positive eigenvalues; by
        default the largest.
    sigma : float
        Standard deviation of the entries of W(0), 1e-12 to 0.1.
    t : float, optional
        Time shown first, learning rate times steps; by default when the third direction is being
        learned.
    directions : (int, int)
        Those shown across and up, counted from 1.
    n_words : int
        How many words the cloud holds, most frequent first, up to 2,000.
    labels : sequence of str, optional
        Words of the cloud to be named where there is room, the most important first; the outermost
        words on both directions are named before them. By default 24 words of six themes.
    word : str
        A word to highlight; the reader may search for another.

    Raises
    ------
    W2VError
        A number out of range, an unknown word, or no positive eigenvalue.

    References
    ----------
    Saxe, McClelland and Ganguli (2014); Karkada et al. (2025), arXiv 2502.09863.

    Examples
    --------
    >>> from w2vlib import load_statistics
    >>> LearningClock(load_statistics(500), d=10)
    LearningClock(500 words, d=10 of 20 directions, sigma=1e-06)
    """

    linked = ("d", "sigma", "t", "directions", "word")
    lengths: ClassVar[dict[str, int]] = {"directions": 2}

    words = traitlets.List(traitlets.Unicode()).tag(sync=True)
    labels = traitlets.List(traitlets.Unicode()).tag(sync=True)
    modes = traitlets.Int().tag(sync=True)
    squared_norm = traitlets.Float().tag(sync=True)
    eigvals = traitlets.Bytes().tag(sync=True)
    eigvecs = traitlets.Bytes().tag(sync=True)
    steps = traitlets.Bytes().tag(sync=True)
    d = traitlets.Int(1).tag(sync=True)
    sigma = traitlets.Float(1e-6).tag(sync=True)
    t = traitlets.Float(0.0).tag(sync=True)
    directions = traitlets.List(traitlets.Int()).tag(sync=True)
    word = traitlets.Unicode().tag(sync=True)

    _check = traitlets.validate("d", "sigma", "t", "directions")(Interactive.in_range)

    def __init__(
        self,
        stats: CorpusStatistics,
        *,
        d: int | None = None,
        sigma: float = 1e-6,
        t: float | None = None,
        directions: tuple[int, int] = (1, 2),
        n_words: int = MOST_WORDS,
        labels: Sequence[str] | None = None,
        word: str = "",
    ) -> None:
        matrix = m_star(stats, dtype=np.float32)
        eigvals, eigvecs = top_eigenpairs(matrix, min(MODES, len(matrix)))
        modes = int((eigvals > 1e-5 * abs(eigvals[0])).sum())
        if modes < 2:
            raise W2VError(
                f"M* of {len(matrix)} words has {modes} positive eigenvalues, and the cloud needs "
                f"2; take statistics with more words"
            )
        n_words = min(whole_number("n_words", n_words, least=2, most=MOST_WORDS), len(matrix))
        shown = stats.words[:n_words]
        index = {known: row for row, known in enumerate(shown)}
        if labels is None:
            labels = [theme for theme in WORDS if theme in index]
        rows_of([*labels, *([word] if word else [])], shown, index)
        whole_eigvecs, steps = quantised(eigvecs[:n_words, :modes], LEVELS, "<i2")
        super().__init__(
            words=list(shown),
            labels=list(labels),
            modes=modes,
            squared_norm=float(np.sum(np.square(matrix, dtype=np.float64))),
            eigvals=eigvals[:modes].astype("<f8").tobytes(),
            eigvecs=whole_eigvecs,
            steps=steps,
            d=modes if d is None else whole_number("d", d, least=1, most=modes),
            sigma=number_between("sigma", sigma, *SIGMAS),
            directions=list(directions),
            word=word,
        )
        third = min(3, self.d) - 1  # one time constant before half its height: at a quarter
        self.t = float(max(self._times()[third] - 1 / eigvals[third], 0)) if t is None else t

    def _start(self) -> np.ndarray:
        return self.sigma**2 * np.arange(self.d, 0, -1)

    def _times(self) -> np.ndarray:
        return np.maximum(learning_times(self._values()[: self.d], self._start()), 0.0)

    def _values(self) -> np.ndarray:
        return np.frombuffer(self.eigvals, "<f8")

    def numbers(self) -> Shown:
        """Return the strengths and the loss over time, the directions, and the words' places."""
        eigvals, start, times = self._values()[: self.d], self._start(), self._times()
        end = float((times + 6 / eigvals).max())  # of the axis, as in flow.js
        now = min(self.t, end)
        t = np.linspace(0, end, TIMES)
        curves = mode_strengths(t, eigvals, start)  # (T, d)
        loss = flow_loss(curves, eigvals, total=self.squared_norm)
        strengths = mode_strengths([now], eigvals, start)[0]
        course = {"time t": t, **numbered("s² of direction {}", curves)}
        course["loss, % of its start"] = 100 * loss / loss[0]
        modes = {"direction": np.arange(1, self.d + 1), "eigenvalue": eigvals, "s² at t = 0": start}
        modes |= {"s² now": strengths, "half learned at t": times}
        vectors = carried(self.eigvecs, self.steps)
        length = np.append(np.sqrt(strengths), np.zeros(self.modes - self.d))  # beyond d nothing
        cloud: dict[str, Any] = {"word": self.words}
        for side, k in zip(("across", "up"), self.directions, strict=True):
            cloud[f"{side}: direction {k}"] = vectors[:, k - 1] * length[k - 1]
        return Shown(
            f"d = {self.d}, sigma = {self.sigma:g}, t = {now:.4g}",
            [
                Table("Squared singular values s² of W, and the loss, by time", course),
                Table(f"Directions at t = {now:.4g}", modes),
                Table(f"Cloud of words at t = {now:.4g}", cloud),
            ],
        )

    def limits(self) -> dict[str, tuple[float, float | None]]:
        """Return the range of each number in a setting."""
        most = self.modes
        return {"d": (1, most), "sigma": SIGMAS, "t": (0, None), "directions": (1, most)}

    def __repr__(self) -> str:
        """Return what is shown, without an address."""
        return (
            f"LearningClock({len(self.words):,} words, d={self.d} of {self.modes} directions, "
            f"sigma={self.sigma:g})"
        )

    def text_alternative(self) -> str:
        """Return what the figure shows, in words."""
        times = self._times()
        eigvals = self._values()[: self.d]
        vectors = carried(self.eigvecs, self.steps)
        told = []
        for k in range(min(4, self.d)):
            high, low = words_at_ends(self.words, vectors[:, k], 3)
            told.append(f"direction {k + 1} ({high} / {low}) at t = {times[k]:.3g}")
        ends = mode_strengths([0.0, times.max() + 6 / eigvals.min()], eigvals, self._start())
        first, last = flow_loss(ends, eigvals, total=self.squared_norm)
        return (
            f"Interactive figure: time is dragged, and the squared singular values of W rise one "
            f"by one, the loss falls in steps, and the cloud of {len(self.words):,} words grows "
            f"from a point to a line to a plane. From a start of sigma = {self.sigma:g} in "
            f"d = {self.d} dimensions the first directions reach half their height in this order: "
            f"{'; '.join(told)}. In the end the loss has fallen {1 - last / first:.1%}."
        )

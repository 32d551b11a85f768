"""What a training run leaves behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .._support.errors import W2VError
from ..vectors import Embeddings


@dataclass(frozen=True, eq=False, repr=False)
class History:
    """What was recorded while a model learned: T recordings, the first of them at the start.

    Parameters
    ----------
    steps, times : (T,)
        Steps taken, and gradient-flow time t = learning rate x steps.
    loss : (T,)
        The full loss, summed over all pairs (also under SGD). For the quadratic loss it is
        1/8 sum G (x - M*)^2, without the constant of the Taylor expansion.
    singular_values : (T, d)
        Of W, falling: s_k(t).
    W : (V, d)
        The word vectors at the end.
    C : (V, d), optional
        The context vectors at the end of an untied run; None where the weights are tied.
    stopped : str
        Why the run ended early; empty where it did not.
    words : tuple of str, optional
        The vocabulary, where the run began from statistics.
    title : str
        The run in words.
    embedding_steps : (n,)
        The steps at which whole matrices W were kept; ``embeddings`` (n, V, d) are these.
    """

    steps: np.ndarray
    times: np.ndarray
    loss: np.ndarray
    singular_values: np.ndarray
    W: np.ndarray
    C: np.ndarray | None = None
    stopped: str = ""
    words: tuple[str, ...] | None = None
    title: str = ""
    embedding_steps: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    _embeddings: np.ndarray | None = None

    @property
    def embeddings(self) -> np.ndarray:
        """(n, V, d): W at each of ``embedding_steps``, which are all ``steps`` unless chosen.

        Raises
        ------
        W2VError
            None were kept.
        """
        if self._embeddings is None or not len(self._embeddings):
            size = len(self.steps) * self.W.nbytes / 1e6
            raise W2VError(
                f"this run kept no embeddings on its way; pass keep_embeddings=True ({size:,.0f} MB"
                f" for {len(self.steps)} recordings) or the steps you need; the last are in .W"
            )
        return self._embeddings

    def to_embeddings(self, words: Sequence[str] | None = None) -> Embeddings:
        """Return the word vectors at the end as :class:`Embeddings`.

        ``words`` are needed only where the run began from a matrix, which has none.
        """
        words = self.words if words is None else tuple(words)
        if words is None:
            raise W2VError(
                f"this run began from a matrix: pass the {len(self.W)} words of its rows, "
                f"history.to_embeddings(stats.words)"
            )
        return Embeddings(tuple(words), self.W)

    def __len__(self) -> int:
        return len(self.steps)

    def __repr__(self) -> str:
        V, d = self.W.shape
        lines = [f"History({self.title}; V={V:,}, d={d}, {len(self)} recordings)"]
        if self.stopped:
            lines.append(f"stopped: {self.stopped}")
        lines.append(f"{'step':>10} {'time':>11} {'loss':>12}   largest singular values")
        for row in np.unique(np.linspace(0, len(self) - 1, 6).round().astype(int)):
            values = " ".join(f"{s:9.3g}" for s in self.singular_values[row, :4])
            lines.append(
                f"{self.steps[row]:10,} {self.times[row]:11.5g} {self.loss[row]:12.6g}   {values}"
            )
        return "\n".join(lines)


class DivergenceError(W2VError):
    """The loss exploded. What was recorded until then is in ``history``."""

    def __init__(self, message: str, history: History) -> None:
        super().__init__(message)
        self.history = history


class Recorder:
    """Collects recordings; each is added as a whole, so that an interrupt leaves no half one."""

    def __init__(self, due: np.ndarray, kept: np.ndarray, shape: tuple[int, ...]) -> None:
        self.due, self.shape = np.union1d(due, kept), shape
        self._measured, self._kept = set(due.tolist()), set(kept.tolist())
        self.rows: list[tuple[int, float, np.ndarray, np.ndarray | None]] = []

    @property
    def last(self) -> int:
        """Step of the last recording; -1 before the first."""
        return self.rows[-1][0] if self.rows else -1

    def next_due(self, step: int) -> int:
        """First step to record after ``step``, or a huge one."""
        later = self.due[self.due > step]
        return int(later[0]) if len(later) else 1 << 62

    def is_due(self, step: int) -> bool:
        return step > self.last and (step in self._measured or step in self._kept)

    def add(self, step: int, loss: float, W: np.ndarray) -> None:
        finite = bool(np.isfinite(W).all())
        s = (
            np.linalg.svd(W.astype(np.float64), compute_uv=False)
            if finite
            else np.full(W.shape[1], np.nan)
        )
        self.rows.append((step, loss, s, W.copy() if step in self._kept else None))

    def to_arrays(self) -> dict[str, np.ndarray]:
        """All recordings as arrays, as a checkpoint holds them."""
        kept = [row for row in self.rows if row[3] is not None]
        return {
            "record_steps": np.array([row[0] for row in self.rows], np.int64),
            "record_loss": np.array([row[1] for row in self.rows], np.float64),
            "record_s": np.array([row[2] for row in self.rows]).reshape(-1, self.shape[1]),
            "kept_steps": np.array([row[0] for row in kept], np.int64),
            "kept": np.array([row[3] for row in kept]).reshape(-1, *self.shape),
        }

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        kept = dict(zip(arrays["kept_steps"].tolist(), arrays["kept"], strict=True))
        names = ("record_steps", "record_loss", "record_s")
        self.rows = [
            (int(step), float(loss), s, kept.get(int(step)))
            for step, loss, s in zip(*(arrays[name] for name in names), strict=True)
        ]

    def history(self, learning_rate: float, **others: Any) -> History:
        arrays = self.to_arrays()
        return History(
            arrays["record_steps"],
            arrays["record_steps"] * learning_rate,
            arrays["record_loss"],
            arrays["record_s"],
            embedding_steps=arrays["kept_steps"],
            _embeddings=arrays["kept"],
            **others,
        )

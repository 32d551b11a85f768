"""What a training run leaves behind."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from .._support.errors import W2VError
from .._support.validation import word_list
from ..vectors import Embeddings


@dataclass(frozen=True, eq=False, repr=False)
class History:
    """What was recorded while a model learned: T recordings, the first of them at the start.

    Parameters
    ----------
    steps, times : (T,)
        Steps taken, and gradient-flow time t = learning rate x steps.
    loss : (T,)
        Summed over all pairs, also under SGD. For the quadratic loss it is 1/8 sum G (x - M*)^2,
        without the constant of the Taylor expansion.
    singular_values : (T, d)
        Of W, descending: s_k(t).
    W, C : (V, d)
        Word and context vectors at the end; C is None where the weights are tied.
    stopped, title : str
        Why the run ended early, empty where it did not; and the run in words.
    words : tuple of str, optional
        The vocabulary, where the run began from statistics.
    embedding_steps : (n,)
        The steps at which ``embeddings``, whole matrices W, were kept.
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
        """(n, V, d): W at each of ``embedding_steps``, which are all ``steps`` unless chosen."""
        if not len(self):
            trouble = f"this run was {self.stopped} before its first recording"
            raise W2VError(f"{trouble}; its vectors are in .W")
        if self._embeddings is None or not len(self._embeddings):
            size = len(self.steps) * self.W.nbytes / 1e6
            raise W2VError(
                f"this run kept no embeddings on its way; pass keep_embeddings=True ({size:,.0f} MB"
                f" for {len(self.steps)} recordings) or the steps you need; the last are in .W"
            )
        return self._embeddings

    def to_embeddings(self, words: Sequence[str] | None = None) -> Embeddings:
        """Return the word vectors at the end; only a run from a matrix needs ``words``."""
        words = self.words if words is None else word_list(words)
        if words is None:
            raise W2VError(
                f"this run began from a matrix: pass the {len(self.W)} words of its rows, "
                f"history.to_embeddings(stats.words)"
            )
        return Embeddings(words, self.W)

    def __len__(self) -> int:
        return len(self.steps)

    def __repr__(self) -> str:
        V, d = self.W.shape
        lines = [f"History({self.title}; V={V:,}, d={d}, {len(self)} recordings)"]
        if self.stopped:
            lines.append(f"stopped: {self.stopped}")
        lines.append(f"{'step':>10} {'time':>11} {'loss':>12}   largest singular values")
        for row in np.linspace(0, len(self) - 1, min(6, len(self))).round().astype(int):
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

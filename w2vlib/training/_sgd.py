"""Stochastic gradient descent: steps along the gradients of pairs that are drawn."""

import time
from collections.abc import Callable

import numpy as np

from .._support.errors import W2VError
from ._sgd_kernels import alias_tables, take_steps

_PAUSE = 0.1  # seconds between looks at the progress bar and Ctrl-C
_PAIRS_AHEAD = 4096  # drawn before the learning, so that their cache misses overlap


class StochasticGradientDescent:
    """A model that learns from drawn pairs, with the methods of ``GradientDescent``."""

    def __init__(
        self,
        A: np.ndarray,
        B: np.ndarray,
        start: list[np.ndarray],
        rate: float,
        *,
        sgns: bool,
        negative: int,
        batch_size: int | None,
        full_loss: Callable[[list[np.ndarray]], float],
        rng: np.random.Generator,
    ) -> None:
        a, b = A.sum(axis=1), B.sum(axis=1)
        if (a <= 0).any():
            raise W2VError(
                f"{int((a <= 0).sum())} words, first that of row {int(np.argmin(a))}, have no "
                f"positive pairs, so SGD never draws them; leave them out, or take "
                f"method='gradient_descent'"
            )
        is_product = np.allclose(B * b.sum(), np.outer(b, B.sum(axis=0)), rtol=1e-10, atol=0)
        drawn = B.sum(axis=0)[None] if is_product else B
        self._tables = (alias_tables(a[None]), alias_tables(A), alias_tables(drawn))
        self._negative_weight = b / (a * negative)  # a centre comes a_i times but owes b_i
        self._sgns, self._rate, self._batch = sgns, rate * float(a.sum()), batch_size or 0
        self._pairs = np.empty((max(_PAIRS_AHEAD, self._batch), negative + 2), np.int32)
        self._full_loss = full_loss
        seed = rng.integers(1 << 64, dtype=np.uint64)
        self._names = "WC"[: len(start)]
        self.restore({"clock": np.array([seed, 0], np.uint64), "W": start[0], "C": start[-1]})

    def restore(self, state: dict[str, np.ndarray]) -> None:
        self._vectors = [state[name].copy() for name in self._names]
        self._sums = [np.zeros_like(X) for X in self._vectors]
        self._clock = state["clock"].copy()

    def state(self) -> dict[str, np.ndarray]:
        vectors = dict(zip(self._names, self.vectors(), strict=True))
        return {"step": np.array(self.step), "clock": self._clock.copy(), **vectors}

    @property
    def step(self) -> int:
        return int(self._clock[1])

    def vectors(self) -> list[np.ndarray]:
        return [X.copy() for X in self._vectors]

    def is_finite(self) -> bool:
        return all(bool(np.isfinite(X).all()) for X in self._vectors)

    def loss(self) -> float:
        return self._full_loss(self.vectors())

    def advance(self, until: int) -> None:
        W, C, sum_W, sum_C = (X[i] for X in (self._vectors, self._sums) for i in (0, -1))
        pause = time.perf_counter() + _PAUSE
        while self.step < until and time.perf_counter() < pause:
            steps = min(until - self.step, len(self._pairs) // max(self._batch, 1))
            take_steps(
                W, C, sum_W, sum_C, *self._tables, self._negative_weight, self._sgns, self._rate,
                self._batch, steps, self._clock, self._pairs,
            )  # fmt: skip

"""Gradient descent on a loss over all pairs (torch)."""

import time

import numpy as np

from ._losses import Loss
from ._tensors import torch

_PAUSE = 0.1  # seconds between looks at the clock, the progress bar and Ctrl-C


class GradientDescent:
    """A model that steps down the gradient of all pairs."""

    def __init__(
        self, loss: Loss, start: list[np.ndarray], rate: float, dtype: str, device: str
    ) -> None:
        self._loss, self._rate = loss, rate
        self._kind = {"dtype": getattr(torch, dtype), "device": device}
        self._names = "WC"[: len(start)]
        self.restore({"step": np.array(0), "W": start[0], "C": start[-1]})

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Take up a state that :meth:`state` gave."""
        vectors = [torch.tensor(state[name].T.copy(), **self._kind) for name in self._names]
        # Replaced as a whole, so that an interrupt cannot separate the step from its vectors.
        self._now = (int(state["step"]), vectors)
        self._known: tuple[int, float, list[torch.Tensor]] = (-1, np.nan, [])

    def state(self) -> dict[str, np.ndarray]:
        """Return all that the next step depends on."""
        step, vectors = self._now
        arrays = [np.array(X.cpu().numpy().T, order="C") for X in vectors]
        return {"step": np.array(step), **dict(zip(self._names, arrays, strict=True))}

    @property
    def step(self) -> int:
        return self._now[0]

    def vectors(self) -> list[np.ndarray]:
        """Return copies of W, and of C in an untied model, (V, d)."""
        return list(self.state().values())[1:]

    def is_finite(self) -> bool:
        return all(bool(torch.isfinite(X).all()) for X in self._now[1])

    def loss(self) -> float:
        step, vectors = self._now
        if self._known[0] != step or np.isnan(self._known[1]):
            self._known = (step, *self._loss(vectors, True))  # the next step uses the gradient
        return self._known[1]

    def advance(self, until: int) -> None:
        """Go on to step ``until``, or for a moment."""
        pause = time.perf_counter() + _PAUSE
        while self.step < until and time.perf_counter() < pause:
            step, vectors = self._now
            if self._known[0] != step:
                self._known = (step, *self._loss(vectors, False))
            pairs = zip(vectors, self._known[2], strict=True)
            self._now = (step + 1, [torch.sub(X, g, alpha=self._rate) for X, g in pairs])

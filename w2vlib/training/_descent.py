"""Losses over all pairs, with their gradients, and gradient descent on them (torch).

Vectors are held as (d, V), a column for each word: so the product with M* runs along its rows.
"""

from __future__ import annotations

import time

import numpy as np
import torch

from .._support.validation import largest_asymmetry

_BLOCK = 1 << 18  # entries of x = W C^T that are worked on at a time, near the cache
_PAUSE = 0.1  # seconds between looks at the clock, the progress bar and Ctrl-C


def _times(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply; on the CPU by NumPy's BLAS, which is as fast as torch's or faster."""
    return torch.from_numpy(a.numpy() @ b.numpy()) if a.device.type == "cpu" else a @ b


def _tensor(X: np.ndarray, dtype: str, device: str) -> torch.Tensor:
    X = X if X.flags.writeable else X.copy()  # torch warns of what it could overwrite
    return torch.as_tensor(X, dtype=getattr(torch, dtype), device=device)


class EvenSquares:
    """1/8 || M - W C^T ||^2, without ever forming W C^T."""

    def __init__(self, M: np.ndarray, dtype: str, device: str) -> None:
        self.at_zero = float(np.vdot(M, M)) / 8
        self.M = _tensor(M, dtype, device)

    def __call__(
        self, vectors: list[torch.Tensor], with_loss: bool
    ) -> tuple[float, list[torch.Tensor]]:
        """Return the loss (nan unless asked for) and its gradients."""
        W, C = vectors[0], vectors[-1]
        CM, CC = _times(C, self.M), _times(C, C.T)  # (d, V), (d, d)
        WW = _times(W, W.T) if with_loss or len(vectors) == 2 else CC
        loss = np.nan
        if with_loss:
            loss = self.at_zero + float((CC * WW).sum() - 2 * (W * CM).sum()) / 8
        to_W = _times(CC, W).sub_(CM)
        if len(vectors) == 1:
            return loss, [to_W.div_(2)]
        return loss, [to_W.div_(4), _times(WW, C).sub_(_times(W, self.M)).div_(4)]


class WeightedPairs:
    """sum A f(-x) + B f(x) for f(x) = log(1 + e^x), or for its parabola up to a constant.

    As f(-x) = f(x) - x, this is sum G f(x) - A x with the slopes G f'(x) - A, where G = A + B.
    """

    def __init__(
        self, A: np.ndarray, B: np.ndarray, *, sgns: bool, tied: bool, dtype: str, device: str
    ) -> None:
        G = A + B
        if tied:  # x is symmetric: it meets the symmetric parts only
            A, G = ((X + X.T) / 2 if largest_asymmetry(X) else X for X in (A, G))
        if sgns:
            self.at_zero = float(G.sum()) * float(np.log(2))
        else:
            twice = 2 * A - G  # G M* / 2
            self.at_zero = float(
                np.divide(twice**2, 2 * G, out=np.zeros_like(G), where=G > 0).sum()
            )
        self.sgns = sgns
        self.A, self.G = _tensor(A, dtype, device), _tensor(G, dtype, device)

    def __call__(
        self, vectors: list[torch.Tensor], with_loss: bool
    ) -> tuple[float, list[torch.Tensor]]:
        """Return the loss (nan unless asked for) and its gradients."""
        W, C = vectors[0], vectors[-1]
        gradients = [torch.zeros_like(X) for X in vectors]
        loss = 0.0 if self.sgns else self.at_zero
        size = max(_BLOCK // len(self.A), 1)
        for begin in range(0, len(self.A), size):
            rows = slice(begin, begin + size)
            x, A, G = _times(W[:, rows].T, C), self.A[rows], self.G[rows]
            if with_loss:
                f = torch.nn.functional.softplus(x) if self.sgns else x / 2 + x**2 / 8
                loss += float((G * f - A * x).sum())
            slope = torch.addcmul(-A, G, torch.sigmoid(x) if self.sgns else x / 4 + 0.5)
            gradients[0][:, rows] = _times(C, slope.T)
            if len(vectors) == 2:
                gradients[1] += _times(W[:, rows], slope)
        if len(vectors) == 1:
            gradients[0] *= 2
        return loss if with_loss else np.nan, gradients


Objective = EvenSquares | WeightedPairs


def loss_of(objective: Objective, vectors: list[np.ndarray]) -> float:
    """Loss of vectors (V, d)."""
    return objective([torch.from_numpy(np.ascontiguousarray(X.T)) for X in vectors], True)[0]


class GradientDescent:
    """Steps down the gradient of all pairs."""

    def __init__(
        self, objective: Objective, start: list[np.ndarray], rate: float, dtype: str, device: str
    ) -> None:
        self._objective, self._rate = objective, rate
        self._kind = {"dtype": getattr(torch, dtype), "device": device}
        self._names = "WC"[: len(start)]
        self.restore({"step": np.array(0), "W": start[0], "C": start[-1]})

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Take up a state that :meth:`state` gave."""
        vectors = [torch.tensor(state[name].T.copy(), **self._kind) for name in self._names]
        self._at = (int(state["step"]), vectors)  # replaced as a whole: an interrupt cannot part it
        self._known: tuple[int, float, list[torch.Tensor]] = (-1, np.nan, [])

    def state(self) -> dict[str, np.ndarray]:
        """Return all that the next step depends on."""
        return {"step": np.array(self.step), **dict(zip(self._names, self.vectors(), strict=True))}

    @property
    def step(self) -> int:
        return self._at[0]

    def vectors(self) -> list[np.ndarray]:
        """Return copies of W, and of C in an untied model, (V, d)."""
        return [np.array(X.cpu().numpy().T, order="C") for X in self._at[1]]

    def is_finite(self) -> bool:
        return all(bool(torch.isfinite(X).all()) for X in self._at[1])

    def loss(self) -> float:
        step, vectors = self._at
        if self._known[0] != step or np.isnan(self._known[1]):
            self._known = (step, *self._objective(vectors, True))  # the next step uses the gradient
        return self._known[1]

    def advance(self, until: int) -> None:
        """Go on to step ``until``, or for a moment."""
        pause = time.perf_counter() + _PAUSE
        while self._at[0] < until and time.perf_counter() < pause:
            step, vectors = self._at
            if self._known[0] != step:
                self._known = (step, *self._objective(vectors, False))
            moved = [
                torch.sub(X, g, alpha=self._rate)
                for X, g in zip(vectors, self._known[2], strict=True)
            ]
            self._at = (step + 1, moved)

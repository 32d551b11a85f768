"""Losses over all pairs, with their gradients (torch).

Vectors are held as (d, V), a column for each word: so the product with M* runs along its rows.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import numpy as np

from .._support.threads import one_blas_thread
from .._support.validation import largest_asymmetry
from ._tensors import torch

Tensors = list[torch.Tensor]
_BLOCK = 1 << 18  # entries of x = W C^T that are worked on at a time, near the cache


def _matmul(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply; on the CPU by NumPy's BLAS, which is as fast as torch's or faster."""
    return torch.from_numpy(a.numpy() @ b.numpy()) if a.device.type == "cpu" else a @ b


def _tensor(X: np.ndarray, dtype: str, device: str) -> torch.Tensor:
    X = X if X.flags.writeable else X.copy()  # torch warns of what it could overwrite
    return torch.as_tensor(X, dtype=getattr(torch, dtype), device=device)


class LeastSquares:
    """1/8 || M - W C^T ||^2, without ever forming W C^T."""

    def __init__(self, M: np.ndarray, dtype: str, device: str) -> None:
        self.at_zero = float(np.vdot(M, M)) / 8
        self.M = _tensor(M, dtype, device)

    def __call__(self, vectors: Tensors, with_loss: bool) -> tuple[float, Tensors]:
        """Return the loss (nan unless asked for) and its gradients."""
        W, C = vectors[0], vectors[-1]
        CM, CC = _matmul(C, self.M), _matmul(C, C.T)  # (d, V), (d, d)
        WW = _matmul(W, W.T) if with_loss or len(vectors) == 2 else CC
        loss = np.nan
        if with_loss:
            loss = self.at_zero + float((CC * WW).sum() - 2 * (W * CM).sum()) / 8
        to_W = _matmul(CC, W).sub_(CM)
        if len(vectors) == 1:
            return loss, [to_W.div_(2)]
        return loss, [to_W.div_(4), _matmul(WW, C).sub_(_matmul(W, self.M)).div_(4)]


class WeightedPairLoss:
    """sum A f(-x) + B f(x) for f(x) = log(1 + e^x), or for its parabola up to a constant.

    As f(-x) = f(x) - x, this is sum G f(x) - A x with the slopes G f'(x) - A, where G = A + B.
    """

    def __init__(
        self, A: np.ndarray, B: np.ndarray, *, sgns: bool, tied: bool, dtype: str, device: str
    ) -> None:
        G = A + B
        if tied:  # x is symmetric, so only the symmetric parts count
            A, G = ((X + X.T) / 2 if largest_asymmetry(X) else X for X in (A, G))
        if sgns:
            self.at_zero = float(G.sum()) * float(np.log(2))
        else:
            at_zero = np.divide((2 * A - G) ** 2, 2 * G, out=np.zeros_like(G), where=G > 0)
            self.at_zero = float(at_zero.sum())  # sum G M*^2 / 8
        self.sgns = sgns
        self.A, self.G = _tensor(A, dtype, device), _tensor(G, dtype, device)

    def __call__(self, vectors: Tensors, with_loss: bool) -> tuple[float, Tensors]:
        W, C = vectors[0], vectors[-1]
        gradients = [torch.zeros_like(X) for X in vectors]
        loss = 0.0 if self.sgns else self.at_zero
        size = max(_BLOCK // len(self.A), 1)
        for begin in range(0, len(self.A), size):
            rows = slice(begin, begin + size)
            x, A, G = _matmul(W[:, rows].T, C), self.A[rows], self.G[rows]
            if with_loss:
                f = torch.nn.functional.softplus(x) if self.sgns else x / 2 + x**2 / 8
                loss += float((G * f - A * x).sum())
            slope = torch.addcmul(-A, G, torch.sigmoid(x) if self.sgns else x / 4 + 0.5)
            gradients[0][:, rows] = _matmul(C, slope.T)
            if len(vectors) == 2:
                gradients[1] += _matmul(W[:, rows], slope)
        if len(vectors) == 1:
            gradients[0] *= 2
        return loss if with_loss else np.nan, gradients


Loss = LeastSquares | WeightedPairLoss


def loss_of(loss: Loss, vectors: list[np.ndarray]) -> float:
    """Loss of vectors (V, d)."""
    return loss([torch.from_numpy(np.ascontiguousarray(X.T)) for X in vectors], True)[0]


@contextmanager
def threads_for(loss: Loss) -> Iterator[None]:
    """Hold torch to one thread, and BLAS as well where its products are small.

    Threads that wait for work spin, and take the processors from those that have some. Products
    with the whole of M* are worth BLAS's threads; those of a block of pairs are not.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with nullcontext() if isinstance(loss, LeastSquares) else one_blas_thread():
            yield
    finally:
        torch.set_num_threads(before)

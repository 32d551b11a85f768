"""word2vec's expected loss over all pairs: value, gradient and curvature in one pass."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .._support.threads import own_threads
from .._support.types import FloatArray
from ..targets import ExpectedPairs

_BLOCK = 256  # rows whose products are made at a time
_STRIPS = 8  # of rows; each is summed by itself, so that sums do not depend on the threads
_CACHED = 1 << 18  # products that one pass of elementary functions works on, near the cache
_LARGEST = np.float32(80)  # e^80 still fits into single precision


@dataclass(frozen=True, eq=False)
class Slopes:
    """The loss at one place, and what a step needs to know there."""

    loss: float
    to_words: np.ndarray  # (V, d) float32, gradient
    to_contexts: np.ndarray  # (V, d) float32
    rows: FloatArray  # (V,), curvature summed over contexts: sum_j H_ij
    columns: FloatArray  # (V,), and over words


def expected_loss(pairs: ExpectedPairs, W: np.ndarray, C: np.ndarray) -> Slopes:
    r"""Sum P log(1 + e^-x) + Q log(1 + e^x) over all pairs, x_ij = w_i . c_j, with its slopes.

    With s the sigmoid and G = P + Q, the slopes are R = G s(x) - P and the curvatures
    H = G s (1 - s). A score below -80, where no minimum lies, makes the loss infinite: a step too
    far. Blocks of rows are worked on in parallel; no V x V table is made.
    """
    from ._expected_kernels import slopes_and_curvatures  # compiles: only who trains waits for it

    V = len(pairs)
    to_words, rows = np.empty_like(W), np.empty(V)
    keep = (pairs.keep / np.sqrt(pairs.total)).astype(np.float32)
    centres = (pairs.centres * pairs.negative).astype(np.float32)
    noise = pairs.noise.astype(np.float32)

    def strip(bounds: tuple[int, int]) -> tuple[float, np.ndarray, np.ndarray]:
        to_contexts, columns, loss = np.zeros_like(C), np.zeros(V), 0.0
        x = np.empty((_BLOCK, V), np.float32)
        height = max(_CACHED // V, 1)
        logs = np.empty((height, V), np.float32)
        for begin in range(bounds[0], bounds[1], _BLOCK):
            end = min(begin + _BLOCK, bounds[1])
            block = np.matmul(-W[begin:end], C.T, out=x[: end - begin])
            for low in range(begin, end, height):
                part = slice(low, min(low + height, end))
                e = block[part.start - begin : part.stop - begin]
                if e.max() > _LARGEST:
                    loss = np.inf
                np.exp(np.minimum(e, _LARGEST, out=e), out=e)
                log = np.add(e, 1, out=logs[: len(e)])
                np.log(log, out=log)
                loss += slopes_and_curvatures(
                    e, log, pairs.counts_of(part), keep[part], keep, centres[part], noise,
                    rows[part], columns,
                )  # fmt: skip
            np.matmul(block, C, out=to_words[begin:end])
            to_contexts += block.T @ W[begin:end]
        return loss, to_contexts, columns

    edges = np.linspace(0, V, _STRIPS + 1).astype(int)
    with own_threads() as pool:
        strips = list(pool.map(strip, pairwise(edges)))
    # G log(1 + e^-x) + Q x: the second sum needs no pairs, as Q is a product.
    drawn = (pairs.centres @ W.astype(float)) @ (pairs.noise @ C.astype(float)) * pairs.negative
    losses, to_contexts, columns = zip(*strips, strict=True)
    return Slopes(
        sum(losses) + drawn, to_words, np.sum(to_contexts, axis=0), rows, np.sum(columns, axis=0)
    )

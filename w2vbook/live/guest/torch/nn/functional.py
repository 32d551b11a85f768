"""Stands in for torch.nn.functional."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import erf

from .._tensor import Tensor, made


def cross_entropy(scores: Tensor, wanted: Tensor) -> Tensor:
    """Return the mean of minus the logarithm of the chance of what was wanted."""
    n = len(scores)
    return -scores.log_softmax(1)[np.arange(n), wanted].sum() / n


def gelu(x: Tensor) -> Tensor:
    """Return x times the chance that a normal number is smaller."""
    a = x.array
    below = (1 + erf(a / math.sqrt(2))) / 2
    density = np.exp(-(a**2) / 2) / math.sqrt(2 * math.pi)
    return made(
        (a * below).astype(a.dtype), (x, lambda g: g * (below + a * density).astype(a.dtype))
    )


def scaled_dot_product_attention(
    q: Tensor, k: Tensor, v: Tensor, is_causal: bool = False
) -> Tensor:
    """Return for each place a mean of v, weighted by how q and k agree."""
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    if is_causal:
        scores = scores + np.triu(np.full(scores.shape[-2:], -np.inf, np.float32), 1)
    return scores.softmax(-1) @ v

"""Random numbers as kit.js draws them, so that Python finds what the browser shows."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

Uniform = Callable[[], float]


def uniforms(seed: int) -> Uniform:
    """Return the generator of kit.js: a counter of 32 bits, mixed.

    Examples
    --------
    >>> draw = uniforms(0)
    >>> [round(draw(), 3) for _ in range(3)]
    [0.546, 0.46, 0.247]
    """
    bits = 0xFFFFFFFF
    state = (seed + 1) * 0x9E3779B1 & bits

    def draw() -> float:
        nonlocal state
        state = (state + 0x6D2B79F5) & bits
        z = (state ^ (state >> 15)) * (state | 1) & bits
        z ^= (z + ((z ^ (z >> 7)) * (z | 61) & bits)) & bits
        return ((z ^ (z >> 14)) & bits) / 2**32

    return draw


def normal(uniform: Uniform) -> float:
    """Draw a standard normal number, by the method of Box and Muller."""
    radius = math.sqrt(-2 * math.log(1 - uniform()))
    return radius * math.cos(2 * math.pi * uniform())


def shuffle(items: list[Any], uniform: Uniform) -> None:
    """Shuffle a list in place."""
    for last in range(len(items) - 1, 0, -1):
        k = int(uniform() * (last + 1))
        items[last], items[k] = items[k], items[last]

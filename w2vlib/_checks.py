"""Checks that several modules share."""

from __future__ import annotations

import numpy as np

from ._errors import W2VError


def check_window(window: int) -> None:
    """Refuse a half-window that is not a whole number of at least 1."""
    if not isinstance(window, (int, np.integer)) or isinstance(window, bool) or window < 1:
        raise W2VError(
            f"window={window!r}; choose a whole number of words, 1 or more (word2vec: 5 to 16)"
        )


def check_vocab_size(vocab_size: int, most: int, of_what: str) -> None:
    """Refuse a vocabulary of fewer than 2 or more than ``most`` words."""
    whole = isinstance(vocab_size, (int, np.integer)) and not isinstance(vocab_size, bool)
    if not whole or vocab_size < 2:
        raise W2VError(f"vocab_size={vocab_size!r}; choose a whole number, 2 to {most:,}")
    if vocab_size > most:
        raise W2VError(
            f"vocab_size={vocab_size:,} exceeds the {most:,} {of_what}; "
            f"choose vocab_size <= {most:,}"
        )


def largest_asymmetry(matrix: np.ndarray) -> float:
    """Largest |M_ij - M_ji|, tile by tile: a whole transposed matrix would miss the cache."""
    step, apart = 256, 0.0
    for a in range(0, len(matrix), step):
        for b in range(0, a + 1, step):
            upper, lower = matrix[b : b + step, a : a + step], matrix[a : a + step, b : b + step]
            if not np.array_equal(lower, upper.T):
                apart = max(apart, float(np.abs(lower - upper.T).max()))
    return apart

"""Checks that several modules share."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ._errors import W2VError


def check_window(window: int) -> int:
    """Return a half-window as int; refuse what is no whole number of at least 1."""
    if not isinstance(window, (int, np.integer)) or isinstance(window, bool) or window < 1:
        raise W2VError(
            f"window={window!r}; choose a whole number of words, 1 or more (word2vec: 5 to 16)"
        )
    return int(window)


def check_vocab_size(vocab_size: int, most: int, of_what: str) -> int:
    """Return a number of words as int; refuse fewer than 2 or more than ``most``."""
    whole = isinstance(vocab_size, (int, np.integer)) and not isinstance(vocab_size, bool)
    if not whole or vocab_size < 2:
        raise W2VError(f"vocab_size={vocab_size!r}; choose a whole number, 2 to {most:,}")
    if vocab_size > most:
        raise W2VError(
            f"vocab_size={vocab_size:,} exceeds the {most:,} {of_what}; "
            f"choose vocab_size <= {most:,}"
        )
    return int(vocab_size)


def check_whole(name: str, value: object) -> None:
    """Refuse what is no whole number of at least 1."""
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < 1:
        raise W2VError(f"{name}={value!r}; choose a whole number, 1 or more")


def check_words(words: Sequence[str]) -> tuple[str, ...]:
    """Return the words as a tuple; refuse one string, what is no string, and a word twice."""
    if isinstance(words, str) or not hasattr(words, "__iter__"):
        one = "one string, " * isinstance(words, str)
        raise W2VError(f"words is {one}{shown(words)}; pass a list of words")
    words = tuple(words)
    first: dict[str, int] = {}
    for row, word in enumerate(words):
        if not isinstance(word, str):
            raise W2VError(f"word {row} is {word!r}, {type(word).__name__}; pass strings")
        if first.setdefault(word, row) != row:
            raise W2VError(
                f"the word {word!r} comes twice, in rows {first[word]} and {row}; "
                "keep one of them: each word has one row"
            )
    return words


def check_path(path: str | os.PathLike[str]) -> Path:
    """Return a path; refuse what cannot be one, such as None or a text with a zero byte."""
    name = path if isinstance(path, str) else getattr(path, "__fspath__", lambda: None)()
    if not isinstance(name, str) or not name or "\0" in name:
        raise W2VError(f"{shown(path)} is no path; pass the name of a file, a str or pathlib.Path")
    return Path(name)


def check_positive(positive: np.ndarray, name: str, of_what: str) -> None:
    """Refuse eigenvalues that are not positive: W W^T cannot have them."""
    n, d = int(positive.sum()), len(positive)
    if n == 0:
        raise W2VError(
            f"{of_what} has no positive eigenvalue: a model with tied weights learns nothing from "
            f"it; change its sign, or take another matrix"
        )
    if n < d:
        raise W2VError(
            f"{name}={d} exceeds the {n} positive eigenvalues of {of_what}; "
            f"choose {name} <= {n} (a model with tied weights learns no others)"
        )


def shown(value: object, most: int = 80) -> str:
    """``repr`` for a message, cut to about ``most`` characters."""
    text = repr(value[:most] if isinstance(value, (str, bytes)) else value)
    return text if len(text) <= most + 2 and text == repr(value) else f"{text[:most]}..."


def largest_asymmetry(matrix: np.ndarray) -> float:
    """Largest |M_ij - M_ji|, tile by tile: a whole transposed matrix would miss the cache."""
    step, apart = 256, 0.0
    for a in range(0, len(matrix), step):
        for b in range(0, a + 1, step):
            upper, lower = matrix[b : b + step, a : a + step], matrix[a : a + step, b : b + step]
            if not np.array_equal(lower, upper.T):
                apart = max(apart, float(np.abs(lower - upper.T).max()))
    return apart

"""What an interactive figure shows as it opens, as tables: for who cannot see it, or computes on.

The site puts them on a page of their own (``w2vbook/sphinx/figures``), which rounds the numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

TIMES = 200  # rows of a table over time: as many as a page shows


@dataclass(frozen=True)
class Table:
    """A table: what it is about, and its columns. The first one says where a row stands."""

    about: str
    columns: dict[str, Any]  # heading -> values, all of one length


@dataclass(frozen=True)
class Shown:
    """What a figure shows: its setting in words, and its tables."""

    setting: str
    tables: Sequence[Table]


def numbered(name: str, columns: np.ndarray) -> dict[str, np.ndarray]:
    """Return columns under a name in which ``{}`` is their number, from 1.

    Examples
    --------
    >>> numbered("s² of {}", np.array([[1, 2], [3, 4]]))
    {'s² of 1': array([1, 3]), 's² of 2': array([2, 4])}
    """
    return {name.format(k): column for k, column in enumerate(columns.T, 1)}


def square(about: str, words: Sequence[str], block: np.ndarray) -> Table:
    """Return a table with a row and a column for each word; a word that recurs is numbered.

    Examples
    --------
    >>> [list(square("", words, np.eye(2)).columns) for words in ("ab", "aa")]
    [['word', 'a', 'b'], ['word', 'a', 'a (2)']]
    """
    heads = _apart(words)
    return Table(about, {"word": heads, **dict(zip(heads, block.T, strict=True))})


def _apart(words: Iterable[str]) -> list[str]:
    """Return words of which each is there once: headings, which must differ from the first, too."""
    made = ["word"]
    for word in words:
        count, head = 1, word
        while head in made:
            count += 1
            head = f"{word} ({count})"
        made.append(head)
    return made[1:]

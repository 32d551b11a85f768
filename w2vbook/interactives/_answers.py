"""The answers to an analogy as the analogy playground shows them: a list, a plane, ranks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ._tables import Table

LISTED = 10  # answers


def _unit(rows: np.ndarray) -> np.ndarray:
    """Return vectors at length 1; one that has no length is zero."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    unit: np.ndarray = np.where(lengths > 1e-9, rows / np.where(lengths > 1e-9, lengths, 1), 0)
    return unit


def _scores(vectors: np.ndarray, asked: Sequence[int]) -> np.ndarray | None:
    """Return the cosine of each word with b - a + c; None where that has no direction."""
    X = _unit(vectors)
    a, b, c = X[list(asked)]
    target = b - a + c
    if np.linalg.norm(target) <= 1e-9 or not np.abs([a, b, c]).sum(axis=1).all():
        return None
    # Rounded as in the browser, so that equal ones are equal.
    return np.asarray(np.round(X @ _unit(target), 12))


def _ranked(scores: np.ndarray, barred: Sequence[int]) -> np.ndarray:
    order = np.argsort(-scores, kind="stable")
    return order[~np.isin(order, barred)]


def in_plane(points: np.ndarray) -> np.ndarray:
    """Return coordinates in the plane through the first three points, and the distance from it.

    The first axis points from a to b; c lies on the side of the second.

    Examples
    --------
    >>> in_plane(np.array([[0, 0, 0], [2, 0, 0], [1, 3, 0], [1, 1, 4]])).tolist()
    [[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [1.0, 3.0, 0.0], [1.0, 1.0, 4.0]]
    """
    away = points - points[0]
    x = _unit(away[1])
    y = _unit(away[2] - (away[2] @ x) * x)
    across, up = away @ x, away @ y
    off = np.linalg.norm(away - np.outer(across, x) - np.outer(up, y), axis=1)
    return np.column_stack([across, up, off])


def answers(
    words: Sequence[str],
    vectors: np.ndarray,
    asked: Sequence[int],
    expected: int | None,
    d: int,
    barred: Sequence[int],
) -> Iterator[Table]:
    """Yield the tables of a question: rows ``asked`` are its words, ``barred`` answer nothing."""
    scores = _scores(vectors[:, :d], asked)
    if scores is None:
        return
    X = _unit(vectors[:, :d])
    order = _ranked(scores, barred)
    first = int(order[0])
    follow = first if expected is None or expected not in order else expected
    shown = [int(i) for place, i in enumerate(order) if place < LISTED or i == expected]
    listed: dict[str, Any] = {"answer": [words[i] for i in shown]}
    listed["rank"] = [int(np.argmax(order == i)) + 1 for i in shown]
    listed["cosine with b − a + c"] = scores[shown]
    for name, row in zip("abc", asked, strict=True):
        listed[f"with {name}, {words[row]}"] = X[shown] @ X[row]
    yield Table("Answers", listed)
    a, b, c = X[list(asked)]
    named = list(dict.fromkeys([first, follow]))
    spots = in_plane(np.array([a, b, c, b - a + c, *X[named]]))
    corners = [words[i] for i in asked] + ["b − a + c"] + [words[i] for i in named]
    places = dict(zip(("from a to b", "towards c", "off the plane"), spots.T, strict=True))
    yield Table("Places in the plane of a, b and c", {"point": corners, **places})
    ranks: list[int | None] = []
    for k in range(1, vectors.shape[1] + 1):
        of_k = _scores(vectors[:, :k], asked)
        ranks.append(None if of_k is None else int(np.argmax(_ranked(of_k, barred) == follow)) + 1)
    head = f"rank of {words[follow]!r}"
    course = {"dimensions d": np.arange(1, len(ranks) + 1), head: ranks}
    yield Table(f"Rank of {words[follow]!r} among the answers, by dimensions", course)

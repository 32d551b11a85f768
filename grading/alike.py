"""Answers that are more alike than chance explains: places to read, not findings about people.

An answer is cut into overlapping pieces: of code ten tokens, with the names of variables, numbers,
texts and comments left out; of prose five words. Pieces that the notebook gave to everybody do not
count, and a piece counts the less the more students have it, log(n / students). For each answer two
students get log(1 / p), where p is the share of pairs who have as much in common in it; the sum is
how alike they are. So common ways to solve a task add little, and no single answer decides.

The null is a class of honest students: the same answers to each question, dealt out at random to
the same students. There, too, some pair shares most; a pair of the real class is listed where it
scores more than the most alike pair does in 95 of 100 such classes. So two students who happened on
the same unusual answer to one question are not listed, nor is who copied one answer alone.
"""

from __future__ import annotations

import builtins
import html
import keyword
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from .masters import Master
from .pages import frame

FEWEST = 6  # students; among fewer there is no telling
DEALS = 100
MOST_PAIRS = 20
MAX_SOURCE = 20_000  # characters of an answer
_TOKEN = re.compile(
    r'#[^\n]*|"""(?s:.*?)"""|\'\'\'(?s:.*?)\'\'\'|"(?:[^"\\\n]|\\.){0,400}"|\'(?:[^\'\\\n]|\\.){0,400}\''
    r"|\.\s{0,20}[^\W\d]\w*|[^\W\d]\w*|\d[\w.]*|\S"
)
_KEPT = {*keyword.kwlist, *dir(builtins)}


@dataclass(frozen=True)
class Pair:
    """Two students, how alike they are, and in which answers most."""

    students: tuple[str, str]
    score: float
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Likeness:
    """The pairs that are more alike than chance explains, and what is usual in this class."""

    pairs: tuple[Pair, ...]
    usual: float  # the median pair
    limit: float  # what the most alike pair scores in 95 of 100 classes at random


def pieces(source: str, *, is_code: bool) -> set[tuple[str, ...]]:
    r"""Return the pieces of an answer.

    >>> first = pieces("total = np.cumsum(x * 2, axis=0)  # mine", is_code=True)
    >>> first == pieces("s=np.cumsum( values*3,\n axis = 1)", is_code=True), len(first)
    (True, 4)
    """
    source = source[:MAX_SOURCE]
    if is_code:
        tokens, width = [_plain(one) for one in _TOKEN.findall(source) if one[0] != "#"], 10
    else:
        tokens, width = re.findall(r"\w+", source.casefold()), 5
    return {tuple(tokens[i : i + width]) for i in range(len(tokens) - width + 1)}


def _plain(token: str) -> str:
    if token[0] in "\"'":
        return "s"
    if token[0].isdigit():
        return "0"
    if token[0] == "." and len(token) > 1:
        return "." + token[1:].strip()
    return token if token in _KEPT or not re.match(r"[^\W\d]", token) else "v"


def sources(master: Master, result: dict[str, Any]) -> dict[str, str]:
    """Return the answers of a result, by cell."""
    found: dict[str, str] = {}
    for step in result["steps"]:
        if step["kind"] == "answer":
            before = found.get(step["grade_id"], "")
            found[step["grade_id"]] = f"{before}\n{step['source']}"[:MAX_SOURCE].lstrip("\n")
    texts = {cell.grade_id for cell in master.of_role("manual") if not cell.is_code}
    return found | {k: v[:MAX_SOURCE] for k, v in result["written"].items() if k in texts and v}


def likeness(master: Master, answers: dict[str, dict[str, str]]) -> Likeness | None:
    """Compare the answers of a class, by student and cell; None where it is too small."""
    students = sorted(answers)
    n = len(students)
    if n < FEWEST:
        return None
    given: dict[bool, set[tuple[str, ...]]] = {True: set(), False: set()}
    for cell in master.cells:
        given[cell.is_code] |= pieces(cell.released, is_code=cell.is_code)
    by_cell, pairs = {}, np.triu_indices(n, 1)
    for cell in master.of_role("solution", "manual"):
        shared = _shared(
            [
                pieces(answers[who].get(cell.grade_id, ""), is_code=cell.is_code)
                - given[cell.is_code]
                for who in students
            ]
        )
        if shared is not None:
            by_cell[cell.grade_id] = _surprise(shared, pairs)
    whole = sum(by_cell.values(), np.zeros((n, n)))
    rng = np.random.default_rng(0)
    most = []
    for _ in range(DEALS):
        dealt = np.zeros((n, n))
        for one in by_cell.values():
            order = rng.permutation(n)
            dealt += one[np.ix_(order, order)]
        most.append(dealt[pairs].max())
    limit = float(np.quantile(most, 0.95))
    listed: list[Pair] = []
    for i, j in sorted(zip(*pairs, strict=True), key=lambda ij: -whole[ij]):
        if whole[i, j] <= limit + 1e-9 or len(listed) == MOST_PAIRS:
            break
        cells = sorted(by_cell, key=lambda name: -by_cell[name][i, j])
        unusual = [c for c in cells if by_cell[c][i, j] > np.quantile(by_cell[c][pairs], 0.95)]
        names = (students[int(i)], students[int(j)])
        listed.append(Pair(names, float(whole[i, j]), tuple(unusual or cells[:1])))
    return Likeness(tuple(listed), float(np.median(whole[pairs])), limit)


def _shared(each: list[set[tuple[str, ...]]]) -> np.ndarray | None:
    """Return what each pair shares, weighted by how unusual it is; None where that is nothing."""
    n, counts = len(each), Counter(piece for mine in each for piece in mine)
    column = {piece: k for k, (piece, count) in enumerate(counts.items()) if 1 < count < n}
    if not column:
        return None
    rows = [(i, column[p], counts[p]) for i, mine in enumerate(each) for p in mine if p in column]
    values = [math.sqrt(math.log(n / count)) for _, _, count in rows]
    places = ([i for i, _, _ in rows], [k for _, k, _ in rows])
    table = sparse.csr_array((values, places), shape=(n, len(counts)))
    return np.asarray((table @ table.T).toarray())


def _surprise(shared: np.ndarray, pairs: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Return for each pair log(1 / p), where p is the share of pairs with as much in common."""
    values = np.sort(shared[pairs])
    as_much = len(values) - np.searchsorted(values, shared * (1 - 1e-9), side="left")
    return np.log(len(values) / np.maximum(as_much, 1))


def alike_page(master: Master, found: Likeness | None, answers: dict[str, dict[str, str]]) -> str:
    """Return the page of the pairs, side by side."""
    return "".join(frame(f"{master.name}: answers to read side by side", _parts(found, answers)))


def _parts(found: Likeness | None, answers: dict[str, dict[str, str]]) -> Iterator[str]:
    if found is None:
        yield (
            f"<p>{len(answers)} students: too few to tell what honest students share by chance "
            f"({FEWEST} at least). Nothing is compared.</p>"
        )
        return
    yield (
        "<p>Nothing here is a finding about anybody. For each answer it was counted how many pairs "
        "of students have as much of it in common: the fewer, the more it adds. Names of "
        "variables, numbers, comments and what the notebook gave do not count.</p>"
        f"<p>In this class of {len(answers)} two students score {found.usual:.1f} as a rule (the "
        "median). Where the same answers are dealt out to the same students at random, question by "
        f"question, the most alike pair scores up to {found.limit:.1f} in 95 classes of 100. Pairs "
        "above that are listed: they are alike in several answers at once.</p>"
        "<p>There are many reasons for it: working together as the course allows, the same tutor, "
        "book or web page, an assistant program, a habit of style. Read both, and ask, before you "
        "think anything. Who is not listed may still have copied.</p>"
    )
    if not found.pairs:
        yield "<p><strong>No pair is above what chance explains.</strong></p>"
    for pair in found.pairs:
        one, other = map(html.escape, pair.students)
        yield f"<h2>{one} and {other}: {pair.score:.1f}</h2>"
        for name in pair.cells:
            both = [html.escape(answers[who].get(name, "")[:MAX_SOURCE]) for who in pair.students]
            yield (
                f"<h3>{html.escape(name)}</h3><div class='two'>"
                f"<div><p>{one}</p><pre>{both[0]}</pre></div>"
                f"<div><p>{other}</p><pre>{both[1]}</pre></div></div>"
            )

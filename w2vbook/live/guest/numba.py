"""Stands in for Numba: some kernels are compiled for the page, all else runs as it is written."""

from __future__ import annotations

import functools
import hashlib
import inspect
import json
from collections.abc import Callable
from typing import Any

import numpy as np


def njit(*args: Any, **options: Any) -> Any:
    """Return a compiled kernel for a function of the book that has one, else the function."""
    return _chosen(args[0]) if args and callable(args[0]) else _chosen


prange = range


def _chosen(kernel: Callable[..., Any]) -> Callable[..., Any]:
    compiled = _COMPILED.get((kernel.__module__, kernel.__name__))
    if kernel.__module__ == "__main__":
        compiled = _IN_CELLS.get(source_hash(inspect.getsource(kernel)))
    if compiled is not None:
        return functools.wraps(kernel)(compiled)

    @functools.wraps(kernel)
    def run(*args: Any) -> Any:
        with np.errstate(over="ignore"):
            return kernel(*args)

    return run


def source_hash(source: str) -> str:
    """Return a name for a function as a cell writes it: what a reader has edited is another one."""
    return hashlib.sha256(source.strip().encode()).hexdigest()[:16]


def _call(name: str, *values: Any) -> float:
    """Call a kernel with numbers, and with arrays by their addresses."""
    import _host  # type: ignore[import-not-found]

    def passed(value: Any) -> float:
        if not isinstance(value, np.ndarray):
            return float(value) if isinstance(value, float | np.floating) else int(value)
        if not value.flags.c_contiguous:
            raise ValueError(f"{name} takes arrays whose rows follow each other")
        return int(value.__array_interface__["data"][0])

    frame = {"type": "kernel", "name": name, "values": [passed(value) for value in values]}
    return float(json.loads(_host.call(json.dumps(frame).encode())))


def _fill_alias_tables(weights: np.ndarray, tables: np.ndarray) -> None:
    weights = np.ascontiguousarray(weights, np.float64)
    n, V = weights.shape
    small, large = np.empty(V, np.int32), np.empty(V, np.int32)
    _call("fill_alias_tables", weights, tables, n, V, np.empty(V), small, large)


def _take_steps(
    W: np.ndarray,
    C: np.ndarray,
    sum_W: np.ndarray,
    sum_C: np.ndarray,
    centres: np.ndarray,
    positive: np.ndarray,
    negative: np.ndarray,
    lift: np.ndarray,
    curved: bool,
    rate: float,
    batch: int,
    steps: int,
    clock: np.ndarray,
    pairs: np.ndarray,
) -> None:
    V, d = W.shape
    size = pairs.shape[1]
    step, move = np.empty(size, W.dtype), np.empty(d, W.dtype)
    lift = np.ascontiguousarray(lift, np.float64)
    _call(
        f"take_steps_{W.dtype.str[1:]}", W, C, sum_W, sum_C, V, d, centres, positive, negative,
        len(negative), lift, int(curved), float(rate), int(batch), int(steps), clock, pairs, size,
        step, move,
    )  # fmt: skip


def _tokenize(
    text: np.ndarray,
    fold: np.ndarray,
    slots: np.ndarray,
    hashes: np.ndarray,
    starts: np.ndarray,
    letters: np.ndarray,
    counts: np.ndarray,
    n_words: int,
    ids: np.ndarray,
) -> tuple[int, ...]:
    out = np.empty(3, np.int64)
    _call(
        "tokenize", text, text.size, fold, slots, slots.size, hashes, starts, letters,
        letters.size, counts, counts.size, int(n_words), ids, out,
    )  # fmt: skip
    return tuple(out.tolist())


def _fill_slots(slots: np.ndarray, hashes: np.ndarray, n_words: int) -> None:
    _call("fill_slots", slots, slots.size, hashes, int(n_words))


def _ids_to_ranks(ids: np.ndarray, rank: np.ndarray, V: int, tokens: np.ndarray) -> int:
    ranks = np.where(ids == -1, V, rank[ids])
    ranks = ranks[ranks >= 0]
    tokens[: ranks.size] = ranks
    return int(ranks.size)


def _sort_positions(
    tokens: np.ndarray, begin: int, end: int, starts: np.ndarray, order: np.ndarray
) -> None:
    wide = int(tokens.dtype.itemsize == 4)
    _call("sort_positions", tokens, wide, int(begin), int(end), starts, starts.size - 2, order)


def _add_pairs(
    tokens: np.ndarray,
    order: np.ndarray,
    starts: np.ndarray,
    first: int,
    last: int,
    window: int,
    reach: int,
    table: np.ndarray,
    row: np.ndarray,
) -> None:
    numbers = int(first), int(last), float(window), int(reach)
    V = len(table)
    _call("add_pairs", tokens, order, starts, *numbers, table, V, np.empty(V, np.int64))


def _add_transpose(table: np.ndarray, first: int, last: int) -> None:
    _call("add_transpose", table, len(table), int(first), int(last))


def _slopes_and_curvatures(
    odds: np.ndarray,
    logs: np.ndarray,
    counts: np.ndarray,
    row_keep: np.ndarray,
    keep: np.ndarray,
    row_noise: np.ndarray,
    noise: np.ndarray,
    rows: np.ndarray,
    columns: np.ndarray,
) -> float:
    as_float = [np.ascontiguousarray(one, np.float32) for one in (counts, row_keep, keep)]
    also = [np.ascontiguousarray(one, np.float32) for one in (row_noise, noise)]
    return _call(
        "slopes_and_curvatures", odds, logs, *as_float, *also, *odds.shape, rows, columns
    )  # fmt: skip


def _stream(rng: np.random.Generator) -> np.ndarray:
    """Return the state of PCG64 as chapter_03.ts reads it."""
    state = rng.bit_generator.state
    numbers = state["state"]["state"], state["state"]["inc"]
    words = [part for one in numbers for part in divmod(one, 2**64)]
    return np.array([*words, state["has_uint32"], state["uinteger"]], np.uint64)


def _go_on(rng: np.random.Generator, stream: np.ndarray) -> None:
    """Let the generator go on where a kernel has stopped."""
    high, low, *_, has_half, half = stream.tolist()
    state = dict(rng.bit_generator.state)
    state["state"] = {**state["state"], "state": high * 2**64 + low}
    rng.bit_generator.state = {**state, "has_uint32": has_half, "uinteger": half}


def _tables(*tables: np.ndarray) -> list[np.ndarray]:
    return [
        np.ascontiguousarray(one, np.int64 if one.dtype.kind == "i" else float) for one in tables
    ]


def _word2vec(
    articles: np.ndarray,
    V: int,
    d: int,
    window: int,
    negative: int,
    keep: np.ndarray,
    own: np.ndarray,
    other: np.ndarray,
    eta_0: float,
    epochs: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    articles, keep, own, other = _tables(articles, keep, own, other)
    W, C, stream = np.empty((V, d)), np.zeros((V, d)), _stream(rng)
    kept, move = np.empty(articles.shape[1], np.int32), np.empty(d)
    _call(
        "chapter_03_word2vec", articles, *articles.shape, V, d, window, negative, keep, own, other,
        float(eta_0), epochs, stream, W, C, kept, move,
    )  # fmt: skip
    _go_on(rng, stream)
    return W, C


def _drawn_pairs(
    articles: np.ndarray,
    V: int,
    window: int,
    negative: int,
    keep: np.ndarray,
    own: np.ndarray,
    other: np.ndarray,
    epochs: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    articles, keep, own, other = _tables(articles, keep, own, other)
    positives, negatives, stream = np.zeros((V, V)), np.zeros((V, V)), _stream(rng)
    kept = np.empty(articles.shape[1], np.int32)
    _call(
        "chapter_03_drawn_pairs", articles, *articles.shape, V, window, negative, keep, own, other,
        epochs, stream, positives, negatives, kept,
    )  # fmt: skip
    _go_on(rng, stream)
    return positives, negatives


_SGD, _CORPUS = "w2vlib.training._sgd_kernels", "w2vlib.corpus._kernels"
_COMPILED: dict[tuple[str, str], Callable[..., Any]] = {
    (_SGD, "_fill_alias_tables"): _fill_alias_tables,
    (_SGD, "take_steps"): _take_steps,
    (_CORPUS, "tokenize"): _tokenize,
    (_CORPUS, "fill_slots"): _fill_slots,
    (_CORPUS, "ids_to_ranks"): _ids_to_ranks,
    (_CORPUS, "sort_positions"): _sort_positions,
    (_CORPUS, "add_pairs"): _add_pairs,
    (_CORPUS, "add_transpose"): _add_transpose,
    ("w2vlib.training._expected_kernels", "slopes_and_curvatures"): _slopes_and_curvatures,
}
# Functions that cells compile: hash of the source -> kernel.
_IN_CELLS: dict[str, Callable[..., Any]] = {
    "2600e030f346e96d": _word2vec,
    "d81efc48770ad517": _drawn_pairs,
}

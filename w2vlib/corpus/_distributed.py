"""Counting on many machines with Dask: a task for each batch of files, sums along a tree.

A task reads whole files and returns a value; none writes, or adds to what another task sees. So
Dask may run any of them again, where a worker died or took a result with it, and each file still
counts once.
"""

from __future__ import annotations

import os
import secrets
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from scipy import sparse

from .._support.errors import W2VError
from .._support.memory import check_table
from .._support.validation import file_path, instance_of, listed, shown, vocabulary_size
from ._reading import Articles, ScriptWatch
from ._sparse import sparse_table
from ._statistics import CorpusStatistics, lock

if TYPE_CHECKING:
    from distributed import Client, Future

    from ._tokens import TokenizedText

_TASKS = 1000  # of each pass, at most; more files share a task
_FAN = 4  # results that one task of the tree adds
_LOOK = 2.0  # seconds between two looks at the workers
_PATIENCE = 60.0  # seconds without any worker
_TRANSFER = 3600.0  # seconds that a result may take to come here

Batch: TypeAlias = tuple[Path, ...]


@dataclass(frozen=True)
class Words:
    """What the first pass knows of some files."""

    counts: dict[str, int]  # in order of appearance
    checksums: tuple[int, ...]  # of each batch
    script: ScriptWatch
    n_ids: int
    longest_article: int


def count_distributed(
    articles: Articles,
    client: Client,
    V: int,
    window: int,
    sparsely: bool,
    source: str,
    progress: bool | None,
) -> CorpusStatistics:
    """Count files on the workers of a Dask client, in two passes over the text.

    The vocabulary must be known before pairs are laid, so words come first; they are added file
    after file in the order of the text, which decides between equals.
    """
    from ._tokens import progress_bar

    batches, client = _batches(articles), _checked(client)
    with progress_bar(progress, total=2 * len(batches), unit="task", desc="counting") as bar:
        run = _Run(client, bar)
        words = run.tree("words", read_words, [(batch,) for batch in batches], add_words)
        vocabulary = run.submit("vocabulary", most_frequent, words, V, window)
        names, counts, checksums = run.result(vocabulary)
        pairs = [
            (batch, vocabulary, window, sparsely, checksum)
            for batch, checksum in zip(batches, checksums, strict=True)
        ]
        upper = run.result(run.tree("pairs", read_pairs, pairs, add_tables))
    return CorpusStatistics(names, counts, _symmetric(upper, sparsely), window, source=source)


def _batches(articles: Articles) -> list[Batch]:
    """Divide files into runs of neighbours, one for each task."""
    if isinstance(articles, str | os.PathLike):
        articles = [file_path(articles)]
    files = listed("articles", articles, "paths")
    for number, file in enumerate(files):
        if not isinstance(file, os.PathLike):
            raise W2VError(
                f"article {number} is {shown(file)}; with client= pass paths, such as "
                "pathlib.Path('part1.txt'), of files that all workers can read"
            )
    if not files:
        raise W2VError("articles is an empty list; pass the paths of one or more files")
    n_tasks = min(len(files), _TASKS)
    edges = np.linspace(0, len(files), n_tasks + 1).astype(int)
    paths = [file_path(file).absolute() for file in files]
    return [tuple(paths[a:b]) for a, b in pairwise(edges)]


def _checked(client: object) -> Client:
    """Return a client whose calls wait for their answer."""
    try:
        from distributed import Client
    except ImportError as error:
        raise W2VError(
            f"client= needs Dask ({error}); run: pip install 'w2vlib[distributed]'"
        ) from error
    client = instance_of("client", client, Client, "of dask.distributed, connected to a cluster")
    if client.asynchronous or client.status != "running":
        state = "asynchronous" if client.asynchronous else client.status
        raise W2VError(f"the client is {state}; pass Client(address), open and not asynchronous")
    return client


class _Run:
    """The tasks of one count: what it holds of them is the last result alone."""

    def __init__(self, client: Client, bar: Any) -> None:
        self._client, self._bar = client, bar
        self._name, self._n = secrets.token_hex(4), 0

    def submit(self, what: str, function: Callable[..., Any], *arguments: Any) -> Future:
        """Submit one task, whose key no other count has: files may have changed since."""
        self._n += 1
        return self._client.submit(
            function, *arguments, key=f"w2vlib_{what}-{self._name}-{self._n}", pure=False
        )

    def tree(
        self,
        what: str,
        leaf: Callable[..., Any],
        batches: list[tuple[Any, ...]],
        add: Callable[[list[Any]], Any],
    ) -> Future:
        """Submit a task for each batch, and the tree of tasks that adds their results in order."""
        level = [self.submit(what, leaf, *batch) for batch in batches]
        for future in level:
            future.add_done_callback(lambda _: self._bar.update())
        while len(level) > 1:
            groups = [level[i : i + _FAN] for i in range(0, len(level), _FAN)]
            level = [self.submit(f"add_{what}", add, group) for group in groups]
        return level[0]

    def result(self, future: Future) -> Any:
        """Wait for a result as long as there are workers; on an error, say which and stop all."""
        from distributed import KilledWorker, wait

        last_seen = time.monotonic()
        try:
            while True:
                with suppress(TimeoutError):
                    wait(future, timeout=_LOOK)
                    return future.result(timeout=_TRANSFER)
                if self._client.scheduler_info()["workers"]:
                    last_seen = time.monotonic()
                elif time.monotonic() - last_seen > _PATIENCE:
                    raise W2VError(
                        f"the cluster has had no worker for {_PATIENCE:g} seconds; nothing was "
                        "counted: start workers, and count again"
                    )
        except W2VError:
            raise
        except KilledWorker as error:
            raise W2VError(
                f"a task of this count ended {error.allowed_failures + 1} workers, most likely for "
                "want of memory (a table takes 8 V^2 bytes for each thread of a worker); nothing "
                "was counted: give workers more memory or fewer threads, or pass sparse=True"
            ) from error
        except Exception as error:
            raise W2VError(
                f"the cluster failed ({type(error).__name__}: {error}); nothing was counted: see "
                "that every worker has this version of w2vlib, and count again"
            ) from error
        finally:
            if not future.done() or future.status != "finished":
                with suppress(Exception):  # of a cluster that is no more
                    self._client.cancel(future, force=True)


@contextmanager
def _read(files: Batch, checksum: int | None = None) -> Iterator[tuple[TokenizedText, int]]:
    """Read files in a worker, which is named in errors; they must be what they were."""
    from ._tokens import tokenized

    try:
        with tokenized(files, False, part=True) as text:
            text.ids.seek(0)
            found = 0
            while block := text.ids.read(1 << 20):
                found = zlib.crc32(block, found)
            if checksum not in (None, found):
                up_to = f" (or another of {len(files)} files, up to {files[-1]})" * (len(files) > 1)
                raise W2VError(f"{files[0]}{up_to} was changed while it was counted; count again")
            yield text, found
    except W2VError as error:
        raise W2VError(f"{error} (on the worker {_worker()})") from error


def _worker() -> str:
    """Return the address of the worker that runs this task."""
    from distributed import get_worker

    try:
        return str(get_worker().address)
    except ValueError:  # called without a cluster
        return "of this process"


def read_words(files: Batch) -> Words:
    """Count the words of some files."""
    with _read(files) as (text, checksum):
        seen = text.vocabulary
        counts = {seen.word(k): int(seen.counts[k]) for k in range(seen.n)}
        return Words(counts, (checksum,), text.script, text.n_ids, text.longest_article)


def add_words(parts: list[Words]) -> Words:
    """Add what is known of neighbouring parts of a text."""
    counts: dict[str, int] = {}
    for part in parts:
        for word, n in part.counts.items():
            counts[word] = counts.get(word, 0) + n
    return Words(
        counts,
        tuple(checksum for part in parts for checksum in part.checksums),
        sum((part.script for part in parts), ScriptWatch()),
        sum(part.n_ids for part in parts),
        max(part.longest_article for part in parts),
    )


def most_frequent(
    words: Words, V: int, window: int
) -> tuple[tuple[str, ...], np.ndarray, tuple[int, ...]]:
    """Return the V most frequent words, their counts, and the checksum of each batch."""
    from ._tokens import check_words, reach_of

    check_words(len(words.counts), next(iter(words.counts), ""), words.script)
    reach_of(window, words.longest_article, words.n_ids)
    vocabulary_size(V, len(words.counts), "distinct words of the text")
    kept = sorted(words.counts, key=lambda word: -words.counts[word])[:V]  # stable
    return tuple(kept), np.array([words.counts[word] for word in kept]), words.checksums


def read_pairs(
    files: Batch,
    vocabulary: tuple[tuple[str, ...], np.ndarray, tuple[int, ...]],
    window: int,
    sparsely: bool,
    checksum: int,
) -> sparse.csr_array:
    """Count the pairs of some files: the upper triangle of their table, (V, V) int64."""
    from ._sparse import count_sparse_pairs
    from ._tokens import count_pairs

    V, row_of = len(vocabulary[0]), {word: row for row, word in enumerate(vocabulary[0])}
    with _read(files, checksum) as (text, _):
        seen = text.vocabulary
        rank = np.array([row_of.get(seen.word(k), -1) for k in range(seen.n)], np.int32)
        if sparsely:
            table = count_sparse_pairs(text, rank, V, window)
            return sparse.triu(table.astype(np.int64), format="csr")
        return _upper(count_pairs(text, rank, V, window))


def _upper(table: np.ndarray) -> sparse.csr_array:
    """Return the upper triangle of a dense table, row by row, so that no second one is made."""
    columns = [i + np.flatnonzero(row[i:]) for i, row in enumerate(table)]
    ends = np.cumsum([0, *map(len, columns)])
    values = np.concatenate([row[these] for row, these in zip(table, columns, strict=True)])
    return sparse_table(values, np.concatenate(columns), ends)


def add_tables(parts: list[sparse.csr_array]) -> sparse.csr_array:
    """Add tables, without a change to any."""
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def _symmetric(upper: sparse.csr_array, sparsely: bool) -> np.ndarray | sparse.csr_array:
    """Return the whole table of which this is the upper triangle."""
    V = upper.shape[0]
    if sparsely:
        return upper + sparse.triu(upper, 1).T.tocsr()
    check_table(V, "pass sparse=True")
    table = np.zeros((V, V), np.int64)
    for i, (begin, end) in enumerate(pairwise(upper.indptr)):
        columns = upper.indices[begin:end]
        table[i, columns] = table[columns, i] = upper.data[begin:end]
    lock(table)
    return table

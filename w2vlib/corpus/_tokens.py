"""The two passes of counting: text -> word ids in a temporary file -> pair counts."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import IO

import numpy as np
from tqdm import tqdm

from .._support.errors import W2VError
from .._support.validation import vocabulary_size
from . import _kernels
from ._reading import Place, UnspacedScript, blocks, byte_fold, plain_words

_CHUNK = 1 << 22  # tokens counted at a time: enough work for each row, still near the cache


class Types:
    """The distinct words seen so far: tables that :func:`w2vlib.corpus._kernels.tokenize` fills."""

    def __init__(self) -> None:
        self.n = 0
        self.slots = np.full(1 << 17, -1, np.int32)
        self.hashes = np.empty(1 << 16, np.uint64)
        self.starts = np.zeros((1 << 16) + 1, np.int64)
        self.counts = np.zeros(1 << 16, np.int64)
        self.letters = np.empty(1 << 20, np.uint8)
        self._fold = byte_fold()

    def ids(self, block: bytes) -> np.ndarray:
        """Ids of the words of ``block``, -1 at newlines."""
        text = np.frombuffer(block, np.uint8)
        ids = np.empty(text.size + 1, np.int32)
        read = n_ids = 0
        while True:
            more, written, self.n = _kernels.tokenize(
                text[read:], self._fold, self.slots, self.hashes, self.starts, self.letters,
                self.counts, self.n, ids[n_ids:],
            )  # fmt: skip
            read += more
            n_ids += written
            if read == text.size:
                return ids[:n_ids]
            self._grow(text.size)
            _kernels.rehash(self.slots, self.hashes, self.n)

    def _grow(self, n_letters: int) -> None:
        more = self.hashes.size
        self.slots = np.full(2 * self.slots.size, -1, np.int32)
        for name in ("hashes", "counts", "starts"):
            old = getattr(self, name)
            setattr(self, name, np.concatenate([old, np.zeros(more, old.dtype)]))
        self.letters = np.concatenate(
            [self.letters, np.empty(n_letters + self.letters.size, np.uint8)]
        )

    def word(self, k: int) -> str:
        letters = self.letters[self.starts[k] : self.starts[k + 1]]
        return letters.tobytes().decode("utf-8", "replace")

    def most_frequent(self, vocab_size: int) -> np.ndarray:
        """Ids of the most frequent words, most frequent first; ties in order of appearance."""
        if self.n < 2:
            what = f"only one distinct word, {self.word(0)!r}," if self.n else "no words"
            raise W2VError(f"the text has {what} and pairs need 2; pass the articles as text")
        vocabulary_size(vocab_size, self.n, "distinct words of the text")
        return np.argsort(-self.counts[: self.n], kind="stable")[:vocab_size]


def read_ids(
    articles: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    spool: IO[bytes],
    hide: bool | None,
) -> tuple[Types, int]:
    """Write the ids of all tokens to ``spool``; return the types and the longest article's size."""
    types, script, place = Types(), UnspacedScript(), Place()
    ascii_letters = longest = open_article = 0
    bar = tqdm(unit="B", unit_scale=True, desc="reading", disable=hide)
    with bar:
        for block in blocks(articles, bar.update, place):
            if block.isascii():
                ascii_letters += len(block)
                ids = types.ids(block)
            else:
                ids = types.ids(plain_words(block, script, place))
            ends = np.flatnonzero(ids == -1)
            if ends.size:
                lengths = np.diff(ends, prepend=-1 - open_article) - 1
                longest = max(longest, int(lengths.max()))
                open_article = len(ids) - 1 - int(ends[-1])
            else:
                open_article += len(ids)
            spool.write(ids.tobytes())
    script.check(ascii_letters)
    return types, max(longest, open_article)


def count_pairs(
    spool: IO[bytes], rank: np.ndarray, V: int, window: int, longest: int, hide: bool | None
) -> np.ndarray:
    """Read the ids back from ``spool`` and count the pairs of the words that have a rank."""
    reach = min(window, max(longest - 1, 1))
    weight = reach * (2 * window - reach + 1) // 2  # that one centre word gives to its followers
    n_ids = spool.tell() // 4
    if 2 * n_ids * weight >= 1 << 63:
        raise W2VError(
            f"window={window} makes weights too large for exact counts; "
            f"choose window <= {longest} (the longest article)"
        )
    row = np.empty(V, np.uint32 if (_CHUNK + reach) * weight < 1 << 32 else np.int64)
    try:
        table = np.empty((V, V), np.int64)
    except MemoryError as error:
        raise W2VError(
            f"vocab_size={V:,} needs a table of {8 * V * V / 1e9:.0f} GB, more than there is "
            f"memory; choose a smaller vocab_size (10,000 words: 0.8 GB)"
        ) from error
    table.fill(0)  # unlike np.zeros this gets huge pages, which halves the time of a short text
    carry = np.empty(0, np.uint16)
    spool.seek(0)
    with tqdm(total=n_ids, unit="word", unit_scale=True, desc="counting", disable=hide) as bar:
        while True:
            ids = np.frombuffer(spool.read(4 * _CHUNK), np.int32)
            tokens = np.empty(carry.size + ids.size + 1, np.uint16)
            tokens[: carry.size] = carry
            n = carry.size + _kernels.keep_vocabulary(ids, rank, V, tokens[carry.size :])
            bar.update(ids.size)
            if not ids.size:
                tokens[n] = V  # the text ends here, and so does its last article
                _kernels.add_pairs(tokens[: n + 1], n, window, reach, table, row)
                break
            n_centres = max(n - reach, 0)  # the others wait for the words after them
            _kernels.add_pairs(tokens[:n], n_centres, window, reach, table, row)
            carry = tokens[n_centres:n]
    _kernels.symmetrize(table)
    return table

"""The two passes of counting: text -> word ids in a temporary file -> pair counts."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain, pairwise
from typing import IO, Any, TypeAlias

import numpy as np
from tqdm import tqdm

from .._support.errors import W2VError
from .._support.memory import check_table
from .._support.threads import equal_parts, own_threads
from .._support.validation import vocabulary_size
from . import _kernels
from ._reading import Articles, Position, ScriptWatch, blocks, byte_fold, plain_words

_IN_MEMORY = 1 << 28  # bytes of word ids; more go to a temporary file
_IDS_AT_A_TIME = 1 << 22  # at least, and four times as many where the table's rows are longer

Chunk: TypeAlias = tuple[np.ndarray, np.ndarray, np.ndarray]


class Vocabulary:
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
        n_read = n_ids = 0
        while True:
            more, written, self.n = _kernels.tokenize(
                text[n_read:], self._fold, self.slots, self.hashes, self.starts, self.letters,
                self.counts, self.n, ids[n_ids:],
            )  # fmt: skip
            n_read += more
            n_ids += written
            if n_read == text.size:
                return ids[:n_ids]
            self._grow(text.size)

    def _grow(self, n_letters: int) -> None:
        """Double the tables, with room for ``n_letters`` more."""
        for name in ("hashes", "counts", "starts", "letters"):
            old = getattr(self, name)
            more = old.size + n_letters * (name == "letters")
            setattr(self, name, np.concatenate([old, np.zeros(more, old.dtype)]))
        self.slots = np.full(2 * self.slots.size, -1, np.int32)
        _kernels.fill_slots(self.slots, self.hashes, self.n)

    def word(self, k: int) -> str:
        """Return the word with this id."""
        letters = self.letters[self.starts[k] : self.starts[k + 1]]
        return letters.tobytes().decode("utf-8", "replace")

    def most_frequent(self, vocab_size: int) -> np.ndarray:
        """Ids of the most frequent words, most frequent first; ties in order of appearance."""
        vocabulary_size(vocab_size, self.n, "distinct words of the text")
        return np.argsort(-self.counts[: self.n], kind="stable")[:vocab_size]


@dataclass(frozen=True)
class TokenizedText:
    """A text as the ids of its words."""

    vocabulary: Vocabulary
    n_articles: int  # that hold a word
    longest_article: int  # in words
    ids: IO[bytes]  # a temporary file
    progress: bool | None
    n_ids: int
    script: ScriptWatch

    def reach(self, window: int) -> int:
        """Return the part of a window that an article can fill; refuse weights beyond int64."""
        return reach_of(window, self.longest_article, self.n_ids)


@contextmanager
def tokenized(
    articles: Articles, progress: bool | None = None, *, part: bool = False
) -> Iterator[TokenizedText]:
    """Read a text, and keep its ids while it is counted; only a ``part`` may be without words."""
    try:
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as ids:
            text = _read(articles, ids, progress)
            if not part:
                n = text.vocabulary.n
                check_words(n, text.vocabulary.word(0) if n else "", text.script)
            yield text
    except OSError as error:
        raise W2VError(
            f"cannot keep the text's words in {tempfile.gettempdir()}: {error}; "
            "free some space there, or set TMPDIR to a folder that has it"
        ) from error


def _read(articles: Articles, spool: IO[bytes], progress: bool | None) -> TokenizedText:
    """Write the ids of all words to ``spool``."""
    vocabulary, script = Vocabulary(), ScriptWatch()
    n_articles = longest = open_article = 0
    with progress_bar(progress, unit="B", desc="reading") as bar:
        position = Position(bar.update)
        for block in blocks(articles, position):
            if block.isascii():
                script.letters += len(block)
            else:
                block = plain_words(block, script, position)
            ids = vocabulary.ids(block)
            ends = np.append(np.flatnonzero(ids == _kernels.ARTICLE_END), len(ids))
            lengths = np.diff(ends, prepend=-1 - open_article) - 1
            open_article = int(lengths[-1])  # in words so far; the next block goes on with it
            n_articles += int(np.count_nonzero(lengths[:-1]))
            longest = max(longest, int(lengths.max()))
            spool.write(ids.tobytes())
    n_ids = spool.tell() // 4
    n_articles += open_article > 0
    return TokenizedText(vocabulary, n_articles, longest, spool, progress, n_ids, script)


def check_words(n_words: int, first: str, script: ScriptWatch) -> None:
    """Refuse a text that is not divided into words, or has fewer than two distinct ones."""
    script.check()
    if n_words < 2:
        only = f"only one distinct word, {first!r}" if n_words else "no words"
        raise W2VError(f"the text has {only}, and pairs need two; see whether it is the right text")


def count_pairs(text: TokenizedText, rank: np.ndarray, V: int, window: int) -> np.ndarray:
    """Read the ids back and count the pairs of the words whose ``rank`` (of each id) is not -1."""
    check_table(
        V, "pass sparse=True, which keeps only the pairs that occur, or a smaller vocab_size"
    )
    reach = text.reach(window)
    weight = weight_on_a_side(window, reach)
    at_a_time = max(_IDS_AT_A_TIME, min(4 * _IDS_AT_A_TIME, V * V // 8))
    kind = np.uint32 if (at_a_time + reach) * weight < 1 << 32 else np.int64
    table = np.empty((V, V), np.int64)
    chunks = _sorted_chunks(text, rank, V, reach, at_a_time)

    def add(chunk: Chunk, rows: tuple[int, int]) -> None:
        _kernels.add_pairs(*chunk, *rows, window, reach, table, np.empty(V, kind))

    with own_threads() as pool:
        tiles = list(pairwise(np.unique(np.append(np.arange(0, V, 256), V))))
        # Unlike np.zeros this gets huge pages, which halves the time of a short text.
        list(pool.map(lambda rows: table[slice(*rows)].fill(0), tiles))
        following = pool.submit(next, chunks, None)  # made while the one before it is counted
        while (chunk := following.result()) is not None:
            following = pool.submit(next, chunks, None)
            list(pool.map(partial(add, chunk), pairwise(equal_parts(chunk[2]))))
        list(pool.map(lambda rows: _kernels.add_transpose(table, *rows), reversed(tiles)))
    return table


def _sorted_chunks(
    text: TokenizedText, rank: np.ndarray, V: int, reach: int, at_a_time: int
) -> Iterator[Chunk]:
    """Yield tokens, the positions of the centres among them, sorted by words, and their starts.

    The last ``reach`` tokens of a chunk wait for the words after them, in the next one.
    """
    carry, end = np.empty(0, np.uint16), np.array([V], np.uint16)
    for ranks in chain(rank_blocks(text, rank, V, carry.dtype, at_a_time), [None]):
        tokens = np.concatenate([carry, end[:0] if ranks is None else ranks, end])
        # Where the text ends, so does its last article.
        n = tokens.size - 1 if ranks is None else max(tokens.size - 1 - reach, 0)
        starts, order = np.zeros(V + 2, np.int64), np.empty(n, np.int32)
        _kernels.sort_positions(tokens, 0, n, starts, order)
        carry = tokens[n:-1].copy()
        yield tokens, order, starts[:-1]


def rank_blocks(
    text: TokenizedText, rank: np.ndarray, V: int, kind: np.dtype[Any], at_a_time: int = 0
) -> Iterator[np.ndarray]:
    """Read the ids back as ranks of words, without those of rank -1; V is the end of an article."""
    n_bytes = 4 * (at_a_time or _IDS_AT_A_TIME)
    text.ids.seek(0)
    with progress_bar(text.progress, total=text.n_ids, unit="word", desc="counting") as bar:
        while (ids := np.frombuffer(text.ids.read(n_bytes), np.int32)).size:
            tokens = np.empty(ids.size, kind)
            yield tokens[: _kernels.ids_to_ranks(ids, rank, V, tokens)]
            bar.update(ids.size)


def reach_of(window: int, longest_article: int, n_ids: int) -> int:
    """Return the part of a window that an article can fill; refuse weights beyond int64."""
    reach = min(window, max(longest_article - 1, 1))
    if 2 * n_ids * weight_on_a_side(window, reach) >= 1 << 63:
        raise W2VError(
            f"window={window} makes weights too large for exact counts; "
            f"choose window <= {longest_article} (the longest article)"
        )
    return reach


def weight_on_a_side(window: int, reach: int) -> int:
    """Sum of the weights of the words on one side of a centre word."""
    return reach * (2 * window - reach + 1) // 2


def progress_bar(progress: bool | None, **options: Any) -> Any:
    """Return a progress bar; ``None`` shows it where the standard error is a terminal."""
    return tqdm(unit_scale=True, disable=None if progress is None else not progress, **options)

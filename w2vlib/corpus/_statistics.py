"""What is counted in a text, and nothing else of it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from .._support.errors import W2VError
from .._support.memory import check_table
from .._support.validation import largest_asymmetry, shown, vocabulary_size, window_size, word_list
from ._file_format import read_statistics, write_statistics
from ._sparse import lock

BUNDLED = Path(__file__).parent.parent / "data" / "enwiki_v5000_l16.npz"
BUNDLED_SHA256 = "7b45b0ed7a4637e5df2940a0a25840926e4c54b2cc4590df83313605f69bac7e"
_MAX_TOTAL = 9.2e18  # of all counts, which are 64-bit integers: a little under 2 ** 63


@dataclass(frozen=True, eq=False)
class CorpusStatistics:
    """What word2vec sees of a text: how often each word, and each pair of words, occurs.

    Parameters
    ----------
    words : tuple of str
        The vocabulary, most frequent word first; V words.
    word_counts : (V,) int64
        Occurrences of each word.
    pair_counts : (V, V) int64, symmetric, or a sparse array
        Two tokens of one article at distance delta <= L add L + 1 - delta to N_ij and to N_ji
        (so twice that to N_ii). This weight is word2vec's random window in expectation. Where
        SciPy's sparse array or matrix is passed, it is kept as a ``csr_array`` without zeros, its
        integers as int32 where they fit; so count many words.
    window : int
        L, the half-window, in words.
    source : str, keyword-only
        Where the text comes from, in words.

    Raises
    ------
    W2VError
        An array has another shape or type, the table is not symmetric, or no pair occurs.

    Notes
    -----
    Words outside the vocabulary are removed before windows are laid, as in word2vec. The arrays
    are read-only and independent of those passed. With sparse counts work ``truncate``, files,
    :func:`m_star_operator`, :func:`pca_embeddings` and :func:`sgns_embeddings`; what needs the full
    table says so, and ``to_dense`` makes it.

    Examples
    --------
    >>> from w2vlib import count_cooccurrences
    >>> stats = count_cooccurrences(["a b a", "b a"], vocab_size=2, window=2)
    >>> stats.words, stats.word_counts.tolist(), stats.pair_counts.tolist()
    (('a', 'b'), [3, 2], [[2, 6], [6, 0]])
    >>> stats.p_ij.sum().item()
    1.0
    """

    words: tuple[str, ...]
    word_counts: np.ndarray
    pair_counts: Any
    window: int
    source: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        words = word_list(self.words)
        V = len(words)
        object.__setattr__(self, "words", words)
        object.__setattr__(self, "window", window_size(self.window))
        check_source(self.source)
        if V < 2:
            raise W2VError(f"{V} words; pairs need 2 or more")
        for word in words:
            if "\n" in word or word.encode(errors="replace").decode() != word:
                raise W2VError(
                    f"the word {shown(word)} holds a line end or half a surrogate pair, which a "
                    "file of statistics cannot hold; rename it"
                )
        for name, shape, least in (("word_counts", (V,), 1), ("pair_counts", (V, V), 0)):
            array = _checked_counts(name, getattr(self, name), shape, least)
            object.__setattr__(self, name, array)
        N = self.pair_counts
        if apart := _sparse_asymmetry(N) if self.is_sparse else largest_asymmetry(N):
            raise W2VError(
                f"pair_counts is not symmetric: N_ij and N_ji differ by up to {apart:,.0f}; "
                "count each pair in both directions: N + N.T"
            )
        if not (N.nnz if self.is_sparse else N.any()):
            raise W2VError(
                f"no two of the {V} words ever stand within {self.window} words of each other "
                "in one article; give longer articles or a larger vocabulary"
            )

    def __len__(self) -> int:
        return len(self.words)

    def __repr__(self) -> str:
        return (
            f"CorpusStatistics(V={len(self):,}, window={self.window}, {self.n_tokens:,} tokens"
            + (f", {self.pair_counts.nnz:,} sparse counts" if self.is_sparse else "")
            + (f", source={self.source!r})" if self.source else ")")
        )

    @property
    def n_tokens(self) -> int:
        """Number of tokens that are in the vocabulary."""
        return int(self.word_counts.sum())

    @cached_property
    def index(self) -> dict[str, int]:
        """Row of each word."""
        return {word: i for i, word in enumerate(self.words)}

    @property
    def is_sparse(self) -> bool:
        """Whether only the pairs that occur are kept."""
        return bool(sparse.issparse(self.pair_counts))

    @property
    def p_i(self) -> np.ndarray:
        """(V,) float64: unigram probabilities inside the vocabulary; they sum to 1."""
        return np.asarray(self.word_counts / self.word_counts.sum())

    @property
    def p_ij(self) -> np.ndarray:
        """(V, V) float64: probability of drawing the pair (i, j) from windows; sums to 1.

        W2VError for sparse counts: divide ``pair_counts`` by its sum, or see ``to_dense``.
        """
        return np.asarray(self.dense("p_ij").pair_counts / self.pair_counts.sum())

    def to_dense(self) -> CorpusStatistics:
        """Return the same statistics with the full table of counts, 8 V^2 bytes.

        W2VError where there is no memory for it.
        """
        if not self.is_sparse:
            return self
        check_table(len(self), "keep fewer words first: stats.truncate(10_000).to_dense()")
        table = self.pair_counts.astype(np.int64).toarray()
        lock(table)
        return CorpusStatistics(
            self.words, self.word_counts, table, self.window, source=self.source
        )

    def dense(self, what: str, remedy: str = "") -> CorpusStatistics:
        """Return these statistics, or say that ``what`` needs the full table."""
        if self.is_sparse:
            few = "" if len(self) <= 10_000 else "truncate(10_000)."
            raise W2VError(
                f"{what} needs the full table of counts, and these are sparse; "
                f"{remedy}take stats.{few}to_dense()"
            )
        return self

    def truncate(self, vocab_size: int) -> CorpusStatistics:
        """Keep the ``vocab_size`` most frequent words, and their block of the counted table.

        Counting the text anew with a smaller vocabulary gives other numbers, as fewer words then
        stand between two that are kept.
        """
        vocabulary_size(vocab_size, len(self), "words of these statistics")
        if vocab_size == len(self):
            return self
        block = self.pair_counts[:vocab_size, :vocab_size]
        if self.is_sparse:
            lock(block)
        return CorpusStatistics(
            self.words[:vocab_size],
            self.word_counts[:vocab_size],
            block,
            self.window,
            source=self.source,
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write an .npz file, lossless and without pickle, whole or not at all.

        The same zlib writes the same bytes each time.
        """
        write_statistics(path, self)

    @classmethod
    def load(cls, path: str | os.PathLike[str], vocab_size: int | None = None) -> CorpusStatistics:
        """Read what :meth:`save` wrote; ``vocab_size`` keeps that many of the most frequent words.

        Raises
        ------
        W2VError
            The file is not one of ours, is damaged, or its content does not match its checksum.
        """
        return cls(**read_statistics(path, vocab_size))


def load_statistics(vocab_size: int | None = None) -> CorpusStatistics:
    """Load the bundled statistics of 69.9 million words of English Wikipedia (V = 5,000, L = 16).

    ``vocab_size`` keeps that many of the most frequent words, as ``truncate`` does. Source, licence
    and the command that rebuilds the file are in ``w2vlib/data/DATA_CARD.md``.

    Raises
    ------
    W2VError
        ``vocab_size`` is not a whole number from 2 to 5,000, or the file was changed.

    Examples
    --------
    >>> stats = load_statistics(100)
    >>> stats.words[:4], stats.p_ij.shape
    (('the', 'of', 'and', 'in'), (100, 100))
    """
    return CorpusStatistics(**read_statistics(BUNDLED, vocab_size, sha256=BUNDLED_SHA256))


def _checked_counts(name: str, given: Any, shape: tuple[int, ...], least: int) -> Any:
    """Return a read-only array of integers: of 64 bits, or sparse and of as many as they need."""
    is_sparse = sparse.issparse(given) and len(shape) == 2
    try:
        array = given if is_sparse else np.asarray(given)
    except ValueError as error:
        raise W2VError(f"{name} is no table of integers ({error})") from error
    if array.shape != shape or array.dtype.kind not in "iu":
        raise W2VError(
            f"{name} has shape {array.shape} and type {array.dtype}; "
            f"{shape[0]} words need integers of shape {shape}"
        )
    if is_sparse:
        array = _canonical(array)
    values: Any = array.data if is_sparse else array
    if (lowest := values.min(initial=least)) < least:
        raise W2VError(f"{name} holds {lowest}; it must be {least} or more everywhere")
    if (total := values.sum(dtype=np.float64)) > _MAX_TOTAL:
        raise W2VError(
            f"the sum of {name} is {total:.3g}, more than 64-bit integers hold; divide "
            f"the counts until it is at most {_MAX_TOTAL:.2g}"
        )
    if is_sparse:
        kind = np.int32 if values.max(initial=0) < 1 << 31 else np.int64
        if values.dtype != kind:
            array = array.astype(kind)
            lock(array)
    # Only a read-only array with memory of its own, such as a fresh count, needs no copy.
    elif array.flags.writeable or not array.flags.owndata or array.dtype != np.int64:
        array = array.astype(np.int64)
        lock(array)
    return array


def _canonical(given: sparse.sparray) -> sparse.csr_array:
    """Return compressed rows: columns in order, none twice, no zeros; read-only.

    Only a read-only array, such as a fresh count, needs no copy.
    """
    if isinstance(given, sparse.csr_array) and given.has_canonical_format:
        parts = (given.data, given.indices, given.indptr)
        if not any(part.flags.writeable for part in parts) and given.data.min(initial=1) > 0:
            return given
    array = sparse.csr_array(given, copy=True)
    array.sum_duplicates()
    array.eliminate_zeros()
    lock(array)
    return array


def _sparse_asymmetry(table: sparse.csr_array) -> float:
    """Largest |N_ij - N_ji|, which is looked for only where N x and N^T x differ for a random x."""
    V = table.shape[0]
    x = np.random.default_rng(0).integers(0, 2**64, V, dtype=np.uint64)  # exact modulo 2**64
    along, across = np.empty(V, np.uint64), np.zeros(V, np.uint64)
    step = 1024  # rows: what is made of them stays small
    for begin in range(0, V, step):
        rows = table[begin : begin + step].astype(np.uint64)
        along[begin : begin + step] = rows @ x
        across += rows.T @ x[begin : begin + step]
    if np.array_equal(along, across):
        return 0
    return float(abs(table.astype(np.float64) - table.T).max())


def check_source(source: str) -> None:
    """Refuse what is no text."""
    if not isinstance(source, str):
        raise W2VError(f"source is {shown(source)}; pass a str that says where the text comes from")

"""Text -> co-occurrence statistics."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable

import numpy as np

from .._support.errors import W2VError
from .._support.validation import vocabulary_size, window_size
from ._statistics import CorpusStatistics, check_source

_MOST_WORDS = 65_534  # word ids are 16-bit
_IN_MEMORY = 1 << 28  # bytes of word ids; more go to a temporary file


def count_cooccurrences(
    articles: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    vocab_size: int,
    window: int = 16,
    source: str = "",
    progress: bool | None = None,
) -> CorpusStatistics:
    """Count words and pairs of words in a text, exactly.

    A word is a run of letters, digits and underscores of any alphabet, in lower case. The
    ``vocab_size`` most frequent words are kept (of equals, the one that comes first in the text),
    all others are removed, and then each word is paired with the ``window`` words on either side of
    it, within its article. ZWNJ and soft hyphens divide words, as blanks do.

    Parameters
    ----------
    articles : path or iterable
        The path of a text file with one article a line (plain, .gz, .xz or .bz2, UTF-8), or an
        iterable with one str for each article; a ``pathlib.Path`` in it stands for a file. A text
        broken into short lines is one article when passed as ``[Path(name).read_text()]``.
    vocab_size : int
        V.
    window : int
        L, the half-window. A pair at distance delta has weight L + 1 - delta.
    source : str
        Kept in the statistics, for the record.
    progress : bool, optional
        Show progress bars. By default where the standard error is a terminal.

    Returns
    -------
    CorpusStatistics

    Raises
    ------
    W2VError
        No words, too few words, or text that cannot be read; the message says the remedy.

    Notes
    -----
    The text streams: memory is the V x V table (8 bytes a cell), up to about 1 GB of buffers, and
    the distinct words. Word ids beyond 256 MB wait in a temporary file.

    Examples
    --------
    >>> stats = count_cooccurrences(["the cat sat", "the cat ran"], vocab_size=2, window=1)
    >>> stats.words
    ('the', 'cat')
    >>> stats.pair_counts.tolist()
    [[0, 2], [2, 0]]
    """
    from ._tokens import count_pairs, read_ids  # compiles: only who counts waits for it

    window = window_size(window)
    vocab_size = vocabulary_size(vocab_size, _MOST_WORDS, "words that a table can hold here")
    check_source(source)
    hide = None if progress is None else not progress
    try:
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as spool:
            types, longest = read_ids(articles, spool, hide)
            kept = types.most_frequent(vocab_size)
            rank = np.full(types.n, -1, np.int32)
            rank[kept] = np.arange(vocab_size)
            table = count_pairs(spool, rank, vocab_size, window, longest, hide)
    except OSError as error:
        raise W2VError(
            f"cannot read the text, or keep its words in {tempfile.gettempdir()}: {error}; "
            f"check the file, free some space, or set TMPDIR to a folder that has it"
        ) from error
    words = tuple(types.word(int(k)) for k in kept)
    return CorpusStatistics(words, types.counts[kept], table, window, source=source)

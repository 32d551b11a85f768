"""Text -> co-occurrence statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .._support.validation import vocabulary_size, window_size
from ._reading import Articles
from ._statistics import CorpusStatistics, check_source

if TYPE_CHECKING:
    from distributed import Client

    from ._tokens import TokenizedText


def count_cooccurrences(
    articles: Articles,
    *,
    vocab_size: int,
    window: int = 16,
    source: str = "",
    client: Client | None = None,
    progress: bool | None = None,
) -> CorpusStatistics:
    """Count words and pairs of words in a text, exactly.

    A word is a run of letters, digits and underscores of any alphabet, in lower case; ZWNJ and
    soft hyphens divide words. The ``vocab_size`` most frequent words are kept (of equals, the one
    that comes first in the text), all others are removed, and then each word is paired with the
    ``window`` words on either side of it, within its article.

    Parameters
    ----------
    articles : path or iterable
        The path of a UTF-8 file with one article per line (plain, .gz, .xz or .bz2), or an
        iterable with one str per article; a ``pathlib.Path`` in it stands for a file. A text
        broken into short lines is one article when passed as ``[Path(name).read_text("utf-8")]``.
    vocab_size, window : int
        V, and the half-window L: a pair at distance delta has weight L + 1 - delta.
    source : str
        Kept in the statistics, for the record.
    client : dask.distributed.Client, optional
        Count on the workers of a Dask cluster (``pip install 'w2vlib[distributed]'``). ``articles``
        must then be paths of files that every worker finds under the same name; a file is the
        least that a worker takes, so divide a large text at the ends of articles. The integers
        are the same, also where workers die meanwhile and others do their work again.
    progress : bool, optional
        Show progress bars; by default where the standard error is a terminal.

    Raises
    ------
    W2VError
        Too few words, or text that cannot be read. Of a cluster: no workers left, a task that ends
        one worker after another, or a file that vanishes or changes while it is counted.

    Notes
    -----
    The text streams: memory is the V x V table (8 bytes per cell), up to about 1 GB of buffers, and
    the distinct words. Word ids beyond 256 MB wait in a temporary file.

    Examples
    --------
    >>> stats = count_cooccurrences(["the cat sat", "the cat ran"], vocab_size=2, window=1)
    >>> stats.words, stats.pair_counts.tolist()
    (('the', 'cat'), [[0, 2], [2, 0]])
    """
    from ._tokens import tokenized  # compiles: only who counts waits for it

    window = window_size(window)
    vocab_size = table_size(vocab_size)
    check_source(source)
    if client is not None:
        from ._distributed import count_distributed

        return count_distributed(articles, client, vocab_size, window, source, progress)
    with tokenized(articles, progress) as text:
        return count_tokenized(text, vocab_size, window, source)


def table_size(vocab_size: object) -> int:
    """Return the number of words to keep; their ids are 16-bit."""
    return vocabulary_size(vocab_size, 65_534, "words that a table can hold here")


def count_tokenized(
    text: TokenizedText, vocab_size: int, window: int, source: str
) -> CorpusStatistics:
    """Count the pairs of the most frequent words of a text that is read already."""
    from ._tokens import count_pairs

    vocabulary = text.vocabulary
    kept = vocabulary.most_frequent(vocab_size)
    rank = np.full(vocabulary.n, -1, np.int32)
    rank[kept] = np.arange(vocab_size)
    table = count_pairs(text, rank, vocab_size, window)
    table.setflags(write=False)
    words = tuple(vocabulary.word(int(k)) for k in kept)
    return CorpusStatistics(words, vocabulary.counts[kept], table, window, source=source)

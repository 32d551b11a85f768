"""Text -> co-occurrence statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .._support.validation import true_or_false, vocabulary_size, window_size
from ._reading import Articles
from ._statistics import CorpusStatistics, check_source, lock

if TYPE_CHECKING:
    from distributed import Client

    from ._tokens import TokenizedText


def count_cooccurrences(
    articles: Articles,
    *,
    vocab_size: int,
    window: int = 16,
    sparse: bool = False,
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
    sparse : bool
        Keep only the pairs that occur, in a SciPy array of compressed rows: the same integers in
        less memory where V is beyond some 20,000. What needs the full table says so.
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
        Too few words, text that cannot be read, or a table for which there is no memory. Of a
        cluster: no workers left, a task that ends one worker after another, or a file that
        vanishes or changes while it is counted.

    Notes
    -----
    The text streams: memory is the V x V table (8 bytes per cell), up to about 1 GB of buffers, and
    the distinct words. Word ids beyond 256 MB wait in a temporary file. A sparse table takes 8
    bytes for each cell above 0, and some 8 bytes for each word of the text while it is counted, of
    134 million words at a time. Counts do not depend on the number of threads.

    Examples
    --------
    >>> stats = count_cooccurrences(["the cat sat", "the cat ran"], vocab_size=2, window=1)
    >>> stats.words, stats.pair_counts.tolist()
    (('the', 'cat'), [[0, 2], [2, 0]])
    """
    from ._tokens import tokenized  # compiles: only who counts waits for it

    window = window_size(window)
    vocab_size = table_size(vocab_size, true_or_false("sparse", sparse))
    check_source(source)
    if client is not None:
        from ._distributed import count_distributed

        return count_distributed(articles, client, vocab_size, window, sparse, source, progress)
    with tokenized(articles, progress) as text:
        return count_tokenized(text, vocab_size, window, source, sparse)


def table_size(vocab_size: object, sparse: bool) -> int:
    """Return the number of words to keep; in a dense table their ids are 16-bit."""
    if sparse:
        return vocabulary_size(vocab_size, 2**31 - 2, "words that a sparse table can hold")
    return vocabulary_size(
        vocab_size, 65_534, "words that a dense table can hold (a sparse one, sparse=True: any)"
    )


def count_tokenized(
    text: TokenizedText, vocab_size: int, window: int, source: str, sparse: bool
) -> CorpusStatistics:
    """Count the pairs of the most frequent words of a text that is read already."""
    from ._sparse import count_sparse_pairs
    from ._tokens import count_pairs

    vocabulary = text.vocabulary
    kept = vocabulary.most_frequent(vocab_size)
    rank = np.full(vocabulary.n, -1, np.int32)
    rank[kept] = np.arange(vocab_size)
    table = (count_sparse_pairs if sparse else count_pairs)(text, rank, vocab_size, window)
    lock(table)
    words = tuple(vocabulary.word(int(k)) for k in kept)
    return CorpusStatistics(words, vocabulary.counts[kept], table, window, source=source)

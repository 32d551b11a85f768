"""The statistics that come along with the library."""

from __future__ import annotations

from pathlib import Path

from ._file_format import read_statistics
from ._statistics import CorpusStatistics

BUNDLED = Path(__file__).parent.parent / "data" / "enwiki_v5000_l16.npz"
BUNDLED_SHA256 = "7b45b0ed7a4637e5df2940a0a25840926e4c54b2cc4590df83313605f69bac7e"


def load_statistics(vocab_size: int | None = None) -> CorpusStatistics:
    """Load the bundled statistics of 69.9 million words of English Wikipedia (V = 5,000, L = 16).

    Parameters
    ----------
    vocab_size : int, optional
        Keep that many of the most frequent words (see :meth:`CorpusStatistics.truncate`).

    Returns
    -------
    CorpusStatistics

    Notes
    -----
    Source, licence and the command that rebuilds the file are in ``w2vlib/data/DATA_CARD.md``.

    Examples
    --------
    >>> stats = load_statistics(100)
    >>> stats.words[:4], stats.p_ij.shape
    (('the', 'of', 'and', 'in'), (100, 100))
    """
    words, word_counts, pair_counts, window, source = read_statistics(
        BUNDLED, vocab_size, sha256=BUNDLED_SHA256
    )
    return CorpusStatistics(words, word_counts, pair_counts, window, source=source)

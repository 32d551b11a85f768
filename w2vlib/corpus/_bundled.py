"""The statistics that come along with the library."""

from __future__ import annotations

from pathlib import Path

from ._file_format import read_statistics
from ._statistics import CorpusStatistics

BUNDLED = Path(__file__).parent.parent / "data" / "enwiki_v5000_l16.npz"
BUNDLED_SHA256 = "7b45b0ed7a4637e5df2940a0a25840926e4c54b2cc4590df83313605f69bac7e"


def load_statistics(vocab_size: int | None = None) -> CorpusStatistics:
    """Load the bundled statistics of 69.9 million words of English Wikipedia (V = 5,000, L = 16).

    ``vocab_size`` keeps that many of the most frequent words, as ``truncate`` does. Source, licence
    and the command that rebuilds the file are in ``w2vlib/data/DATA_CARD.md``.

    Raises
    ------
    W2VError
        ``vocab_size`` is no whole number from 2 to 5,000, or the file was changed.

    Examples
    --------
    >>> stats = load_statistics(100)
    >>> stats.words[:4], stats.p_ij.shape
    (('the', 'of', 'and', 'in'), (100, 100))
    """
    return CorpusStatistics(**read_statistics(BUNDLED, vocab_size, sha256=BUNDLED_SHA256))

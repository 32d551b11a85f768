"""Text -> CorpusStatistics: what word2vec sees of a text."""

from ._counting import count_cooccurrences
from ._statistics import BUNDLED, CorpusStatistics, load_statistics
from ._text8 import fetch_text8

__all__ = ["BUNDLED", "CorpusStatistics", "count_cooccurrences", "fetch_text8", "load_statistics"]

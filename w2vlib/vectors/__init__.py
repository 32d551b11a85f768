"""Words and their vectors, and word2vec's file format."""

from ._embeddings import Embeddings

__all__ = ["Embeddings"]

"""Six words with random vectors, and gensim where it is installed."""

import numpy as np
import pytest

from w2vlib import Embeddings

WORDS = ("king", "queen", "man", "woman", "straße", "日本")


@pytest.fixture
def emb():
    vectors = np.random.default_rng(0).normal(size=(len(WORDS), 5)).astype(np.float32)
    return Embeddings(WORDS, vectors)


@pytest.fixture
def gensim_keyed_vectors():
    return pytest.importorskip(
        "gensim.models", reason="gensim is not installed: its oracle is left out"
    ).KeyedVectors

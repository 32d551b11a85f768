"""Pairs of words, and the rows of their vectors."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from .._support.errors import W2VError
from .._support.validation import instance_of, listed, shown
from ..vectors import Embeddings

Pairs = Iterable[Sequence[str]]
EMBEDDINGS = "such as pca_embeddings(stats, 100)"


def word_pairs(pairs: Pairs, where: str = "") -> list[tuple[str, str]]:
    """Return the pairs as tuples; ``where`` says in the message which family they are of."""
    found = []
    for pair in listed(f"the list of pairs{where}", pairs, "pairs (word_a, word_b)"):
        two = isinstance(pair, Sequence | np.ndarray) and not isinstance(pair, str)
        if not two or len(pair) != 2 or not all(isinstance(word, str) for word in pair):
            raise W2VError(f"{shown(pair)}{where} is not a pair of words; pass (word_a, word_b)")
        found.append((pair[0], pair[1]))
    return found


def rows_of_pairs(emb: Embeddings, pairs: Pairs) -> NDArray[np.int64]:
    """Return the rows of the words of each pair, (N, 2)."""
    instance_of("emb", emb, Embeddings, EMBEDDINGS)
    checked = word_pairs(pairs)
    missing = [word for pair in checked for word in pair if word not in emb]
    if missing:
        raise W2VError(
            f"{len(missing)} words of the {len(checked)} pairs are not among the {len(emb):,} "
            f"words of emb, first {missing[0]!r}; keep the pairs with both words in emb"
        )
    if not checked:
        raise W2VError("0 pairs; pass at least 1 pair (word_a, word_b)")
    return np.array([[emb.index[word] for word in pair] for pair in checked])

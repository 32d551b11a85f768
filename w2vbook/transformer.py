"""A small transformer for next words, and the words that Chapter 14 tests it with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, scaled_dot_product_attention

FOLDER = Path(__file__).parent / "data"

# fmt: off
PAIRS = (  # (he, she), for steering; each must be in the vocabulary
    ("man", "woman"), ("men", "women"), ("king", "queen"), ("father", "mother"),
    ("son", "daughter"), ("sons", "daughters"), ("brother", "sister"), ("husband", "wife"),
    ("prince", "princess"), ("boy", "girl"), ("boys", "girls"), ("actor", "actress"),
    ("lord", "lady"), ("god", "goddess"), ("male", "female"), ("males", "females"),
)
ROLES = (  # neither he nor she
    "author", "writer", "poet", "singer", "artist", "composer", "philosopher", "scientist",
    "scholar", "historian", "professor", "teacher", "student", "doctor", "judge", "officer",
    "captain", "engineer", "architect", "critic", "editor", "player",
    "driver", "leader", "minister", "president", "governor", "director", "producer", "founder",
    "candidate", "champion", "character", "person", "child", "citizen", "slave", "soldier",
)
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)
NUMBERS = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "twenty", "thirty", "forty", "fifty", "hundred", "thousand", "million", "billion",
)
ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
)
# Other relations, to push with instead of he and she.
OTHERS = {
    "plural": (
        ("city", "cities"), ("state", "states"), ("year", "years"), ("game", "games"),
        ("language", "languages"), ("system", "systems"), ("country", "countries"),
        ("river", "rivers"), ("book", "books"), ("church", "churches"), ("school", "schools"),
        ("film", "films"),
    ),
    "capital": (
        ("england", "london"), ("france", "paris"), ("germany", "berlin"), ("russia", "moscow"),
        ("italy", "rome"), ("japan", "tokyo"), ("greece", "athens"),
        ("austria", "vienna"), ("ireland", "dublin"),
    ),
    "past": (
        ("become", "became"), ("begin", "began"), ("write", "wrote"), ("give", "gave"),
        ("take", "took"), ("come", "came"), ("make", "made"), ("see", "saw"), ("win", "won"),
        ("find", "found"),
    ),
}
TOPICS = {  # words of a topic: differences of their means are pushes, too
    "war": ("war", "army", "battle", "forces", "troops", "military", "attack", "soldiers"),
    "music": ("music", "album", "song", "band", "songs", "rock", "piano", "opera"),
    "science": ("theory", "energy", "physics", "mathematics", "function", "equation", "particles",
                "mass"),
    "place": ("city", "river", "north", "south", "population", "county", "area", "coast"),
}
# Sentences of our own: the model reads one with a noun in its place, and says he or she next.
TEMPLATES = (
    "the NOUN said that", "the NOUN died in london after", "the NOUN left the country when",
    "the NOUN won the war because", "in that year the NOUN became famous and",
    "the life of the NOUN changed when", "it was the NOUN who wrote the book and",
    "the NOUN was born in france where", "the NOUN lost the power which",
    "the NOUN came to the city and there",
)
# fmt: on


def _matrix(n: int, m: int, size: float) -> nn.Parameter:
    return nn.Parameter(size * torch.randn(n, m))


class Layer(nn.Module):
    """Attention and an MLP, each behind a layer norm; both add to the residual stream."""

    def __init__(self, d: int, heads: int, thin: float) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.out = _matrix(d, 3 * d, 0.02), _matrix(d, d, thin)
        self.up, self.down = _matrix(d, 4 * d, 0.02), _matrix(4 * d, d, thin)
        self.bias = nn.Parameter(torch.zeros(4 * d))

    def forward(self, x: Tensor) -> Tensor:
        """Add to the stream x, (sentences, places, d)."""
        parts = (self.norm1(x) @ self.qkv).chunk(3, dim=2)
        q, k, v = (part.unflatten(2, (self.heads, -1)).transpose(1, 2) for part in parts)
        seen = scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + seen.transpose(1, 2).flatten(2) @ self.out
        hidden: Tensor = gelu(self.norm2(x) @ self.up + self.bias)
        return x + hidden @ self.down


class Transformer(nn.Module):
    """Two layers of attention and MLP, each behind a layer norm, between E and U.

    Embeddings start small (``sigma``), and the bias holds the logarithms of the unigram
    probabilities, so that the untrained model guesses by frequency alone. E and U are not tied: the
    matrix that drives the first phase, P(next) - p p^T, is not symmetric.
    """

    def __init__(
        self, p: Tensor, d: int = 128, heads: int = 4, layers: int = 2, context: int = 64,
        sigma: float = 0.002,
    ) -> None:  # fmt: skip
        super().__init__()
        V = len(p)
        self.E = _matrix(V, d, sigma)  # words as they are read
        self.place = _matrix(context, d, sigma)
        thin = 0.02 / math.sqrt(2 * layers)  # as in GPT-2: what adds to the residual stream
        self.layers = nn.ModuleList(Layer(d, heads, thin) for _ in range(layers))
        self.norm = nn.LayerNorm(d)
        self.U = _matrix(V, d, sigma)  # words as they are guessed
        self.bias = nn.Parameter(p.log())

    def stream(self, ids: Tensor, push: Tensor | None = None) -> Tensor:
        """Return what U reads, (sentences, places, d); ``push`` is added to the embeddings."""
        x = self.E[ids]  # (sentences, places, d): the residual stream
        x = (x if push is None else x + push) + self.place[: ids.shape[1]]
        for layer in self.layers:
            x = layer(x)
        normed: Tensor = self.norm(x)
        return normed

    def forward(self, ids: Tensor) -> Tensor:
        """Score the next word: (sentences, places, V)."""
        return self.stream(ids) @ self.U.T + self.bias


@dataclass(frozen=True)
class Trained:
    """What was kept of the training: see ``data/DATA_CARD.md``.

    Attributes
    ----------
    words : tuple of str
        V words, the most frequent first.
    unigrams : (V,) array
        How often each occurs in the text.
    next_counts : (V, V) array
        How often word j comes right after word i.
    steps : (n,) array
        Steps after which E was kept.
    E : (n, V, d) array
        The embeddings then.
    losses : (m, 2) array
        Steps, and the loss on held-out text, in nats per word.
    unigram_loss, bigram_loss : float
        Of the frequencies alone, and of smoothed counts of neighbours, on the same text.
    """

    words: tuple[str, ...]
    unigrams: np.ndarray
    next_counts: np.ndarray
    steps: np.ndarray
    E: np.ndarray
    losses: np.ndarray
    unigram_loss: float
    bigram_loss: float

    @cached_property
    def index(self) -> dict[str, int]:
        """Where each word stands."""
        return {word: i for i, word in enumerate(self.words)}

    def model(self) -> Transformer:
        """Build the model as it was at the end."""
        model = Transformer(torch.ones(len(self.words)))
        with np.load(FOLDER / "transformer_model.npz") as data:
            state = {name: torch.from_numpy(data[name].astype(np.float32)) for name in data.files}
        model.load_state_dict(state | {"E": torch.from_numpy(self.E[-1].astype(np.float32))})
        return model.eval()


def load() -> Trained:
    """Load the counts and the embeddings that Chapter 14 compares.

    Examples
    --------
    >>> trained = load()
    >>> trained.E.shape, len(trained.words)
    ((8, 2500, 128), 2500)
    """
    with np.load(FOLDER / "transformer_counts.npz") as data:
        words, unigrams, counts = _counts(data)
    with np.load(FOLDER / "transformer_embeddings.npz") as data:
        E = data["E"].astype(float)
        return Trained(
            words, unigrams, counts, data["steps"], E, data["losses"],
            float(data["unigram_loss"]), float(data["bigram_loss"]),
        )  # fmt: skip


def load_second() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Load the second run: counts of neighbours (V, V), steps (3,) and embeddings (3, V, d)."""
    with np.load(FOLDER / "transformer_second.npz") as data:
        return _counts(data)[2], data["steps"], data["E"].astype(float)


def _counts(data: Mapping[str, np.ndarray]) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    words = tuple(data["words"].tobytes().decode().split("\n"))
    planes = [data[f"next_counts_byte{k}"].astype(np.int64) << 8 * k for k in range(3)]
    return words, data["unigrams"], np.reshape(sum(planes), (len(words), len(words)))

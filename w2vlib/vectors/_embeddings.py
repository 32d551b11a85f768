"""Word vectors: look a word up, find its neighbours, solve analogies, exchange files."""

from __future__ import annotations

import difflib
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import ArrayLike

from .._support.errors import W2VError
from .._support.validation import finite_array, whole_number, word_list
from ._word2vec_format import FloatArray, as_float32, read_word2vec, write_word2vec

if TYPE_CHECKING:
    from gensim.models import KeyedVectors


@dataclass(frozen=True, eq=False, repr=False)
class Embeddings:
    """Words and their vectors: row ``i`` of ``vectors`` belongs to ``words[i]``.

    Parameters
    ----------
    words : sequence of str
        V different words, by habit the most frequent first.
    vectors : array_like, shape (V, d)
        One row for each word. Copied, and read-only from then on; float32 stays float32, all
        other numbers become float64.
    contexts : array_like, shape (V, d), optional
        The words' second vectors, as contexts of others, where a model has two for each word.
        Neighbours, analogies and files take the first ones.

    Raises
    ------
    W2VError
        Where shapes disagree, a word comes twice, or a number is NaN or infinite.

    Examples
    --------
    >>> emb = Embeddings(["man", "woman", "king", "queen"], [[1, 0], [0, 1], [3, 1], [2, 2]])
    >>> emb
    Embeddings(V=4, d=2, words: man, woman, king, ...)
    >>> emb["queen"]
    array([2., 2.])
    >>> emb.analogy("man", "woman", "king", n=1)[0][0]
    'queen'
    """

    words: tuple[str, ...]
    vectors: FloatArray
    contexts: FloatArray | None = None

    def __post_init__(self) -> None:
        words = word_list(self.words)
        vectors = _table("vectors", self.vectors, len(words))
        self._keep(words, vectors, "vectors")
        if self.contexts is not None:
            contexts = _table("contexts", self.contexts, len(words))
            if contexts.shape != vectors.shape:
                raise W2VError(
                    f"contexts has shape {contexts.shape}, vectors {vectors.shape}; a word's two "
                    "vectors are of one length"
                )
            self._keep(words, contexts, "contexts")

    def _keep(
        self, words: tuple[str, ...], table: FloatArray, field: str, source: str = ""
    ) -> None:
        """Hold a table of finite numbers as it is, read-only from now on."""
        # Both pass NaN on, and need no mask as large as the table.
        if not np.isfinite([table.min(), table.max()]).all():
            finite = np.isfinite(table)
            row = int(np.argmin(finite.all(axis=1)))
            raise W2VError(
                f"{source}{field} holds NaN or infinity {int((~finite).sum())} times, first in "
                f"row {row} ({words[row]!r}); repair these rows or leave them out"
            )
        table.flags.writeable = False
        object.__setattr__(self, "words", words)
        object.__setattr__(self, field, table)

    def __repr__(self) -> str:
        V, d = self.vectors.shape
        return f"Embeddings(V={V}, d={d}, words: {', '.join(self.words[:3])}{', ...' * (V > 3)})"

    def __len__(self) -> int:
        return len(self.words)

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and word in self.index

    def __getitem__(self, word: str) -> FloatArray:
        return cast(FloatArray, self.vectors[self._row(word)])

    @cached_property
    def index(self) -> dict[str, int]:
        """The row of each word."""
        return {word: row for row, word in enumerate(self.words)}

    @cached_property
    def unit_vectors(self) -> FloatArray:
        """The vectors scaled to length 1, shape (V, d); a zero vector, with no direction, stays."""
        unit = _unit(self.vectors)
        unit.flags.writeable = False
        return unit

    def nearest(self, word: str | ArrayLike, n: int = 10) -> list[tuple[str, float]]:
        """Find the n words of largest cosine with a word, which is left out, or with a vector.

        The vector, of shape (d,), may be any, such as ``emb["king"] - emb["man"]``. Cosines are
        descending, equal ones in the order of the vocabulary; with a zero vector they count as 0.

        Raises
        ------
        W2VError
            For an unknown word, a zero vector, a vector of another length, or n < 1.

        Examples
        --------
        >>> Embeddings(["cat", "dog", "tax"], [[2, 0], [3, 4], [0, -1]]).nearest("cat")
        [('dog', 0.6), ('tax', 0.0)]
        """
        if isinstance(word, str):
            row = self._row(word)
            return self._top(self.unit_vectors[row], [row], n, f"the vector of {word!r}")
        query = finite_array("the vector", word)
        d = self.vectors.shape[1]
        if query.shape != (d,):
            raise W2VError(f"the vector has shape {query.shape}; pass d={d} numbers, shape ({d},)")
        return self._top(query, [], n, "the vector")

    def analogy(self, a: str, b: str, c: str, n: int = 5) -> list[tuple[str, float]]:
        r"""Answer "a is to b as c is to ?" by vector arithmetic (3CosAdd).

        The n words x of largest :math:`\cos(\hat w_x, \hat w_b - \hat w_a + \hat w_c)`, the best
        first, with :math:`\hat w` the vectors scaled to length 1, and a, b, c themselves left out
        (Mikolov, Yih and Zweig 2013, section 4).

        Raises
        ------
        W2VError
            For an unknown word (similar ones are named), one whose vector is zero, or n < 1.

        Examples
        --------
        >>> emb = Embeddings(["low", "lower", "high", "higher"], [[3, 1], [2, 2], [1, 1], [0, 4]])
        >>> [word for word, score in emb.analogy("low", "lower", "high")]
        ['higher']
        """
        rows = [self._row(word) for word in (a, b, c)]
        for word, row in zip((a, b, c), rows, strict=True):
            if not self.unit_vectors[row].any():
                raise W2VError(f"the vector of {word!r} is zero, no direction; choose another word")
        unit_a, unit_b, unit_c = self.unit_vectors[rows]
        return self._top(unit_b - unit_a + unit_c, rows, n, f"{b!r} - {a!r} + {c!r}")

    def save_word2vec_format(self, path: str | os.PathLike[str], *, binary: bool = False) -> None:
        """Write a file in word2vec's format, which gensim and many other tools read.

        Numbers are stored as float32, in a text with nine digits, which give the same float32 back;
        ``binary`` is smaller and much faster to read. A file whose name ends in ``.gz`` is
        compressed. It appears, and replaces another of its name, when it is complete.

        Raises
        ------
        W2VError
            Where a word is empty or holds a blank, a number is too large for float32, or the file
            cannot be written.
        """
        write_word2vec(path, self.words, self.vectors, binary=binary)

    @classmethod
    def load_word2vec_format(
        cls, path: str | os.PathLike[str], *, binary: bool | None = None, limit: int | None = None
    ) -> Embeddings:
        """Read a file in word2vec's format, text or binary, as float32.

        Files packed by gzip, bzip2, xz or zip are unpacked, whatever their names. A ``UserWarning``
        names words that come again (the first vector is kept), words that were cut inside a
        letter, and a last number that may be cut.

        Parameters
        ----------
        binary : bool, optional
            Which variant it is. None: judged by the first rows.
        limit : int, optional
            Read only the first ``limit`` words. None: all.

        Raises
        ------
        W2VError
            Where the file is missing, cut off, not in word2vec's format, or larger than the memory.
        """
        words, vectors, notices = read_word2vec(path, binary=binary, limit=limit)
        emb = object.__new__(cls)  # not by __init__, which would copy the whole table
        emb._keep(words, vectors, "vectors", f"{path}: ")
        for notice in notices:
            warnings.warn(notice, stacklevel=2)
        return emb

    def to_keyed_vectors(self) -> KeyedVectors:
        """Hand the vectors to gensim, if installed, as its ``KeyedVectors`` (float32)."""
        try:
            from gensim.models import KeyedVectors
        except ImportError as error:
            raise W2VError("gensim is not installed; run: pip install gensim") from error
        keyed = KeyedVectors(self.vectors.shape[1])
        keyed.add_vectors(list(self.words), as_float32(self.vectors))
        return keyed

    def _row(self, word: str) -> int:
        if not isinstance(word, str):
            raise W2VError(f"{word!r} is not a word; pass a string, or take rows from .vectors")
        if word in self.index:
            return self.index[word]
        near = dict.fromkeys(w for w in self.words if w.lower() == word.lower())
        # Only the first words are searched: comparing spellings with millions would take minutes.
        near |= dict.fromkeys(difflib.get_close_matches(word.lower(), self.words[:50_000], n=4))
        remedy = f"did you mean {' or '.join(map(repr, near))}?" if near else "choose one of .words"
        raise W2VError(
            f"{word!r} is not among the {len(self):,} words of these embeddings; {remedy}"
        )

    def _top(
        self, query: FloatArray, exclude: list[int], n: int, name: str
    ) -> list[tuple[str, float]]:
        n = whole_number("n", n)
        query = _unit(query)
        if not query.any():
            raise W2VError(f"{name} is zero: it has no direction, so no word is nearest to it")
        scores = self.unit_vectors @ query.astype(self.vectors.dtype)  # (V,)
        scores[exclude] = -np.inf
        n = min(n, len(self) - len(set(exclude)))
        if n == 0:
            return []
        # The n-th best by partition, then all that are as good, so that ties keep the word order.
        rows = np.flatnonzero(scores >= np.partition(scores, -n)[-n])
        rows = rows[np.argsort(-scores[rows], kind="stable")][:n]
        return [(self.words[row], float(scores[row])) for row in rows]


def _table(name: str, values: ArrayLike, n_words: int) -> FloatArray:
    """Return a copy of a table of numbers, (V, d), in single or double precision."""
    try:
        table = np.array(values)
    except (ValueError, TypeError, RuntimeError) as error:
        raise W2VError(
            f"{name} is not a table of numbers ({error}); pass an array of shape (V, d)"
        ) from error
    of_numbers = table.dtype.kind in "iufb" and table.ndim == 2 and table.size > 0
    if not of_numbers or len(table) != n_words:
        raise W2VError(
            f"{name} has shape {table.shape} and type {table.dtype} for {n_words} "
            "words; pass real numbers of shape (V, d), one row for each word, V >= 1 and d >= 1"
        )
    return table if table.dtype == np.float32 else table.astype(np.float64, copy=False)


def _unit(vectors: FloatArray) -> FloatArray:
    """Scale vectors, (d,) or (V, d), to length 1; a zero vector stays."""
    # Dividing by the largest entry first keeps the squares of tiny and huge numbers in range.
    largest = np.abs(vectors).max(axis=-1, keepdims=True)
    scaled = vectors / np.where(largest > 0, largest, 1)
    norms = np.linalg.norm(scaled, axis=-1, keepdims=True)
    return cast(FloatArray, scaled / np.where(norms > 0, norms, 1))

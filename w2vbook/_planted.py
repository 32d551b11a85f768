"""What the course plants: languages of topics, and matrices whose eigenpairs are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from w2vlib._support.validation import random_generator, whole_number


@dataclass(frozen=True)
class Language:
    """A planted language: each article has one topic, and its words are drawn from it at random.

    Attributes
    ----------
    words : tuple of str
        V words.
    pi : (T,) array
        Probability of each topic.
    word_given_topic : (T, V) array
        Probability of each word in an article on each topic; rows sum to 1.
    """

    words: tuple[str, ...]
    pi: np.ndarray
    word_given_topic: np.ndarray

    def articles(self, n: int, rng: np.random.Generator, *, length: int = 60) -> list[str]:
        """Draw ``n`` articles of ``length`` words.

        Examples
        --------
        >>> language = Language(("a", "b"), np.ones(1), np.full((1, 2), 0.5))
        >>> len(language.articles(2, np.random.default_rng(0), length=5)[0].split())
        5
        """
        n, length = whole_number("n", n, most=10**6), whole_number("length", length, most=10**6)
        topics = random_generator(rng).choice(len(self.pi), n, p=self.pi)
        rows = [rng.choice(len(self.words), length, p=self.word_given_topic[k]) for k in topics]
        return [" ".join(self.words[i] for i in row) for row in rows]


def planted_eigenpairs(rng: np.random.Generator, V: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw eigenvalues (V,), descending, and orthonormal eigenvectors (V, V).

    As in M*, about half are positive, the leading ones stand apart, and the lowest is the largest
    by size.

    Examples
    --------
    >>> eigvals, eigvecs = planted_eigenpairs(np.random.default_rng(0), 8)
    >>> bool(-eigvals[-1] > eigvals[0] > eigvals[1] > 0)
    True
    """
    V = whole_number("V", V, least=2, most=5000)
    eigvecs = np.linalg.qr(random_generator(rng).standard_normal((V, V)))[0]
    half = V // 2
    positive = 10 * 0.8 ** np.arange(half) * rng.uniform(0.93, 1.07, half)
    negative = -rng.uniform(0.05, 1.5, V - half)
    negative[0] = -rng.uniform(16, 20)
    return np.sort(np.concatenate([positive, negative]))[::-1].copy(), eigvecs

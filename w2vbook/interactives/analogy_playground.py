"""Chapter 10: type three words, see who answers, and how that depends on the dimensions."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import traitlets

from w2vlib import (
    Embeddings,
    W2VError,
    analogy_families,
    analogy_table,
    bootstrap_accuracy,
    relation_spectrum,
    task_vectors,
)
from w2vlib._support.validation import true_or_false, whole_number

from ._answers import answers
from ._base import Interactive, rows_of
from ._tables import Shown, Table

#: Columns that are carried in 16 bits; the others have 8.
FINE = 24
MOST_WORDS = 2048
MOST_DIMENSIONS = 128
_DIMS = (2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
_SAMPLES = 400
_NULLS = 20
_NEAR = 50  # random words stand at most so far from the word that they replace


class AnalogyPlayground(Interactive):
    r"""Ask "a is to b as c is to ?", and move the number of dimensions.

    The browser holds the vectors of the first words, cuts them to d columns, scales them to length
    1 and ranks the words x, as :meth:`w2vlib.Embeddings.analogy` does, by the cosine

    .. math::

        \frac{\cos(x, c) + \cos(x, b) - \cos(x, a)}{\lVert \hat w_b - \hat w_a + \hat w_c \rVert}

    Drawn are the parallelogram in the plane through a, b and c, in which all four of its corners
    lie, with the answers at the foot of their perpendiculars; the rank of the expected word for
    every d; and, for the chosen relation, the share of right answers and the ratio of spike to bulk
    of its differences, computed here among all words of ``emb``. The dotted line is the mean of
    that ratio for random pairs, as many and of similar frequency: it has the same peak, near d = N.

    Parameters
    ----------
    emb : Embeddings
        Word vectors whose columns are in order of importance, as
        :func:`w2vlib.pca_embeddings` gives them, the most frequent words first.
    rng : numpy.random.Generator
        For the intervals, where word pairs are resampled, and for the random pairs.
    families : mapping of str to pairs of words, optional
        The relations; by default :func:`w2vlib.analogy_families`. Those with fewer than four pairs
        in ``emb``, or two among the carried words, are left out.
    question : (str, str, str)
        The words a, b and c shown first.
    expected : str
        The answer that is expected, or "".
    family : str, optional
        The relation shown first; by default the first one.
    d : int, optional
        Dimensions shown first, by default about three quarters of ``d_max``.
    inputs : bool
        Begin with a, b and c allowed as answers.
    n_words, d_max : int
        How many words and columns the page carries, at most 2,048 and 128.

    Raises
    ------
    W2VError
        Unknown words, no relation with enough pairs, or a number out of range.

    Notes
    -----
    To keep the page light, each column is rounded to its largest entry over 32,767 for the first 24
    columns, and over 127 for the others. On 2,048 words and 128 columns of the bundled statistics
    the best answers of the 632 questions that these words allow, at each of nine dimensions from 4
    to 128, differ from those of the unrounded vectors in 16 of 5,688 cases, all at d >= 32, and the
    best scores at d = 128 by no more than 0.0031.

    Examples
    --------
    >>> import numpy as np
    >>> from w2vlib import load_statistics, pca_embeddings
    >>> emb = pca_embeddings(load_statistics(1500), 20)
    >>> AnalogyPlayground(emb, rng=np.random.default_rng(0))
    AnalogyPlayground(man : woman = king : queen, 1,500 words, d=15 of 20, 8 relations)
    """

    linked = ("a", "b", "c", "expected", "d", "inputs", "family")

    words = traitlets.List(traitlets.Unicode()).tag(sync=True)
    n_fine = traitlets.Int().tag(sync=True)
    d_max = traitlets.Int().tag(sync=True)
    fine = traitlets.Bytes().tag(sync=True)
    coarse = traitlets.Bytes().tag(sync=True)
    scales = traitlets.Bytes().tag(sync=True)
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    pairs: traitlets.List[list[list[str]]] = traitlets.List().tag(sync=True)
    told = traitlets.List(traitlets.Unicode()).tag(sync=True)
    dims = traitlets.List(traitlets.Int()).tag(sync=True)
    accuracy = traitlets.Bytes().tag(sync=True)
    ratios = traitlets.Bytes().tag(sync=True)
    a = traitlets.Unicode().tag(sync=True)
    b = traitlets.Unicode().tag(sync=True)
    c = traitlets.Unicode().tag(sync=True)
    expected = traitlets.Unicode().tag(sync=True)
    d = traitlets.Int(1).tag(sync=True)
    inputs = traitlets.Bool().tag(sync=True)
    family = traitlets.Int().tag(sync=True)

    _check = traitlets.validate("d", "family")(Interactive.in_range)

    def __init__(
        self,
        emb: Embeddings,
        *,
        rng: np.random.Generator,
        families: Mapping[str, Iterable[Sequence[str]]] | None = None,
        question: tuple[str, str, str] = ("man", "woman", "king"),
        expected: str = "queen",
        family: str | None = None,
        d: int | None = None,
        inputs: bool = False,
        n_words: int = MOST_WORDS,
        d_max: int = MOST_DIMENSIONS,
    ) -> None:
        V, width = emb.vectors.shape
        n_words = min(whole_number("n_words", n_words, least=4, most=MOST_WORDS), V)
        d_max = min(whole_number("d_max", d_max, least=2, most=MOST_DIMENSIONS), width)
        words = emb.words[:n_words]
        if isinstance(question, str) or len(question) != 3:
            raise W2VError(f"question={question!r}; pass the three words (a, b, c)")
        index = {word: row for row, word in enumerate(words)}
        rows_of([*question, *([expected] if expected else [])], words, index)
        known = _known(analogy_families() if families is None else families, emb, index)
        if family is not None and family not in known:
            raise W2VError(f"family={family!r}; choose one of {', '.join(known)}")
        dims = [*(k for k in _DIMS if k < width), width]
        accuracy, ratios = _scores(emb, [every for every, _ in known.values()], dims, rng)
        sizes = [len(every) for every, _ in known.values()]
        names = [re.sub(r"^gram\d+-", "", name).replace("-", " ") for name in known]
        levels = np.where(np.arange(d_max) < FINE, 32767, 127)
        columns = emb.vectors[:n_words, :d_max].astype(np.float64).T  # (d_max, n_words)
        largest = np.abs(columns).max(axis=1)
        scales = np.where(largest > 0, largest, 1) / levels
        steps = np.rint(columns / scales[:, None])
        super().__init__(
            words=list(words),
            n_fine=min(FINE, d_max),
            d_max=d_max,
            fine=steps[:FINE].astype("<i2").tobytes(),
            coarse=steps[FINE:].astype("i1").tobytes(),
            scales=scales.astype("<f8").tobytes(),
            names=names,
            pairs=[carried for _, carried in known.values()],
            told=_told(names, sizes, V, dims, accuracy, ratios),
            dims=dims,
            accuracy=accuracy.astype("<f8").tobytes(),
            ratios=ratios.astype("<f8").tobytes(),
            **dict(zip("abc", question, strict=True)),
            expected=expected,
            d=max(1, 3 * d_max // 4) if d is None else whole_number("d", d, least=1, most=d_max),
            inputs=true_or_false("inputs", inputs),
            family=0 if family is None else list(known).index(family),
        )

    def limits(self) -> dict[str, tuple[float, float | None]]:
        """Return the range of each number in a setting."""
        return {"d": (1, self.d_max), "family": (0, len(self.names) - 1)}

    def carried(self, d: int | None = None) -> Embeddings:
        """Return the vectors that the page holds, rounded as they are, cut to d columns."""
        n = len(self.words)
        steps = [np.frombuffer(self.fine, "<i2"), np.frombuffer(self.coarse, "i1")]
        columns = np.concatenate(steps).reshape(-1, n) * np.frombuffer(self.scales, "<f8")[:, None]
        return Embeddings(tuple(self.words), columns[:d].T)

    def peaks(self) -> dict[str, tuple[int, int, int]]:
        """Return by relation the best d for answers, for the ratio and for that of random pairs."""
        shape = len(self.names), len(self.dims), -1
        right = np.frombuffer(self.accuracy, "<f8").reshape(2, *shape)[0, :, :, 0]
        ratio = np.frombuffer(self.ratios, "<f8").reshape(shape)
        return {
            name: (self.dims[int(r.argmax())], self.dims[_top(s)], self.dims[_top(chance)])
            for name, r, (s, chance) in zip(
                self.names, right, ratio.transpose(0, 2, 1), strict=True
            )
        }

    def numbers(self) -> Shown:
        """Return the answers, the plane, ranks by dimension, and the curves of the relation."""
        index = {word: row for row, word in enumerate(self.words)}
        asked = [index[word] for word in (self.a, self.b, self.c) if word in index]
        tables = []
        if len(asked) == 3:  # the reader may have typed anything
            expected, vectors = index.get(self.expected), self.carried().vectors
            barred = [] if self.inputs else asked
            tables = list(answers(self.words, vectors, asked, expected, self.d, barred))
        right = np.frombuffer(self.accuracy, "<f8").reshape(2, len(self.names), -1, 3)
        ratios = np.frombuffer(self.ratios, "<f8").reshape(len(self.names), -1, 2)[self.family]
        shares = right[int(self.inputs), self.family]
        course: dict[str, Any] = {"dimensions d": self.dims}
        heads = ("right answers, %", "low, %", "high, %")
        course |= dict(zip(heads, shares.T, strict=True))
        course |= dict(zip(("spike over bulk", "random pairs"), ratios.T, strict=True))
        tables.append(Table(f"The relation {self.names[self.family]} by dimensions", course))
        told = "may be answers" if self.inputs else "are no answers"
        question = f"{self.a} : {self.b} = {self.c} : ?"
        return Shown(f"{question} at d = {self.d}, where a, b and c {told}", tables)

    def __repr__(self) -> str:
        """Return what is shown, without an address."""
        return (
            f"AnalogyPlayground({self.a} : {self.b} = {self.c} : {self.expected or '?'}, "
            f"{len(self.words):,} words, d={self.d} of {self.d_max}, {len(self.names)} relations)"
        )

    def text_alternative(self) -> str:
        """Return what the figure shows, in words."""
        emb = self.carried(self.d)
        try:
            best = emb.analogy(self.a, self.b, self.c, n=3)
            told = ", ".join(f"{word} ({score:.2f})" for word, score in best)
        except W2VError as error:  # the reader may have typed anything
            told = f"none: {error}"
        return (
            f"Interactive figure: type three words, and {len(self.words):,} words are ranked as "
            f"answers, with the parallelogram drawn, in d dimensions. {self.a} : {self.b} = "
            f"{self.c} : ? at d = {self.d}, inputs left out: {told}. {self.told[self.family]}"
        )


def _known(
    families: Mapping[str, Iterable[Sequence[str]]], emb: Embeddings, index: dict[str, int]
) -> dict[str, tuple[list[Sequence[str]], list[list[str]]]]:
    """Return of each relation the pairs that ``emb`` knows, and those of them that are carried."""
    known = {}
    for name, pairs in families.items():
        every = [pair for pair in pairs if all(word in emb for word in pair)]
        carried = [list(pair) for pair in every if all(word in index for word in pair)]
        if len(every) >= 4 and len(carried) >= 2:
            known[name] = every, carried
    if not known:
        raise W2VError(
            f"none of the {len(families)} families has 4 pairs among the {len(emb):,} words and 2 "
            f"among the first {len(index):,}; use a larger vocabulary, or your own families"
        )
    return known


def _scores(
    emb: Embeddings, families: list[list[Sequence[str]]], dims: list[int], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return right answers in per cent with their 95 % interval, and two ratios.

    The first has shape (2, families, dims, 3): inputs left out, then allowed. The second is
    (families, dims, 2): spike over mean bulk, and its mean for random pairs of words.
    """
    cut = [Embeddings(emb.words, emb.vectors[:, :d]) for d in dims]
    right = np.empty((2, len(families), len(dims), 3))
    ratios = np.empty((len(families), len(dims), 2))
    for f, pairs in enumerate(families):
        n = len(pairs)
        for allowed in (0, 1):
            tables = np.stack([analogy_table(X, pairs, exclude_inputs=not allowed) for X in cut])
            samples = bootstrap_accuracy([tables], _SAMPLES, rng=rng)
            right[allowed, f, :, 0] = tables.sum(axis=(1, 2)) / (n * (n - 1))
            right[allowed, f, :, 1:] = np.percentile(samples, [2.5, 97.5], axis=0).T
    for f, pairs in enumerate(families):
        R = task_vectors(emb, pairs)[0]
        rows = np.array([[emb.index[word] for word in pair] for pair in pairs])
        low, high = np.maximum(rows - _NEAR, 0), np.minimum(rows + _NEAR + 1, len(emb))
        a, b = np.moveaxis(rng.integers(low, high, (_NULLS, *rows.shape)), 2, 0)
        drawn = emb.vectors[b].astype(np.float64) - emb.vectors[a]  # (draws, N, d)
        for k, d in enumerate(dims):
            ratios[f, k] = _ratio(R[:, :d]), np.mean([_ratio(X[:, :d]) for X in drawn])
    return 100 * right, ratios


def _ratio(R: np.ndarray) -> float:
    """Return spike over mean bulk, or NaN where all differences are zero."""
    with contextlib.suppress(W2VError):
        return relation_spectrum(R).signal_to_noise
    return float("nan")


def _told(
    names: list[str],
    n_pairs: list[int],
    V: int,
    dims: list[int],
    accuracy: np.ndarray,
    ratios: np.ndarray,
) -> list[str]:
    """Return what the curves of each relation say, inputs left out, then allowed."""
    told = []
    for right in accuracy[..., 0]:
        for name, n, shares, ratio in zip(names, n_pairs, right, ratios, strict=True):
            k, (top, chance) = int(shares.argmax()), (_top(of) for of in ratio.T)
            told.append(
                f"Relation {name}, {n} pairs, {n * (n - 1)} questions to {V:,} words: most "
                f"answers are right at d = {dims[k]} ({shares[k]:.0f}\u00a0%). The ratio of spike "
                f"to bulk is largest at d = {dims[top]} ({ratio[top, 0]:.1f}). For random pairs "
                f"(dotted) it is largest at d = {dims[chance]} ({ratio[chance, 1]:.1f})."
            )
    return told


def _top(ratio: np.ndarray) -> int:
    """Return the place of the largest finite ratio."""
    return int(np.where(np.isfinite(ratio), ratio, -1).argmax())

"""Agreement of cosines with human judgements of similarity."""

import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._support.errors import W2VError
from .._support.files import check_readable
from .._support.validation import instance_of, listed
from ..vectors import Embeddings
from ._pairs import EMBEDDINGS


@dataclass(frozen=True)
class SimilarityResult:
    """Spearman's rank correlation over ``n_pairs``; ``n_missing`` more have an unknown word."""

    correlation: float
    n_pairs: int
    n_missing: int


def similarity_correlation(
    emb: Embeddings, ratings: str | os.PathLike[str] | Iterable[tuple[str, str, float]]
) -> SimilarityResult:
    """Compare cosines with human ratings of similarity by Spearman's rank correlation.

    Parameters
    ----------
    ratings : path, or iterable of (word, word, rating)
        A path names a UTF-8 text file with two words and a number in each line, separated by
        tabs; lines that start with ``#`` are left out (WordSim-353 and SimLex-999 are such files).
        A word that is not in the vocabulary is tried in lower case. W2VError where a rating is no
        finite number, fewer than two pairs are known, or all ratings or all cosines are equal.

    Examples
    --------
    >>> emb = Embeddings(["cat", "dog", "tax"], [[2, 0], [3, 1], [0, 1]])
    >>> ratings = [("cat", "dog", 9), ("Dog", "tax", 2), ("cat", "tax", 1), ("cat", "emu", 5)]
    >>> similarity_correlation(emb, ratings)
    SimilarityResult(correlation=1.0, n_pairs=3, n_missing=1)
    """
    instance_of("emb", emb, Embeddings, EMBEDDINGS)
    table: list[Any] = (
        _read_ratings(ratings)
        if isinstance(ratings, str | os.PathLike)
        else listed("ratings", ratings, "(word, word, rating), or a path")
    )
    cosines, scores = [], []
    for entry in table:
        word_1, word_2, score = _rating(entry, repr(entry))
        row_1, row_2 = (emb.index.get(w, emb.index.get(w.lower())) for w in (word_1, word_2))
        if row_1 is not None and row_2 is not None:
            # Not a dot product of BLAS: the order of its sums may depend on where the rows lie.
            products = emb.unit_vectors[row_1] * emb.unit_vectors[row_2]
            cosines.append(float(products.sum(dtype=np.float64)))
            scores.append(score)
    n_pairs, n_missing = len(scores), len(table) - len(scores)
    if n_pairs < 2:
        raise W2VError(
            f"{n_pairs} of {len(table)} rated pairs are among the {len(emb):,} words; "
            "a correlation needs at least 2: use a larger vocabulary"
        )
    if np.ptp(cosines) == 0 or np.ptp(scores) == 0:
        equal = f"all {n_pairs} ratings, or all cosines, are equal"
        raise W2VError(f"{equal}; a rank correlation needs an order: pass other pairs")
    x, y = (ranks - ranks.mean() for ranks in (_ranks(cosines), _ranks(scores)))
    return SimilarityResult(float(x @ y / np.sqrt((x @ x) * (y @ y))), n_pairs, n_missing)


def _ranks(values: Sequence[float]) -> NDArray[np.float64]:
    """Return ranks from 1; equal values share the mean of theirs."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[which])


def _read_ratings(path: str | os.PathLike[str]) -> list[tuple[str, str, float]]:
    try:
        lines = check_readable(path, "check the path").read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise W2VError(f"{path} is not UTF-8 ({error}); convert the file to UTF-8") from error
    except OSError as error:
        raise W2VError(f"cannot read {path}: {error.strerror or error}; check the path") from error
    return [
        _rating(line.split("\t"), f"line {number} of {path}, {line[:60]!r},")
        for number, line in enumerate(lines, start=1)
        if line.strip() and not line.startswith("#")
    ]


def _rating(fields: Sequence[Any], name: str) -> tuple[str, str, float]:
    """Check one rating; ``name`` says in the message where it came from."""
    try:
        word_1, word_2, score = fields
        rating = word_1.strip(), word_2.strip(), float(score)
    except (AttributeError, TypeError, ValueError):
        rating = "", "", math.nan
    if not math.isfinite(rating[2]):
        raise W2VError(
            f"{name} is no rating; give two words and a finite number (in a file, with tabs)"
        )
    return rating

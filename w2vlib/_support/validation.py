"""Checks at the public boundary: the error names what was found, what is needed, and the remedy.

A check returns its value in the one form that the code behind it assumes, so that kernels need no
checks of their own.
"""

import math
import numbers
import operator
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse.linalg import LinearOperator

from .errors import W2VError
from .types import FloatArray

T = TypeVar("T")


def whole_number(
    name: str, value: object, *, least: int = 1, most: int | None = None, hint: str = ""
) -> int:
    """Return an int from ``least`` to ``most``; any integer type will do, a bool or float not."""
    try:
        number = None if isinstance(value, bool) else operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None or number < least or (most is not None and number > most):
        span = f"{least:,} or more" if most is None else f"{least:,} to {most:,}"
        raise W2VError(f"{name}={shown(value)}; choose a whole number, {span}{hint}")
    return number


def positive_number(name: str, value: object, *, hint: str = "") -> float:
    """Return a finite float above 0."""
    return _number(name, value, lambda x: 0 < x < np.inf, f"a finite number above 0{hint}")


def number_from_zero(name: str, value: object, *, hint: str = "") -> float:
    """Return a finite float, 0 or above."""
    return _number(name, value, lambda x: 0 <= x < np.inf, f"a finite number, 0 or above{hint}")


def number_between(name: str, value: object, least: float, most: float) -> float:
    """Return a float from ``least`` to ``most``."""
    span = f"a number from {least:g} to {most:g}"
    return _number(name, value, lambda x: least <= x <= most, span)


def _number(name: str, value: object, fits: Callable[[float], bool], wanted: str) -> float:
    """Return a float that fits; a bool or a string is not a number."""
    number = float("nan")
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:  # an int beyond all floats
            number = float("inf")
    if not fits(number):
        raise W2VError(f"{name}={shown(value)}; choose {wanted}")
    return number


def one_of(name: str, value: object, choices: tuple[str, ...]) -> str:
    """Return the value, one of these strings."""
    if isinstance(value, str) and value in choices:
        return value
    raise W2VError(f"{name}={shown(value)} is unknown; choose {' or '.join(map(repr, choices))}")


def true_or_false(name: str, value: object) -> bool:
    """Return a bool; a string such as "no" would count as true."""
    if not isinstance(value, (bool, np.bool_)):
        raise W2VError(f"{name}={shown(value)}; choose True or False")
    return bool(value)


def instance_of(name: str, value: object, kind: type[T], remedy: str) -> T:
    """Return the value, an instance of one of our classes."""
    if isinstance(value, kind):
        return value
    raise W2VError(f"{name} is of type {type(value).__name__}; pass {kind.__name__}, {remedy}")


def listed(name: str, values: Iterable[T], what: str) -> list[T]:
    """Return what an iterable holds; one string is not a list of strings."""
    try:
        if not isinstance(values, (str, bytes)):
            return list(values)
    except TypeError:
        pass
    one = "one string, " * isinstance(values, str)
    raise W2VError(f"{name} is {one}{shown(values)}; pass a list of {what}")


def random_generator(rng: object) -> np.random.Generator:
    """Return a NumPy generator; a seed is refused, since it would hide where randomness enters."""
    if not isinstance(rng, np.random.Generator):
        raise W2VError(f"rng={shown(rng)}; pass rng=np.random.default_rng(0), for example")
    return rng


def real_array(name: str, values: ArrayLike) -> FloatArray:
    """Return a float64 array of real numbers, NaN and infinity included; text is refused."""
    try:
        array = np.asarray(values)
        texts = array.dtype == object and any(isinstance(x, (str, bytes)) for x in array.flat)
        if array.dtype.kind in "fiubO" and not texts:
            return array.astype(np.float64, copy=False)
        kind = "S" if texts else array.dtype.kind
        found = {"U": "text", "S": "text", "c": "complex numbers"}.get(kind, f"{array.dtype}")
    except (TypeError, ValueError, OverflowError) as error:
        found = str(error)
    raise W2VError(f"{name} is not an array of real numbers ({found}); pass numbers")


def finite_array(name: str, values: ArrayLike) -> FloatArray:
    """Return a float64 array of finite entries, at least one."""
    array = real_array(name, values)
    bad = array.size - int(np.isfinite(array).sum())
    if bad or not array.size:
        raise W2VError(
            f"{bad:,} of the {array.size:,} entries of {name} are NaN or infinite; "
            "pass finite numbers, at least one"
        )
    return array


def finite_vector(name: str, values: ArrayLike) -> FloatArray:
    """Return a float64 array of one dimension, its entries finite."""
    vector = finite_array(name, values)
    if vector.ndim == 1:
        return vector
    raise W2VError(f"{name} has shape {vector.shape}; pass a vector, (n,)")


def window_size(window: object) -> int:
    """Return a half-window, in words."""
    return whole_number("window", window, hint=" (in words; word2vec: 5 to 16)")


def vocabulary_size(vocab_size: object, most: int, of_what: str) -> int:
    """Return a number of words from 2 to ``most``, the number of ``of_what``."""
    size = whole_number("vocab_size", vocab_size, least=2, hint=f" (at most {most:,})")
    if size <= most:
        return size
    raise W2VError(
        f"vocab_size={size:,} exceeds the {most:,} {of_what}; choose vocab_size <= {most:,}"
    )


def word_list(words: Sequence[str]) -> tuple[str, ...]:
    """Return distinct words as a tuple; one string is not a list of words."""
    words = tuple(listed("words", words, "words"))
    first: dict[str, int] = {}
    for row, word in enumerate(words):
        if not isinstance(word, str):
            raise W2VError(f"word {row} is {word!r}, {type(word).__name__}; pass strings")
        if first.setdefault(word, row) != row:
            raise W2VError(
                f"the word {word!r} comes twice, in rows {first[word]} and {row}; "
                "keep one of them: each word has one row"
            )
    return words


def file_path(path: str | os.PathLike[str]) -> Path:
    """Return a path; None or text with a zero byte cannot be one."""
    name = path if isinstance(path, str) else getattr(path, "__fspath__", lambda: None)()
    if not isinstance(name, str) or not name or "\0" in name:
        raise W2VError(f"{shown(path)} is no path; pass the name of a file, a str or pathlib.Path")
    return Path(name)


def enough_positive(
    eigvals: np.ndarray, d: int, size: int, matrix: str, *, d_name: str = "d"
) -> None:
    """Refuse d above the number of positive ``eigvals``, the d largest or more of a matrix."""
    # Rounding leaves a zero eigenvalue slightly off zero; such a direction carries nothing.
    noise = size * float(np.finfo(eigvals.dtype).eps) * max(abs(eigvals[0]), abs(eigvals[-1]))
    n_positive = int((eigvals > noise).sum())
    if n_positive == 0:
        raise W2VError(
            f"{matrix} has no positive eigenvalue: a model with tied weights learns nothing from "
            "it; give a longer text, a larger vocabulary, or another matrix"
        )
    if d > n_positive:
        raise W2VError(
            f"{d_name}={d} exceeds the {n_positive} positive eigenvalues of {matrix}; choose "
            f"{d_name} <= {n_positive} (a model with tied weights learns no others)"
        )


def shown(value: object, most: int = 80) -> str:
    """``repr`` for a message, cut to about ``most`` characters."""
    text = repr(value[:most] if isinstance(value, (str, bytes)) else value)
    return text if len(text) <= most + 2 and text == repr(value) else f"{text[:most]}..."


def largest_asymmetry(matrix: np.ndarray) -> float:
    """Largest |M_ij - M_ji|, tile by tile: a whole transposed matrix would miss the cache."""
    step, apart = 256, 0.0
    for a in range(0, len(matrix), step):
        for b in range(0, a + 1, step):
            upper, lower = matrix[b : b + step, a : a + step], matrix[a : a + step, b : b + step]
            if not np.array_equal(lower, upper.T):
                apart = max(apart, float(np.abs(lower - upper.T).max()))
    return apart


def symmetric_matrix(matrix: np.ndarray) -> tuple[np.ndarray, int]:
    """Return the matrix, scaled to a safe range, and the power of two that it was divided by."""
    try:
        matrix = np.asarray(matrix)
    except ValueError as error:  # rows of different lengths
        raise W2VError(f"the matrix is no array ({error}); pass a square one, V x V") from error
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not len(matrix):
        raise W2VError(f"the matrix has shape {matrix.shape}; pass a square one, V x V")
    if matrix.dtype.kind not in "fiub":
        raise W2VError(f"the matrix has type {matrix.dtype}; pass real numbers")
    if matrix.dtype not in (np.float32, np.float64):
        with np.errstate(over="ignore"):  # the infinity that this makes is refused
            matrix = matrix.astype(np.float64)
    bad = matrix.size - int(np.isfinite(matrix).sum())
    if bad:
        raise W2VError(
            f"{bad:,} of the matrix's {matrix.size:,} entries are NaN or infinite; "
            f"for PMI, which is -inf for unseen pairs, put a floor under it or take ppmi or m_star"
        )
    size = float(max(matrix.max(), -matrix.min()))
    exponent = math.frexp(size)[1]
    if abs(exponent) <= 20:  # squares and sums stay in range; a power of two rounds nothing
        exponent = 0
    matrix = np.ldexp(matrix, -exponent) if exponent else matrix
    apart = largest_asymmetry(matrix)
    if apart > 1e-5 * math.ldexp(size, -exponent):
        raise W2VError(
            f"the matrix is not symmetric: entries (i, j) and (j, i) differ by up to "
            f"{apart * 2.0**exponent:.3g} (largest entry {size:.3g}); "
            f"pass (M + M.T) / 2, or symmetrise the counts"
        )
    # Products run along rows; a matrix stored by columns is, being symmetric, stored by rows.
    return matrix if matrix.flags.c_contiguous else np.ascontiguousarray(matrix.T), exponent


def symmetric_operator(operator: LinearOperator) -> LinearOperator:
    """Return the operator, square, real and, as two random vectors see it, symmetric."""
    if operator.shape[0] != operator.shape[1] or not operator.shape[0]:
        raise W2VError(f"the operator has shape {operator.shape}; pass a square one, V x V")
    if operator.dtype not in (np.float32, np.float64):
        raise W2VError(f"the operator has type {operator.dtype}; pass one of float32 or float64")
    x = np.random.default_rng(0).standard_normal((operator.shape[0], 2)).astype(operator.dtype)
    y = operator.matmat(x)
    if not np.isfinite(y).all():
        raise W2VError("products with the operator are NaN or infinite; pass finite numbers")
    one, other = (x.astype(float).T @ y)[[0, 1], [1, 0]]
    sizes = np.linalg.norm(x, axis=0) * np.linalg.norm(y, axis=0)
    if abs(one - other) > 1e-4 * sizes.max():
        raise W2VError(
            f"the operator is not symmetric: x.(M y) is {one:.4g} and y.(M x) {other:.4g} for two "
            "random vectors; pass the operator of (M + M.T) / 2"
        )
    return operator


def times_from_zero(t: ArrayLike) -> FloatArray:
    """Return the times as an array, none negative."""
    times = finite_array("t", t)
    if times.min() < 0:
        raise W2VError(f"t={times.min():.4g} is negative; time (rate x steps) starts at 0")
    return times


def modes_and_start(eigvals: ArrayLike, start: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return eigenvalues (d,) and squared starts: one number above 0, or one for each mode."""
    eigvals, start = finite_vector("eigvals", eigvals), finite_array("start", start)
    if start.shape not in ((), eigvals.shape):
        raise W2VError(
            f"start has shape {start.shape} for {len(eigvals)} eigenvalues; pass one number, or "
            f"one for each eigenvalue: shape ({len(eigvals)},)"
        )
    if start.min() <= 0:
        raise W2VError(
            f"start={start.min():.4g} is not positive, and a mode that starts at 0 stays there; "
            "pass squared strengths above 0, such as effective_start(W0, eigvecs)"
        )
    return eigvals, start


def start_and_eigenvectors(W0: ArrayLike, eigvecs: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return W0 (V, d), not all 0, and d to V eigenvectors (V, K)."""
    W0, eigvecs = finite_array("W0", W0), finite_array("eigvecs", eigvecs)
    if W0.ndim != 2 or eigvecs.ndim != 2 or len(W0) != len(eigvecs):
        raise W2VError(
            f"W0 has shape {W0.shape} and eigvecs {eigvecs.shape}; pass (V, d) and (V, K): a row "
            "for each word in both"
        )
    V, d = W0.shape
    if not d <= eigvecs.shape[1] <= V:
        raise W2VError(
            f"W0 has d={d} columns for {eigvecs.shape[1]} eigenvectors of {V} words; choose "
            f"d <= {V}, and pass {d} to {V} eigenvectors"
        )
    if not W0.any():
        raise W2VError("W0 is 0 everywhere, a saddle that training never leaves; draw it at random")
    return W0, eigvecs


def squared_norm_of(name: str, value: object, eigvals: FloatArray) -> float:
    """Return ||M*||_F^2, which is at least the sum of these squared eigenvalues, up to rounding."""
    squared_norm, least = number_from_zero(name, value), float(np.sum(eigvals**2))
    if squared_norm < least * (1 - 1e-6):
        raise W2VError(
            f"{name}={squared_norm:.6g}, as ||M*||_F^2, is less than the {least:.6g} that the "
            f"squares of {len(eigvals)} eigenvalues add up to; pass np.sum(m_star**2)"
        )
    return max(squared_norm, least)

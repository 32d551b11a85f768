"""Write word2vec's files, text and binary: a line "V d", then each word and its d numbers."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._support.errors import W2VError
from .._support.files import atomic_write

Float32Array = NDArray[np.float32]


def as_float32(vectors: NDArray[np.floating[Any]]) -> Float32Array:
    """Convert to float32, but refuse what would become infinite."""
    limit = np.finfo(np.float32).max
    largest = np.abs(vectors).max()
    if largest > limit:
        raise W2VError(f"the largest number, {largest:.3g}, exceeds float32's {limit:.3g}; rescale")
    return vectors.astype(np.float32)


def write_word2vec(
    path: str | os.PathLike[str],
    words: Sequence[str],
    vectors: NDArray[np.floating[Any]],
    *,
    binary: bool,
) -> None:
    """Write words and their vectors (V, d); the file appears when it is complete."""
    lines = _lines([_encoded(word) for word in words], as_float32(vectors), binary=binary)
    with atomic_write(path) as file:
        if Path(path).suffix == ".gz":
            # No time stamp and no name inside: the same vectors always give the same bytes.
            with gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as packed:
                packed.writelines(lines)
        else:
            file.writelines(lines)


def _encoded(word: str) -> bytes:
    try:
        encoded = word.encode()
    except UnicodeEncodeError as error:
        raise W2VError(f"{word!r} cannot be written as UTF-8 ({error}); rename it") from error
    if encoded.split() != [encoded]:
        raise W2VError(
            f"the word {word!r} is empty or holds a blank, which ends a word in word2vec's format; "
            "rename it, for example with an underscore"
        )
    return encoded


def _lines(encoded: list[bytes], rows: Float32Array, *, binary: bool) -> Iterator[bytes]:
    V, d = rows.shape
    yield b"%d %d\n" % (V, d)
    numbers = b" ".join([b"%.9g"] * d)  # nine digits tell any two float32 apart
    for word, row in zip(encoded, rows, strict=True):
        values = row.astype("<f4").tobytes() if binary else numbers % tuple(row.tolist())
        yield b"%b %b\n" % (word, values)

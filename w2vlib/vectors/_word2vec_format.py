"""word2vec's file format, text and binary: a line "V d", then each word and its d numbers."""

from __future__ import annotations

import codecs
import gzip
import os
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._support.errors import W2VError
from .._support.files import atomic_write, check_readable

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
    encoded = [_encode(word) for word in words]
    rows = as_float32(vectors)
    with atomic_write(path) as file:
        if Path(path).suffix == ".gz":
            # No time stamp and no name inside: the same vectors always give the same bytes.
            with gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as packed:
                packed.writelines(_lines(encoded, rows, binary=binary))
        else:
            file.writelines(_lines(encoded, rows, binary=binary))


def read_word2vec(
    path: str | os.PathLike[str], *, binary: bool | None
) -> tuple[tuple[str, ...], Float32Array]:
    """Read words and their vectors (V, d); ``binary=None`` judges by the first word's line."""
    path = check_readable(path, "check the path")
    data = _read_bytes(path)
    header, _, body = data.partition(b"\n")
    fields = header.split()
    if len(fields) != 2 or not all(field.isdigit() and len(field) <= 15 for field in fields):
        raise W2VError(
            f"{path} starts with {header[:40]!r} where word2vec's format has a line 'V d'; "
            "for GloVe's text files, put the numbers of words and dimensions in a first line"
        )
    V, d = int(fields[0]), int(fields[1])
    if V < 1 or d < 1:
        raise W2VError(f"{path} announces V={V} words, d={d} numbers each; it needs at least 1")
    if binary is None:
        binary = _numbers(body.partition(b"\n")[0], d) is None and not _looks_like_text(body, d)
    # Checked before any table is made: a damaged first line must not ask for all the memory.
    if len(body) < V * d * (4 if binary else 2):
        raise _damaged(path, V, d, f"holds {len(body):,} bytes, too few")
    return (_parse_binary if binary else _parse_text)(body, V, d, path)


def _encode(word: str) -> bytes:
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


def _read_bytes(path: Path) -> bytes:
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if path.suffix == ".gz" else data
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise W2VError(f"{path} is no whole gzip file ({error}); fetch it anew") from error
    except OSError as error:
        raise W2VError(f"cannot read {path}: {error.strerror or error}; check the path") from error


def _damaged(path: str | os.PathLike[str], V: int, d: int, finding: str) -> W2VError:
    return W2VError(
        f"{path} announces V={V} words, d={d} numbers each, but {finding}; "
        "the file is cut off or damaged: fetch or write it anew"
    )


def _looks_like_text(body: bytes, d: int) -> bool:
    """Whether letters and signs stand where the first vector of a binary file would be."""
    start = body.find(b" ") + 1
    try:  # the last letter may be cut
        text = codecs.getincrementaldecoder("utf-8")().decode(body[start : start + 4 * d])
    except UnicodeDecodeError:
        return False
    return all(letter.isprintable() or letter in "\t\r\n" for letter in text)


def _numbers(line: bytes, d: int) -> list[float] | None:
    """Return the d numbers of a text row, or None where it is no such row."""
    fields = line.split()
    # Python reads 1_0 as 10, word2vec's program as 1.
    if len(fields) != d + 1 or line.count(b"_") > fields[0].count(b"_"):
        return None
    try:
        return [float(field) for field in fields[1:]]
    except ValueError:
        return None


def _parse_text(
    body: bytes, V: int, d: int, path: str | os.PathLike[str]
) -> tuple[tuple[str, ...], Float32Array]:
    lines = body.rstrip().split(b"\n")
    if len(lines) != V:
        raise _damaged(path, V, d, f"has {len(lines)} lines of them")
    words = []
    vectors = np.empty((V, d), dtype=np.float32)
    for row, line in enumerate(lines):
        numbers = _numbers(line, d)
        if numbers is None:
            n = len(line.split())
            finding = f"line {row + 2} has {n} fields, {line[:40]!r}"
            if row == 0:
                finding += " (for a binary file pass binary=True)"
            raise _damaged(path, V, d, finding)
        words.append(_decode(line.split(maxsplit=1)[0], row, path))
        with np.errstate(over="ignore"):  # the infinity that this makes is refused by Embeddings
            vectors[row] = numbers
    return tuple(words), vectors


def _parse_binary(
    body: bytes, V: int, d: int, path: str | os.PathLike[str]
) -> tuple[tuple[str, ...], Float32Array]:
    words = []
    vectors = np.empty((V, d), dtype=np.float32)
    position = 0
    for row in range(V):
        blank = body.find(b" ", position)
        end = blank + 1 + 4 * d
        if blank < 0 or end > len(body):
            raise _damaged(path, V, d, f"ends after {row} of them")
        # word2vec's own program ends each vector with a line feed, other programs do not.
        words.append(_decode(body[position:blank].lstrip(b"\n"), row, path))
        vectors[row] = np.frombuffer(body, dtype="<f4", count=d, offset=blank + 1)
        position = end
    if body[position:].strip(b"\n"):
        raise _damaged(path, V, d, f"{len(body) - position:,} bytes follow the last of them")
    return tuple(words), vectors


def _decode(word: bytes, row: int, path: str | os.PathLike[str]) -> str:
    try:
        return word.decode()
    except UnicodeDecodeError as error:
        raise W2VError(
            f"word {row} of {path} is not UTF-8, {word[:40]!r}; convert the file to UTF-8"
        ) from error

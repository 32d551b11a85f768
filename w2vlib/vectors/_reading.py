"""Read word2vec's files, text and binary, row by row, into one table of float32."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .._support.errors import W2VError
from .._support.files import check_readable
from .._support.packed import DAMAGE, unpacked
from ._other_formats import refuse_other_formats
from ._rows import Row, binary_rows, count_numbers_at_end, decoded, text_rows

Float32Array = NDArray[np.float32]


def read_word2vec(
    path: str | os.PathLike[str], *, binary: bool | None, limit: int | None
) -> tuple[tuple[str, ...], Float32Array, list[str]]:
    """Read different words, their vectors (V, d), and what the reader of the file should know.

    ``binary=None`` judges by the first word's line; ``limit`` is the most rows that are read.
    """
    path = check_readable(path, "check the path")
    notices: list[str] = []
    try:
        with open(path, "rb") as raw:
            stream = unpacked(raw, path)
            start = stream.peek()
            refuse_other_formats(path, start)
            V, d = _header(path, start)
            stream.readline()
            sample = start.partition(b"\n")[2]
            if binary is None:
                binary = _is_binary(sample, d)
            refusal = partial(_refusal, path, V, d)
            if binary:
                rows = binary_rows(stream, V, d, refusal)
            else:
                _check_dimensions(path, V, d, sample)
                rows = text_rows(stream, d, refusal, notices)
            wanted = V if limit is None else min(V, limit)
            table = _empty_table(path, wanted, d)
            words, n_read = _fill(table, rows, path, notices)
            n_read += sum(1 for _ in rows) if wanted == V else 0
    except DAMAGE as error:
        if isinstance(error, OSError) and error.errno:
            raise W2VError(f"cannot read {path}: {error.strerror}; see who may read it") from error
        raise W2VError(f"{path} is cut off or damaged ({error}); fetch it anew") from error
    if n_read != wanted:
        cut = ", or fetch the file anew if it was cut off" * (n_read < wanted)
        raise W2VError(
            f"{path} announces V={V} words but holds {n_read}; correct the first line to "
            f"'{n_read} {d}'{cut}"
        )
    table.resize((len(words), d), refcheck=False)
    return words, table, [f"{path}: {notice}" for notice in notices]


def _header(path: Path, start: bytes) -> tuple[int, int]:
    header = start.removeprefix(codecs.BOM_UTF8).partition(b"\n")[0]
    fields = header.split()
    if len(fields) != 2 or not all(field.isdigit() and len(field) <= 15 for field in fields):
        d = count_numbers_at_end(fields[1:])
        remedy = "check that it is a file of word vectors"
        if d:
            remedy = f"for GloVe's text files, put a first line '<number of words> {d}' before it"
        raise W2VError(
            f"{path} starts with {header[:40]!r} where word2vec's format has a line 'V d'; {remedy}"
        )
    V, d = int(fields[0]), int(fields[1])
    if V < 1 or d < 1:
        raise W2VError(f"{path} announces V={V} words, d={d} numbers each; it needs at least 1")
    return V, d


def _refusal(path: Path, V: int, d: int, finding: str) -> W2VError:
    return W2VError(
        f"{path} announces V={V} words, d={d} numbers each, but {finding}; the file is cut off or "
        "damaged: fetch or write it anew, or read its first words alone with limit="
    )


def _is_binary(sample: bytes, d: int) -> bool:
    """Whether the first row is none of text, and the bytes after its first blank are no text."""
    if count_numbers_at_end(sample.partition(b"\n")[0].split()[1:]) >= d:
        return False
    start = sample.find(b" ") + 1
    try:  # the last letter may be cut
        text = codecs.getincrementaldecoder("utf-8")().decode(sample[start : start + 4 * d + 400])
    except UnicodeDecodeError:
        return True
    return not all(letter.isprintable() or letter in "\t\r\n" for letter in text)


def _check_dimensions(path: Path, V: int, d: int, sample: bytes) -> None:
    """Refuse a ``d`` that the first rows of a text file contradict."""
    lines = sample.split(b"\n", 10)
    lines = [line for line in lines[:-1] or lines if line.strip()]
    found = [count_numbers_at_end(line.split()[1:]) for line in lines]
    # Words with blanks may add to the numbers of a row, but do not in all rows.
    least = min(found, default=d)
    if least > d or (len(found) > 1 and 0 < least == max(found) < d):
        raise W2VError(
            f"{path} announces d={d} numbers each, but its first rows hold {least}; "
            f"correct the first line to '{V} {least}'"
        )


def _empty_table(path: Path, V: int, d: int) -> Float32Array:
    try:
        return np.empty((V, d), dtype=np.float32)
    except (MemoryError, ValueError) as error:
        raise W2VError(
            f"{path} announces V={V:,} words, d={d:,} numbers each, which take "
            f"{4 * V * d / 1e9:,.1f} GB of memory, more than there is; pass limit= to read the "
            "first so many words"
        ) from error


def _fill(
    table: Float32Array, rows: Iterator[Row], path: Path, notices: list[str]
) -> tuple[tuple[str, ...], int]:
    """Put rows in the table until it is full; return their words and the number of rows read."""
    words: dict[str, None] = {}
    cut, again, n_read = [], [], 0
    with np.errstate(over="ignore"):  # the infinity that this makes is refused by Embeddings
        for n_read, (encoded, numbers) in zip(range(1, len(table) + 1), rows):  # noqa: B905
            word = decoded(encoded)
            if word is None:
                raise W2VError(
                    f"word {n_read - 1} of {path} is not UTF-8, {encoded[:40]!r}; if all is well "
                    "with the file, its words are in another encoding, such as latin-1: load it "
                    "with gensim's KeyedVectors.load_word2vec_format(path, binary=..., encoding="
                    "'latin-1') and pass Embeddings its index_to_key and vectors"
                )
            if "\ufffd" in word and word.encode() != encoded:
                cut.append(word)
            if word in words:
                again.append(word)
                continue
            table[len(words)] = numbers
            words[word] = None
    if cut:
        notices.append(
            f"words that word2vec.c cut inside a letter: {len(cut)}, first {cut[0]!r}; look them "
            "up with '\ufffd' in place of that letter"
        )
    if again:
        notices.append(
            f"rows whose word came before: {len(again)}, first that of {again[0]!r}; they were "
            "left out, and a file written with save_word2vec_format has them no longer"
        )
    return tuple(words), n_read

"""word2vec's files, text and binary: a line "V d", then each word and its d numbers as float32."""

import codecs
import gzip
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._support.errors import W2VError
from .._support.files import atomic_write, check_readable
from .._support.packed import DAMAGE, unpacked
from .._support.validation import whole_number
from ._rows import Row, RowError, binary_rows, count_numbers_at_end, decoded, text_rows

FloatArray = NDArray[np.floating[Any]]
Float32Array = NDArray[np.float32]

_VIA_GENSIM = "and write it anew with its save_word2vec_format"
_PICKLE = ("a Python pickle", f"if gensim saved it, load it with KeyedVectors.load {_VIA_GENSIM}")
_PAGE = ("a web page, perhaps one that asks for a login", "open it to see, then fetch anew")
_UTF_16 = ("UTF-16 text", "save it as UTF-8")
_ARCHIVE = ("an archive", "unpack it and pass the file inside")
_OTHER_FORMATS = {
    b"\xba\x16\x4f\x2f": (
        "a fastText model",
        "take the .vec file beside it, or load it with "
        f"gensim.models.fasttext.load_facebook_vectors {_VIA_GENSIM}",
    ),
    **{bytes([0x80, protocol]): _PICKLE for protocol in range(2, 6)},
    **dict.fromkeys((b"<!doctype", b"<html", b"<head", b"<?xml"), _PAGE),
    **dict.fromkeys((b"\xff\xfe", b"\xfe\xff"), _UTF_16),
    **dict.fromkeys((b"7z\xbc\xaf", b"Rar!", b"\x28\xb5\x2f\xfd"), _ARCHIVE),
    b"\x93NUMPY": ("a NumPy array", "pass Embeddings(words, numpy.load(path))"),
    b"\x89HDF": ("an HDF5 file", "read it with h5py and pass Embeddings(words, vectors)"),
    b"version https://git-lfs": ("a pointer to a file in Git LFS", "run: git lfs pull"),
}


def read_word2vec(
    path: str | os.PathLike[str], *, binary: bool | None, limit: int | None
) -> tuple[tuple[str, ...], Float32Array, list[str]]:
    """Read different words, their vectors (V, d), and what the reader of the file should know."""
    path = check_readable(path, "check the path")
    notices: list[str] = []
    try:
        with open(path, "rb") as raw:
            stream = unpacked(raw, path)
            start = stream.peek()
            V, d = _header(path, start)
            announced = f"{path} announces V={V:,} words, d={d:,} numbers each"
            stream.readline()
            sample = start.partition(b"\n")[2]
            if _is_binary(sample, d) if binary is None else binary:
                rows = binary_rows(stream, V, d)
            else:
                _check_dimensions(announced, V, d, sample)
                rows = text_rows(stream, d, notices)
            wanted = V if limit is None else min(V, whole_number("limit", limit))
            try:
                table = np.empty((wanted, d), dtype=np.float32)
            except (MemoryError, ValueError) as error:
                raise W2VError(
                    f"{announced}; {wanted:,} words take {4 * wanted * d / 1e9:,.1f} GB of memory, "
                    "more than there is; pass limit= to read only the first words"
                ) from error
            words, n_read = _fill(table, rows, path, notices)
            n_read += sum(1 for _ in rows) if wanted == V else 0
    except RowError as error:
        raise W2VError(
            f"{announced}, but {error}; the file is cut off or damaged: fetch or write it anew, or "
            "read only its first words with limit="
        ) from error
    except DAMAGE as error:
        if isinstance(error, OSError) and error.errno:
            raise W2VError(f"cannot read {path}: {error.strerror}; see who may read it") from error
        raise W2VError(f"{path} is cut off or damaged ({error}); fetch it anew") from error
    if n_read != wanted:
        cut = ", or fetch the file anew if it was cut off" * (n_read < wanted)
        raise W2VError(
            f"{announced}, but its number of rows is {n_read:,}; correct the first line to "
            f"'{n_read} {d}'{cut}"
        )
    table.resize((len(words), d), refcheck=False)
    return words, table, [f"{path}: {notice}" for notice in notices]


def _header(path: Path, start: bytes) -> tuple[int, int]:
    """Return V and d, or say what a file that starts otherwise is."""
    first_bytes = start[:200].lstrip().lower()
    if not first_bytes:
        raise W2VError(f"{path} is empty; fetch or write it anew")
    for known, (kind, remedy) in _OTHER_FORMATS.items():
        if first_bytes.startswith(known.lower()):
            raise W2VError(f"{path} is {kind}, not a file in word2vec's format; {remedy}")
    header = start.removeprefix(codecs.BOM_UTF8).partition(b"\n")[0]
    fields = header.split()
    sizes = [int(field) for field in fields if field.isdigit() and len(field) <= 15]
    if len(sizes) == len(fields) == 2 and min(sizes) >= 1:
        return sizes[0], sizes[1]
    d = count_numbers_at_end(fields[1:])
    remedy = "check that it is a file of word vectors"
    if d > 1:
        remedy = f"for GloVe's text files, put a first line '<number of words> {d}' before it"
    raise W2VError(
        f"{path} starts with {header[:40]!r} where word2vec's format has a line 'V d' of two "
        f"numbers, at least 1; {remedy}"
    )


def _is_binary(sample: bytes, d: int) -> bool:
    """Whether neither the first row nor the bytes after its first blank can be text."""
    if count_numbers_at_end(sample.partition(b"\n")[0].split()[1:]) >= d:
        return False
    start = sample.find(b" ") + 1
    try:  # the last letter may be cut
        text = codecs.getincrementaldecoder("utf-8")().decode(sample[start : start + 4 * d + 400])
    except UnicodeDecodeError:
        return True
    return not all(letter.isprintable() or letter in "\t\r\n" for letter in text)


def _check_dimensions(announced: str, V: int, d: int, sample: bytes) -> None:
    """Refuse a ``d`` that the first rows of a text file contradict."""
    lines = sample.split(b"\n", 10)
    lines = [line for line in lines[:-1] or lines if line.strip()]
    found = [count_numbers_at_end(line.split()[1:]) for line in lines]
    # Words with blanks may add to the numbers of a row, but do not in all rows.
    least = min(found, default=d)
    if least > d or (len(found) > 1 and 0 < least == max(found) < d):
        raise W2VError(
            f"{announced}, but its first rows hold {least}; correct the first line to '{V} {least}'"
        )


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
                    f"word {n_read - 1} of {path} is not UTF-8, {encoded[:40]!r}; if its words are "
                    "in another encoding, such as latin-1, load it with gensim's KeyedVectors."
                    "load_word2vec_format(path, binary=..., encoding='latin-1') and pass "
                    "Embeddings its index_to_key and vectors"
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


def as_float32(vectors: FloatArray) -> Float32Array:
    """Convert to float32, but refuse what would become infinite."""
    limit = np.finfo(np.float32).max
    largest = np.abs(vectors).max()
    if largest > limit:
        raise W2VError(f"the largest number, {largest:.3g}, exceeds float32's {limit:.3g}; rescale")
    return vectors.astype(np.float32)


def write_word2vec(
    path: str | os.PathLike[str], words: Sequence[str], vectors: FloatArray, *, binary: bool
) -> None:
    """Write words and their vectors (V, d)."""
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

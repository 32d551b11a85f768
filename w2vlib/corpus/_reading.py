"""Text of any kind -> blocks of UTF-8 bytes; a newline ends an article."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import re
import sys
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, BinaryIO

import numpy as np

from .._support.errors import W2VError
from .._support.files import check_readable
from .._support.validation import shown

BLOCK = 1 << 23


class _Unpacked:
    """Packed streams, one after the other.

    ``lzma.LZMAFile`` and ``bz2.BZ2File`` end silently where a later stream is damaged; here that
    is an error.
    """

    def __init__(self, raw: BinaryIO, start: Callable[[], Any]) -> None:
        self._raw, self._start, self._stream = raw, start, start()

    def read(self, size: int) -> bytes:
        """Return some bytes, at most ``size``; none at the end."""
        while True:
            packed = b""
            if self._stream.eof:
                packed = self._stream.unused_data.lstrip(b"\0")  # zeros may stand between streams
                while not packed:
                    if not (more := self._raw.read(_PACKED)):
                        return b""
                    packed = more.lstrip(b"\0")
                self._stream = self._start()
            elif self._stream.needs_input and not (packed := self._raw.read(_PACKED)):
                raise EOFError("it ends inside a packed stream")
            if text := self._stream.decompress(packed, size):
                return bytes(text)


_PACKED = 1 << 20  # bytes
_OPENERS: dict[bytes, Callable[[BinaryIO], Any]] = {
    b"\x1f\x8b": lambda raw: gzip.GzipFile(fileobj=raw),
    b"\xfd7zXZ\x00": lambda raw: _Unpacked(raw, lzma.LZMADecompressor),
    b"BZh": lambda raw: _Unpacked(raw, bz2.BZ2Decompressor),
}
_BLANK = re.compile(r"\s")
# Scripts that do not put spaces between words: Thai, Lao, Myanmar, Khmer, kana, Han.
_UNSPACED = re.compile("[\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u9fff]+")
_LONGEST_MEAN_RUN = 8


def byte_fold() -> np.ndarray:
    """(256,) table: letters in lower case, digits, ``_`` and non-ASCII as they are, else 0."""
    fold = np.zeros(256, np.uint8)
    for byte in range(256):
        if chr(byte).isalnum() or byte == ord("_") or byte >= 128:
            fold[byte] = ord(chr(byte).lower()) if byte < 128 else byte
    fold[ord("\n")] = ord("\n")
    return fold


@cache
def _not_in_words() -> re.Pattern[str]:
    """All but letters, digits, ``_``, newlines, and marks (some scripts write vowels with them)."""
    marks = "".join(
        chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code))[0] == "M"
    )
    return re.compile(f"[^\\w\\n{re.escape(marks)}]+")


class UnspacedScript:
    """Watches for text without spaces between words, which cannot be cut into words here."""

    def __init__(self) -> None:
        self.letters = self.unspaced = self.runs = 0

    def watch(self, text: str) -> None:
        self.letters += sum(map(len, text.split()))
        for run in _UNSPACED.findall(text):
            self.unspaced += len(run)
            self.runs += 1

    def check(self, ascii_letters: int) -> None:
        total = self.letters + ascii_letters
        if self.unspaced > total / 2 and self.unspaced > _LONGEST_MEAN_RUN * self.runs:
            raise W2VError(
                f"{self.unspaced:,} of the text's {total:,} letters belong to a script written "
                f"without spaces (runs of {self.unspaced / self.runs:.0f} letters on average); "
                f"put spaces between the words first, with a word segmenter for that language"
            )


@dataclass
class Place:
    """Where a block comes from."""

    name: str = "the text"
    offset: int = 0


def blocks(
    articles: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    advance: Callable[[int], object],
    place: Place | None = None,
) -> Iterator[bytes]:
    """Yield the text in blocks of about 8 MB that never cut a word; a newline ends an article.

    ``place`` is kept up to date with the file and the offset of the block.
    """
    place = Place() if place is None else place
    if isinstance(articles, (str, os.PathLike)):
        yield from _file_blocks(articles, advance, place)
        return
    if isinstance(articles, (bytes, bytearray)):
        raise W2VError("articles is one bytes object; pass a path, or a list of str")
    if not hasattr(articles, "__iter__"):
        raise W2VError(f"articles is {shown(articles)}; pass a path, or a list of str")
    pending: list[bytes] = []
    size = 0
    for number, article in enumerate(_without_os_errors(articles)):
        if isinstance(article, os.PathLike):
            yield b"".join(pending)
            pending, size = [], 0
            yield from _file_blocks(article, advance, place)
            continue
        if not isinstance(article, str):
            raise W2VError(
                f"article {number} is a {type(article).__name__}; pass each article as one str "
                f"(a list of words: ' '.join(words))"
            )
        for piece in _pieces(article):
            text = piece.replace("\n", " ").encode("utf-8", "replace")
            advance(len(text))
            pending.append(text)
            size += len(text)
            if size >= BLOCK:
                yield b"".join(pending)
                pending, size = [], 0
        pending.append(b"\n")
    yield b"".join(pending)


def _without_os_errors(articles: Iterable[Any]) -> Iterator[Any]:
    try:
        yield from articles
    except OSError as error:
        raise W2VError(
            f"the articles, not their counting, stopped with an error: {error}; "
            f"check what they are read from"
        ) from error


def _pieces(text: str) -> Iterator[str]:
    """Cut a long article after blanks, where neither a word nor a letter and its marks meet."""
    start = 0
    while start < len(text):
        blank = _BLANK.search(text, start + BLOCK // 4)
        end = blank.end() if blank else len(text)
        yield text[start:end]
        start = end


def _file_blocks(
    given: str | os.PathLike[str], advance: Callable[[int], object], place: Place
) -> Iterator[bytes]:
    path = check_readable(given, "pass the path of a text file, or [text] to count a text itself")
    place.name = str(path)
    with open(path, "rb") as raw:
        magic = raw.read(6)
        raw.seek(0)
        opened = next(
            (opener for start, opener in _OPENERS.items() if magic.startswith(start)), None
        )
        stream = opened(raw) if opened else raw
        rest = b""
        position = done = 0
        while True:
            try:
                block = stream.read(BLOCK)
            except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
                raise W2VError(
                    f"{path} is damaged after {position:,} bytes of text ({error}); "
                    f"copy or download it again"
                ) from error
            advance(raw.tell() - done)
            done = raw.tell()
            if position == 0 and block[:2] in (b"\xff\xfe", b"\xfe\xff"):
                raise W2VError(
                    f"{path} is UTF-16, not UTF-8; convert it first, for instance with: "
                    f"iconv -f utf-16 -t utf-8 old.txt > new.txt"
                )
            if b"\0" in block:
                at = position + block.index(b"\0")
                raise W2VError(
                    f"{path} is not a text file: it has a zero byte at offset {at:,}; pass plain "
                    f"UTF-8 text, or text packed as .gz, .xz or .bz2"
                )
            if not block:
                if rest:
                    place.offset = position - len(rest)
                    yield rest
                yield b"\n"  # an article never runs on into the next file
                return
            position += len(block)
            block = rest + block
            place.offset = position - len(block)
            cut = max(block.rfind(b" "), block.rfind(b"\n")) + 1
            cut = cut or max(map(block.rfind, (b"\t", b"\r", b"\v", b"\f"))) + 1
            if cut == 0 and len(block) > 2 * BLOCK:
                raise W2VError(
                    f"{path} has {len(block):,} bytes without a space or a line end; "
                    f"put spaces between the words first"
                )
            block, rest = block[:cut], block[cut:]
            if block:
                yield block


def plain_words(block: bytes, script: UnspacedScript, place: Place) -> bytes:
    """Lower-case a block that is not ASCII, and blank out what belongs to no word."""
    try:
        text = block.decode("utf-8")
    except UnicodeDecodeError as error:
        raise W2VError(
            f"{place.name} is not UTF-8: byte 0x{block[error.start]:02x} at offset "
            f"{place.offset + error.start:,}; convert it first, for instance with: "
            f"iconv -f latin1 -t utf-8 old.txt > new.txt"
        ) from error
    # Again after lower(), which may bring in letters with marks of their own.
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())
    text = _not_in_words().sub(" ", text)
    script.watch(text)
    return text.encode("utf-8")

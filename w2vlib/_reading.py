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
from functools import cache
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from ._errors import W2VError

BLOCK = 1 << 23
_OPENERS: dict[bytes, Callable[[BinaryIO], BinaryIO]] = {
    b"\x1f\x8b": lambda raw: cast(BinaryIO, gzip.GzipFile(fileobj=raw)),
    b"\xfd7zXZ\x00": lambda raw: cast(BinaryIO, lzma.LZMAFile(raw)),  # noqa: SIM115
    b"BZh": lambda raw: cast(BinaryIO, bz2.BZ2File(raw)),
}
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


def blocks(
    articles: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    advance: Callable[[int], object],
) -> Iterator[bytes]:
    """Yield the text in blocks of about 8 MB that never cut a word; a newline ends an article."""
    if isinstance(articles, (str, os.PathLike)):
        yield from _file_blocks(Path(articles), advance)
        return
    if isinstance(articles, (bytes, bytearray)):
        raise W2VError("articles is one bytes object; pass a path, or a list of str")
    pending: list[bytes] = []
    size = 0
    for number, article in enumerate(articles):
        if isinstance(article, os.PathLike):
            yield b"".join(pending)
            pending, size = [], 0
            yield from _file_blocks(Path(article), advance)
            continue
        if not isinstance(article, str):
            raise W2VError(
                f"article {number} is a {type(article).__name__}; pass each article as one str "
                f"(a list of words: ' '.join(words))"
            )
        text = article.replace("\n", " ").encode("utf-8", "replace") + b"\n"
        advance(len(text))
        pending.append(text)
        size += len(text)
        if size >= BLOCK:
            yield b"".join(pending)
            pending, size = [], 0
    yield b"".join(pending)


def _file_blocks(path: Path, advance: Callable[[int], object]) -> Iterator[bytes]:
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise W2VError(
            f"{str(path)[:200]!r} {what}; pass the path of a text file, "
            f"or [text] to count a text itself"
        )
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
            if b"\0" in block:
                at = position + block.index(b"\0")
                raise W2VError(
                    f"{path} is not a text file: it has a zero byte at offset {at:,}; pass plain "
                    f"UTF-8 text, or text packed as .gz, .xz or .bz2"
                )
            if not block:
                if rest:
                    yield rest
                yield b"\n"  # an article never runs on into the next file
                return
            position += len(block)
            block = rest + block
            cut = max(block.rfind(b" "), block.rfind(b"\n")) + 1
            if cut == 0 and len(block) > 2 * BLOCK:
                raise W2VError(
                    f"{path} has {len(block):,} bytes without a space or a line end; "
                    f"put spaces between the words first"
                )
            block, rest = block[:cut], block[cut:]
            if block:
                yield block


def plain_words(block: bytes, script: UnspacedScript, offset: int) -> bytes:
    """Lower-case a block that is not ASCII, and blank out what belongs to no word."""
    try:
        text = block.decode("utf-8")
    except UnicodeDecodeError as error:
        raise W2VError(
            f"the text is not UTF-8: byte 0x{block[error.start]:02x} at offset "
            f"{offset + error.start:,}; convert it first, for instance with: "
            f"iconv -f latin1 -t utf-8 old.txt > new.txt"
        ) from error
    text = _not_in_words().sub(" ", unicodedata.normalize("NFC", text).lower())
    script.watch(text)
    return text.encode("utf-8")

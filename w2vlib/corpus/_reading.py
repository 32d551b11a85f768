"""Text of any kind -> blocks of UTF-8 bytes; a newline ends an article."""

import os
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from .._support.errors import W2VError
from .._support.files import check_readable
from .._support.packed import DAMAGE, unpacked
from .._support.validation import shown

Articles: TypeAlias = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]
BLOCK = 1 << 23
_BYTE_ORDER_MARKS = {  # the longer ones first: UTF-32 begins as UTF-16 does
    b"\xff\xfe\0\0": "utf-32", b"\0\0\xfe\xff": "utf-32", b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}  # fmt: skip
_CONVERT = "convert it first, for instance with: iconv -f {} -t utf-8 old.txt > new.txt"
_BLANK = re.compile(r"\s")
# Thai, Lao, Myanmar, Khmer, kana and Han put no spaces between words.
_UNSPACED = "[\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u9fff]"
_UNSPACED_RUN, _UNSPACED_PIECE = re.compile(f"{_UNSPACED}+"), re.compile(rf"{_UNSPACED}\S*")
_HAN_RUN = re.compile("[\u3400-\u9fff]+")


def byte_fold() -> np.ndarray:
    """(256,) table: letters in lower case; digits, ``_``, newline and non-ASCII kept; else 0."""
    fold = np.arange(256, dtype=np.uint8)
    for byte, letter in enumerate(map(chr, range(128))):
        fold[byte] = ord(letter.lower()) if letter.isalnum() or letter in "_\n" else 0
    return fold


@cache
def _not_in_words() -> re.Pattern[str]:
    """All but letters, digits, ``_``, newlines, and marks (some scripts write vowels with them)."""
    letters = map(chr, range(sys.maxunicode + 1))
    marks = "".join(letter for letter in letters if unicodedata.category(letter)[0] == "M")
    return re.compile(f"[^\\w\\n{re.escape(marks)}]+")


class ScriptWatch:
    """Watches for text without spaces between words, which cannot be cut into words here.

    Such a text has whole sentences between two blanks. A word segmenter leaves pieces of one or
    two letters in Chinese, and of up to six in the other scripts.
    """

    def __init__(self) -> None:
        self.letters = self.unspaced = self.han = self.pieces = 0

    def __add__(self, other: "ScriptWatch") -> "ScriptWatch":
        both = ScriptWatch()
        for name in vars(both):
            setattr(both, name, getattr(self, name) + getattr(other, name))
        return both

    def add(self, text: str, words: str) -> None:
        """Look at some text and at its words, separated by blanks."""
        self.letters += sum(map(len, words.split()))
        if _UNSPACED_PIECE.search(text):
            self.unspaced += sum(map(len, _UNSPACED_RUN.findall(text)))
            self.han += sum(map(len, _HAN_RUN.findall(text)))
            self.pieces += len(_UNSPACED_PIECE.findall(text))

    def check(self) -> None:
        """Refuse a text mostly in such scripts, unless spaces were put in."""
        longest_mean = 4 if self.han > 0.9 * self.unspaced else 8
        if self.unspaced > max(self.letters / 2, longest_mean * self.pieces):
            raise W2VError(
                f"{self.unspaced:,} of the text's {self.letters:,} letters belong to a script "
                f"written without spaces ({self.unspaced / self.pieces:.0f} letters between two "
                "blanks on average); put spaces between the words first, with a word segmenter "
                "for that language"
            )


@dataclass
class Position:
    """Where a block comes from, for messages; ``advance`` is told how many bytes were read."""

    advance: Callable[[int], object] = lambda n_bytes: None
    name: str = "the text"
    offset: int = 0
    continuation_bytes: int = 0  # in the file so far; beyond ASCII each letter has one to three


def blocks(articles: Articles, position: Position) -> Iterator[bytes]:
    """Yield the text in blocks of about 8 MB that never cut a word; ``position`` follows."""
    if isinstance(articles, (str, os.PathLike)):
        yield from _file_blocks(articles, position)
        return
    if isinstance(articles, (bytes, bytearray)) or not hasattr(articles, "__iter__"):
        raise W2VError(f"articles is {shown(articles)}; pass a path, or a list of str")
    pending = bytearray()
    for number, article in enumerate(_without_os_errors(articles)):
        if isinstance(article, os.PathLike):
            yield bytes(pending)
            pending.clear()
            yield from _file_blocks(article, position)
            continue
        if not isinstance(article, str):
            raise W2VError(
                f"article {number} is a {type(article).__name__}; pass each article as one str "
                "(a list of words: ' '.join(words))"
            )
        for piece in _pieces(article):
            text = piece.replace("\n", " ").encode("utf-8", "replace")
            position.advance(len(text))
            pending += text
            if len(pending) >= BLOCK:
                yield bytes(pending)
                pending.clear()
        pending += b"\n"
    yield bytes(pending)


def _without_os_errors(articles: Iterable[Any]) -> Iterator[Any]:
    """Tell the caller's own errors from those of the temporary file."""
    try:
        yield from articles
    except OSError as error:
        raise W2VError(
            f"the articles, not their counting, stopped with an error: {error}; "
            "check what they are read from"
        ) from error


def _pieces(text: str) -> Iterator[str]:
    """Cut a long article after blanks, which splits neither words nor letters from their marks."""
    start = 0
    while start < len(text):
        blank = _BLANK.search(text, start + BLOCK // 4)
        end = blank.end() if blank else len(text)
        yield text[start:end]
        start = end


def _file_blocks(given: str | os.PathLike[str], position: Position) -> Iterator[bytes]:
    """Yield the blocks of a file, packed or not."""
    path = check_readable(given, "pass the path of a text file, or [text] to count a text itself")
    position.name, position.continuation_bytes = str(path), 0
    try:
        raw = open(path, "rb")  # noqa: SIM115 (closed below; only its opening fails this way)
    except OSError as error:
        raise W2VError(f"{path} cannot be read: {error.strerror}; see who may read it") from error
    with raw:
        stream, rest = None, b""
        n_read = n_packed = 0
        while True:
            try:
                stream = stream or unpacked(raw, path)
                block = stream.read(BLOCK)
            except DAMAGE as error:
                raise W2VError(
                    f"{path} is damaged after {n_read:,} bytes of text ({error}); "
                    "copy or download it again"
                ) from error
            position.advance(raw.tell() - n_packed)
            n_packed = raw.tell()
            _check_bytes(block, n_read, path)
            position.offset = n_read - len(rest)
            if not block:
                yield rest
                yield b"\n"  # an article never runs on into the next file
                return
            n_read += len(block)
            block = rest + block
            cut = max(map(block.rfind, (b" ", b"\n", b"\t", b"\r", b"\v", b"\f"))) + 1
            if cut == 0 and len(block) > 2 * BLOCK:
                raise W2VError(
                    f"{path} has {len(block):,} bytes without a space or a line end; "
                    "put spaces between the words first"
                )
            rest = block[cut:]
            yield block[:cut]


def _check_bytes(block: bytes, n_before: int, path: Path) -> None:
    """Refuse another encoding by its first bytes, and bytes that no text has."""
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if n_before == 0 and block.startswith(mark):
            convert = _CONVERT.format(encoding)
            raise W2VError(f"{path} is {encoding.upper()}, not UTF-8; {convert}")
    if b"\0" in block:
        at = n_before + block.index(0)
        raise W2VError(
            f"{path} is not a text file: it has a zero byte at offset {at:,}; pass plain UTF-8 "
            "text, or text packed as .gz, .xz or .bz2"
        )


def decoded(block: bytes, position: Position) -> str:
    """Return the text of a block, or say what is wrong with its bytes."""
    try:
        text = block.decode("utf-8")
    except UnicodeDecodeError as error:
        at, valid = position.offset + error.start, block.decode("utf-8", "ignore")
        n_bad = len(block) - len(valid.encode())
        n_continuation = position.continuation_bytes + len(valid.encode()) - len(valid)
        if error.reason == "unexpected end of data":
            what = "cut inside a letter at the end"
            remedy = f"drop what is left of it: head -c {at} old.txt > new.txt"
        elif n_continuation >= n_bad:  # correct letters beyond ASCII, and some stray bytes
            what = f"UTF-8 but for {n_bad:,} or more bytes"
            remedy = "drop them: iconv -c -f utf-8 -t utf-8 old.txt > new.txt"
        else:
            what, remedy = "not UTF-8", f"if it is Latin-1, {_CONVERT.format('latin1')}"
        raise W2VError(
            f"{position.name} is {what} (byte 0x{block[error.start]:02x} at offset {at:,}); "
            + remedy
        ) from error
    position.continuation_bytes += len(block) - len(text)
    return text


def whole_text(path: os.PathLike[str]) -> str:
    """Return a file as one article, whatever its line ends."""
    position = Position()
    return "".join(decoded(block, position) for block in blocks(path, position))


def plain_words(block: bytes, script: ScriptWatch, position: Position) -> bytes:
    """Lower-case a block that is not ASCII, and blank out what belongs to no word."""
    text = decoded(block, position)
    # Again after lower(), which may bring in letters with marks of their own.
    words = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())
    words = _not_in_words().sub(" ", words)
    script.add(text, words)
    return words.encode("utf-8")

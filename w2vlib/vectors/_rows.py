"""The rows of word2vec's files, one by one: the bytes of a word and its numbers."""

import io
import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

import numpy as np

Row = tuple[bytes, Sequence[float] | np.ndarray]

LONGEST_WORD = 10_000  # bytes
_CUT_LETTER = re.compile(
    rb"([\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})(?=_|$)"
)
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")


class RowError(Exception):
    """A file does not hold the rows that its first line announces."""


def decoded(word: bytes) -> str | None:
    """Return a word with a mark for a letter that was cut; None where it is not UTF-8.

    word2vec.c cuts long words at a number of bytes, word2phrase joins such words with ``_``.
    """
    try:
        return word.decode()
    except UnicodeDecodeError:
        marked = _CUT_LETTER.sub("\ufffd".encode(), word)
    text = marked.decode(errors="ignore")
    # Short Latin-1 words end in such bytes, too, but hold no letter of UTF-8 beyond ASCII.
    latin_1 = len(word) < 50 and text.replace("\ufffd", "").isascii()
    return None if latin_1 or text.encode() != marked else text


def text_rows(stream: io.BufferedReader, d: int, notices: list[str]) -> Iterator[Row]:
    """Yield the rows of a text file to its end; blanks inside a word belong to it."""
    longest_line = LONGEST_WORD + 100 * d
    row = 0
    while line := stream.readline(longest_line):
        if line.isspace():
            continue
        row += 1
        word, *fields = line.rsplit(maxsplit=d)
        numbers = _floats(fields)
        if len(numbers) != d or _holds_a_row(word.split(), d):
            hint = " (for a binary file pass binary=True)" * (row == 1)
            raise RowError(f"line {row + 1} has {len(line.split())} fields, {line[:40]!r}{hint}")
        if not line[-1:].isspace() and not _same_decimals(fields):
            notices.append(
                f"the last line has no end, so that its last number, {numbers[-1]}, may be cut; "
                "compare the size of the file with the original's, or fetch it anew"
            )
        yield word.lstrip(), numbers


def _holds_a_row(parts: list[bytes], d: int) -> bool:
    """Whether what should be a word is another row: a line end was lost, and blanks mislead."""
    n = max(1, d - 1)
    return len(parts) > n and bool(_floats(parts[1 : n + 1]))


def _same_decimals(fields: list[bytes]) -> bool:
    """Whether all numbers are written with as many decimals, so that none of them is cut."""
    decimals = {len(field.partition(b".")[2]) for field in fields}
    return len(fields) > 1 and len(decimals) == 1 and decimals != {0}


def count_numbers_at_end(fields: list[bytes]) -> int:
    """Count the numbers at the end of a row's fields."""
    return sum(1 for _ in takewhile(lambda field: _floats([field]), reversed(fields)))


def _floats(fields: list[bytes]) -> list[float]:
    """Return the numbers, none where a field is not one."""
    try:
        numbers = [float(field) for field in fields]
    except ValueError:
        return []
    # Python reads 1_0 as 10, word2vec's program as 1.
    return [] if b"_" in b"".join(fields) else numbers


def binary_rows(stream: io.BufferedReader, V: int, d: int) -> Iterator[Row]:
    """Yield the V rows of a binary file."""
    size = 4 * d
    reach = 2 * (LONGEST_WORD + size)
    rest = stream.read(reach)
    at = 0
    for row in range(V):
        if len(rest) - at < reach:
            rest, at = rest[at:] + stream.read(max(reach, 1 << 18)), 0
        # word2vec's own program ends each vector with a line feed, other programs do not.
        while rest[at : at + 1] == b"\n":
            at += 1
        end = _end_of_word(rest, at, size, last=row == V - 1)
        if end < 0 or end + 1 + size > len(rest):
            raise RowError(f"ends after {row} of them")
        yield rest[at:end], np.frombuffer(rest, dtype="<f4", count=d, offset=end + 1)
        at = end + 1 + size
    surplus = len((rest[at:] + stream.read(reach)).strip(b"\n"))
    if surplus:
        raise RowError(f"{surplus:,} bytes or more follow the last of them")


def _end_of_word(rest: bytes, at: int, size: int, *, last: bool) -> int:
    """Return where the blank after a word stands, below 0 for nowhere.

    gensim writes words with blanks inside, and nothing says where they end. It is at the first
    blank with usual numbers after it, and then a word, or the end after the last row.
    """
    first = blank = rest.find(b" ", at, at + LONGEST_WORD)
    blanks = []
    while blank >= 0 and (blank == first or _is_word(rest[at:blank])):
        blanks.append(blank)
        blank = rest.find(b" ", blank + 1, at + LONGEST_WORD)
    for blank in blanks[:-1] and blanks:  # nearly always there is but one
        end = blank + 1 + size
        if end > len(rest):  # a blank among the last row's numbers
            break
        sizes = np.abs(np.frombuffer(rest[blank + 1 : end], dtype="<f4"))
        after = rest[end : end + LONGEST_WORD].lstrip(b"\n")
        follows = not after if last else _is_word(after.partition(b" ")[0])
        if follows and np.all((sizes == 0) | ((sizes > 1e-12) & (sizes < 1e6))):
            return blank
    return first


def _is_word(word: bytes) -> bool:
    return not _CONTROL.search(word) and bool(decoded(word))

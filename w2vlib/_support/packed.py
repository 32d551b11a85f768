"""Unpack a file while it is read: what it is packed with is judged by its first bytes."""

import bz2
import gzip
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from .errors import W2VError

DAMAGE = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)
"""What reading a file that is cut off or damaged may raise."""

_CHUNK = 1 << 18  # bytes


def unpacked(raw: BinaryIO, path: Path) -> io.BufferedReader:
    """Return the plain bytes of an open file: of gzip, bzip2, xz, a zip with one file, or as it is.

    Damage shows as one of ``DAMAGE``, here or while reading.
    """
    start = raw.read(6)
    raw.seek(0)
    stream: Any = raw
    if start.startswith(b"\x1f\x8b"):
        stream = gzip.GzipFile(fileobj=raw)
    elif start.startswith(b"BZh"):
        stream = _Streams(raw, bz2.BZ2Decompressor)
    elif start == b"\xfd7zXZ\x00":
        stream = _Streams(raw, lzma.LZMADecompressor)
    elif start.startswith(b"PK\x03\x04"):
        stream = _only_member(zipfile.ZipFile(raw), path)
    plain = io.BufferedReader(stream, _CHUNK)
    if plain.peek(512)[257:262] == b"ustar":
        raise W2VError(f"{path} is a tar archive; unpack it (tar -xf) and pass the file inside")
    return plain


def _only_member(archive: zipfile.ZipFile, path: Path) -> BinaryIO:
    names = [name for name in archive.namelist() if not re.search("^__MACOSX/|/$", name)]
    if len(names) != 1:
        named = ", ".join(map(repr, names[:3])) + ", ..." * (len(names) > 3)
        raise W2VError(
            f"{path} is a zip archive of {len(names)} files ({named}); "
            "unpack it and pass one of them"
        )
    try:
        return archive.open(names[0])  # type: ignore[return-value]
    except (NotImplementedError, RuntimeError) as error:  # another method, or a password
        raise W2VError(
            f"Python cannot unpack the zip archive {path} ({error}); unpack it with another tool"
        ) from error


class _Streams(io.RawIOBase):
    """Packed streams, one after the other.

    ``lzma.LZMAFile`` and ``bz2.BZ2File`` end silently where a later stream is damaged; here that
    is an error.
    """

    def __init__(self, raw: BinaryIO, start: Callable[[], Any]) -> None:
        self._raw, self._start, self._stream = raw, start, start()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer, and return how many bytes there were: fewer at the end alone."""
        filled = 0
        while filled < len(buffer):
            packed = b""
            if self._stream.eof:
                packed = self._stream.unused_data.lstrip(b"\0")  # zeros may stand between streams
                while not packed and (more := self._raw.read(_CHUNK)):
                    packed = more.lstrip(b"\0")
                if not packed:
                    break
                self._stream = self._start()
            elif self._stream.needs_input and not (packed := self._raw.read(_CHUNK)):
                raise EOFError("it ends inside a packed stream")
            text = self._stream.decompress(packed, len(buffer) - filled)
            buffer[filled : filled + len(text)] = text
            filled += len(text)
        return filled

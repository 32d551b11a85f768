"""Fetch text8, the 17-million-word benchmark text; the book itself never needs it."""

from __future__ import annotations

import gzip
import hashlib
import lzma
import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import pooch
import requests

from .._support.errors import W2VError
from .._support.files import atomic_write
from .._support.validation import file_path

# (address, SHA-256 of the packed file where it is known). What is unpacked is checked either way.
TEXT8_SOURCES = (
    (
        "http://mattmahoney.net/dc/text8.zip",
        "a6640522afe85d1963ad56c05b0ede0a0c000dddc9671758a6cc09b7a38e5232",
    ),
    ("https://github.com/RaRe-Technologies/gensim-data/releases/download/text8/text8.gz", None),
)
TEXT8_MD5 = "3bea1919949baf155f99411df5fada7e"
_TIMEOUT = 30  # seconds without a byte


def fetch_text8(
    *, cache_dir: str | os.PathLike[str] | None = None, progress: bool | None = None
) -> Path:
    """Return the path of text8, downloaded (31 MB) the first time it is asked for.

    text8 is the first 100 MB of an English Wikipedia of 2006, cleaned by Matt Mahoney: 17,005,207
    words in one line, so one single article to :func:`w2vlib.count_cooccurrences`.

    Parameters
    ----------
    cache_dir : path, optional
        Where to keep it; by default the user's cache folder.
    progress : bool, optional
        Show a progress bar. By default where the standard error is a terminal.

    Returns
    -------
    pathlib.Path
        Of the unpacked text, 100,000,000 bytes; its MD5 sum is checked on every call.

    Raises
    ------
    W2VError
        No host answers, a connection is cut, a checksum is wrong, the disk is full. No half file
        is left behind. The message names each host that was tried, and where to put a copy.

    References
    ----------
    Matt Mahoney, http://mattmahoney.net/dc/textdata.html.
    """
    folder = file_path(pooch.os_cache("w2vlib") if cache_dir is None else cache_dir)
    return _fetch(TEXT8_SOURCES, folder / "text8", TEXT8_MD5, progress)


def _fetch(
    sources: tuple[tuple[str, str | None], ...], target: Path, md5: str, progress: bool | None
) -> Path:
    with suppress(OSError):  # a copy that cannot be read is fetched anew
        if target.is_file() and _digest(_chunks(target), hashlib.md5(usedforsecurity=False)) == md5:
            return target
    failures = []
    for url, sha256 in sources:
        packed = target.with_name(f"{target.name}.download")
        try:
            try:
                _download(url, sha256, packed, progress)
                _unpack(packed, target, md5)
                return target
            finally:
                with suppress(OSError):
                    packed.unlink()
        except W2VError as error:
            failures.append(f"\n  {url}: {error}")
    raise W2VError(
        f"{target.name} could not be fetched:{''.join(failures)}\n"
        f"Try again later, or get the file by other means and put it, unpacked, at {target}. "
        f"The book's bundled statistics, w2vlib.load_statistics(), need no network."
    )


def _download(url: str, sha256: str | None, packed: Path, progress: bool | None) -> None:
    bar = os.isatty(2) if progress is None else progress
    downloader = pooch.HTTPDownloader(progressbar=bar, timeout=_TIMEOUT)
    level = pooch.get_logger().level
    pooch.get_logger().setLevel("WARNING")  # its messages would end up on a notebook's stderr
    try:
        packed.unlink(missing_ok=True)  # a run that was killed may have left a part
        pooch.retrieve(
            url,
            known_hash=None,  # checked below
            fname=packed.name,
            path=packed.parent,
            downloader=downloader,
        )
    except requests.exceptions.HTTPError as error:
        raise W2VError(f"the host answers: {error}") from error
    except requests.exceptions.Timeout as error:
        raise W2VError(f"the host sent nothing for {_TIMEOUT} seconds") from error
    except requests.exceptions.ChunkedEncodingError as error:
        raise W2VError("the connection was cut before the end") from error
    except requests.exceptions.RequestException as error:
        raise W2VError("the host cannot be reached") from error
    except OSError as error:
        raise W2VError(
            f"cannot write to {packed.parent}: {error.strerror or error}; free 150 MB there, or "
            f"pass cache_dir="
        ) from error
    except ValueError as error:  # an address that is none, from a redirection
        raise W2VError(f"the host's answer makes no sense ({error})") from error
    finally:
        pooch.get_logger().setLevel(level)
    if sha256 and (found := _digest(_chunks(packed), hashlib.sha256())) != sha256:
        raise W2VError(f"the file has SHA-256 {found}, another SHA-256 than {sha256}; not kept")


def _unpack(packed: Path, target: Path, md5: str) -> None:
    """Unpack a .zip or .gz, and keep the text only where its checksum is right."""
    with atomic_write(target) as file:
        found = _digest(_write(_unpacked(packed), file), hashlib.md5(usedforsecurity=False))
        if found != md5:
            raise W2VError(f"the text has MD5 {found}, not {md5}; it was not kept")


def _unpacked(packed: Path) -> Iterator[bytes]:
    try:
        if zipfile.is_zipfile(packed):
            with zipfile.ZipFile(packed) as archive, archive.open(archive.namelist()[0]) as member:
                while chunk := member.read(1 << 20):
                    yield chunk
        else:
            with gzip.open(packed) as stream:
                while chunk := stream.read(1 << 20):
                    yield chunk
    except _NOT_UNPACKED as error:
        raise W2VError(f"the file is damaged ({error}); it was not kept") from error


# What zipfile and gzip say of a file that is cut, empty, spoilt, encrypted or packed otherwise.
_NOT_UNPACKED = (
    zipfile.BadZipFile, gzip.BadGzipFile, EOFError, zlib.error, lzma.LZMAError, IndexError,
    RuntimeError,
)  # fmt: skip


def _chunks(path: Path) -> Iterator[bytes]:
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            yield chunk


def _write(chunks: Iterator[bytes], file: BinaryIO) -> Iterator[bytes]:
    for chunk in chunks:
        file.write(chunk)
        yield chunk


def _digest(chunks: Iterator[bytes], sha: Any) -> str:
    for chunk in chunks:
        sha.update(chunk)
    return str(sha.hexdigest())

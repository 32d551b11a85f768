"""Fetch text8, the 17-million-word benchmark text; the book itself never needs it."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from .._support.errors import W2VError
from .._support.files import atomic_write
from .._support.packed import DAMAGE, unpacked
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
    words in one line, so one single article to :func:`w2vlib.count_cooccurrences`. The MD5 sum of
    the unpacked text is checked on every call. It is kept in ``cache_dir``, by default the user's
    cache folder. A progress bar is shown by default where the standard error is a terminal.

    Raises
    ------
    W2VError
        No host answers, a connection is cut, a checksum is wrong, the disk is full. No half file
        is left behind. The message names each host that was tried, and where to put a copy.

    References
    ----------
    Matt Mahoney, http://mattmahoney.net/dc/textdata.html.
    """
    import pooch  # with requests: only who fetches waits for them

    target = file_path(pooch.os_cache("w2vlib") if cache_dir is None else cache_dir) / "text8"
    with suppress(OSError), open(target, "rb") as file:  # what cannot be read is fetched anew
        if hashlib.file_digest(file, _md5).hexdigest() == TEXT8_MD5:
            return target
    failures = []
    for url, sha256 in TEXT8_SOURCES:
        try:
            _fetch(url, sha256, target, os.isatty(2) if progress is None else progress)
            return target
        except W2VError as error:
            failures.append(f"\n  {url}: {error}")
    raise W2VError(
        f"text8 could not be fetched:{''.join(failures)}\n"
        f"Try again later, or get the file by other means and put it, unpacked, at {target}. "
        f"The book's bundled statistics, w2vlib.load_statistics(), need no network."
    )


def _fetch(url: str, sha256: str | None, target: Path, progress: bool) -> None:
    import pooch
    import requests

    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel("WARNING")  # its messages would end up on a notebook's stderr
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # A folder for this call alone: another process may fetch at the same time.
        with tempfile.TemporaryDirectory(prefix=".text8-", dir=target.parent) as folder:
            pooch.retrieve(
                url,
                known_hash=sha256,
                fname="packed",
                path=folder,
                downloader=pooch.HTTPDownloader(progressbar=progress, timeout=_TIMEOUT),
                processor=lambda packed, *_: _unpack(packed, target),
            )
    except W2VError:
        raise
    except requests.exceptions.HTTPError as error:
        raise W2VError(f"the host answers: {error}") from error
    except requests.exceptions.Timeout as error:
        raise W2VError(f"the host sent nothing for {_TIMEOUT} seconds") from error
    except requests.exceptions.RequestException as error:
        raise W2VError("the host cannot be reached, or cut the connection") from error
    except OSError as error:
        raise W2VError(
            f"cannot write to {target.parent}: {error.strerror or error}; free 150 MB there, or "
            f"pass cache_dir="
        ) from error
    except ValueError as error:  # a checksum, or an address that is none, from a redirection
        raise W2VError(f"the host's answer was not kept: {error}") from error
    finally:
        logger.setLevel(level)


def _unpack(packed: str, target: Path) -> None:
    """Unpack a .zip or .gz, and keep the text only where its checksum is right."""
    md5 = _md5()
    with atomic_write(target) as file:
        for chunk in _unpacked(packed):
            md5.update(chunk)
            file.write(chunk)
        if md5.hexdigest() != TEXT8_MD5:
            raise W2VError(f"the text has MD5 {md5.hexdigest()}, not {TEXT8_MD5}; it was not kept")


def _unpacked(packed: str) -> Iterator[bytes]:
    try:
        with open(packed, "rb") as raw:
            plain = unpacked(raw, Path("that it sent"))
            while chunk := plain.read(1 << 20):
                yield chunk
    except DAMAGE as error:
        raise W2VError(f"the file is damaged ({error}); it was not kept") from error


def _md5() -> hashlib._Hash:
    return hashlib.md5(usedforsecurity=False)

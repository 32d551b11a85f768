"""Fetch text8, the 17-million-word benchmark text; the book itself never needs it."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from .._support.errors import W2VError
from .._support.files import atomic_write
from .._support.packed import DAMAGE, unpacked
from .._support.validation import file_path

# (address, SHA-256 of the packed file where known). What is unpacked is checked either way.
TEXT8_SOURCES = (
    (
        "http://mattmahoney.net/dc/text8.zip",
        "a6640522afe85d1963ad56c05b0ede0a0c000dddc9671758a6cc09b7a38e5232",
    ),
    ("https://github.com/RaRe-Technologies/gensim-data/releases/download/text8/text8.gz", None),
)
TEXT8_MD5 = "3bea1919949baf155f99411df5fada7e"
_TIMEOUT = 30  # seconds without a byte
_md5 = partial(hashlib.md5, usedforsecurity=False)


def fetch_text8(
    *, cache_dir: str | os.PathLike[str] | None = None, progress: bool | None = None
) -> Path:
    """Return the path of text8, downloaded (31 MB) the first time it is asked for.

    text8 is the first 100 MB of an English Wikipedia of 2006, cleaned by Matt Mahoney [1]_:
    17,005,207 words in one line, so a single article to :func:`w2vlib.count_cooccurrences`. It is
    kept in ``cache_dir``, by default the user's cache folder, and its MD5 sum is checked on every
    call. A progress bar is shown by default where the standard error is a terminal.

    Raises
    ------
    W2VError
        No host answers, a connection is cut, a checksum is wrong, the disk is full. No half file
        is left behind. The message names each host that was tried, and where to put a copy.

    References
    ----------
    .. [1] http://mattmahoney.net/dc/textdata.html
    """
    import pooch  # only who fetches waits for these
    import requests

    target = file_path(pooch.os_cache("w2vlib") if cache_dir is None else cache_dir) / "text8"
    with suppress(OSError), open(target, "rb") as file:  # what cannot be read is fetched anew
        if hashlib.file_digest(file, _md5).hexdigest() == TEXT8_MD5:
            return target
    failures = ""
    for url, sha256 in TEXT8_SOURCES:
        try:
            _fetch(url, sha256, target, os.isatty(2) if progress is None else progress)
            return target
        except W2VError as error:
            failure = str(error)
        except requests.exceptions.HTTPError as error:
            failure = f"the host answers: {error}"
        except requests.exceptions.Timeout:
            failure = f"the host sent nothing for {_TIMEOUT} seconds"
        except requests.exceptions.RequestException:
            failure = "the host cannot be reached, or cut the connection"
        except OSError as error:
            failure = f"cannot write to {target.parent}: {error.strerror or error}"
            failure += "; free 150 MB there, or pass cache_dir="
        except ValueError as error:  # a checksum, or an address that is none, from a redirection
            failure = f"the host's answer was not kept: {error}"
        failures += f"\n  {url}: {failure}"
    raise W2VError(
        f"text8 could not be fetched:{failures}\n"
        f"Try again later, or get the file by other means and put it, unpacked, at {target}. "
        "The book's bundled statistics, w2vlib.load_statistics(), need no network."
    )


def _fetch(url: str, sha256: str | None, target: Path, progress: bool) -> None:
    """Download from one host, and unpack to ``target``."""
    import pooch

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
    finally:
        logger.setLevel(level)


def _unpack(packed: str, target: Path) -> None:
    """Unpack a .zip or .gz, and keep the text only where its checksum is correct."""
    md5 = _md5()
    with atomic_write(target) as file:
        for chunk in _unpacked(packed):
            md5.update(chunk)
            file.write(chunk)
        if md5.hexdigest() != TEXT8_MD5:
            raise W2VError(f"the text has MD5 {md5.hexdigest()}, not {TEXT8_MD5}; it was not kept")


def _unpacked(packed: str) -> Iterator[bytes]:
    """Yield the plain bytes; only their reading, not their writing, can show damage."""
    try:
        with open(packed, "rb") as raw:
            plain = unpacked(raw, Path("that it sent"))
            while chunk := plain.read(1 << 20):
                yield chunk
    except DAMAGE as error:
        raise W2VError(f"the file is damaged ({error}); it was not kept") from error

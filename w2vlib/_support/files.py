"""Write a file whole or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from .errors import W2VError
from .validation import file_path, shown

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def no_file(path: Path) -> str | None:
    """Name what stands at ``path`` where it is no regular file; None where it is one.

    Raises OSError where nothing is there.
    """
    return _KINDS.get(stat.S_IFMT(path.stat().st_mode))


def check_readable(given: str | os.PathLike[str], remedy: str) -> Path:
    """Return the path of a regular file, or say what stands there and the remedy."""
    try:
        path = file_path(given)
        what = no_file(path)
        if what is None:
            return path
        trouble = f"is {what}"
    except FileNotFoundError:
        trouble = "does not exist"
    except OSError as error:
        trouble = f"cannot be read ({error.strerror})"
    except W2VError:
        trouble = "is no path"
    if isinstance(given, os.PathLike):  # a str may be a whole text, passed by mistake
        raise W2VError(f"{shown(str(given), 400)} {trouble}; {remedy}")
    raise W2VError(f"{shown(given)} {trouble}; {remedy}")


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a temporary file beside ``path`` and rename it to ``path`` when all is written.

    A link stays, and the file it names is replaced; its permissions are kept.

    Raises
    ------
    W2VError
        The folder is missing, read-only or full, or ``path`` is a folder, a pipe or a device. No
        part of a file stays behind, and a file that stood at ``path`` is as it was.
    """
    target, temporary = Path(os.path.realpath(file_path(path))), None
    try:
        if target.exists() and (what := no_file(target)):
            raise W2VError(f"cannot write {target}: it is {what}; name a file")
        umask = os.umask(0)
        os.umask(umask)
        mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666 & ~umask
        descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(descriptor, "wb") as file:
            yield file
        os.chmod(temporary, mode)  # mkstemp makes it private
        os.replace(temporary, target)
        temporary = None
    except OSError as error:
        raise W2VError(
            f"cannot write {shown(str(target))}: {error.strerror or error}; "
            f"choose a folder that exists, that you may write to and that has room"
        ) from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)

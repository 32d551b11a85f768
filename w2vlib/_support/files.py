"""Find files, and write them whole or not at all."""

import errno
import io
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from .errors import W2VError
from .validation import file_path, shown

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def check_readable(given: str | os.PathLike[str], remedy: str) -> Path:
    """Return the path of a regular file, or say what stands there and the remedy."""
    try:
        path = file_path(given)
        kind = _KINDS.get(stat.S_IFMT(path.stat().st_mode))
        if kind is None:
            return path
        trouble = f"is {kind}"
    except FileNotFoundError:
        trouble = "does not exist"
    except OSError as error:
        trouble = f"cannot be read ({error.strerror})"
    except W2VError:
        trouble = "is no path"
    # A str may be a whole text, passed by mistake, and is cut short in the message.
    name = shown(str(given), 400) if isinstance(given, os.PathLike) else shown(given)
    raise W2VError(f"{name} {trouble}; {remedy}")


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a temporary file beside ``path`` and rename it to ``path`` when all is on the disk.

    A link stays, and the file it names is replaced; its permissions are kept. After an error no
    part of a file stays behind, and a file that stood at ``path`` is as it was. Errors of the
    ``with`` block that have nothing to do with this file pass as they are.
    """
    target = Path(os.path.realpath(file_path(path)))
    # The name is short, since that of the file may already be as long as the disk allows.
    temporary = target.with_name(f".{secrets.token_hex(8)}.tmp")
    with _errors_named(target):
        mode = target.stat().st_mode if target.exists() else 0
        if kind := _KINDS.get(stat.S_IFMT(mode)):
            raise W2VError(f"cannot write {target}: it is {kind}; name a file")
        raw = _NewFile(temporary, target)
    try:
        with io.BufferedWriter(raw) as file:
            yield file
            with _errors_named(target):
                file.flush()
                os.fsync(file.fileno())  # or a power cut could leave an empty file of this name
        with _errors_named(target):
            if mode:
                os.chmod(temporary, stat.S_IMODE(mode))
            os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


class _NewFile(io.FileIO):
    """A file whose own errors say so, and thus differ from others inside a ``with`` block."""

    def __init__(self, path: Path, target: Path) -> None:
        super().__init__(path, "xb")
        self._target = target

    def write(self, data: Any) -> int:
        with _errors_named(self._target):
            return super().write(data)


@contextmanager
def _errors_named(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        remedy = "choose a folder that exists, that you may write to and that has room"
        if error.errno == errno.ENAMETOOLONG:
            remedy = "choose a shorter name"
        raise W2VError(
            f"cannot write {shown(str(target))}: {error.strerror or error}; {remedy}"
        ) from error

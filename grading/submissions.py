"""Find submissions in a folder, one for each student, and read their bytes.

Three ways of handing in are understood, in one folder:

* ``DIR/ID/NAME.ipynb``: a folder for each student;
* ``DIR/ID.ipynb``: a file for each student;
* ``DIR/lastnamefirst_12345_678_NAME.ipynb``: Canvas's download; the first number is the id.

Links are not followed. Ids have 1 to 64 letters, digits and ``._@-``; capitals count as small, and
characters that Unicode holds for another form of a letter (NFKC) as that letter. Where such a
look-alike and plain letters give the same id, the plain ones are whose it is.
"""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path

MAX_NOTEBOOK = 40 << 20
_ID = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
_CANVAS = re.compile(
    r"(?P<name>[^_]+)_(?P<late>late_)?(?P<id>\d+)_(?P<submission>\d+)_(?P<file>.+)", re.I
)


class SubmissionError(ValueError):
    """What is wrong with one submission, in words for the student and the instructor."""


def in_words(error: Exception) -> str:
    """Return what an unforeseen exception says, in one short line of ASCII."""
    return f"{type(error).__name__}: {ascii(str(error))[1:-1]}"[:300]


@dataclass(frozen=True)
class Submission:
    """A file, whose it is, and what is wrong with it before anyone opened it."""

    student: str
    path: Path
    trouble: str = ""
    name: str = ""
    late: bool = False  # so Canvas says
    plain: bool = True  # the id is written in ASCII, without look-alikes


def find(folder: Path, assignment: str, others: set[str]) -> tuple[list[Submission], list[str]]:
    """Return the submissions in a folder, one for each student, and what was passed over.

    A student with two files is returned once, with the trouble said: choosing is for people.

    Raises
    ------
    SubmissionError
        There is no such folder, or nothing in it looks like a submission.
    """
    if not folder.is_dir():
        raise SubmissionError(
            f"SUBMISSIONS={folder} is no folder; name the one that holds the notebooks"
        )
    found: dict[str, list[Submission]] = {}
    passed: list[str] = []
    try:
        modes = {entry: entry.lstat().st_mode for entry in sorted(folder.iterdir())}
    except OSError as error:
        raise SubmissionError(
            f"SUBMISSIONS={folder} cannot be read: {error.strerror}; change its permissions"
        ) from None
    for entry, mode in modes.items():
        shown = ascii(entry.name)[1:-1]
        if entry.name.startswith((".", "__")):
            continue
        if stat.S_ISLNK(mode):
            passed.append(f"{shown}: a link, not followed")
        elif stat.S_ISDIR(mode) and entry.suffix.lower() != ".ipynb":
            one = _in_folder(entry, assignment, others, passed)
            if one is not None:
                one = replace(one, plain=entry.name.isascii())
                found.setdefault(one.student, []).append(one)
        elif entry.suffix.lower() != ".ipynb":
            passed.append(f"{shown}: not a notebook")
        else:
            canvas = _CANVAS.fullmatch(entry.stem)
            written, name = (canvas["id"], canvas["name"]) if canvas else (entry.stem, "")
            name = re.sub(r"[^\w .-]", "", name).lstrip(" .-")  # a table must not read a formula
            if canvas and _of_another(canvas["file"], assignment, others):
                passed.append(f"{shown}: of another assignment")
            elif (student := clean_id(written)) is None:
                passed.append(f"{shown}: no student id; use 1 to 64 letters, digits, . _ @ -")
            else:
                late = bool(canvas and canvas["late"])
                one = Submission(student, entry, "", name, late, written.isascii())
                found.setdefault(student, []).append(one)
    if not found:
        raise SubmissionError(
            f"SUBMISSIONS={folder} holds no submission of {assignment}; "
            f"put notebooks there as ID/{assignment}.ipynb or ID.ipynb, or unpack Canvas's download"
            + "".join(f"\n  {line}" for line in passed[:20])
        )
    result = []
    for student, several in sorted(found.items()):
        kept = [one for one in several if one.plain] or several
        paths = {one: ascii(str(one.path.relative_to(folder)))[1:-1] for one in several}
        known = ", ".join(paths[one] for one in kept)
        for one in several:
            if one not in kept:
                passed.append(f"{paths[one]}: its id reads as {student}, as of {known}; rename it")
        trouble = kept[0].trouble
        if len(kept) > 1:
            trouble = (
                f"two or more files for one student, {student} (capitals and look-alikes count as "
                f"one letter): {known}; keep the one that counts"
            )
        result.append(replace(kept[0], trouble=trouble))
    return result, passed


def clean_id(text: str) -> str | None:
    r"""Return a student id as the course writes it, or None.

    >>> clean_id(" Ada.L "), clean_id("=cmd()"), clean_id("../etc")
    ('ada.l', None, None)
    >>> clean_id("\N{KELVIN SIGN}im"), clean_id("\N{FULLWIDTH LATIN SMALL LETTER K}im")
    ('kim', 'kim')
    """
    student = unicodedata.normalize("NFKC", text).strip().casefold()
    return student if _ID.fullmatch(student) and ".." not in student else None


def _of_another(file: str, assignment: str, others: set[str]) -> bool:
    return any(file.startswith(name) for name in others - {assignment})


def _in_folder(
    folder: Path, assignment: str, others: set[str], passed: list[str]
) -> Submission | None:
    shown = ascii(folder.name)[1:-1]
    student = clean_id(folder.name)
    if student is None:
        passed.append(f"{shown}/: no student id; use 1 to 64 letters, digits, . _ @ -")
        return None
    exact = folder / f"{assignment}.ipynb"
    try:
        if exact.is_symlink():
            return Submission(student, exact, "the notebook is a link, which is not followed")
        if exact.exists():
            return Submission(student, exact)
        paths = [path for path in sorted(folder.iterdir()) if path.name.endswith(".ipynb")]
        paths = [path for path in paths if not path.is_symlink()]
    except OSError as error:
        return Submission(student, exact, f"the folder cannot be read: {error.strerror}")
    paths = [path for path in paths if not _of_another(path.name, assignment, others)]
    if len(paths) == 1:
        return Submission(student, paths[0])
    passed.append(f"{shown}/: holds {len(paths)} notebooks, none of them named {assignment}.ipynb")
    return Submission(student, exact, f"no {assignment}.ipynb in the folder") if paths else None


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a submission: a regular file, not too large, no link."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise SubmissionError("this is no file; hand in the notebook itself")
            with open(descriptor, "rb", closefd=False) as file:
                data = file.read(MAX_NOTEBOOK + 1)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise SubmissionError(f"the file cannot be read: {error.strerror}") from None
    if not data.strip():
        raise SubmissionError("the file is empty; hand in the notebook again")
    if len(data) > MAX_NOTEBOOK:
        raise SubmissionError(
            f"the notebook is larger than {MAX_NOTEBOOK >> 20} MB; "
            "clear its outputs and hand in again"
        )
    return data

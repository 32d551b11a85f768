"""Find submissions in a folder or a zip, one for each student, and read their bytes.

These ways of handing in are understood, in one folder or zip:

* ``DIR/ID/NAME.ipynb``: a folder for each student;
* ``DIR/ID.ipynb``: a file for each student;
* ``DIR/lastnamefirst_12345_678_NAME.ipynb``: Canvas's download; the first number is the id;
* ``DIR/Full Name_12345_assignsubmission_file_/NAME.ipynb``, and the same without folders: Moodle's;
* ``DIR/ID/NAME/NAME.ipynb``: nbgrader's, with the time of handing in in ``timestamp.txt``;
* ``DIR/a4-staircase-ID/a4_staircase.ipynb``: as GitHub Classroom names its clones.

Links are not followed. Ids have 1 to 64 letters, digits and ``._@-``; capitals count as lower case,
and characters that Unicode holds for another form of a letter (NFKC) as that letter. Where such a
look-alike and plain letters give the same id, the plain ones are whose it is.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
import time
import unicodedata
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

MAX_NOTEBOOK = 40 << 20
MAX_UNPACKED = 4 << 30
MAX_ENTRIES = 20_000
_ID = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
_CANVAS = re.compile(
    r"(?P<name>[^_]+)_(?P<late>late_)?(?P<id>\d+)_(?P<submission>\d+)_(?P<file>.+)", re.I
)
_MOODLE = re.compile(r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_file_(?P<file>.*)", re.I | re.S)


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
    came_as: str = ""  # what Canvas or Moodle calls it, by which feedback finds its way back
    handed_in: str = ""  # when, as nbgrader noted it


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
            f"SUBMISSIONS={folder} is no folder and no zip; name the one that holds the notebooks"
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
                found.setdefault(one.student, []).append(one)
        elif entry.suffix.lower() != ".ipynb":
            passed.append(f"{shown}: not a notebook")
        else:
            canvas = _CANVAS.fullmatch(entry.stem)
            lms = canvas or _MOODLE.fullmatch(entry.stem)
            written = lms["id"] if lms else entry.stem
            if lms and _of_another(lms["file"], assignment, others):
                passed.append(f"{shown}: of another assignment")
            elif (student := clean_id(written)) is None:
                passed.append(f"{shown}: no student id; use 1 to 64 letters, digits, . _ @ -")
            else:
                late = bool(canvas and canvas["late"])
                name, came_as = _safe_name(lms), entry.name if lms else ""
                one = Submission(student, entry, "", name, late, written.isascii(), came_as)
                found.setdefault(student, []).append(one)
    if not found:
        raise SubmissionError(
            f"SUBMISSIONS={folder} holds no submission of {assignment}; "
            f"put notebooks there as ID/{assignment}.ipynb or ID.ipynb, or name the zip of an LMS"
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


def known_by(submissions: list[Submission], students: dict[str, str]) -> list[Submission]:
    """Return the submissions under the ids that belong to Moodle's numbers."""
    named: dict[str, Submission] = {}
    for one in submissions:
        moodle = "_assignsubmission_" in one.came_as.casefold()
        student = students.get(one.student, one.student) if moodle else one.student
        if student in named:
            trouble = f"two or more files for one student, {student}; keep the one that counts"
            named[student] = replace(named[student], trouble=trouble)
        else:
            named[student] = replace(one, student=student)
    return [one for _, one in sorted(named.items())]


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


def _safe_name(known: re.Match[str] | None) -> str:
    """Return a name that no table reads as a formula."""
    return re.sub(r"[^\w .-]", "", known["name"]).lstrip(" .-") if known else ""


def _in_folder(
    folder: Path, assignment: str, others: set[str], passed: list[str]
) -> Submission | None:
    shown = ascii(folder.name)[1:-1]
    moodle = _MOODLE.fullmatch(folder.name)
    classroom = assignment.replace("_", "-") + "-"
    written = moodle["id"] if moodle else folder.name
    student = clean_id(written[len(classroom) :] if written.startswith(classroom) else written)
    if student is None:
        passed.append(f"{shown}/: no student id; use 1 to 64 letters, digits, . _ @ -")
        return None
    try:
        path, handed_in, inner = folder, "", folder / assignment
        if inner.is_dir() and not inner.is_symlink():  # nbgrader's
            path, handed_in = inner, _timestamp(inner / "timestamp.txt")
        one = Submission(
            student,
            path / f"{assignment}.ipynb",
            name=_safe_name(moodle),
            plain=written.isascii(),
            came_as=folder.name if moodle else "",
            handed_in=handed_in,
        )
        if one.path.is_symlink():
            return replace(one, trouble="the notebook is a link, which is not followed")
        if one.path.exists():
            return one
        paths = [path for path in sorted(path.iterdir()) if path.name.endswith(".ipynb")]
        paths = [path for path in paths if not path.is_symlink()]
    except OSError as error:
        exact = folder / f"{assignment}.ipynb"
        return Submission(student, exact, f"the folder cannot be read: {error.strerror}")
    paths = [path for path in paths if not _of_another(path.name, assignment, others)]
    if len(paths) == 1:
        return replace(one, path=paths[0])
    passed.append(f"{shown}/: holds {len(paths)} notebooks, none of them named {assignment}.ipynb")
    return replace(one, trouble=f"no {assignment}.ipynb in the folder") if paths else None


def _timestamp(path: Path) -> str:
    """Return the time that nbgrader noted, in ISO's form; nothing where it cannot be read."""
    try:
        text = read_bytes(path)[:100].decode("ascii").strip().replace(" UTC", "+00:00")
        when = datetime.fromisoformat(text)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).isoformat()
    except (SubmissionError, ValueError):
        return ""


def modified(path: Path) -> str:
    """Return when a file was changed last, in ISO's form; nothing where there is none."""
    try:
        return datetime.fromtimestamp(path.lstat().st_mtime, UTC).isoformat()
    except (OSError, ValueError, OverflowError):
        return ""


@contextmanager
def unpacked(path: Path) -> Iterator[tuple[Path, list[str]]]:
    """Yield the folder of submissions, and what was passed over to make it.

    A zip's notebooks are copied into a folder that is deleted afterwards. No entry leaves it,
    whatever its name, links are left out, and no more is written than the limits allow, whatever
    the zip says of sizes.

    Raises
    ------
    SubmissionError
        The zip cannot be read, or holds more than any class hands in.
    """
    if path.suffix.lower() != ".zip" or path.is_dir():
        yield path, []
        return
    if not path.exists():
        raise SubmissionError(f"SUBMISSIONS={path} does not exist; name a folder or a zip")
    with tempfile.TemporaryDirectory(prefix="w2v-handed-in-") as folder:
        try:
            with zipfile.ZipFile(path) as archive:
                passed = _unpack(archive, Path(folder))
        except (OSError, zipfile.BadZipFile, NotImplementedError) as error:
            raise SubmissionError(
                f"SUBMISSIONS={path} cannot be unpacked ({in_words(error)}); download it again"
            ) from None
        yield Path(folder), passed


def _unpack(archive: zipfile.ZipFile, folder: Path) -> list[str]:
    entries, left, passed = archive.infolist(), MAX_UNPACKED, []
    if len(entries) > MAX_ENTRIES:
        raise SubmissionError(f"the zip has {len(entries):,} entries; {MAX_ENTRIES:,} at most")
    for entry in entries:
        parts = PurePosixPath(entry.filename.replace("\\", "/")).parts
        shown, name = ascii(entry.filename)[1:-1], parts[-1] if parts else ""
        if entry.is_dir() or any(p.startswith((".", "__MACOSX")) and p != ".." for p in parts):
            continue
        if not (name.lower().endswith(".ipynb") or name == "timestamp.txt"):
            passed.append(f"{shown}: not a notebook")
        elif stat.S_ISLNK(entry.external_attr >> 16):
            passed.append(f"{shown}: a link, not followed")
        elif len(parts) > 3 or parts[0] == "/" or ".." in parts or ":" in parts[0][1:2]:
            passed.append(f"{shown}: not in a student's folder")
        else:
            target = folder.joinpath(*parts)
            try:
                with archive.open(entry) as file:
                    data = file.read(min(left, MAX_NOTEBOOK + 1))
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("xb") as out:
                    out.write(data)
                when = time.mktime((*entry.date_time, 0, 0, -1))
                os.utime(target, (when, when))
            except Exception as error:  # a damaged or doubled entry is one student's
                passed.append(f"{shown}: cannot be unpacked: {in_words(error)}")
                continue
            left -= len(data)
            if left <= 0:
                raise SubmissionError(f"the zip unpacks to more than {MAX_UNPACKED >> 30} GB")
    return passed


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

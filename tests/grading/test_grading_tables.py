"""Tables that people saved: rosters and points by hand, from any spreadsheet."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Any

import grading_course as course
import pytest

from grading import grade, masters, report, submissions

FRENCH = "Très bien, légende manquée"


@pytest.fixture
def master(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> masters.Master:
    """Return the small master, the only one that the course knows."""
    monkeypatch.setattr(masters, "SOURCE", tmp_path / "source")
    path = tmp_path / "source" / course.NAME / f"{course.NAME}.ipynb"
    return masters.read(course.write(path, course.cells()))


def result_of(master: masters.Master, student: str, **more: Any) -> dict[str, Any]:
    """Return a result with 3 points by test and something to grade by hand."""
    submission = submissions.Submission(student, Path(f"{student}.ipynb"))
    graded = {"status": "graded", "auto": 3.0, "sha256": student, "seconds": 0.0}
    written = {"written": {"figure": "plt.plot()", "essay": ""}}
    return grade.not_graded(master, submission, "") | graded | written | more


# Points by hand

SAVED = {
    "cp1252": ("cp1252", b"", ";", "\r\n"),
    "utf-8": ("utf-8", codecs.BOM_UTF8, ";", "\r\n"),
    "utf-16": ("utf-16-le", codecs.BOM_UTF16_LE, "\t", "\r\n"),
    "big-endian": ("utf-16-be", codecs.BOM_UTF16_BE, "\t", "\n"),
}


@pytest.mark.parametrize("saved", SAVED)
@pytest.mark.parametrize("closed", [True, False], ids=["closed", "open-line"])
def test_what_was_written_by_hand_stays_as_it_is(
    master: masters.Master, tmp_path: Path, saved: str, closed: bool
) -> None:
    encoding, mark, between, end = SAVED[saved]
    lines = ["grader;student_id;grade_id;points;comment", f"Zoë;ada;figure;1,5;{FRENCH}"]
    text = end.join(lines).replace(";", between)
    data = mark + (text + (end if closed else "")).encode(encoding)
    path = tmp_path / master.name / "manual.csv"
    path.parent.mkdir()
    path.write_bytes(data)
    results = {"ada": result_of(master, "ada")}
    report.write_all(tmp_path, master, results, [])
    assert path.read_bytes() == data
    page = (tmp_path / master.name / "feedback" / "ada.html").read_text(encoding="utf-8")
    assert FRENCH in page
    for _ in range(2):
        report.write_all(tmp_path, master, results | {"bob": result_of(master, "bob")}, [])
    more = f";bob;figure;;{end}".replace(";", between)
    assert path.read_bytes() == data + (("" if closed else end) + more).encode(encoding)
    assert report.read_manual(path.parent, master)[0] == {"ada": {"figure": (1.5, FRENCH)}}


HEAD = b"student_id,grade_id,points,comment\n"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (HEAD + b"ada,figure,1,\x81\x8d", "neither UTF-8 nor UTF-16 nor Windows-1252; save it as"),
        ("student_id,grade_id,points\n".encode("utf-16-le"), "neither UTF-8"),
        (HEAD + b'ada,figure,1,"open\nbob,figure,1,\n', "line 3: .*quotation mark that is not"),
        (b"student;grade;points\n", "first line must name student_id, grade_id"),
        (b"", "first line must name"),
    ],
)
def test_table_by_hand_that_cannot_be_read_is_refused_and_kept(
    master: masters.Master, tmp_path: Path, data: bytes, says: str
) -> None:
    path = tmp_path / master.name / "manual.csv"
    path.parent.mkdir()
    path.write_bytes(data)
    with pytest.raises(report.ReportError, match=says):
        report.write_all(tmp_path, master, {"ada": result_of(master, "ada")}, [])
    assert path.read_bytes() == data

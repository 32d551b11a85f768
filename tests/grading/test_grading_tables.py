"""Tables that people saved: rosters and points by hand, from any spreadsheet."""

from __future__ import annotations

import codecs
import doctest
import re
from pathlib import Path
from typing import Any

import grading_course as course
import pytest

from grading import __main__ as commands
from grading import manual, masters, report, session
from grading import roster as roster_module
from grading.roster import read_roster

FRENCH = "Très bien, légende manquée"


@pytest.fixture
def master(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> masters.Master:
    """Return the small master, the only one that the course knows."""
    return course.only_master(tmp_path, monkeypatch)


def result_of(master: masters.Master, student: str) -> dict[str, Any]:
    """Return a result with something to grade by hand."""
    return course.result_of(master, student, written={"figure": "plt.plot()", "essay": ""})


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
    assert manual.read_manual(path.parent, master)[0] == {"ada": {"figure": (1.5, FRENCH)}}


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


# Rosters

ROSTER = """\
Student,ID,SIS User ID,SIS Login ID,Section,a0_small (77),Final Score
    Points Possible,,,,,20,(read only)
"García, Zoë",4714,S001,zoe,"Sec A, 01",,
"Öztürk, Cagla",4734,S002,cagla,Sec A,,
=2+3,4711,S003,roe,@A,,
"""


def canvas_table(master: masters.Master, out: Path, roster: Path) -> list[str]:
    results = {name: result_of(master, name) for name in ("4714", "cagla", "4711")}
    assert report.write_all(out, master, results, [], roster) == []
    return (out / master.name / "canvas.csv").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_roster_is_read_as_any_spreadsheet_saves_it(
    master: masters.Master, tmp_path: Path, encoding: str, between: str
) -> None:
    """A comma inside quotes stays; a name that reads as a formula is marked as text."""
    roster = tmp_path / "export.csv"
    text = ROSTER.replace(",", between).replace(f"Öztürk{between}", "Öztürk,")
    text = text.replace(f"García{between}", "García,").replace(f"A{between} 01", "A, 01")
    roster.write_bytes(text.encode(encoding))
    assert canvas_table(master, tmp_path, roster) == [
        "Student,ID,SIS User ID,SIS Login ID,Section,a0_small (77)",
        "    Points Possible,,,,,10",
        '"García, Zoë",4714,S001,zoe,"Sec A, 01",3',
        '"Öztürk, Cagla",4734,S002,cagla,Sec A,3',
        "'=2+3,4711,S003,roe,'@A,3",
    ]


@pytest.mark.parametrize(
    ("titles", "column"),
    [
        ("A0 Small (5),Quiz (6)", "A0 Small (5)"),
        ("Assignment 0 (123),Assignment 10 (4)", "Assignment 0 (123)"),
        ("Assignment 0: counts (123)", "Assignment 0: counts (123)"),
        ("Assignment 0 (123),a0_small (124)", "a0_small (124)"),
        ("Assignment 0 Current Score,Quiz 0 (6)", "a0_small"),
    ],
)
def test_column_of_the_assignment_is_found(
    master: masters.Master, tmp_path: Path, titles: str, column: str
) -> None:
    roster = tmp_path / "export.csv"
    roster.write_text(f"Student,ID,{titles}\nRoe,4711\n")
    found = read_roster(roster, master, ["4711"])
    assert found.column == column
    assert ("a new column" in found.says) is (column not in titles)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Name;ID\nRoe;4711\n", "no columns Student and ID; export the gradebook from Canvas"),
        ("Student,ID,a0 (1),Assignment 0 (2)\n", "columns 'a0 .1.', 'Assignment 0 .2.' may all be"),
        (
            "Student,ID,SIS User ID\nRoe,4711,9\nPoe,12,12\nDoe,13,4711\n",
            "lines 2 and 4: all have the id 4711; keep it in one of them",
        ),
        ('Student,ID\n"Roe,4711\n', "line 2: .*quotation mark"),
        (None, "export.csv cannot be read: No such file or directory"),
    ],
)
def test_faulty_roster_is_refused_before_anything_is_graded(
    master: masters.Master,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str | None,
    says: str,
) -> None:
    roster = tmp_path / "export.csv"
    if text is not None:
        roster.write_text(text)
    course.write(tmp_path / "in" / "4711.ipynb", course.answered())
    monkeypatch.setattr(session, "grade_all", lambda *args, **more: pytest.fail("graded"))
    arguments = ["grade", course.NAME, str(tmp_path / "in"), "--out", str(tmp_path / "out")]
    assert commands.main([*arguments, "--box", "no", "--roster", str(roster)]) == 1
    assert re.search(says, capsys.readouterr().err)


def test_examples_in_docstrings() -> None:
    found = doctest.testmod(roster_module)
    assert found.attempted > 0
    assert found.failed == 0

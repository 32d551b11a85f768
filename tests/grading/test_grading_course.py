"""A course from day to day: what learning platforms send and take back, lateness, one again."""

from __future__ import annotations

import csv
import doctest
import json
import re
import stat
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import grading_course as course
import pytest

from grading import __main__ as commands
from grading import late, masters, report, returns, session, submissions
from grading.late import Policy, read_policy


@pytest.fixture
def master(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> masters.Master:
    """Return the small master, the only one that the course knows."""
    return course.only_master(tmp_path, monkeypatch)


def found(folder: Path) -> dict[str, submissions.Submission]:
    return {one.student: one for one in submissions.find(folder, course.NAME, {course.NAME})[0]}


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# Layouts

LAYOUTS = {
    "moodle": ("Zoë García_4712_assignsubmission_file_/mine.ipynb", "4712", "Zoë García"),
    "moodle-flat": ("Jo Roe_4713_assignsubmission_file_a0_small.ipynb", "4713", "Jo Roe"),
    "moodle-formula": ("=1+2_9_assignsubmission_file_/a0_small.ipynb", "9", "12"),
    "nbgrader": ("kim/a0_small/a0_small.ipynb", "kim", ""),
    "classroom": ("a0-small-octo-cat/a0_small.ipynb", "octo-cat", ""),
    "canvas": ("roejo_late_4711_99_a0_small-1.ipynb", "4711", "roejo"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
def test_layouts_of_platforms_are_read(tmp_path: Path, layout: str, packed: bool) -> None:
    name, student, shown = LAYOUTS[layout]
    path = course.write(tmp_path / "in" / name, course.answered())
    if packed:
        with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
            archive.write(path, name)
    with submissions.unpacked(tmp_path / ("in.zip" if packed else "in")) as (folder, passed):
        one = found(folder)[student]
        assert (one.name, one.trouble, one.late) == (shown, "", layout == "canvas")
        assert submissions.read_bytes(one.path) == path.read_bytes()
        assert passed == []


def test_time_that_nbgrader_noted_is_kept(tmp_path: Path) -> None:
    for student, text in (("ada", "2026-02-02 15:58:23.948203 UTC"), ("bob", "yesterday")):
        path = course.write(tmp_path / student / course.NAME / "a0_small.ipynb", course.answered())
        path.with_name("timestamp.txt").write_text(text)
    there = found(tmp_path)
    assert there["ada"].handed_in == "2026-02-02T15:58:23.948203+00:00"
    assert there["bob"].handed_in == ""


def test_nbgraders_folder_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    secret = course.write(tmp_path / "secret" / "a0_small.ipynb", course.answered())
    course.write(tmp_path / "in" / "ada" / "a0_small.ipynb", course.answered())
    (tmp_path / "in" / "bob").mkdir()
    (tmp_path / "in" / "bob" / course.NAME).symlink_to(secret.parent)
    assert set(found(tmp_path / "in")) == {"ada"}


# Zips


def packed(path: Path, entries: list[tuple[zipfile.ZipInfo | str, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return path


def test_no_entry_of_a_zip_leaves_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "two" / "deep").mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "two" / "deep"))
    link = zipfile.ZipInfo("eve.ipynb")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    names = ["../out.ipynb", "/etc/x.ipynb", "a/../../x.ipynb", "C:\\x.ipynb", "..\\y.ipynb"]
    names += ["a/b/c/d.ipynb", "ada\n=1/a0_small.ipynb", "x" * 300 + ".ipynb"]
    entries: list[Any] = [(name, b"{}") for name in names]
    entries += [(link, b"/etc/passwd"), ("ada.ipynb", b"first"), ("notes.txt", b"")]
    entries += [("__MACOSX/ada.ipynb", b""), ("ada/._a0_small.ipynb", b"")]
    path = packed(tmp_path / "in.zip", entries)
    before = set(tmp_path.rglob("*"))
    with submissions.unpacked(path) as (folder, passed):
        there, more = submissions.find(folder, course.NAME, {course.NAME})
        assert [one.student for one in there] == ["ada"]
        assert [path.name for path in folder.rglob("*") if path.is_symlink()] == []
        there_now = set(tmp_path.rglob("*")) - before - set(folder.rglob("*"))
        assert there_now == {folder}
        assert len(passed) == len(names) + 1  # with the link and the notes, without the line feed
        assert [line for line in more if "ada\\n=1/" in line]
    assert set(tmp_path.rglob("*")) == before
    assert not folder.exists()


def test_zip_that_unpacks_to_very_much_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = packed(tmp_path / "in.zip", [(f"s{i}.ipynb", bytes(1 << 20)) for i in range(9)])
    monkeypatch.setattr(submissions, "MAX_NOTEBOOK", 1 << 19)
    with submissions.unpacked(bomb) as (folder, _):
        assert max(path.stat().st_size for path in folder.iterdir()) == (1 << 19) + 1
        with pytest.raises(submissions.SubmissionError, match="larger than"):
            submissions.read_bytes(folder / "s0.ipynb")
    for name, limit, says in (
        ("MAX_UNPACKED", 1 << 21, "unpacks to more"),
        ("MAX_ENTRIES", 5, "9 entries; 5 at most"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(submissions, name, limit)
            with pytest.raises(submissions.SubmissionError, match=says):
                submissions.unpacked(bomb).__enter__()


def test_damaged_entry_costs_its_owner_and_a_damaged_zip_is_named(tmp_path: Path) -> None:
    path = packed(tmp_path / "in.zip", [("ada.ipynb", b"a" * 99), ("bob.ipynb", b"b" * 99)])
    data = bytearray(path.read_bytes())
    data[data.index(b"ada.ipynb") + len("ada.ipynb")] ^= 0xFF
    path.write_bytes(data)
    with submissions.unpacked(path) as (folder, passed):
        assert set(found(folder)) == {"bob"}
        assert "ada.ipynb: cannot be unpacked" in passed[0]
    path.write_bytes(b"PK")
    with pytest.raises(submissions.SubmissionError, match=r"in.zip cannot be unpacked .*again"):
        submissions.unpacked(path).__enter__()


# Feedback back


def test_feedback_goes_back_under_the_names_it_came_by(
    master: masters.Master, tmp_path: Path
) -> None:
    came = {"4711": "roejo_4711_99_a0_small.ipynb", "4712": "Zoë_4712_assignsubmission_file_"}
    came |= {"ada": "", "9": "\ud800/../x_9_1_a0_small.ipynb"}
    results = {who: course.result_of(master, who, came_as=name) for who, name in came.items()}
    report.write_all(tmp_path, master, results, [])
    folder = tmp_path / master.name
    found = {}
    for kind in ("canvas", "moodle"):
        with zipfile.ZipFile(folder / f"feedback-{kind}.zip") as archive:
            found |= {name: archive.read(name) for name in archive.namelist()}
    page = {who: (folder / "feedback" / f"{who}.html").read_bytes() for who in came}
    assert found == {
        "roejo_4711_99_a0_small.html": page["4711"],
        "Zoë_4712_assignsubmission_file_/a0_small.html": page["4712"],
        "--..-x_9_1_a0_small.html": page["9"],
    }


WORKSHEET = """\
Identifier,Full name,ID number,Email address,Status,Grade,Maximum Grade,Feedback comments
Participant 4712,Zoë García,S-12,zoe@uni.example,Submitted,,10.00,
Participant 4713,"=Roe, Jo",,Jo@uni.example,Submitted,,10.00,
Participant 4714,Kim,,,No submission,,10.00,kept
"""


def test_moodles_worksheet_says_who_is_who_and_comes_back_with_grades(
    master: masters.Master, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sheet.csv").write_text(WORKSHEET, encoding="utf-8")
    for name in ("Zoë García_4712", "Jo Roe_4713", "Ida_4799"):
        path = tmp_path / "in" / f"{name}_assignsubmission_file_" / f"{course.NAME}.ipynb"
        course.write(path, course.answered())
    course.write(tmp_path / "in" / "4714.ipynb", course.answered())  # no number of Moodle's

    def grade_all(master: masters.Master, todo: list[Any], **more: Any) -> Any:
        yield from (course.result_of(master, one.student, came_as=one.came_as) for one in todo)

    monkeypatch.setattr(session, "grade_all", grade_all)
    monkeypatch.setattr(session, "need_box", lambda no_box: False)
    wish = session.Wish(
        course.NAME, tmp_path / "in", tmp_path / "out", roster=tmp_path / "sheet.csv"
    )
    assert session.grade(wish) == 0
    folder = tmp_path / "out" / course.NAME
    students = [row["student_id"] for row in table(folder / "scores.csv")]
    assert students == ["4714", "4799", "jo@uni.example", "s-12"]
    rows = table(folder / "moodle.csv")
    assert [row["Grade"] for row in rows] == ["3", "3", "3"]
    assert [row["Full name"] for row in rows] == ["Zoë García", "'=Roe, Jo", "Kim"]
    assert rows[2]["Feedback comments"] == "kept"
    assert "4799: not in the roster" in (folder / "grading.log").read_text(encoding="utf-8")
    with zipfile.ZipFile(folder / "feedback-moodle.zip") as archive:
        assert f"Zoë García_4712_assignsubmission_file_/{course.NAME}.html" in archive.namelist()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("S-12", "jo@uni.example", "line 3: no Identifier and id of its own"),
        ("4713", "4712", "line 3: no Identifier"),
        ("10.00,\n", "100.00,\n", "line 2: worth 100.00 points in Moodle, and here 10"),
        ("Identifier", "Teilnehmer", "or the grading worksheet from Moodle"),
    ],
)
def test_worksheet_that_cannot_be_used_is_refused(
    master: masters.Master, tmp_path: Path, old: str, new: str, says: str
) -> None:
    (tmp_path / "sheet.csv").write_text(WORKSHEET.replace(old, new), encoding="utf-8")
    course.write(tmp_path / "in" / "ada.ipynb", course.answered())
    wish = session.Wish(
        course.NAME, tmp_path / "in", tmp_path / "out", roster=tmp_path / "sheet.csv"
    )
    with pytest.raises(report.ReportError, match=says):
        session.grade(wish)


def test_two_files_of_one_student_of_the_worksheet_are_not_graded(tmp_path: Path) -> None:
    ours = submissions.Submission("4712", tmp_path, came_as="Z_4712_assignsubmission_file_")
    both = [ours, submissions.Submission("zoe", tmp_path)]
    (one,) = submissions.known_by(both, {"4712": "zoe"})
    assert one.student == "zoe"
    assert "two or more files" in one.trouble


# Lateness

POLICY = """\
penalty = 10
most = 25
grace = 15
[due]
a0_small = 2026-10-05T12:00:00+02:00
[extensions.a0_small]
Bob = 2
[handed_in.a0_small]
"cleo" = 2026-10-09T12:00:00+02:00
"""


def test_policy_takes_off_days_begun(master: masters.Master, tmp_path: Path) -> None:
    (tmp_path / "late.toml").write_text(POLICY)
    policy = read_policy(tmp_path / "late.toml", course.NAME, {course.NAME})
    cases = {
        "ada": ("2026-10-05T10:15:00+00:00", 0, 0),  # within the grace
        "eve": ("2026-10-05T10:15:01+00:00", 1, 0.1),
        "dan": ("2026-10-06T10:00:01+00:00", 2, 0.2),
        "bob": ("2026-10-07T10:00:00+00:00", 0, 0),  # extended
        "cleo": ("2026-10-01T10:00:00+00:00", 4, 0.25),  # by hand, and no more than the most
        "fay": ("", 0, 0),
    }
    results = {who: course.result_of(master, who, handed_in=case[0]) for who, case in cases.items()}
    assert policy is not None
    for who, (_, days, share) in cases.items():
        assert (policy.of(results[who]).days, policy.of(results[who]).share) == (days, share)
    report.write_all(tmp_path, master, results, [], None, policy)
    rows = {row["student_id"]: row for row in table(tmp_path / master.name / "scores.csv")}
    assert [rows[who]["score"] for who in cases] == ["3", "2.7", "2.4", "3", "2.25", "3"]
    assert rows["dan"]["days_late"] == "2"
    canvas = (tmp_path / master.name / "canvas.csv").read_text(encoding="utf-8")
    assert "dan,,,dan,,2.4" in canvas
    page = (tmp_path / master.name / "feedback" / "dan.html").read_text(encoding="utf-8")
    assert "2 days late: 20 % of the points are taken off; 2.4 are left" in page
    log = (tmp_path / master.name / "grading.log").read_text(encoding="utf-8")
    assert "fay: when it was handed in is not known: nothing is taken off" in log


def test_times_of_files_count_only_where_the_policy_says_so(master: masters.Master) -> None:
    result = course.result_of(master, "ada", handed_in="", modified="2026-10-06T00:00:00+00:00")
    due = submissions.datetime.fromisoformat("2026-10-05T00:00:00+00:00")
    assert Policy(penalty=5, due=due).of(result).share == 0
    assert Policy(penalty=5, due=due, file_times=True).of(result).share == 0.05
    assert Policy(penalty=5, file_times=True).of(result).says == ""
    missing = result | {"status": "not graded"}
    assert Policy(penalty=5, due=due, file_times=True).of(missing).says == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("penalty = 101", "penalty = 101; write per cent, from 0 to 100"),
        ("penalty = nan", "penalty = nan; write per cent"),
        ("most = true", "most = True; write per cent"),
        ("grace = '15'", "grace = '15'; write a number of minutes"),
        ("penalties = 10", "'penalties' is unknown; write one of penalty, most"),
        ("due = 5", r"due = 5; begin a line with \[due\]"),
        ("[due]\na9 = 2026-10-05T12:00:00Z", "names 'a9', which is no assignment"),
        ("[due]\na0_small = 2026-10-05T12:00:00", r"00:00; write date, time and offset from UTC"),
        ("[due]\na0_small = 2026-10-05", "write date, time and offset"),
        ("[extensions]\na0_small = 2", r"begin a line with \[extensions.a0_small\]"),
        ("[extensions.a0_small]\n'a b' = 2", "that is no student id"),
        ("[extensions.a0_small]\nada = '2'", "write a number of days"),
        ("[extensions.a0_small]\nada = 1\nAda = 2", "ada comes twice"),
        ("[handed_in.a0_small]\nada = 2", "write date, time and offset"),
        ("penalty 10", "cannot be read"),
        ("\udcff", "cannot be read"),
    ],
)
def test_faulty_policy_is_refused_before_anything_is_graded(
    master: masters.Master,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str,
    says: str,
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "late.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    course.write(tmp_path / "in" / "ada.ipynb", course.answered())
    monkeypatch.setattr(session, "grade_all", lambda *args, **more: pytest.fail("graded"))
    arguments = ["grade", course.NAME, str(tmp_path / "in"), "--out", str(tmp_path / "out")]
    assert commands.main([*arguments, "--box", "no"]) == 1
    assert re.search(says, capsys.readouterr().err)


# One again


def test_one_student_is_graded_again_and_the_log_goes_on(
    master: masters.Master,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("ada", "bob"):
        course.write(tmp_path / "in" / f"{name}.ipynb", course.answered())
    graded: list[str] = []

    def grade_all(master: masters.Master, todo: list[Any], **more: Any) -> Any:
        for one in todo:
            graded.append(one.student)
            yield course.result_of(master, one.student, sha256=str(len(graded)))

    monkeypatch.setattr(session, "grade_all", grade_all)
    monkeypatch.setattr(session, "need_box", lambda no_box: True)
    command = ["grade", course.NAME, str(tmp_path / "in"), "--out", str(tmp_path / "out")]
    assert commands.main(command) == 0
    assert commands.main([*command, "--student", " BOB", "--resume", "yes"]) == 0
    assert graded == ["ada", "bob", "bob"]
    kept = {
        path.stem: json.loads(path.read_text())["sha256"]
        for path in (tmp_path / "out" / course.NAME / "results").iterdir()
    }
    assert kept == {"ada": "1", "bob": "3"}
    assert "1 graded, 0 not" in capsys.readouterr().out
    log = (tmp_path / "out" / course.NAME / "grading.log").read_text(encoding="utf-8")
    assert (log.count("ada: graded"), log.count("bob: graded"), log.count("master ")) == (1, 2, 2)
    assert commands.main([*command, "--student", "cleo"]) == 1
    assert "STUDENT='cleo' handed in nothing; among those who did: ada, bob" in (
        capsys.readouterr().err
    )


def test_examples_in_docstrings() -> None:
    for module in (returns, late):
        assert doctest.testmod(module).failed == 0

"""What one student hands in costs nobody else a result, a page or a table."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import grading_course as course
import pytest
from scripts import load_script

from grading import box, grade, masters, report, session, submissions
from grading.answers import match, read_cells
from grading.bubblewrap import Limits

BOXED = box.why_no_box() is None


@pytest.fixture
def master(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> masters.Master:
    """Return the small master, the only one that the course knows."""
    return course.only_master(tmp_path, monkeypatch)


# Stray surrogates


def test_surrogates_leave_the_runner_as_question_marks(master: masters.Master) -> None:
    stray = "def shares(counts, *, axis=None):\n    raise ValueError('call \\ud800')\n"
    handed_in = course.answered(shares=stray + "print('cell \\ud83d')", top="{}['key \\udfff']")
    answers = match(master, read_cells(json.dumps(course.notebook(handed_in)).encode()))
    result = grade.grade_answers(master, answers, "ada", limits=Limits(), boxed=BOXED)
    said = json.dumps(result, ensure_ascii=False).encode("utf-8").decode()
    for words in ("cell ?", "call ?"):
        assert words in said
    assert result["scores"]["big-test"] == 0.0
    assert result["status"] == "graded"


def test_surrogates_in_old_results_do_not_stop_the_tables(
    master: masters.Master, tmp_path: Path
) -> None:
    step = {"kind": "extra", "grade_id": "", "source": "", "text": "caf\ud83d"}
    results = {
        "ada": course.result_of(master, "ada", steps=[step]),
        "bob": course.result_of(master, "bob"),
    }
    report.write_all(tmp_path, master, results, [])
    folder = tmp_path / master.name
    assert "caf?" in (folder / "feedback" / "ada.html").read_text(encoding="utf-8")
    assert len((folder / "scores.csv").read_text().splitlines()) == 3


def test_page_that_fails_costs_one_student(master: masters.Master, tmp_path: Path) -> None:
    """The step has no kind, as no step should; an old page must not pass for the new one."""
    folder = tmp_path / master.name
    report.write_text(folder / "feedback" / "ada.html", "old")
    results = {
        "ada": course.result_of(master, "ada", steps=[{}]),
        "bob": course.result_of(master, "bob"),
    }
    report.write_all(tmp_path, master, results, ["log"])
    assert [path.name for path in (folder / "feedback").iterdir()] == ["bob.html"]
    ada, bob = (folder / "scores.csv").read_text().splitlines()[1:]
    assert ada.startswith("ada,,graded,3,")
    assert ada.endswith("no instructor page: KeyError: 'kind'")
    assert bob.startswith("bob,,graded,3,")
    assert "ada: no feedback page: KeyError: 'kind'" in (folder / "grading.log").read_text()


# Folders, and what nobody foresaw


@pytest.mark.parametrize("name", [f"ada/{course.NAME}.ipynb", "ada/mine.ipynb", "ada.ipynb"])
def test_folder_in_place_of_a_notebook_is_no_file(tmp_path: Path, name: str) -> None:
    course.write(tmp_path / name / "x.ipynb", course.answered())
    (one,), _ = submissions.find(tmp_path, course.NAME, set())
    assert one.student == "ada"
    with pytest.raises(submissions.SubmissionError, match="this is no file"):
        submissions.read_bytes(one.path)


def test_folder_that_cannot_be_read_costs_its_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Permissions do not bind root, so the refusal is played."""
    for name in ("ada", "shut"):
        course.write(tmp_path / name / f"{course.NAME}.ipynb", course.answered())
    lstat, iterdir = Path.lstat, Path.iterdir

    def refuse(path: Path) -> None:
        if path.name == "shut":
            raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "lstat", lambda path: refuse(path.parent) or lstat(path))
    monkeypatch.setattr(Path, "iterdir", lambda path: refuse(path) or iterdir(path))
    found, _ = submissions.find(tmp_path, course.NAME, set())
    assert [(one.student, one.trouble) for one in found] == [
        ("ada", ""),
        ("shut", "the folder cannot be read: Permission denied"),
    ]
    with pytest.raises(submissions.SubmissionError, match="Permission denied; change its perm"):
        submissions.find(tmp_path / "shut", course.NAME, set())


def test_what_nobody_foresaw_is_one_students_fault(
    master: masters.Master, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course.write(tmp_path / "ada.ipynb", course.answered())

    def surprise(*args: object) -> None:
        raise RuntimeError("no such \ud83d")

    monkeypatch.setattr(grade, "match", surprise)
    ada = submissions.Submission("ada", tmp_path / "ada.ipynb")
    result = grade.grade_one(master, ada, limits=Limits(), boxed=BOXED)
    assert result["status"] == "fault"
    assert result["trouble"] == "the grader failed here: RuntimeError: no such \\ud83d"


# Ids that look alike

KELVIN, WIDE = "\N{KELVIN SIGN}im", "\N{FULLWIDTH LATIN SMALL LETTER K}im"


@pytest.mark.parametrize("layout", ["{}.ipynb", "{}/" + course.NAME + ".ipynb"])
def test_look_alike_takes_nobodys_place(tmp_path: Path, layout: str) -> None:
    for name in ("kim", KELVIN, WIDE, "Leo"):
        course.write(tmp_path / layout.format(name), course.answered())
    found, passed = submissions.find(tmp_path, course.NAME, set())
    kim = layout.format("kim")
    assert [(one.student, one.trouble) for one in found] == [("kim", ""), ("leo", "")]
    assert str(found[0].path.relative_to(tmp_path)) == kim
    assert passed == [
        rf"{layout.format(name)}: its id reads as kim, as of {kim}; rename it"
        for name in (r"\u212aim", r"\uff4bim")
    ]


def test_ids_that_collide_are_named(tmp_path: Path) -> None:
    for name in (KELVIN, WIDE):
        course.write(tmp_path / f"{name}.ipynb", course.answered())
    (kim,), _ = submissions.find(tmp_path, course.NAME, set())
    assert kim.trouble == (
        "two or more files for one student, kim (capitals and look-alikes count as one letter): "
        r"\u212aim.ipynb, \uff4bim.ipynb; keep the one that counts"
    )


# What the exit status says


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({}, ""),
        ({"status": "not graded", "trouble": "no notebook"}, "nothing was graded: each file's"),
        ({"status": "fault", "trouble": "no kernel"}, "could not be graded through a fault"),
        ({"trouble": "no feedback page: KeyError: 'kind'"}, "a page could not be written: ada;"),
    ],
    ids=["graded", "nothing", "fault", "page"],
)
def test_run_without_results_is_an_error(
    master: masters.Master,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    more: dict[str, str],
    says: str,
) -> None:
    course.write(tmp_path / "in" / "ada.ipynb", course.answered())
    result = course.result_of(master, "ada", **more)
    monkeypatch.setattr(session, "grade_all", lambda *args, **more: [result])
    wish = session.Wish(course.NAME, tmp_path / "in", tmp_path / "out", no_box=True)
    assert session.grade(wish) == (1 if says else 0)
    assert says in capsys.readouterr().out


# A run that ends early


def test_result_does_not_wait_for_the_submission_before_it(
    master: masters.Master, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = threading.Event()

    def one(master: masters.Master, submission: submissions.Submission, **more: Any) -> Any:
        if submission.student == "ada":
            read.wait(3)
        return submission.student

    monkeypatch.setattr(grade, "grade_one", one)
    both = [submissions.Submission(name, Path(name)) for name in ("ada", "bob")]
    results: Any = grade.grade_all(master, both, limits=Limits(), boxed=BOXED, jobs=2)
    assert next(results) == "bob"
    read.set()
    assert list(results) == ["ada"]


RUN = """
import sys
from pathlib import Path
from grading import __main__ as commands, masters
masters.SOURCE = Path(sys.argv[1])
sys.exit(commands.main(["grade", *sys.argv[2:]]))
"""


def _processes() -> dict[int, tuple[int, str]]:
    """Return the parent of each process, and when it started, which tells it from a later one."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            found[int(entry.parent.name)] = (int(fields[1]), fields[19])
    return found


def _below(pid: int) -> set[tuple[int, str]]:
    """Return the processes below one."""
    found, below = _processes(), {pid}
    for _ in found:
        below |= {child for child, (parent, _) in found.items() if parent in below}
    return {(child, found[child][1]) for child in below - {pid}}


def _still(processes: set[tuple[int, str]]) -> set[tuple[int, str]]:
    return processes & {(pid, started) for pid, (_, started) in _processes().items()}


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux's /proc")
def test_killed_run_loses_nothing_finished_and_leaves_nothing_running(
    master: masters.Master, tmp_path: Path
) -> None:
    handed_in, results = tmp_path / "in", tmp_path / "out" / course.NAME / "results"
    course.write(handed_in / "ada.ipynb", course.answered(top="import time; time.sleep(50)"))
    course.write(handed_in / "bob.ipynb", course.answered())
    command = [sys.executable, "-c", RUN, str(masters.SOURCE), course.NAME, str(handed_in)]
    command += ["--out", str(tmp_path / "out"), *([] if BOXED else ["--box", "no"])]
    settings = {**os.environ, "PYTHONPATH": str(masters.ROOT)}
    with subprocess.Popen(command, env=settings, stdout=subprocess.DEVNULL) as run:
        try:
            end = time.monotonic() + 45
            while not list(results.glob("*.json")) and time.monotonic() < end:
                time.sleep(0.1)
            left = _below(run.pid)
        finally:
            run.send_signal(signal.SIGKILL)
    assert [path.name for path in results.glob("*.json")] == ["bob.json"]
    assert left
    end = time.monotonic() + 5
    while _still(left) and time.monotonic() < end:
        time.sleep(0.1)
    assert not _still(left)
    course.write(handed_in / "ada.ipynb", course.answered())
    again = subprocess.run(
        [*command, "--resume", "yes"], env=settings, check=True, capture_output=True, text=True
    )
    assert "[1/1] ada: graded, 6 of 6" in again.stdout
    assert "2 graded, 0 not" in again.stdout


@pytest.mark.slow
@pytest.mark.skipif(not BOXED, reason="a hostile submission needs a box")
def test_class_of_all_kinds_is_graded_through_a_kill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Honest, sloppy, late and hostile students; benchmarks/class_of_students.py has a hundred."""
    monkeypatch.setattr(masters, "SOURCE", tmp_path / "source")
    cells = course.cells()
    cells[2]["source"] = "import numpy as np\n\ncounts = np.diag([1.0, 2, 3, 4]) + 1"
    path = course.write(tmp_path / "source" / course.NAME / f"{course.NAME}.ipynb", cells[:-2])
    small, script = masters.read(path), load_script("benchmarks/class_of_students.py")
    students = script.write_class(small, tmp_path / "in", 10)
    results = tmp_path / "out" / course.NAME / "results"
    command = [sys.executable, "-c", RUN, str(masters.SOURCE), course.NAME, str(tmp_path / "in")]
    _, _, left = script.killed_and_resumed([*command, "--out", str(tmp_path / "out")], results, 4)
    assert 4 <= left < 10
    assert script.faults(small, students, results) == []
    auto = {one.name: report.read_results(results.parent)[one.name]["auto"] for one in students}
    assert auto["sloppy-0"] == 6  # the answer had become a text cell
    assert auto["sloppy-1"] == 5  # one answer was left open
    assert auto["hostile-0"] == 6  # files without end, in a cell of its own
    assert len((results.parent / "scores.csv").read_text().splitlines()) == 11

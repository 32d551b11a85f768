"""Limits of a whole notebook, and of what its page can tell of hidden tests."""

from __future__ import annotations

import ast
import base64
import itertools
import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import grading_course as course
import pytest

from grading import (
    answers,
    box,
    bubblewrap,
    feedback,
    grade,
    handmarks,
    masters,
    png,
    report,
    runner,
    session,
)
from grading.bubblewrap import Limits

BOXED = box.why_no_box() is None
needs_box = pytest.mark.skipif(
    not BOXED and os.environ.get("W2V_REQUIRE_BOX") != "1", reason="no box here"
)
OURS = sorted(masters.known())
QUICK = "import numpy as np\n\ncounts = np.ones((4, 4)) + np.diag([1, 2, 3, 4])"


@pytest.fixture
def master(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> masters.Master:
    """Return the small master, the only one that the course knows."""
    return course.only_master(tmp_path, monkeypatch)


def matched(master: masters.Master, cells: list[dict[str, Any]]) -> answers.Answers:
    """Return the answers of a notebook of these cells."""
    data = json.dumps(course.notebook(cells)).encode()
    return answers.match(master, answers.read_cells(data))


# Output, figures, pages


def test_notebook_shows_no_more_than_its_limits() -> None:
    """Each cell is within the limits of a cell; five hundred of them would be 6 GB."""
    job = {"steps": [], "limits": {}, "boxed": True, "student": "ada"}
    said: list[dict[str, Any]] = []
    one = runner.Runner(job, said.append)
    figure = base64.b64encode(bytes(1_400_000)).decode()
    cell = {"text": "x" * 20_000, "figures": [figure] * 8, "error": None}
    for number in range(12):
        one.report(number, dict(cell))
    assert len(json.dumps(said)) < 7_000_000
    assert sum(len(step["figures"]) for step in said) == runner.NOTEBOOK_BYTES // 1_400_000
    assert "the whole notebook shows too much" in said[-1]["text"]
    assert said[0] == {"step": 0, **cell, "figures": said[0]["figures"], "text": said[0]["text"]}
    assert said[0]["text"].startswith(cell["text"])


def test_small_notebook_shows_everything() -> None:
    room, cell = runner.Room(), {"text": "42\n", "figures": ["iVBO"], "error": None}
    assert [room.fit(cell) for _ in range(20)] == [cell] * 20
    assert room.fit({"passed": True}) == {"passed": True}


@pytest.mark.parametrize(
    ("data", "kept"),
    [
        (course.picture(40, 30), True),
        (course.picture(20_000, 20_000), False),
        (course.picture(0, 9), False),
        (course.picture(2, 2)[:-12], False),  # no end
        (course.picture(2, 2).replace(b"IHDR", b"IHDx"), False),
        (course.picture(2, 2, (b"IHDR", bytes(13))), False),
        (b"GIF89a", False),
        (png.SIGNATURE, False),
    ],
)
def test_picture_is_kept_where_a_page_can_show_it(data: bytes, kept: bool) -> None:
    assert (png.only_pixels(data) is not None) is kept


def test_picture_carries_pixels_only() -> None:
    """No second frame of an animation, no text that unfolds, nothing behind the end."""
    plain = course.picture(2, 2)
    more = course.picture(2, 2, (b"acTL", bytes(8)), (b"zTXt", b"x" * 999), (b"PLTE", bytes(900)))
    assert png.only_pixels(more + b"a zip") == plain


def test_page_of_a_bomb_is_small(master: masters.Master) -> None:
    """The dearest characters, as many as a notebook may hold and show."""
    cells = [course.cell("&" * 4_900, "markdown") | {"id": f"m{n}"} for n in range(100)]
    handed_in = matched(master, [*course.answered(), *cells])
    figures = ["A" * 2_000_000] * 3
    shown = [
        {**step, "text": "&" * 40_000, "figures": figures if number == 0 else [], "error": None}
        for number, step in enumerate(answers.steps(master, handed_in, "ada"))
    ]
    by_hand = answers.written(master, handed_in)
    assert len(by_hand["essay"]) > 400_000
    result = course.result_of(master, "ada", steps=shown, written=by_hand)
    for full in (False, True):
        assert len(feedback.page(master, result, {}, full=full)) < 12_000_000
    assert "more characters are in the notebook" in feedback.page(master, result, {}, full=False)


def test_notebook_of_very_many_characters_is_refused(master: masters.Master) -> None:
    cells = [course.cell("'" * 190_000, "markdown") for _ in range(3)]
    with pytest.raises(answers.SubmissionError, match="more than 500,000 characters"):
        matched(master, cells)


def test_results_in_memory_hold_no_output(
    master: masters.Master, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Yet the pages do: each result is read again when its page is written."""
    shown = {"kind": "answer", "grade_id": "shares", "source": "1", "text": "shown", "figures": []}
    test = {"kind": "test", "grade_id": "shares-test", "source": "", "message": "no", "figures": []}
    ada = course.result_of(master, "ada", steps=[shown, test])
    course.write(tmp_path / "in" / "ada.ipynb", course.answered())
    kept: dict[str, Any] = {}
    write_all = report.write_all

    def look(out: Path, master: masters.Master, results: Any, *args: Any) -> list[str]:
        kept.update(results)
        return write_all(out, master, results, *args)

    monkeypatch.setattr(session, "grade_all", lambda *args, **more: [dict(ada)])
    monkeypatch.setattr(session.report, "write_all", look)
    wish = session.Wish(course.NAME, tmp_path / "in", tmp_path / "out", no_box=True)
    assert session.grade(wish) == 0
    folder = tmp_path / "out" / course.NAME
    assert [step["kind"] for step in kept["ada"]["steps"]] == ["test"]
    assert "shown" in (folder / "feedback" / "ada.html").read_text()
    assert [step["kind"] for step in report.read_results(folder)["ada"]["steps"]] == ["test"]


# What the box shows


def test_what_lies_where_python_is_installed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "env"))
    (tmp_path / "env").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "env" / "course")
    assert bubblewrap.exposed({"OUT": tmp_path / "grades", "the course": masters.ROOT}) == []
    inside = {"OUT": tmp_path / "env" / "grades", "the course": tmp_path / "link"}
    assert bubblewrap.exposed(inside) == [
        f"OUT ({tmp_path}/env/grades) lies in {tmp_path}/env",
        f"the course ({tmp_path}/link) lies in {tmp_path}/env",
    ]
    assert bubblewrap.exposed({"OUT": Path("/usr/local/grades")})
    with pytest.raises(grade.NoBoxError, match="Remedy: move it out of there"):
        grade.need_privacy(inside)


@needs_box
def test_course_inside_its_own_environment_is_not_graded(tmp_path: Path) -> None:
    """The environment is real: the course's folder is the prefix that the box shows."""
    import venv

    env = tmp_path / "course"
    venv.create(env, symlinks=True, with_pip=False)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    pth = env / "lib" / version / "site-packages" / "here.pth"
    pth.write_text(f"{Path(pytest.__file__).parent.parent}\n{masters.ROOT}\n")
    (env / "grading").symlink_to(masters.ROOT / "grading")
    run = """
import sys
from pathlib import Path
from grading import __main__ as commands, masters
masters.SOURCE = Path(sys.argv[1])
sys.exit(commands.main(["grade", *sys.argv[2:]]))
"""
    course.write(env / "masters" / course.NAME / f"{course.NAME}.ipynb", course.cells())
    course.write(tmp_path / "in" / "ada.ipynb", course.answered())
    command = [str(env / "bin" / "python"), "-c", run, str(env / "masters"), course.NAME]
    command += [str(tmp_path / "in"), "--out", str(tmp_path / "out")]
    done = subprocess.run(command, cwd=masters.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout
    assert f"lies in {env}" in done.stderr
    assert "the master (" in done.stderr
    assert not (tmp_path / "out").exists()


@needs_box
def test_files_without_end_are_ended() -> None:
    """Each costs the operating system a kilobyte that no other limit counts."""
    source = "import os\nn = 0\nwhile True:\n    os.close(os.open(f'/tmp/{n}', os.O_CREAT)); n += 1"
    with box.Box(Limits()) as one, pytest.raises(box.DiedError, match="more than 5,000 files"):
        one.ask("run", 20, source=source, seconds=20.0)


# What a page can tell

SAYINGS: dict[str, list[Any]] = {
    "name": ["ValueError", "KeyError", "kernel", "The kernel died", "OutOfTimeError", "Told_1_2"],
    "message": ["", "1 2 3"],
    "line": [None, 1, 16386],
    "text": ["", "1 2 3"],
    "figures": [[], ["iVBORw0KGgo="]],
}


@pytest.mark.parametrize(("kind", "most"), [("answer", 2), ("extra", 1)])
def test_cell_after_a_hidden_test_tells_next_to_nothing(
    master: masters.Master, kind: str, most: int
) -> None:
    """Whatever the kernel says of such a cell, the student's page is one of very few."""
    plan = answers.steps(master, grade.own_answers(master), "ada")
    at = next(n for n, step in enumerate(plan) if step["grade_id"] == "top")
    if kind == "extra":
        plan.insert(at, {"kind": kind, "grade_id": "", "source": "tell()"})
    pages, outcomes = set(), [None]
    outcomes += [
        {"name": name, "message": message, "line": line, "ours": False}
        for name, message, line in itertools.product(
            SAYINGS["name"], SAYINGS["message"], SAYINGS["line"]
        )
    ]
    for error, text, figures in itertools.product(outcomes, SAYINGS["text"], SAYINGS["figures"]):
        plan[at] |= {"error": error, "text": text, "figures": figures}
        result = course.result_of(master, "ada", steps=plan)
        pages.add(feedback.page(master, result, {}, full=False))
    assert len(pages) == most
    assert not any("1 2 3" in page or "16386" in page or "Told" in page for page in pages)


def test_only_one_of_many_copies_speaks(master: masters.Master) -> None:
    plan = answers.steps(master, grade.own_answers(master), "ada")
    at = next(n for n, step in enumerate(plan) if step["grade_id"] == "top")
    raised = {"name": "ValueError", "message": "", "line": 1, "ours": False}
    pages = set()
    for bits in itertools.product([None, raised], repeat=4):
        copies = [{**plan[at], "error": error} for error in bits]
        steps = [*plan[:at], *copies, *plan[at + 1 :]]
        result = course.result_of(master, "ada", steps=steps)
        pages.add(feedback.page(master, result, {}, full=False))
    assert len(pages) == 2


@pytest.mark.parametrize("name", OURS)
def test_page_of_our_masters_tells_as_little_as_the_text_promises(name: str) -> None:
    """Each test says one of its fixed texts, or one of nine; each answer one of six sentences."""
    master, bits = masters.read(masters.find(name)), 0.0
    for cell in master.of_role("test"):
        nodes = list(ast.walk(ast.parse(cell.source)))
        said = [node.msg for node in nodes if isinstance(node, ast.Assert)]
        assert all(one is None or isinstance(one, ast.Constant | ast.Name) for one in said)
        tables = [node.iter for node in nodes if isinstance(node, ast.For)]
        texts = len(said) + sum(len(one.elts) for one in tables if isinstance(one, ast.Tuple))
        assert math.log2(texts + 9) < 4.5
        bits += math.log2(texts + 9)
    answers_of = [cell for cell in master.of_role("solution", "manual") if cell.is_code]
    assert bits + math.log2(6) * len(answers_of) < 70


@pytest.mark.parametrize(
    ("error", "says"),
    [
        ({"name": "OutOfTimeError", "message": "stopped after 60 s"}, "It was stopped after 60 s."),
        ({"name": "The kernel died", "message": "too many"}, "The kernel died."),
        ({"name": "MemoryError", "message": "77"}, "It ran out of memory."),
        ({"name": "KeyError", "message": "77"}, "It raised an exception."),
    ],
)
def test_what_the_grader_saw_itself_is_said(error: dict[str, Any], says: str) -> None:
    ours = error["name"] not in ("MemoryError", "KeyError")
    assert feedback.became_of({"error": {**error, "line": 9, "ours": ours}}) == says
    if ours:  # a class of the submission's that has the name
        forged = {**error, "line": 9, "ours": False}
        assert feedback.became_of({"error": forged}) == "It raised an exception."


def test_time_that_is_up_is_told_in_our_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel may say what it likes; a hidden test does not hide that a function was stopped."""
    job = {"steps": [], "limits": {}, "boxed": True, "student": "ada"}
    one = runner.Runner(job, lambda event: None)
    forged = {"name": "OutOfTimeError", "message": "1 2 3", "line": 4}
    monkeypatch.setattr(one, "ask", lambda *args, **more: {"error": forged})
    assert one.call(0, [], {})["error"]["message"] == "stopped after 60 s"
    assert one.cell({"source": ""})["error"]["message"] == "stopped after 60 s"
    one.ended = time.monotonic() + 20
    says = "stopped: the time for the whole notebook, 300 s, was up"
    assert one.cell({"source": ""})["error"]["message"] == says


# Memory


@needs_box
def test_cell_that_fills_the_memory_costs_its_own_points(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it had defined is tested still; the cells behind it run in a new kernel."""
    cells = course.cells()
    cells[2]["source"] = QUICK
    path = course.write(tmp_path / f"{course.NAME}.ipynb", cells)
    fill = "top = np.linalg.eigh(counts)[1][:, -1]\nheld = []\n"
    fill += "while True:\n    held.append(np.empty(1 << 25))"
    big = "spare = np.empty(3 << 25)\n" + next(c for c in cells if c["id"] == "big")["source"]
    handed_in = matched(masters.read(path), course.answered(top=fill, big=big, figure="1"))
    limits = Limits(memory=2 << 30)
    result = grade.grade_answers(masters.read(path), handed_in, "ada", limits=limits, boxed=True)
    errors = {step["grade_id"]: step["error"] for step in result["steps"] if step.get("error")}
    assert list(errors) == ["top"]
    assert errors["top"]["name"] == "MemoryError"
    assert result["scores"] == {"shares-test": 2, "top-test": 3, "big-test": 1}


# Cells that became another kind


@pytest.mark.parametrize(
    ("grade_id", "kind", "says"),
    [
        ("top", "markdown", "top: the cell had become text, and was run as code"),
        ("top", "raw", "top: the cell had become text, and was run as code"),
        ("essay", "code", "essay: the cell had become code, and was read as text"),
        ("figure", "markdown", "figure: the cell had become text, and was run as code"),
    ],
)
def test_cell_that_became_another_kind_is_still_the_answer(
    master: masters.Master, grade_id: str, kind: str, says: str
) -> None:
    whole = matched(master, course.answered())
    cells = course.answered()
    (cell,) = [cell for cell in cells if cell["id"] == grade_id]
    cell["cell_type"] = kind
    found = matched(master, cells)
    assert (found.cells, found.notes) == (whole.cells, [says])
    assert answers.steps(master, found, "ada") == answers.steps(master, whole, "ada")


def test_copy_of_the_right_kind_goes_before(master: masters.Master) -> None:
    """A draft kept as text beside the answer is no answer."""
    cells = course.answered()
    (top,) = [cell for cell in cells if cell["id"] == "top"]
    found = matched(master, [{**top, "cell_type": "markdown", "source": "draft"}, *cells])
    assert found.cells["top"] == [top["source"]]
    assert found.notes == []


def test_missing_cell_is_said_to_be_missing(master: masters.Master) -> None:
    cells = [cell for cell in course.answered() if cell["id"] != "top"]
    assert matched(master, cells).notes == [
        "top: the cell is missing; what was added there was taken"
    ]


# Titles


def test_cells_have_the_names_of_their_tasks(tmp_path: Path) -> None:
    cells = course.cells()
    cells.insert(3, course.cell("Intro\n\n## 1. Shares (2 points)", "markdown"))
    cells.insert(6, course.cell("### 2. The rest (by test, 4 points)", "markdown"))
    master = masters.read(course.write(tmp_path / "a.ipynb", cells))
    titles = master.titles
    assert titles["shares"] == titles["shares-test"] == "1. Shares"
    assert titles["top-test"] == "2. The rest, test 1 of 2"
    assert titles["big-test"] == "2. The rest, test 2 of 2"
    assert titles["essay"] == "2. The rest, essay"
    assert titles["set-up"] == "set-up"
    page = feedback.page(master, course.result_of(master, "ada"), {}, full=False)
    assert "2. The rest, test 1 of 2" in page
    assert "top-test" not in page


def test_hidden_test_says_what_it_is(tmp_path: Path, master: masters.Master) -> None:
    """In the notebook and on the page; one that was released empty is not a changed one."""
    cells = course.cells()
    whole = masters.HIDDEN.join(["### BEGIN ", "\nassert top.shape == (4,)\n### END ", ""])
    cells[6]["source"] = whole
    master = masters.read(course.write(tmp_path / "a.ipynb", cells))
    (test,) = [cell for cell in master.cells if cell.grade_id == "top-test"]
    assert test.released == "# Hidden test, 3 points"
    handed_in = course.answered()
    for source, notes in (
        ("# Hidden test, 3 points", []),
        ("", []),
        ("assert True", ["top-test: this cell was changed; the course's own was used"]),
    ):
        handed_in[6]["source"] = source
        found = matched(master, handed_in)
        assert found.notes == notes
    plan = answers.steps(master, found, "ada")
    page = feedback.page(master, course.result_of(master, "ada", steps=plan), {}, full=False)
    assert "# Hidden test, 3 points" in page
    assert "top.shape" not in page


# Marks by hand


def test_mark_for_a_text_that_was_rewritten_is_named(
    master: masters.Master, tmp_path: Path
) -> None:
    def run(text: str) -> tuple[str, str]:
        written = {"figure": "", "essay": text}
        results = {"ada": course.result_of(master, "ada", written=written)}
        report.write_all(tmp_path, master, results, ["log"])
        folder = tmp_path / master.name
        row = (folder / "scores.csv").read_text().splitlines()[1]
        return row.rpartition(",")[2], (folder / "instructor" / "ada.html").read_text()

    def mark(row: str) -> None:
        path = tmp_path / master.name / "manual.csv"
        head = path.read_text().splitlines()[0]
        path.write_text(f"{head}\n{row}\n")

    flag = "text changed since graded: essay"
    assert run("first")[0] == ""
    mark("ada,essay,2,good")
    assert run("first")[0] == ""
    note, page = run("second")
    assert note == flag
    assert "Text changed since graded" in page
    assert run("second")[0] == flag  # until somebody has looked
    assert run("first")[0] == ""  # as it was when it was graded
    assert run("third")[0] == flag
    mark("ada,essay,2,good again")
    assert run("third")[0] == ""


def test_mark_given_before_the_new_text_came_is_for_the_old_one(tmp_path: Path) -> None:
    """The instructor fills in the table, the student hands in anew, then grading runs."""

    def changed(text: str, *mark: Any) -> dict[str, list[str]]:
        results = {"ada": {"status": "graded", "written": {"essay": text}}}
        marks = {"ada": {"essay": mark}} if mark else {}
        return handmarks.changed_since_graded(tmp_path, results, marks)  # type: ignore[arg-type]

    assert changed("old") == {}
    assert changed("new", 2.0, "") == {"ada": ["essay"]}
    (tmp_path / handmarks.FILE).write_text("no table")  # lost: what stands there is taken as graded
    assert changed("new", 2.0, "") == {}

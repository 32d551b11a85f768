"""The course's engine: masters, release, leaks, values, submissions, reports, Gradescope."""

from __future__ import annotations

import base64
import contextlib
import csv
import doctest
import json
import math
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import grading_course as course
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import w2vlib
from grading import (
    __main__ as commands,
)
from grading import (
    box,
    check,
    feedback,
    grade,
    gradescope,
    leaks,
    manual,
    masters,
    png,
    proxies,
    release,
    report,
    runner,
    session,
    submissions,
    testing,
)
from grading.answers import match, read_cells, steps, written
from grading.boxed import limits as box_limits
from grading.boxed import values
from grading.boxed.values import Opaque, ValueTroubleError, pack, unpack
from grading.bubblewrap import Limits

ROOT = Path(__file__).resolve().parents[2]
MASTERS = sorted((ROOT / "assignments" / "source").glob("*/*.ipynb"))
IN_COURSE = 6
BOXED = box.why_no_box() is None


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the path of the small master, the only one that the course knows."""
    monkeypatch.setattr(masters, "SOURCE", tmp_path / "source")
    return course.write(tmp_path / "source" / course.NAME / f"{course.NAME}.ipynb", course.cells())


@pytest.fixture
def master(source: Path) -> masters.Master:
    return masters.read(source)


# The course's own masters


def test_all_masters_are_there() -> None:
    """The README promises six."""
    assert "six assignments" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(MASTERS) == IN_COURSE, [path.stem for path in MASTERS]


@pytest.mark.slow
@pytest.mark.parametrize("path", MASTERS, ids=lambda path: path.stem)
def test_master_scores_full_and_blank_scores_nothing(path: Path) -> None:
    found = check.check_master(path, boxed=BOXED)
    assert not found.faults, "\n".join(found.faults)


@pytest.mark.parametrize("path", MASTERS, ids=lambda path: path.stem)
def test_master_does_not_leak(path: Path, tmp_path: Path) -> None:
    release.release([path], tmp_path, tmp_path / "no-site")
    assert leaks.fragments(masters.read(path))


@pytest.mark.skipif(not MASTERS, reason="no master yet")
def test_site_and_library_hold_no_solution(site: Path) -> None:
    all_masters = [masters.read(path) for path in MASTERS]
    assert leaks.leaks_in_files(all_masters, site, released=False) == []
    assert leaks.leaks_in_files(all_masters, ROOT / "w2vlib", released=False) == []


# Values

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.complex_numbers(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.integers(), inner, max_size=4)
    ),
    max_leaves=20,
)
DTYPES = (
    hnp.boolean_dtypes()
    | hnp.integer_dtypes()
    | hnp.floating_dtypes(sizes=(16, 32, 64))
    | hnp.complex_number_dtypes(sizes=(64, 128))
)


@settings(deadline=None)
@given(PLAIN)
def test_plain_values_come_back(value: Any) -> None:
    back = unpack(pack(value))
    assert back == value
    assert repr(back) == repr(value)  # types, too, and -0.0


@settings(deadline=None)
@given(hnp.arrays(DTYPES, hnp.array_shapes(min_dims=0, max_side=4)))
def test_arrays_come_back(array: np.ndarray) -> None:
    back = unpack(pack(array))
    np.testing.assert_array_equal(back, array)
    assert back.dtype == array.dtype.newbyteorder("=")
    assert back.shape == array.shape


@pytest.mark.parametrize(
    ("value", "want"),
    [
        (math.factorial(400), math.factorial(400)),
        (-(2**63) - 1, -(2**63) - 1),
        (np.float32(0.5), np.float32(0.5)),
        (np.array(["king", "roi"]), np.array(["king", "roi"])),
        (range(3), [0, 1, 2]),
        ({1, 2}, {1, 2}),
        (frozenset("a"), frozenset("a")),
        (np.ones((2, 0)), np.ones((2, 0))),
        (np.arange(6).reshape(2, 3).T, np.arange(6).reshape(2, 3).T),
    ],
)
def test_values_that_need_care_come_back(value: Any, want: Any) -> None:
    back = unpack(pack(value))
    assert type(back) is type(want)
    assert np.array_equal(back, want) if isinstance(want, np.ndarray) else back == want


def test_nan_and_infinities_come_back() -> None:
    nan, most, least = unpack(pack([math.nan, math.inf, -math.inf]))
    assert math.isnan(nan)
    assert (most, least) == (math.inf, -math.inf)


def test_tensor_arrives_as_an_array() -> None:
    torch = pytest.importorskip("torch")
    np.testing.assert_array_equal(unpack(pack(torch.eye(2))), np.eye(2, dtype=np.float32))


@pytest.mark.parametrize(
    "value", [object(), iter([]), np.array([object()]), np.ma.array([1]), dict]
)
def test_what_is_not_plain_arrives_as_opaque(value: object) -> None:
    assert isinstance(unpack(pack(value)), Opaque)


def _nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


LARGE = {
    "array": np.ones(9 << 20),
    "list": [0] * 600_000,
    "depth": _nested(40),
    "int": 1 << 200_000,
    "bytes": b"x" * (65 << 20),
}


@pytest.mark.parametrize("kind", LARGE)
def test_large_values_do_not_travel(kind: str) -> None:
    with pytest.raises(ValueTroubleError):
        pack(LARGE[kind])


@settings(max_examples=300, deadline=None)
@given(st.data(), PLAIN)
def test_damaged_bytes_raise_one_error(data: st.DataObject, value: Any) -> None:
    """Whatever a hostile kernel sends: a value or ValueTroubleError, never another exception."""
    packed = bytearray(pack([value, np.arange(3.0), np.array(["a"]), 2**90, {1: (2,)}]))
    for _ in range(data.draw(st.integers(1, 6))):
        packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ValueTroubleError):
        unpack(bytes(packed))


@pytest.mark.parametrize(
    "node",
    [
        '{"t":"array","shape":[1000000,1000000],"scalar":false,"dtype":"<f8","at":[0,0]}',
        '{"t":"array","shape":[1],"scalar":false,"dtype":"|O","at":[0,0]}',
        '{"t":"array","shape":[-1],"scalar":false,"dtype":"<f8","at":[0,0]}',
        '{"t":"array","shape":[true],"scalar":false,"dtype":"<f8","at":[0,8]}',
        '{"t":"array","shape":[1],"scalar":false,"dtype":"V8","at":[0,8]}',
        '{"t":"bytes","at":[0,99]}',
        '{"t":"bytes","at":[-1,1]}',
        '{"t":"set","v":[[1]]}',
        '{"t":"dict","v":[[[1],2]]}',
        '{"t":"float","v":"1e999"}',
        '{"t":"int","v":"os"}',
        '{"t":"evil"}',
        "[" * 5000,
        "1" * 5000,
        "{}",
    ],
)
def test_forged_values_are_refused(node: str) -> None:
    data = len(node).to_bytes(4, "big") + node.encode() + bytes(8)
    with pytest.raises(ValueTroubleError):
        unpack(data)


def test_truth_values_are_made_of_any_byte() -> None:
    node = b'{"t":"array","shape":[2],"scalar":false,"dtype":"|b1","at":[0,2]}'
    array = unpack(len(node).to_bytes(4, "big") + node + b"\x07\x00")
    assert array.view(np.uint8).tolist() == [1, 0]


# Masters


def _spoilt(change: str) -> list[dict[str, Any]]:
    cells = course.cells()
    by_id = {cell["id"]: cell for cell in cells}
    shares = by_id["shares"]
    if change == "no student":
        del cells[1]
    elif change == "twice":
        by_id["top"]["metadata"]["nbgrader"]["grade_id"] = "shares"
    elif change == "no points":
        by_id["top-test"]["metadata"]["nbgrader"]["points"] = 0
    elif change == "open region":
        shares["source"] = shares["source"].replace("### END SOLUTION", "")
    elif change == "outputs":
        shares["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "4"}]
    elif change == "solution in the open":
        by_id["set-up"]["source"] += "\n### BEGIN SOLUTION\nx = 1\n### END SOLUTION"
    elif change == "hidden in the open":
        shares["source"] += "\n### BEGIN HIDDEN TESTS\nx = 1\n### END HIDDEN TESTS"
    elif change == "no python":
        by_id["top-test"]["source"] = "assert ("
    elif change == "odd id":
        by_id["top"]["metadata"]["nbgrader"]["grade_id"] = "../top"
    elif change == "no tests":
        cells = [cell for cell in cells if "-test" not in cell["id"]]
    elif change == "task":
        by_id["essay"]["metadata"]["nbgrader"]["task"] = True
    elif change == "text by test":
        by_id["essay"]["metadata"]["nbgrader"]["solution"] = False
    return cells


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("no student", 'grade_id "student"'),
        ("twice", "grade_id shares comes twice"),
        ("no points", "a number above 0"),
        ("open region", "has no END SOLUTION"),
        ("outputs", "clear all outputs"),
        ("solution in the open", "a solution outside a solution cell"),
        ("hidden in the open", "a hidden test outside a test cell"),
        ("no python", "cell 7 \\(top-test\\)"),
        ("odd id", "use a letter, then letters"),
        ("no tests", "nothing can be graded"),
        ("task", "task cells are not graded here"),
        ("text by test", "mark it as a solution, too"),
    ],
)
def test_faulty_master_is_refused(tmp_path: Path, change: str, says: str) -> None:
    path = course.write(tmp_path / "bad.ipynb", _spoilt(change))
    with pytest.raises(masters.MasterError, match=says):
        masters.read(path)


def test_points_and_roles(master: masters.Master) -> None:
    assert (master.max_auto, master.max_manual) == (6, 4)
    assert [cell.grade_id for cell in master.of_role("manual")] == ["figure", "essay"]


def test_unknown_assignment_names_the_known_ones(source: Path) -> None:
    with pytest.raises(masters.MasterError, match="unknown; choose one of: a0_small"):
        masters.find("a9")


# Release and leaks


def test_release_is_what_nbgrader_makes(source: Path, master: masters.Master) -> None:
    """Two implementations agree: ours, which grading uses, and nbgrader's preprocessors."""
    released = release.student_version(source)
    assert [cell.source for cell in released.cells] == [cell.released for cell in master.cells]
    by_id = {cell.id: cell for cell in released.cells}
    assert by_id["student"].source == 'STUDENT = "your-id"'
    assert "raise NotImplementedError" in by_id["shares"].source
    assert by_id["essay"].source == "YOUR ANSWER HERE"
    assert by_id["set-up"].metadata.editable is False
    assert by_id["shares-test"].metadata.deletable is False
    assert "secret" not in by_id["shares-test"].source


def test_nbgrader_accepts_the_release(source: Path, tmp_path: Path) -> None:
    from nbgrader.nbgraderformat import MetadataValidator

    (path,) = release.release([source], tmp_path / "one", tmp_path / "no-site")
    (again,) = release.release([source], tmp_path / "two", tmp_path / "no-site")
    import nbformat

    MetadataValidator().validate_nb(nbformat.read(path, as_version=4))
    assert path.read_bytes() == again.read_bytes()


@pytest.mark.parametrize(
    "line",
    [
        "secret = np.arange(6.0).reshape(2, 3) + 1",
        "top = np.linalg.eigh(counts)[1][:, -1]",
        "Rubric: two points for the word eigenvalue anywhere.",
    ],
)
def test_leak_in_the_release_is_found(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    good = release.student_version

    def leaky(path: Path) -> Any:
        notebook = good(path)
        notebook.cells[0].source += f"\n\n{line}"
        return notebook

    monkeypatch.setattr(release, "student_version", leaky)
    with pytest.raises(masters.MasterError, match=re.escape(line[:30])):
        release.release([source], tmp_path / "out", tmp_path / "no-site")
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("page", "leaks_out"),
    [
        ("<p>secret = <b>np</b>.arange(6.0).reshape(2, 3)\n + 1 "
         "<i>assert</i> np.<b>allclose</b>(shares(secret, "
         "axis=1), secret / secret.sum(axis=1, keepdims=True)), (</p>", True),
        ("<p>secret = np.arange(6.0).reshape(2, 3) + 1, as in many books</p>", False),
        ("<p>assert big == math.factorial(30)</p><pre>shares(counts)</pre>", True),
        ("<p>Rubric: two points for the word eigenvalue anywhere.</p>", True),
        ('{"source": "import math\\nbig = math.factorial(30)\\nsmallest = {\\"share\\": '
         'shares(counts).min(), \\"words\\": (\\"a\\", None)}"}', True),
        ("<p>top = np.linalg.eigh(counts)[1][:, -1] is what every chapter says</p>", False),
        ("<p>The book</p>" + "A" * 1000, False),
    ],
)  # fmt: skip
def test_leak_in_the_site_is_found(
    source: Path, master: masters.Master, tmp_path: Path, page: str, leaks_out: bool
) -> None:
    (tmp_path / "html").mkdir()
    (tmp_path / "html" / "index.html").write_text(page, encoding="utf-8")
    assert bool(leaks.leaks_in_files([master], tmp_path / "html", released=False)) is leaks_out
    if leaks_out:
        with pytest.raises(masters.MasterError, match=r"site index\.html"):
            release.release([source], tmp_path / "out", tmp_path / "html")


# Finding and reading submissions


def test_three_ways_of_handing_in(tmp_path: Path) -> None:
    for name in (
        "ada/a0_small.ipynb",
        "bob/a0_small (1).ipynb",
        "bob/a1_other.ipynb",
        "Cleo.ipynb",
        "doedora_LATE_4711_99_a0_small-2.ipynb",
        "doedora_4711_98_a1_other.ipynb",
        "eve/one.ipynb",
        "eve/two.ipynb",
        "readme.txt",
        "bad id!.ipynb",
        "fay/notes.txt",
    ):
        course.write(tmp_path / name, course.answered())
    found, passed = submissions.find(tmp_path, "a0_small", {"a0_small", "a1_other"})
    assert [(one.student, one.path.name, bool(one.trouble)) for one in found] == [
        ("4711", "doedora_LATE_4711_99_a0_small-2.ipynb", False),
        ("ada", "a0_small.ipynb", False),
        ("bob", "a0_small (1).ipynb", False),
        ("cleo", "Cleo.ipynb", False),
        ("eve", "a0_small.ipynb", True),
    ]
    assert found[0].name == "doedora"
    assert [one.late for one in found] == [True, False, False, False, False]
    assert any("readme.txt: not a notebook" in line for line in passed)
    assert any("bad id!.ipynb: no student id" in line for line in passed)
    assert any("fay/: holds 0 notebooks" in line for line in passed)


def test_missing_and_empty_folders_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(submissions.SubmissionError, match="is no folder"):
        submissions.find(tmp_path / "nowhere", "a0_small", set())
    with pytest.raises(
        submissions.SubmissionError, match=r"put notebooks there as ID/a0_small\.ipynb"
    ):
        submissions.find(tmp_path, "a0_small", set())


def test_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.ipynb")
    with pytest.raises(submissions.SubmissionError, match="this is no file"):
        submissions.read_bytes(tmp_path / "a.ipynb")


@pytest.mark.parametrize(
    "data",
    [b"[]", b"null", b'{"cells": 3}', b'{"cells": [3]}', b"\xff\xfe", b'{"cells": [{"source": 1}]}',
     b'{"cells": ' + b"[" * 90_000, b'{"x": ' + b"9" * 9000 + b"}", b'{"worksheets": [{}]}'],
)  # fmt: skip
def test_what_is_no_notebook_is_refused(data: bytes) -> None:
    with pytest.raises(submissions.SubmissionError):
        read_cells(data)


def test_old_format_odd_metadata_and_lone_surrogates_are_read() -> None:
    old = {"worksheets": [{"cells": [{"cell_type": "code", "input": ["a = 1\n", "b"]}]}]}
    assert read_cells(json.dumps(old).encode())[0].source == "a = 1\nb"
    odd = {
        "cells": [{"cell_type": "code", "source": "\ud800", "metadata": {"nbgrader": [1]}, "id": 3}]
    }
    (cell,) = read_cells(json.dumps(odd).encode())
    assert (cell.source, cell.grade_id, cell.cell_id) == ("?", "", "")


def test_only_answers_are_taken_from_a_submission(master: masters.Master) -> None:
    cells = course.answered()
    cells[2]["source"] = "counts = 'mine'"
    cells[4]["source"] = "assert True"
    cells.append(course.cell("helper = 1"))
    plan = steps(
        master, match(master, read_cells(json.dumps(course.notebook(cells)).encode())), "ada"
    )
    assert [step["kind"] for step in plan] == [
        *(
            "student",
            "setup",
            "answer",
            "test",
            "answer",
            "test",
            "answer",
            "test",
            "answer",
            "extra",
        )
    ]
    assert plan[0]["source"] == "STUDENT = 'ada'"
    assert plan[1]["source"] == course.SETUP
    assert plan[3]["source"] == course.SHARES_TEST


def _in_place_of(grade_id: str, *instead: dict[str, Any]) -> list[dict[str, Any]]:
    cells = course.answered()
    place = [cell["id"] for cell in cells].index(grade_id)
    return [*cells[:place], *instead, *cells[place + 1 :]]


@pytest.mark.parametrize("kept", [True, False], ids=["below", "label-lost"])
@pytest.mark.parametrize(
    ("grade_id", "kind", "answer"),
    [("essay", "markdown", "An eigenvalue, of course."), ("figure", "code", "plt.plot(top)")],
)
def test_what_people_grade_is_found_beside_its_cell(
    master: masters.Master, kept: bool, grade_id: str, kind: str, answer: str
) -> None:
    (released,) = [cell for cell in master.cells if cell.grade_id == grade_id]
    (open_cell,) = [cell for cell in course.cells() if cell["id"] == grade_id]
    mine = {"cell_type": kind, "metadata": {}, "source": answer}
    cells = _in_place_of(grade_id, *[open_cell | {"source": released.released}] * kept, mine)
    found = written(master, match(master, read_cells(json.dumps(course.notebook(cells)).encode())))
    assert found[grade_id] == answer
    cells = _in_place_of(grade_id, *[open_cell | {"source": released.released}] * kept)
    found = written(master, match(master, read_cells(json.dumps(course.notebook(cells)).encode())))
    assert found[grade_id] == ""


def test_changed_text_of_the_course_is_no_remark(source: Path) -> None:
    text = course.cell("# A text", "markdown", grade_id="text-01", locked=True)
    master = masters.read(course.write(source, [text, *course.cells()[1:]]))
    cells = [text | {"source": "# Mine"}, *course.answered()[1:]]
    cells[4]["source"] = "assert True"
    answers = match(master, read_cells(json.dumps(course.notebook(cells)).encode()))
    assert answers.notes == ["shares-test: this cell was changed; the course's own was used"]


# Tests and proxies


def _ask(**request: Any) -> dict[str, Any]:
    return {"value": pack([request["args"], request["keywords"]])}


def test_function_takes_keywords_and_brings_back_plain_data() -> None:
    function = proxies.StudentFunction("f", 0, _ask)
    args, keywords = function(np.eye(2), 3, axis=1)
    np.testing.assert_array_equal(args[0], np.eye(2))
    assert (args[1], keywords) == (3, {"axis": 1})
    with pytest.raises(proxies.TestError, match="pass numbers"):
        function(object())


USES = {
    "==": lambda x: x == 1, "!=": lambda x: x != 1, "<": lambda x: x < 1, "bool": bool, "len": len,
    "iter": list, "index": lambda x: x[0], "+": lambda x: x + 1, "r+": lambda x: 1 + x,
    "call": lambda x: x(), "attribute": lambda x: x.shape, "array": np.asarray, "float": float,
    "allclose": lambda x: np.allclose(x, 1), "in": lambda x: 1 in x, "abs": abs, "str": str,
    "matmul": lambda x: np.eye(2) @ x, "ufunc": np.exp, "hash": hash, "format": lambda x: f"{x}",
    "isclose": lambda x: np.isclose(1, x), "array_equal": lambda x: np.array_equal(x, [1]),
}  # fmt: skip


@pytest.mark.parametrize("use", USES)
def test_no_use_of_a_placeholder_succeeds(use: str) -> None:
    value = proxies.opened(pack(iter([])), "answer", _ask)
    with pytest.raises((proxies.AnswerError, TypeError)) as caught:
        USES[use](value)
    if caught.type is proxies.AnswerError:
        assert "answer is an object of type list_iterator; expected a number" in str(caught.value)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("assert x == 2, 'x is two'", "x is two"),
        ("assert x == 2", "This does not hold: x == 2"),
        ("y", "y is not defined: its cell was left open, or raised an exception."),
        ("x.append", "x.append raises AttributeError: 'int' object has no attribute 'append'"),
        ("raise StudentError('f', 'KeyError', '5')", "f() raised KeyError: 5"),
        ("raise StudentError('f', 'NotImplementedError', '')", "f() is not written yet."),
        ("def f():\n    assert x == 2, 'x is two'\nf()", "x is two"),
        ("### BEGIN HIDDEN TESTS\nassert x == 2\n### END HIDDEN TESTS", "A hidden test failed."),
        ("### BEGIN HIDDEN TESTS\nassert x == 2, 'two'\n### END HIDDEN TESTS", "two"),
        (
            "### BEGIN HIDDEN TESTS\nnp.testing.assert_allclose(x, 77)\n### END HIDDEN TESTS",
            "A hidden test could not use your answer.",
        ),
        (
            "key = 77\n### BEGIN HIDDEN TESTS\n{1: 1}[key]\n### END HIDDEN TESTS",
            "A hidden test could not use your answer.",
        ),
        (
            "### BEGIN HIDDEN TESTS\nraise StudentError('f', 'E', '77')\n### END HIDDEN TESTS",
            "f() raised an exception in a hidden test.",
        ),
        (
            "### BEGIN HIDDEN TESTS\n"
            "raise StudentError('f', 'OutOfTimeError', 'stopped after 60 s')\n"
            "### END HIDDEN TESTS",
            "f() was stopped after 60 s.",
        ),
    ],
)
def test_message_tells_the_student_enough_and_no_more(source: str, message: str) -> None:
    namespace = {"x": 1, "np": np, "StudentError": proxies.StudentError}
    outcome = testing.run_test(source, namespace, 10)
    assert (outcome.passed, outcome.message) == (False, message)
    assert "77" not in outcome.message


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("raise StudentError('f', 'KeyError', '77')", "f() raised an exception."),
        ("raise StudentError('f', 'Leak77', '77')", "f() raised an exception."),
        ("raise StudentError('f', 'MemoryError', '77')", "f() ran out of memory."),
        ("raise AnswerError('x', 'an object of type Leak77')",
         "x is no plain data; expected a number, text, list, dict or array."),
        ("float(y)", "float(y) raises ValueError"),
        ("assert x == 2, 'x is two'", "x is two"),
    ],
)  # fmt: skip
def test_after_a_hidden_test_no_words_of_the_submission_pass(source: str, message: str) -> None:
    """Not after one in an earlier cell, and not after one in the same cell."""
    names = {"StudentError": proxies.StudentError, "AnswerError": proxies.AnswerError}
    first = "### BEGIN HIDDEN TESTS\nassert x == 1\n### END HIDDEN TESTS\n"
    for cell, closed in ((source, True), (first + source, False)):
        outcome = testing.run_test(cell, {"x": 1, "y": "x77", **names}, 10, closed=closed)
        assert (outcome.passed, outcome.message) == (False, message)


def test_test_that_loops_is_stopped() -> None:
    outcome = testing.run_test("while True:\n    pass", {}, 0.2)
    assert (outcome.passed, outcome.detail) == (False, "time")


def test_test_cannot_change_what_the_next_one_sees() -> None:
    namespace = {"x": 1}
    assert testing.run_test("x = 2\nlen = None", namespace, 10).passed
    assert testing.run_test("assert x == 1 and len([]) == 0", namespace, 10).passed


@pytest.mark.parametrize(
    "module",
    [values, box_limits, masters, submissions, testing, feedback, png],
    ids=lambda m: m.__name__,
)
def test_examples_in_docstrings(module: Any) -> None:
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0


def test_what_the_kernel_says_is_cut_to_size_and_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel shares its process with the submission, so it may say anything."""
    job = {"steps": [], "limits": {}, "boxed": True, "student": "ada"}
    one = runner.Runner(job, lambda event: None)
    answer: dict[str, Any] = {}
    monkeypatch.setattr(one, "ask", lambda *args, **more: answer)
    answer |= {"text": "x" * 10**6, "error": {"name": "Evil" * 99, "message": 3, "line": True}}
    picture = course.picture(2, 2)
    answer |= {"figures": [picture[:-12] + b"x" * 10**7, b"GIF", 7, picture] * 9}
    cell = one.cell({"source": ""})
    assert len(cell["text"]) < 21_000
    assert len(cell["figures"]) <= 8
    assert {base64.b64decode(figure) for figure in cell["figures"]} == {picture}
    assert cell["error"] == {
        "name": ("Evil" * 99)[:100],
        "message": "",
        "line": None,
        "ours": False,
    }
    for strange in (None, 7, [], {"text": b"", "figures": {}, "error": [1]}):
        answer.clear()
        answer.update(strange if isinstance(strange, dict) else {"error": strange, "text": strange})
        assert one.cell({"source": ""})["text"] == ""


# A whole submission


@pytest.mark.slow
def test_check_finds_what_is_wrong_with_a_master(tmp_path: Path) -> None:
    good = check.check_master(
        course.write(tmp_path / "good.ipynb", course.cells()), boxed=BOXED, students=("ada",)
    )
    assert good.faults == ()
    cells = course.cells()
    cells[4]["source"] = "assert True"  # passes when blank
    cells[6]["source"] += "\nassert top is None, 'never'"
    bad = check.check_master(
        course.write(tmp_path / "bad.ipynb", cells), boxed=BOXED, students=("ada",)
    )
    text = "\n".join(bad.faults)
    assert "full, as ada, top-test: the master's own answer fails: never" in text
    assert "blank, shares-test: a blank notebook passes" in text
    assert len(bad.faults) == 2


@pytest.mark.slow
def test_value_that_hangs_a_test_costs_that_test_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The power is computed in C, where no alarm interrupts it: the process is ended."""
    cells = course.cells()
    cells[6]["source"] = "n = int(top)\nassert pow(3, n) % 7 == 5"
    path = course.write(tmp_path / f"{course.NAME}.ipynb", cells)
    monkeypatch.setattr(grade, "SILENCE", 15.0)
    handed_in = course.answered(top="top = 10**9")
    answers = match(masters.read(path), read_cells(json.dumps(course.notebook(handed_in)).encode()))
    result = grade.grade_answers(
        masters.read(path), answers, "ada", limits=Limits(cell_seconds=5), boxed=BOXED
    )
    assert result["scores"] == {"shares-test": 2, "top-test": 0, "big-test": 1}


def test_set_up_that_fails_is_the_courses_fault(tmp_path: Path) -> None:
    cells = course.cells()
    cells[2]["source"] = "raise KeyError('data')"
    path = course.write(tmp_path / f"{course.NAME}.ipynb", cells)
    own = grade.own_answers(masters.read(path))
    result = grade.grade_answers(masters.read(path), own, "ada", limits=Limits(), boxed=BOXED)
    assert result["status"] == "fault"
    assert "the assignment's set-up raises KeyError: 'data'" in result["trouble"]


def test_no_box_no_grading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grade, "why_no_box", lambda: "bubblewrap is not installed")
    with pytest.raises(grade.NoBoxError, match=r"bubblewrap is not installed.*add BOX=no"):
        grade.need_box(no_box=False)
    assert grade.need_box(no_box=True) is False


def test_missing_bubblewrap_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(box.shutil, "which", lambda name: None)
    assert "apt install bubblewrap" in (box.why_no_box.__wrapped__() or "")


def test_bubblewrap_that_does_not_start_is_quoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'setting up uid map: Permission denied' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert "setting up uid map: Permission denied" in (box.why_no_box.__wrapped__() or "")


def test_a_machine_without_a_filter_of_system_calls_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def absent(name: str) -> None:
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(box_limits.ctypes, "CDLL", absent)
    assert box_limits.filter_system_calls() is False
    monkeypatch.setattr(box_limits.sys, "platform", "darwin")
    assert box_limits.filter_system_calls() is False


# Reports


def _result(master: masters.Master, student: str, **more: Any) -> dict[str, Any]:
    submission = submissions.Submission(student, Path(f"{student}.ipynb"))
    scores = {"shares-test": 2.0, "top-test": 0.0, "big-test": 1.0}
    written = {"figure": "plt.plot()", "essay": ""}
    result = grade.not_graded(master, submission, "") | {"status": "graded", "sha256": student}
    return result | {"scores": scores, "auto": 3.0, "written": written, "seconds": 0} | more


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_points_by_hand_go_from_the_table_into_the_score(
    master: masters.Master, tmp_path: Path
) -> None:
    results = {"ada": _result(master, "ada"), "bob": _result(master, "bob")}
    folder = tmp_path / master.name
    report.write_all(tmp_path, master, results, ["log"])
    rows = _table(folder / "manual.csv")
    assert [(row["student_id"], row["grade_id"], row["points"]) for row in rows] == [
        ("ada", "figure", ""), ("bob", "figure", "")
    ]  # fmt: skip
    first = _table(folder / "scores.csv")[0]
    assert (first["score"], first["pending"], first["essay"], first["figure"]) == (
        "3",
        "2",
        "0",
        "",
    )
    text = (folder / "manual.csv").read_text().replace("ada,figure,,", 'ada,figure,1.5,"<b>, good"')
    (folder / "manual.csv").write_text(text)
    report.write_all(tmp_path, master, results, ["log"])
    first = _table(folder / "scores.csv")[0]
    assert (first["score"], first["pending"], first["figure"]) == ("4.5", "0", "1.5")
    assert "&lt;b&gt;, good" in (folder / "feedback" / "ada.html").read_text()
    assert 'ada,figure,1.5,"<b>, good"' in (folder / "manual.csv").read_text()
    assert _table(tmp_path / "scores.csv") == [
        {"student_id": "ada", "a0_small": "4.5"}, {"student_id": "bob", "a0_small": "3"}
    ]  # fmt: skip


@pytest.mark.parametrize("points", ["3", "-1", "two", "nan", "inf"])
def test_impossible_points_are_refused(master: masters.Master, tmp_path: Path, points: str) -> None:
    report.write_text(
        tmp_path / "manual.csv", f"student_id,grade_id,points,comment\nada,figure,{points},\n"
    )
    with pytest.raises(report.ReportError, match=r"line 2: points .* write a number from 0 to 2"):
        manual.read_manual(tmp_path, master)


def test_points_by_hand_for_nobody_are_named(master: masters.Master) -> None:
    rows = [["Ada", "figure", "1", ""], ["ada", "figur", "1", ""], ["bob", "essay", "2", ""]]
    assert manual.idle_rows(master, [*rows, ["eve", "figur", "", ""]], {"ada": {}}) == [
        "manual.csv: 'ada', 'figur': no such cell is graded by hand",
        "manual.csv: 'bob', 'essay': no such student handed in",
    ]


def test_table_from_a_spreadsheet_is_read(master: masters.Master, tmp_path: Path) -> None:
    text = "\ufeffstudent_id;grade_id;points;comment\r\nADA;figure;1,5;fine\r\n"
    report.write_text(tmp_path / "manual.csv", text)
    assert manual.read_manual(tmp_path, master)[0] == {"ada": {"figure": (1.5, "fine")}}


def test_canvas_table_without_a_roster(master: masters.Master, tmp_path: Path) -> None:
    results = {
        "4711": _result(master, "4711", name="doedora"),
        "ada": _result(master, "ada"),
        "lost": _result(master, "lost", status="not graded"),
    }
    report.write_all(tmp_path, master, results, [])
    lines = (tmp_path / master.name / "canvas.csv").read_text().splitlines()
    assert lines == [
        "Student,ID,SIS User ID,SIS Login ID,Section,a0_small",
        "    Points Possible,,,,,10",
        "doedora,4711,,,,3",
        "ada,,,ada,,3",
    ]


def test_what_was_not_graded_is_no_zero(master: masters.Master, tmp_path: Path) -> None:
    lost = _result(master, "lost", status="not graded", auto=0.0, trouble="two files")
    report.write_all(tmp_path, master, {"lost": lost}, [])
    (row,) = _table(tmp_path / master.name / "scores.csv")
    assert [row[name] for name in ("score", "auto", "pending", "essay", "note")] == [
        *("", "", "4", "", "two files")
    ]
    assert _table(tmp_path / "scores.csv") == [{"student_id": "lost", "a0_small": ""}]
    page = (tmp_path / master.name / "feedback" / "lost.html").read_text()
    assert "Not graded:" in page
    assert "Left blank." not in page
    assert "of 10 points" not in page


def test_canvas_table_keeps_the_roster(master: masters.Master, tmp_path: Path) -> None:
    roster = tmp_path / "export.csv"
    roster.write_text(
        "Student,ID,SIS Login ID,Section,a0_small (77),Final Score\n"
        "    Points Possible,,,,20,\n"
        '"Doe, Dora",4711,dora,1,,\n"Lovelace, Ada",12,Ada,1,,\n"Nobody, Else",13,else,1,,\n'
    )
    results = {name: _result(master, name) for name in ("4711", "ada", "stranger")}
    strangers = report.write_all(tmp_path, master, results, [], roster)
    assert strangers == ["stranger"]
    rows = list(csv.reader((tmp_path / master.name / "canvas.csv").open(encoding="utf-8")))
    assert rows[0] == ["Student", "ID", "SIS Login ID", "Section", "a0_small (77)"]
    assert [row[-1] for row in rows[1:]] == ["10", "3", "3", ""]


def test_grading_one_assignment_keeps_the_other(master: masters.Master, tmp_path: Path) -> None:
    report.write_all(tmp_path, master, {"ada": _result(master, "ada")}, [])
    other = masters.Master("a1_other", master.cells, {})
    report.write_all(tmp_path, other, {"bob": _result(other, "bob")}, [])
    assert _table(tmp_path / "scores.csv") == [
        {"student_id": "ada", "a0_small": "3", "a1_other": ""},
        {"student_id": "bob", "a0_small": "", "a1_other": "3"},
    ]


def test_pages_hold_no_hidden_test_and_no_markup_of_the_student(master: masters.Master) -> None:
    evil = "</pre><script>alert(1)</script>"
    plan = steps(master, grade.own_answers(master), "ada")
    shown = [
        {**step, "text": evil, "passed": False, "message": evil, "figures": ['"><b>']}
        for step in plan
    ]
    result = _result(master, "ada", steps=shown, notes=[evil], trouble=evil)
    marks = {"figure": (1.0, evil)}
    pages = [feedback.page(master, result, marks, full=full) for full in (False, True)]
    for page in pages:
        assert "<script" not in page
        assert '"><b>' not in page
        assert "http" not in page.replace("http-equiv", "")
    assert "np.arange(6.0)" not in pages[0]
    assert "np.arange(6.0)" in pages[1]


# The commands


@pytest.mark.slow
def test_grade_command_resumes_and_keeps_who_is_gone(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    handed_in, out = tmp_path / "handed-in", tmp_path / "out"
    course.write(handed_in / "ada.ipynb", course.answered(student='STUDENT = "bob"'))
    course.write(handed_in / "bob.ipynb", course.answered(top="top = 0"))
    shutil.copy(handed_in / "bob.ipynb", handed_in / "cleo.ipynb")
    command = ["grade", course.NAME, str(handed_in), "--out", str(out)]
    command += [] if BOXED else ["--box", "no"]
    (handed_in / "notes.txt").write_text("no notebook")
    assert commands.main(command) == 0
    assert "3 graded, 0 not, 1 passed over" in capsys.readouterr().out
    scores = {row["student_id"]: row["score"] for row in _table(out / course.NAME / "scores.csv")}
    assert scores == {"ada": "6", "bob": "3", "cleo": "3"}
    log = (out / course.NAME / "grading.log").read_text()
    assert "ada: the notebook says STUDENT = 'bob', which is another student's" in log
    assert "the same file, byte for byte: bob, cleo" in log
    by_hand = out / course.NAME / "manual.csv"
    by_hand.write_text(by_hand.read_text() + "ada,figur,1,\n")
    (handed_in / "cleo.ipynb").unlink()
    course.write(handed_in / "bob.ipynb", course.answered())
    assert commands.main([*command, "--resume", "yes"]) == 0
    said = capsys.readouterr().out
    assert "[1/1] bob: graded, 6 of 6" in said
    assert "'ada', 'figur': no such cell" in said
    assert "'ada', 'figur': no such cell" in (out / course.NAME / "grading.log").read_text()
    scores = {row["student_id"]: row["score"] for row in _table(out / course.NAME / "scores.csv")}
    assert scores == {"ada": "6", "bob": "6", "cleo": "3"}


def test_interrupted_run_keeps_what_was_graded(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ada", "bob"):
        course.write(tmp_path / "in" / f"{name}.ipynb", course.answered())

    def interrupted(master: masters.Master, todo: list[Any], **more: Any) -> Any:
        yield _result(master, todo[0].student)
        raise KeyboardInterrupt

    monkeypatch.setattr(session, "grade_all", interrupted)
    monkeypatch.setattr(session, "need_box", lambda no_box: True)
    wish = session.Wish(course.NAME, tmp_path / "in", tmp_path / "out")
    assert session.grade(wish) == 130
    rows = _table(tmp_path / "out" / course.NAME / "scores.csv")
    assert [row["student_id"] for row in rows] == ["ada"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["grade", "a9", "x"], "choose one of: a0_small"),
        (["grade", "", "x"], r"ASSIGNMENT=\(empty\) is unknown"),
        (["grade", course.NAME, ""], "SUBMISSIONS is empty; name a folder"),
        (["grade", course.NAME, "nowhere"], "SUBMISSIONS=nowhere is no folder"),
        (["grade", course.NAME, "nowhere.zip"], "SUBMISSIONS=nowhere.zip does not exist; name"),
        (["grade", course.NAME, "~/no.zip"], f"SUBMISSIONS={Path.home()}/no.zip does not exist"),
        (["release", "a9"], "unknown"),
        (["gradescope", "a9"], "unknown"),
    ],
)
def test_wrong_command_says_what_to_do(
    source: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    assert commands.main(arguments) == 1
    assert re.search(says, capsys.readouterr().err)


# Gradescope


def test_zip_is_the_same_byte_for_byte(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = gradescope.build(course.NAME, tmp_path / "one").read_bytes()
    os.utime(source, (0, 0))
    old = os.umask(0o077)
    try:
        second = gradescope.build(course.NAME, tmp_path / "two").read_bytes()
    finally:
        os.umask(old)
    assert first == second
    with zipfile.ZipFile(tmp_path / "one" / f"{course.NAME}.zip") as archive:
        names = archive.namelist()
        assert archive.getinfo("run_autograder").external_attr >> 16 == 0o100755
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"numpy==" in archive.read("requirements.txt")
        assert b"ipython==" in archive.read("requirements.txt")
    assert names == sorted(names)
    assert not [name for name in names if "__pycache__" in name or name.startswith("grades")]


@pytest.mark.slow
@pytest.mark.parametrize("boxed", [True, False])
def test_zip_grades_in_a_container_like_gradescopes(
    source: Path, tmp_path: Path, boxed: bool
) -> None:
    """Unpack it, lay a submission beside it, run it: with bubblewrap, and as nobody without."""
    if not (BOXED if boxed else box.nobody_can_run()):
        pytest.skip("no box here" if boxed else "not root, or nobody cannot run this Python")
    base = tmp_path / "autograder"
    with zipfile.ZipFile(gradescope.build(course.NAME, tmp_path)) as archive:
        archive.extractall(base / "source")
    key = str(base / "source" / "assignments" / "source" / course.NAME / f"{course.NAME}.ipynb")
    curious = f"""
try:
    open({key!r})
    top = 0
except OSError:
    top = np.linalg.eigh(counts)[1][:, -1]
"""
    handed_in = course.answered(top=curious, big="big = 0")
    course.write(base / "submission" / "mine.ipynb", handed_in)
    users = {"users": [{"email": "Ada@uni.example", "id": 1}]}
    (base / "submission_metadata.json").write_text(json.dumps(users))
    path = os.environ["PATH"] if boxed else _path_without_bwrap(tmp_path)
    settings = {**os.environ, "AUTOGRADER": str(base), "W2V_PYTHON": sys.executable, "PATH": path}
    subprocess.run(["sh", str(base / "source" / "run_autograder")], env=settings, check=True)
    results = json.loads((base / "results" / "results.json").read_text())
    assert results["score"] == 5
    assert [test["score"] for test in results["tests"]] == [2, 3, 0]
    assert "ada@uni.example" in results["output"]
    assert "np.arange" not in json.dumps(results)
    assert (base / "source").stat().st_mode & 0o777 == 0o700


def _path_without_bwrap(folder: Path) -> str:
    (folder / "bin").mkdir()
    for name in ("sh", "mkdir", "chmod"):
        (folder / "bin" / name).symlink_to(shutil.which(name) or "")
    return str(folder / "bin")


# Personal data


def test_personal_generators_differ_and_repeat() -> None:
    from w2vbook.course import personal_rng

    draws = {
        (student, name): personal_rng(student, name).random()
        for student in ("ada", "bob")
        for name in ("a1_counts_and_pmi", "a4_staircase")
    }
    assert len(set(draws.values())) == 4
    assert personal_rng(" ADA\n", "a4_staircase").random() == draws["ada", "a4_staircase"]


@pytest.mark.parametrize("student", ["", "your-id", "a b", "=1", "x" * 65, None, 7])
def test_personal_generator_refuses_what_is_no_id(student: Any) -> None:
    from w2vbook.course import personal_rng

    with pytest.raises(w2vlib.W2VError, match="write the id that your instructor knows you by"):
        personal_rng(student, "a1_counts_and_pmi")
    with pytest.raises(w2vlib.W2VError, match="name one as in"):
        personal_rng("ada", "A1!")

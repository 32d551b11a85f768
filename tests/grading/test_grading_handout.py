"""What students get beside a notebook, and solutions with their own data."""

from __future__ import annotations

import doctest
import json
import math
import subprocess
import sys
import zipfile
from pathlib import Path

import grading_course as course
import nbformat
import numpy as np
import pytest

from grading import __main__ as commands
from grading import handout, masters, release, solutions
from w2vbook.course import personal_rng


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of releases of a course with the small master, and a small wheel."""
    course.only_master(tmp_path, monkeypatch)

    def wheel(folder: Path, its_masters: object) -> Path:
        (folder / "w2vlib-9-py3-none-any.whl").write_bytes(b"wheel")
        return folder / "w2vlib-9-py3-none-any.whl"

    monkeypatch.setattr(handout, "build_wheel", wheel)
    release.release([masters.find(course.NAME)], tmp_path / "out", tmp_path / "no-site")
    return tmp_path / "out"


def hand_out(folder: Path, address: str = "") -> Path:
    handout.hand_out([masters.find(course.NAME)], address, folder)
    return folder / course.NAME


def test_hand_out_is_whole_and_names_what_is_there(folder: Path) -> None:
    (folder / course.NAME / "w2vlib-8-py3-none-any.whl").write_bytes(b"of last year")
    there = hand_out(folder)
    readme = (there / "README.md").read_text(encoding="utf-8")
    assert readme.startswith("# A small assignment\n")
    assert "@" not in readme
    assert "Colab" not in readme
    assert readme.count(f"jupyter lab {course.NAME}.ipynb") == 2
    # Notebooks of other assignments may lie beside this one: the line names the one that it runs.
    assert readme.count(f"visible_tests.py {course.NAME}.ipynb") == 2
    needed = (there / "requirements.txt").read_text(encoding="utf-8")
    wheel = next(line[2:] for line in needed.splitlines() if line.startswith("./"))
    assert [path.name for path in there.glob("*.whl")] == [wheel]
    names = {line.split("==")[0] for line in needed.splitlines() if "==" in line}
    assert {"numpy", "numba", "jupyterlab", "ipykernel"} <= names
    assert not names & {"torch", "nbgrader", "jupyter-book"}
    workflow = (there / ".github" / "workflows" / "classroom.yml").read_text(encoding="utf-8")
    for name in ("requirements.txt", "visible_tests.py"):
        assert name in workflow
        assert (there / name).is_file()


def test_links_to_colab_and_binder_come_with_an_address(folder: Path) -> None:
    there = hand_out(folder, "https://github.com/uni/w2v-{name}/tree/autumn")
    readme = (there / "README.md").read_text(encoding="utf-8")
    assert "github/uni/w2v-a0_small/blob/autumn/a0_small.ipynb" in readme
    assert "mybinder.org/v2/gh/uni/w2v-a0_small/autumn?labpath=a0_small.ipynb" in readme
    assert "com/uni/w2v-a0_small/autumn/w2vlib-9-py3-none-any.whl" in readme
    assert "@" not in readme


@pytest.mark.parametrize(
    "address",
    ["https://example.org/{name}", "https://github.com/uni/w2v", "https://github.com/a/{b}"],
)
def test_address_of_another_form_is_refused(folder: Path, address: str) -> None:
    with pytest.raises(masters.MasterError, match="is not of the form"):
        hand_out(folder, address)


def test_wheel_holds_the_library_and_the_data_and_no_master(tmp_path: Path) -> None:
    with zipfile.ZipFile(handout.build_wheel(tmp_path)) as archive:
        names = archive.namelist()
    for name in ("w2vlib/data/enwiki_v5000_l16.npz", "w2vbook/course.py", "w2vbook/py.typed"):
        assert name in names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"w2vlib", "w2vbook"}


def test_solution_in_the_wheel_stops_the_hand_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    master = course.only_master(tmp_path, monkeypatch)
    (tmp_path / "w2vlib").mkdir()
    (tmp_path / "w2vlib" / "notes.md").write_text(
        "Rubric: two points for the word eigenvalue anywhere."
    )
    monkeypatch.setattr(handout, "ROOT", tmp_path)
    monkeypatch.setattr(handout, "_PACKED", ("w2vlib",))
    with pytest.raises(masters.MasterError, match="would be packed"):
        handout.build_wheel(tmp_path / "scratch", [master])


@pytest.mark.slow
def test_visible_tests_are_listed(folder: Path) -> None:
    there = hand_out(folder)
    path = there / f"{course.NAME}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    answers = {"student": 'STUDENT = "ada"', "shares": "def shares(counts, *, axis=None): return 2"}
    for cell in notebook["cells"]:
        cell["source"] = answers.get(cell["id"], cell["source"])
        cell["source"] = masters.hidden_test(1) if cell["id"] == "big-test" else cell["source"]
    path.write_text(json.dumps(notebook), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(there / "visible_tests.py")], capture_output=True, text=True
    )
    says = done.stdout.splitlines()
    assert says[0].startswith("shares-test: FAILS: AttributeError")
    assert says[1].startswith("top-test: FAILS: NameError")
    assert says[2:] == ["big-test: hidden until grading"]
    assert done.returncode == 1


def test_release_command_hands_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handout, "hand_out", lambda paths, address: done.append(address))
    monkeypatch.setattr(release, "release", lambda paths: paths)
    done: list[str] = []
    assert commands.main(["release", course.NAME, "--address", "there"]) == 0
    assert done == ["there"]


# Solutions


def test_solutions_without_a_student_are_not_run(folder: Path) -> None:
    path = solutions.write_solutions(masters.find(course.NAME), "", folder)
    text = path.read_text(encoding="utf-8")
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert path.name == f"{course.NAME}.ipynb"
    assert "return counts / counts.sum(axis=axis, keepdims=axis is not None)" in text
    assert "Rubric: two points" in text
    for secret in ("BEGIN", "END SOLUTION", "np.arange(6.0)", "nbgrader"):
        assert secret not in text


@pytest.mark.slow
def test_solutions_hold_the_keys_of_the_student(folder: Path) -> None:
    path = solutions.write_solutions(masters.find(course.NAME), " Ada", folder)
    assert path == folder / course.NAME / "ada.ipynb"
    printed = [
        output["text"]
        for cell in nbformat.read(path, as_version=4).cells
        for output in cell.get("outputs", [])
        if output["output_type"] == "stream"
    ]
    counts = personal_rng("ada", course.NAME).integers(1, 50, size=(4, 4))
    counts = counts + counts.T
    keys = dict(line.split(" = ", 1) for text in printed for line in text.strip().split("\n"))
    assert set(keys) == {"top", "big", "smallest"}
    assert keys["big"] == str(math.factorial(30))
    assert keys["top"] == str(np.linalg.eigh(counts)[1][:, -1])


@pytest.mark.slow
def test_solutions_that_do_not_run_are_named(folder: Path) -> None:
    path = masters.find(course.NAME)
    path.write_text(path.read_text().replace("math.factorial(30)", "1 / 0"))
    with pytest.raises(masters.MasterError, match=r"a0_small: its solutions do not run.*Zero"):
        solutions.write_solutions(path, "ada", folder)


def test_solutions_need_an_id(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["solutions", course.NAME, "--student", "../x"]) == 1
    assert "STUDENT='../x' is no student id" in capsys.readouterr().err


def test_examples_in_docstrings() -> None:
    for module in (handout, solutions):
        found = doctest.testmod(module)
        assert found.attempted > 0
        assert found.failed == 0

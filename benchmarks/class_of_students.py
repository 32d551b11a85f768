"""Grade a made-up class: honest, sloppy, late and hostile students, killed half-way, resumed.

Usage: class_of_students.py [ASSIGNMENT [STUDENTS [JOBS]]]; a4_staircase, 100 and 2 by default.
Prints how long each run took, the largest memory of the grader, and who got what. It fails where a
result is missing, where one that was on the disk is graded again, or where an honest student does
not get every point that tests give.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from grading import masters
from grading.box import why_no_box

Cells = list[dict[str, Any]]
KINDS = ["honest"] * 6 + ["sloppy"] * 2 + ["late", "hostile"]  # of each ten students
PNG_BOMB = """
import os
class Picture:
    def _repr_png_(self): return b"\\x89PNG\\r\\n\\x1a\\n" + os.urandom(1_400_000)
for _ in range(8): display(Picture())"""
FILES = "n = 0\nwhile True:\n    open(f'/tmp/{n}', 'w').close(); n += 1"
MEMORY = "import numpy\nheld = []\nwhile True: held.append(numpy.empty(1 << 26))"
PEEK = "import os\nprint(os.listdir('/'), os.environ)\nopen('/etc/passwd')"


def own(master: masters.Master, student: str) -> Cells:
    """Return the cells of a student who answers as the master does."""
    cells = []
    for number, cell in enumerate(master.cells):
        source = cell.source if cell.role in ("solution", "manual") else cell.released
        source = "\n".join(
            line for line in source.split("\n") if f" {masters.SOLUTION}" not in line
        )
        source = f"STUDENT = {student!r}" if cell.role == "student" else source
        label = {"nbgrader": {"grade_id": cell.grade_id}} if cell.grade_id else {}
        kind = "code" if cell.is_code else "markdown"
        made = {"cell_type": kind, "id": cell.cell_id or f"c{number}", "metadata": label}
        cells.append({**made, "source": source})
    return cells


def _answers(cells: Cells, master: masters.Master) -> Cells:
    wanted = {cell.grade_id for cell in master.of_role("solution") if cell.is_code}
    return [c for c in cells if c["metadata"].get("nbgrader", {}).get("grade_id") in wanted]


def _added(source: str, kind: str = "code") -> Callable[[Cells, Cells], None]:
    def change(cells: Cells, answers: Cells) -> None:
        added = {"cell_type": kind, "id": "added", "metadata": {}, "source": source}
        cells.insert(cells.index(answers[-1]) + 1, added)

    return change


def _to_text(cells: Cells, answers: Cells) -> None:
    answers[0]["cell_type"] = "markdown"


def _open(cells: Cells, answers: Cells) -> None:
    answers[-1]["source"] = masters.CODE_STUB


def _no_labels(cells: Cells, answers: Cells) -> None:
    for number, cell in enumerate(cells):
        cell |= {"metadata": {}, "id": f"new-{number}"}


def _copied(cells: Cells, answers: Cells) -> None:
    cells.insert(cells.index(answers[0]), {**answers[0], "id": "copied"})


def _no_tests(cells: Cells, answers: Cells) -> None:
    for cell in cells:
        if "### " not in cell["source"] and "assert " in cell["source"]:
            cell["source"] = "assert True"


def _typo(cells: Cells, answers: Cells) -> None:
    answers[-1]["source"] += "\nprint('never closed'"


SLOPPY = [_to_text, _open, _copied, _typo, _no_labels, _added("print('\\ud83d')"), _no_tests]
HOSTILE = {
    "files": _added(FILES),
    "pictures": _added(PNG_BOMB),
    "ends": _added("import os\nos._exit(0)"),
    "memory": _added(MEMORY),
    "text": _added("&" * 190_000, "markdown"),
    "peeks": _added(PEEK),
    "loops": _added("while True: pass"),
    "surrogate": _added("raise ValueError('\\ud800')"),
    "prints": _added("for _ in range(10**5): print('x' * 1000)"),
    "not-json": None,
}


@dataclass(frozen=True)
class Student:
    """Who hands in, and what kind of student it is."""

    name: str
    kind: str
    how: str = ""


def write_class(master: masters.Master, folder: Path, n: int) -> list[Student]:
    """Write what ``n`` students hand in; return who they are."""
    students, counts = [], dict.fromkeys(KINDS, 0)
    for number in range(n):
        kind = KINDS[number % len(KINDS)]
        turn, counts[kind] = counts[kind], counts[kind] + 1
        name, how = f"{kind}-{turn}", ""
        path = folder / name / f"{master.name}.ipynb"
        if kind == "late":  # Canvas's download
            name = str(7000 + turn)
            path = folder / f"doe{turn}_LATE_{name}_{turn}_{master.name}.ipynb"
        cells = own(master, name)
        if kind == "sloppy":
            change = SLOPPY[turn % len(SLOPPY)]
            how = change.__name__.strip("_")
            change(cells, _answers(cells, master))
        data = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        text = json.dumps(data)
        if kind == "hostile":
            how = list(HOSTILE)[turn % len(HOSTILE)]
            attack = HOSTILE[how]
            if attack is not None:
                attack(cells, _answers(cells, master))
            text = json.dumps(data) if attack is not None else text[: len(text) // 2]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        students.append(Student(name, kind, how))
    return students


def killed_and_resumed(command: list[str], results: Path, half: int) -> tuple[float, float, int]:
    """Run a grading command, kill it when ``half`` the results are there, and resume it.

    Returns the seconds of both runs, and how many results the first one left. Raises
    AssertionError where one of them is graded again.
    """
    settings = {**os.environ, "PYTHONPATH": str(ROOT)}
    began = time.monotonic()
    with subprocess.Popen(command, env=settings, stdout=subprocess.DEVNULL) as run:
        while len(list(results.glob("*.json"))) < half and run.poll() is None:
            time.sleep(0.05)
        run.send_signal(signal.SIGKILL)
    first = time.monotonic() - began
    kept = {path: path.stat().st_mtime_ns for path in results.glob("*.json")}
    again = [*command, "--resume", "yes"]
    subprocess.run(again, env=settings, stdout=subprocess.DEVNULL, check=False)
    second = time.monotonic() - began - first
    graded = {path: json.loads(path.read_text("utf-8"))["status"] for path in kept}
    for path, when in kept.items():
        if graded[path] == "graded" and path.stat().st_mtime_ns != when:
            raise AssertionError(f"{path.stem} was graded again")
    return first, second, len(kept)


def faults(master: masters.Master, students: list[Student], results: Path) -> list[str]:
    """Return what no class may see: a missing result, an honest student without all points."""
    found = []
    for one in students:
        path = results / f"{one.name}.json"
        if not path.is_file():
            found.append(f"{one.name}: no result")
            continue
        result = json.loads(path.read_text("utf-8"))
        if one.kind in ("honest", "late") and result["auto"] != master.max_auto:
            found.append(f"{one.name}: {result['auto']} of {master.max_auto}, {result['trouble']}")
        if result["status"] == "fault":
            found.append(f"{one.name}: {result['trouble']}")
    return found


def main(name: str = "a4_staircase", students: str = "100", jobs: str = "2") -> int:
    """Grade the class and print what came of it."""
    master = masters.read(masters.find(name))
    with tempfile.TemporaryDirectory(prefix="w2v-class-") as folder:
        handed_in, out = Path(folder) / "in", Path(folder) / "out"
        members = write_class(master, handed_in, int(students))
        results = out / name / "results"
        command = [sys.executable, "-m", "grading", "grade", name, str(handed_in)]
        command += ["--out", str(out), "--jobs", jobs]
        command += [] if why_no_box() is None else ["--box", "no"]
        first, second, left = killed_and_resumed(command, results, int(students) // 2)
        print(f"{name}: {students} students, {jobs} at a time")
        print(
            f"killed after {first:.0f} s with {left} results; resumed, done in {second:.0f} s more"
        )
        used = resource.getrusage(resource.RUSAGE_CHILDREN)  # of what was not killed
        each = (used.ru_utime + used.ru_stime) / (int(students) - left)
        print(f"processor time of the second run: {each:.1f} s a submission")
        print(f"largest process: {used.ru_maxrss >> 10} MB")
        pages = [path.stat().st_size for path in out.rglob("*.html")]
        print(f"{len(pages)} pages, the largest {max(pages) / 1e6:.1f} MB")
        for one in members:
            if one.kind in ("sloppy", "hostile"):
                result = json.loads((results / f"{one.name}.json").read_text("utf-8"))
                points = f"{result['auto']:g} of {master.max_auto:g}"
                print(f"  {one.name} ({one.how}): {points}, {result['seconds']:.0f} s")
        wrong = faults(master, members, results)
        print("".join(f"FAULT {line}\n" for line in wrong) or "every honest student: full points")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))

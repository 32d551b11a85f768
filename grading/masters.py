"""Read a master notebook: its cells, what each is for, and its points.

The format is nbgrader's. Which cells run, in which order, and what they are worth is read here and
nowhere else: a submission has no say in it.
"""

from __future__ import annotations

import ast
import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "assignments" / "source"
STUDENT_CELL = "student"
CODE_STUB = "# YOUR CODE HERE\nraise NotImplementedError()"
TEXT_STUB = "YOUR ANSWER HERE"
SOLUTION = "SOLUTION"
HIDDEN = "HIDDEN TESTS"
_ID = re.compile(r"[A-Za-z][\w-]{0,63}")


class MasterError(ValueError):
    """A master that cannot be used; the message names the cell and the remedy."""


@dataclass(frozen=True)
class Cell:
    """A cell of a master.

    ``role`` is ``student`` (the cell with the student's id), ``solution``, ``manual`` (graded by
    hand), ``test``, ``course`` (code that students may not change) or ``prose``.
    """

    role: str
    source: str
    is_code: bool = True
    grade_id: str = ""
    points: float = 0.0
    cell_id: str = ""

    @property
    def released(self) -> str:
        """The source as students get it."""
        if self.role in ("solution", "manual"):
            stub = CODE_STUB if self.is_code else TEXT_STUB
            shown = without(self.source, SOLUTION, stub)
            return shown if shown != self.source else stub
        shown = without(self.source, HIDDEN) if self.role == "test" else self.source
        return shown if shown.strip() or self.role != "test" else hidden_test(self.points)


@dataclass(frozen=True)
class Master:
    """A master notebook."""

    name: str
    cells: tuple[Cell, ...]
    metadata: dict[str, Any]

    def of_role(self, *roles: str) -> list[Cell]:
        """Return the cells with one of the roles."""
        return [cell for cell in self.cells if cell.role in roles]

    @property
    def titles(self) -> dict[str, str]:
        """What people call the cells: the heading above each, and which test below it."""
        above, under = "", {}  # type: str, dict[str, list[Cell]]
        for cell in self.cells:
            for line in cell.source.split("\n") if cell.role == "prose" else ():
                if re.match(r"#{2,6} ", line):
                    above = re.sub(r"\s*\([^()]*\bpoints?\b[^()]*\)", "", line.lstrip("# ")).strip()
            if cell.grade_id and cell.role != "prose":
                under.setdefault(above, []).append(cell)
        found = {}
        for title, cells in under.items():
            tests = [cell.grade_id for cell in cells if cell.role == "test"]
            for cell in cells:
                which = ""
                if cell.role == "test" and len(tests) > 1:
                    which = f", test {tests.index(cell.grade_id) + 1} of {len(tests)}"
                elif cell.role == "manual" and len(cells) > 1:
                    which = f", {cell.grade_id}"
                found[cell.grade_id] = f"{title}{which}" if title else cell.grade_id
        return found

    @property
    def max_auto(self) -> float:
        """The points that tests give."""
        return sum(cell.points for cell in self.of_role("test"))

    @property
    def max_manual(self) -> float:
        """The points that are given by hand."""
        return sum(cell.points for cell in self.of_role("manual"))


def hidden_test(points: float) -> str:
    """Return what a test cell says to students where all of it is hidden.

    >>> hidden_test(2.0)
    '# Hidden test, 2 points'
    """
    return f"# Hidden test, {points:g} point{'' if points == 1 else 's'}"


def region_lines(source: str, what: str) -> set[int]:
    r"""Return the numbers of the lines (from 1) from ``BEGIN what`` to ``END what``.

    >>> region_lines("a\n### BEGIN SOLUTION\nb\n### END SOLUTION\nc", "SOLUTION")
    {2, 3, 4}
    """
    found, inside = set(), False
    for number, line in enumerate(source.split("\n"), 1):
        begins, ends = f"BEGIN {what}" in line, f"END {what}" in line
        if (begins and inside) or (ends and not inside):
            raise MasterError(
                f"BEGIN and END {what} do not alternate; close each region before the next"
            )
        inside = (inside or begins) and not ends
        if inside or ends:
            found.add(number)
    if inside:
        raise MasterError(f"a region that begins with BEGIN {what} has no END {what}; add it")
    return found


def without(source: str, what: str, stub: str = "") -> str:
    """Return the source with ``stub``, indented as the region was, in place of each region."""
    inside, lines = region_lines(source, what), []
    for number, line in enumerate(source.split("\n"), 1):
        if number not in inside:
            lines.append(line)
        elif stub and f"BEGIN {what}" in line:
            indent = line[: len(line) - len(line.lstrip())]
            lines += [indent + stub_line for stub_line in stub.split("\n")]
    return "\n".join(lines)


def known() -> dict[str, Path]:
    """Return the masters by name."""
    return {
        path.stem: path
        for path in sorted(SOURCE.glob("*/*.ipynb"))
        if path.parent.name == path.stem
    }


def find(name: str) -> Path:
    """Return the path of a master; say which there are where this one is not."""
    there = known()
    if name not in there:
        some = ", ".join(there) or f"none yet: {SOURCE} holds no NAME/NAME.ipynb"
        raise MasterError(f"ASSIGNMENT={name or '(empty)'} is unknown; choose one of: {some}")
    return there[name]


def read(path: Path) -> Master:
    """Read and check a master.

    Raises
    ------
    MasterError
        It is no notebook, an id is missing or comes twice, a cell to grade has no points, a
        region does not close, a test is no Python, or outputs are stored.
    """
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        cells = tuple(
            _cell(cell, path.stem, number) for number, cell in enumerate(notebook["cells"], 1)
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, MasterError):
            raise
        raise MasterError(f"{path.name} is no notebook that can be read: {error}") from None
    master = Master(path.stem, cells, notebook.get("metadata", {}))
    _check(master)
    return master


def _cell(cell: dict[str, Any], name: str, number: int) -> Cell:
    source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
    is_code, given = cell["cell_type"] == "code", cell.get("metadata", {}).get("nbgrader", {})
    grade, solution = bool(given.get("grade")), bool(given.get("solution"))
    grade_id, points = given.get("grade_id", ""), given.get("points", 0)
    where = f"{name}, cell {number}{f' ({grade_id})' if grade_id else ''}"
    if given.get("task"):
        raise MasterError(
            f"{where}: task cells are not graded here; make it a solution cell with points"
        )
    if (grade or solution) and not _ID.fullmatch(str(grade_id)):
        raise MasterError(
            f"{where}: grade_id {grade_id!r}; use a letter, then letters, digits, _ and -"
        )
    if grade and not (type(points) in (int, float) and math.isfinite(points) and points > 0):
        raise MasterError(
            f"{where}: points {points!r}; a cell that is graded needs a number above 0"
        )
    if cell.get("outputs"):
        raise MasterError(f"{where}: holds outputs, which may hold answers; clear all outputs")
    if solution:
        student = grade_id == STUDENT_CELL
        role = "manual" if grade else "student" if student else "solution"
    else:
        role = "test" if grade and is_code else "course" if is_code else "prose"
    if grade and role == "prose":
        raise MasterError(f"{where}: text can be graded by hand only; mark it as a solution, too")
    try:
        region_lines(source, SOLUTION)
        region_lines(source, HIDDEN)
        if "BEGIN SOLUTION" in source and role not in ("solution", "manual"):
            raise MasterError("a solution outside a solution cell would be released; mark the cell")
        if "BEGIN HIDDEN" in source and role != "test":
            raise MasterError("a hidden test outside a test cell would be released; mark the cell")
        if role == "test":
            ast.parse(source)
    except (MasterError, SyntaxError) as error:
        raise MasterError(f"{where}: {error}") from None
    return Cell(
        role, source, is_code, grade_id, float(points) if grade else 0.0, cell.get("id", "")
    )


def _check(master: Master) -> None:
    ids = [cell.grade_id for cell in master.cells if cell.grade_id]
    twice = sorted({grade_id for grade_id in ids if ids.count(grade_id) > 1})
    if twice:
        raise MasterError(
            f"{master.name}: grade_id {', '.join(twice)} comes twice; each needs its own"
        )
    code = [cell for cell in master.cells if cell.is_code]
    if not code or code[0].role != "student":
        raise MasterError(
            f'{master.name}: the first code cell must be a solution cell with grade_id "student" '
            'that holds STUDENT = "your-id"'
        )
    if not master.of_role("test"):
        raise MasterError(f"{master.name}: no cell is a test, so nothing can be graded")

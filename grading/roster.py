"""The roster, Canvas's gradebook or Moodle's worksheet: read and checked before grading."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .feedback import points_text
from .masters import Master
from .submissions import clean_id
from .tables import ReportError, Table, read_table

CANVAS_HEAD = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]


@dataclass(frozen=True)
class Roster:
    """The gradebook as Canvas exports it, and its column of an assignment."""

    table: Table
    column: str

    @property
    def says(self) -> str:
        """Say where the points will go."""
        new = "" if self.column in self.table.head else "a new column, as no column is named so: "
        return f"{self.table.path}: {len(self.table.rows)} rows; points go to {new}{self.column!a}"


def read_roster(
    path: Path, master: Master, students: Iterable[str], table: Table | None = None
) -> Roster:
    """Read a roster and check it for those who handed in.

    The assignment's column has its name, or its number, as "Assignment 4 (123)" for ``a4_...``.

    Raises
    ------
    ReportError
        It is no gradebook of Canvas's, or two columns may be the assignment's, or two rows one
        student's.
    """
    table = table or read_table(path)
    if "Student" not in table.head or "ID" not in table.head:
        raise ReportError(
            f"{path}: no columns Student and ID; export the gradebook from Canvas, or the grading "
            "worksheet from Moodle (in English: Identifier, Full name, Grade)"
        )
    columns = _columns(table.head, master.name)
    if len(columns) > 1:
        raise ReportError(
            f"{path}: the columns {', '.join(map(ascii, columns))} may all be {master.name}; "
            "delete all but one of them from this file"
        )
    lines: dict[str, list[str]] = {}
    for line, person in zip(table.lines, table.rows, strict=True):
        for student in ids(person):
            lines.setdefault(student, []).append(str(line))
    for student in students:
        if len(lines.get(student, [])) > 1:
            raise ReportError(
                f"{path}, lines {' and '.join(lines[student])}: all have the id {student}; keep it "
                "in one of them, or empty the columns of ids that students do not hand in under"
            )
    return Roster(table, columns[0] if columns else master.name)


@dataclass(frozen=True)
class Worksheet:
    """Moodle's grading worksheet, and the student of each of its numbers."""

    table: Table
    students: dict[str, str]

    @property
    def says(self) -> str:
        """Say where the points will go."""
        return f"{self.table.path}: Moodle's worksheet of {len(self.table.rows)}; see moodle.csv"

    def filled(self, points: dict[str, float]) -> tuple[list[list[str]], list[str]]:
        """Return the worksheet with the points, and whose points have no row in it."""
        left, rows = dict(points), [self.table.head]
        for row in self.table.rows:
            score = left.pop(self.students[_number(row)], None)
            row = {name: no_formula(cell) for name, cell in row.items()}
            rows.append(
                list((row | ({} if score is None else {"Grade": points_text(score)})).values())
            )
        return rows, sorted(left)


def read_worksheet(table: Table, master: Master) -> Worksheet | None:
    """Return a table as Moodle's grading worksheet; None where it is none.

    A student is known by the ID number, where that is empty by the e-mail address, and where there
    is neither by Moodle's number in this assignment.

    Raises
    ------
    ReportError
        Two rows are one student's, or the assignment is worth something else in Moodle.
    """
    if not {"Identifier", "Full name", "Grade"} <= set(table.head):
        return None
    students: dict[str, str] = {}
    for line, row in zip(table.lines, table.rows, strict=True):
        number, worth = _number(row), row.get("Maximum Grade", "").replace(",", ".")
        known = (clean_id(row.get(name, "")) for name in ("ID number", "Email address"))
        student = next((one for one in known if one), number)
        if not number or number in students or student in students.values():
            raise ReportError(f"{table.path}, line {line}: no Identifier and id of its own")
        if re.fullmatch(r"[\d.]+", worth) and float(worth) != master.max_auto + master.max_manual:
            raise ReportError(
                f"{table.path}, line {line}: worth {worth} points in Moodle, and here "
                f"{points_text(master.max_auto + master.max_manual)}; change it in Moodle"
            )
        students[number] = student
    return Worksheet(table, students)


def _number(row: dict[str, str]) -> str:
    found = re.search(r"([0-9]+)\s*$", row.get("Identifier", ""))
    return found[1] if found else ""


def _columns(head: list[str], name: str) -> list[str]:
    """Return the columns that may be the assignment's: those of its name, else of its number.

    >>> _columns(["Quiz 4 (1)", "Assignment 4 (2)", "Assignment 40 (3)"], "a4_staircase")
    ['Assignment 4 (2)']
    """
    titles = {column: _words(re.sub(r"\(\d+\)\s*$", "", column)) for column in head}
    named = [column for column, title in titles.items() if title == _words(name)]
    number = re.match(r"a0*(\d+)_", name)
    if named or number is None:
        return named
    numbered = re.compile(rf"(a|assignment) ?0*{number[1]}( |$)")
    return [
        column
        for column, title in titles.items()
        if numbered.match(title) and re.search(r"\(\d+\)\s*$", column)
    ]


def _words(title: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", title.casefold()))


def ids(person: dict[str, str]) -> list[str]:
    """Return the ids by which a row of the roster may be meant."""
    found = [clean_id(person.get(name, "")) for name in CANVAS_HEAD[1:4]]
    return list(dict.fromkeys(one for one in found if one))


def no_formula(cell: str) -> str:
    """Return a cell, marked as text where a spreadsheet would take it for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell

"""Points and comments that people gave: the table ``OUT/NAME/manual.csv``.

It is read strictly, and only ever added to: what somebody wrote in it stays as it is.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from .by_hand import read_codes
from .feedback import points_text
from .masters import Master
from .submissions import clean_id
from .tables import ReportError, read_table

Result = dict[str, Any]
Marks = dict[str, dict[str, tuple[float, str]]]
MANUAL_HEAD = ["student_id", "grade_id", "points", "comment"]


def read_manual(folder: Path, master: Master) -> tuple[Marks, list[list[str]]]:
    """Return the points given by hand, and the rows of the table as they stand.

    Raises
    ------
    ReportError
        A row's points are no number between 0 and what the cell is worth, two rows give points for
        the same answer, or columns are missing.
    """
    path, marks, rows = folder / "manual.csv", {}, []  # type: Path, Marks, list[list[str]]
    if not path.is_file():
        return marks, rows
    most = {cell.grade_id: cell.points for cell in master.of_role("manual")}
    table, codes = read_table(path), read_codes(folder)
    seen: dict[tuple[str, str], int] = {}
    if not set(MANUAL_HEAD[:3]) <= set(table.head):
        raise ReportError(f"{path}: the first line must name {', '.join(MANUAL_HEAD)}; restore it")
    for line, given in zip(table.lines, table.rows, strict=True):
        row = {name: given.get(name, "").strip() for name in MANUAL_HEAD}
        row["student_id"] = codes.get(clean_id(row["student_id"]) or "", row["student_id"])
        rows.append(list(row.values()))
        student, grade_id = clean_id(row["student_id"]), row["grade_id"]
        if not row["points"] or student is None or grade_id not in most:
            continue
        try:
            points = float(row["points"].replace(",", "."))
        except ValueError:
            points = math.nan
        if not 0 <= points <= most[grade_id]:
            raise ReportError(
                f"{path}, line {line}: points {row['points']!r} for {grade_id}; "
                f"write a number from 0 to {points_text(most[grade_id])}, or nothing"
            )
        before = seen.setdefault((student, grade_id), line)
        if before != line:
            raise ReportError(
                f"{path}, lines {before} and {line}: both give {student} points for {grade_id}; "
                "keep them in one of the two"
            )
        marks.setdefault(student, {})[grade_id] = (points, row["comment"])
    return marks, rows


def idle_rows(master: Master, rows: list[list[str]], results: dict[str, Result]) -> list[str]:
    """Return what is wrong with rows of the table by hand whose points count for nobody."""
    cells, lines = {cell.grade_id for cell in master.of_role("manual")}, []
    for student, grade_id, points, _ in rows:
        if points and grade_id not in cells:
            lines.append(f"manual.csv: {student!a}, {grade_id!a}: no such cell is graded by hand")
        elif points and clean_id(student) not in results:
            lines.append(f"manual.csv: {student!a}, {grade_id!a}: no such student handed in")
    return lines


def with_blanks(master: Master, results: dict[str, Result], marks: Marks) -> Marks:
    """Return the marks, with 0 for what was left blank and is not graded by hand."""
    whole: Marks = {}
    for student, result in results.items():
        whole[student] = dict(marks.get(student, {}))
        for cell in master.of_role("manual"):
            if result["status"] == "graded" and not result["written"].get(cell.grade_id):
                whole[student].setdefault(cell.grade_id, (0.0, "Left blank."))
    return whole

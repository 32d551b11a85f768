"""Grading by hand, question by question: a page to read for each, and codes in place of names.

    OUT/NAME/by_hand/GRADE_ID.html     all answers to one question, with its rubric
    OUT/NAME/codes.csv                 whose code is whose, once ANONYMOUS=yes was said

Points and comments go into ``manual.csv``, under the id or the code that the page shows.
"""

from __future__ import annotations

import html
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from .feedback import points_text
from .files import atomic_write
from .masters import Cell
from .pages import frame, outputs
from .submissions import clean_id
from .tables import ReportError, read_table

MAX_TEXT = 50_000
_LETTERS = "bcdfghjkmnpqrstvwxz23456789"  # no vowels: no words; nothing that looks like another


def read_codes(folder: Path) -> dict[str, str]:
    """Return the student of each code.

    Raises
    ------
    ReportError
        ``codes.csv`` is damaged: points by hand could go to the wrong student.
    """
    path = folder / "codes.csv"
    if not path.is_file():
        return {}
    codes: dict[str, str] = {}
    table = read_table(path)
    for line, row in zip(table.lines, table.rows, strict=True):
        student, code = clean_id(row.get("student_id", "")), clean_id(row.get("code", ""))
        if student is None or code is None or code in codes or student in codes.values():
            raise ReportError(f"{path}, line {line}: no student_id and code of its own; restore it")
        codes[code] = student
    return codes


def add_codes(folder: Path, students: Iterable[str]) -> dict[str, str]:
    """Return the code of each student; who has none yet gets one, which is kept."""
    code_of = {student: code for code, student in read_codes(folder).items()}
    taken = {*code_of, *code_of.values(), *students}
    new = []
    for student in sorted(set(students) - set(code_of)):
        code = ""
        while not code or code in taken:
            code = "anon-" + "".join(secrets.choice(_LETTERS) for _ in range(5))
        taken.add(code)
        code_of[student] = code
        new.append([student, code])
    path = folder / "codes.csv"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as file:
            file.write(b"student_id,code\n")
    if new:
        read_table(path).append(new)
    return code_of


def write_question(
    path: Path,
    cell: Cell,
    title: str,
    answers: Iterator[tuple[str, dict[str, Any]]],
    marks: dict[str, dict[str, tuple[float, str]]],
    shown: dict[str, str],
) -> None:
    """Write the page of one question, one answer after the other; ``shown`` are ids or codes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as file:
        for piece in frame(title, _answers(cell, answers, marks, shown)):
            file.write(piece.encode("utf-8", "replace"))


def _answers(
    cell: Cell,
    answers: Iterator[tuple[str, dict[str, Any]]],
    marks: dict[str, dict[str, tuple[float, str]]],
    shown: dict[str, str],
) -> Iterator[str]:
    yield (
        f"<p>{points_text(cell.points)} points. Write points and comments into manual.csv: there "
        f"the question is {html.escape(cell.grade_id)}, and the student is what stands above each "
        "answer.</p>"
        f"<details><summary>The master, with its rubric</summary><pre>{html.escape(cell.source)}"
        "</pre></details>"
    )
    blank = 0
    for student, result in answers:
        text = result["written"].get(cell.grade_id, "")
        if result["status"] != "graded" or not text:
            blank += result["status"] == "graded"
            continue
        yield f"<h2>{html.escape(shown[student])}</h2>"
        points, comment = marks.get(student, {}).get(cell.grade_id, (None, ""))
        if points is not None:
            given = f"{points_text(points)} points{': ' if comment else ''}{comment}"
            yield f"<p><strong>Given so far: {html.escape(given)}</strong></p>"
        yield f"<pre>{html.escape(text[:MAX_TEXT])}</pre>"
        ours = False
        for step in result["steps"]:  # the cell's own, and those that the student added below it
            extra = step["kind"] == "extra"
            ours = step["grade_id"] == cell.grade_id or (ours and extra)
            if ours:
                yield outputs(step)
    yield f"<p>{blank} left it blank, which is 0 points without a row.</p>" if blank else ""

"""Write what grading found: results, pages, tables. Every file whole or not at all.

    OUT/scores.csv                      every student, every assignment graded so far
    OUT/NAME/scores.csv, canvas.csv     one assignment; for Canvas's gradebook
    OUT/NAME/moodle.csv                 for Moodle, where its worksheet was the roster
    OUT/NAME/manual.csv                 points by hand: fill it in, and run the command again
    OUT/NAME/feedback/ID.html           for the student
    OUT/NAME/feedback-canvas.zip        the same under the names of Canvas's download (or Moodle's)
    OUT/NAME/instructor/ID.html         the same with the hidden tests' findings and all output
    OUT/NAME/results/ID.json            what the tables are made from
    OUT/NAME/by_hand/GRADE_ID.html      one question, all answers, to grade by hand
    OUT/NAME/class.html, alike.html     scores, tests and slips; answers to read side by side
    OUT/NAME/grading.log

A result is on the disk as soon as it is there. Grading some students, or one assignment, again
leaves the others as they are.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .alike import alike_page, likeness, sources
from .by_hand import add_codes, read_codes, write_question
from .classpage import class_page
from .feedback import page, points_text
from .files import atomic_write
from .handmarks import changed_since_graded
from .late import Late, Policy
from .manual import MANUAL_HEAD, Marks, read_manual, with_blanks
from .masters import Master
from .returns import write_zips
from .roster import CANVAS_HEAD, Roster, Worksheet, ids, no_formula, read_roster
from .submissions import clean_id, in_words
from .tables import ReportError, read_table

Result = dict[str, Any]


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as file:
        file.write(text.encode("utf-8", "replace"))  # lone surrogates, kept by an earlier version


def write_result(folder: Path, result: Result) -> None:
    """Keep one result."""
    text = json.dumps(result, indent=1, sort_keys=True)
    write_text(folder / "results" / f"{result['student']}.json", text + "\n")


def slim(result: Result) -> Result:
    """Return a result without what its cells hold and show, which is on the disk.

    A class of hundreds, some of them hostile, must fit into memory.
    """
    tests = [step for step in result["steps"] if step.get("kind") == "test"]
    return {**result, "steps": tests, "slim": True}


def _whole(folder: Path, results: dict[str, Result]) -> Iterator[tuple[str, Result]]:
    """Yield one result after the other, with all its steps."""
    for student, result in list(results.items()):
        if result.get("slim"):
            with contextlib.suppress(OSError, ValueError, KeyError):
                path = folder / "results" / f"{student}.json"
                result = {**result, "steps": json.loads(path.read_text("utf-8"))["steps"]}
        yield student, result


def read_results(folder: Path) -> dict[str, Result]:
    """Return the results kept in an assignment's folder, by student, in their slim form."""
    found = {}
    for path in sorted((folder / "results").glob("*.json")):
        try:
            found[path.stem] = slim(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise ReportError(
                f"{path} cannot be read ({error}); delete it and grade again"
            ) from None
    return found


def write_all(
    out: Path,
    master: Master,
    results: dict[str, Result],
    log: list[str],
    roster: Path | Roster | Worksheet | None = None,
    policy: Policy | None = None,
    anonymous: bool | None = None,
) -> list[str]:
    """Write pages and tables from the results; return who is not in the roster.

    The log is added to, everything else written anew. With ``anonymous`` answers are graded by
    hand under codes; None: under codes if there are codes from before.
    A student whose page cannot be written keeps the points; the trouble in ``results`` says why.
    """
    folder = out / master.name
    given, rows = read_manual(folder, master)
    for student, cells in changed_since_graded(folder, results, given).items():
        results[student] = {**results[student], "changed": cells}
        log = [*log, f"{student}: text changed since graded: {', '.join(cells)}"]
    marks = with_blanks(master, results, given)
    late = {student: (policy or Policy()).of(result) for student, result in results.items()}
    points = {
        student: total(master, result, marks[student], late[student])[0]
        for student, result in results.items()
    }
    no_page = []
    for student, result in _whole(folder, results):
        for name, full in (("feedback", False), ("instructor", True)):
            path = folder / name / f"{student}.html"
            try:
                says = late[student].says
                says += f"; {points_text(points[student])} are left" if late[student].share else ""
                write_text(path, page(master, result, marks[student], full=full, late=says))
            except Exception as error:  # whatever it is, the others get their pages
                trouble = f"no {name} page: {in_words(error)}"
                results[student] = {**results[student], "trouble": result["trouble"] or trouble}
                no_page.append(f"{student}: {trouble}")
                with contextlib.suppress(OSError):
                    path.unlink()  # an old page would be handed back as the new one
    there = {(clean_id(row[0]), row[1]) for row in rows}
    if anonymous or (anonymous is None and read_codes(folder)):
        shown = add_codes(folder, results)
    else:
        shown = {student: student for student in results}
    _add_by_hand(
        folder / "manual.csv",
        [
            [shown[student], cell.grade_id, "", ""]
            for cell in master.of_role("manual")
            for student in sorted(results, key=shown.__getitem__)
            if results[student]["written"].get(cell.grade_id)
            and (student, cell.grade_id) not in there
        ],
    )
    write_text(folder / "scores.csv", _csv(_scores(master, results, marks, late)))
    if isinstance(roster, Path):
        roster = read_roster(roster, master, results)
    canvas = None if isinstance(roster, Worksheet) else roster
    table, strangers = canvas_rows(master, results, points, canvas)
    if isinstance(roster, Worksheet):
        graded = {who: points[who] for who, one in results.items() if one["status"] == "graded"}
        worksheet, strangers = roster.filled(graded)
        write_text(folder / "moodle.csv", _csv(worksheet))
    write_text(folder / "canvas.csv", _csv(table))
    write_zips(folder, results)
    log = [*log, *_class_pages(folder, master, results, marks, shown)]
    said = [f"{student}: {one.says}" for student, one in sorted(late.items()) if one.says]
    log = [*log, *said, *no_page, *(f"{student}: not in the roster" for student in strangers)]
    _add_to_log(folder / "grading.log", log)
    write_text(out / "scores.csv", _csv(_over_all(out)))
    return strangers


def _class_pages(
    folder: Path, master: Master, results: dict[str, Result], marks: Marks, shown: dict[str, str]
) -> list[str]:
    """Write the pages about the class and the questions; return what the log should say of them."""
    said = []

    def the_class() -> None:
        write_text(folder / "class.html", class_page(master, results, marks))

    def questions() -> None:
        for cell in master.of_role("manual"):
            order = {
                student: results[student] for student in sorted(results, key=shown.__getitem__)
            }
            path, title = folder / "by_hand" / f"{cell.grade_id}.html", master.titles[cell.grade_id]
            write_question(path, cell, title, _whole(folder, order), marks, shown)

    def alike() -> None:
        graded = {who: one for who, one in results.items() if one["status"] == "graded"}
        answers = {who: sources(master, one) for who, one in _whole(folder, graded)}
        found = likeness(master, answers)
        write_text(folder / "alike.html", alike_page(master, found, answers))
        if found and found.pairs:
            said.append(f"alike.html: answers of {len(found.pairs)} pairs to read side by side")

    for write in (the_class, questions, alike):
        try:
            write()
        except Exception as error:  # points and feedback are written already
            said.append(f"no page of {write.__name__.replace('_', ' ')}: {in_words(error)}")
    return said


def _add_to_log(path: Path, lines: list[str]) -> None:
    """Add a run to the log; what earlier runs said stays."""
    before = path.read_bytes() + b"\n" if path.is_file() else b""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as file:
        file.write(before + ("\n".join(lines) + "\n").encode("utf-8", "replace"))


def _add_by_hand(path: Path, rows: list[list[str]]) -> None:
    """Add rows to the table by hand, and leave alone what people wrote in it."""
    if not path.is_file():
        write_text(path, _csv([MANUAL_HEAD, *rows]))
    elif rows:
        table = read_table(path)
        by_name = [dict(zip(MANUAL_HEAD, row, strict=True)) for row in rows]
        table.append([[row.get(name, "") for name in table.head] for row in by_name])


def total(
    master: Master, result: Result, marks: dict[str, tuple[float, str]], late: Late
) -> tuple[float, float]:
    """Return the points so far, less what being late costs, and those that wait for a person."""
    by_hand = sum(points for points, _ in marks.values())
    waiting = sum(c.points for c in master.of_role("manual") if c.grade_id not in marks)
    return (result["auto"] + by_hand) * (1 - late.share), waiting


def _csv(rows: list[list[str]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue()


def _scores(
    master: Master, results: dict[str, Result], marks: Marks, late: dict[str, Late]
) -> list[list[str]]:
    graded = master.of_role("test", "manual")
    head = ["student_id", "name", "status", "score", "out_of", "pending", "days_late", "auto"]
    head += ["auto_out_of"]
    rows = [[*head, *(cell.grade_id for cell in graded), "note"]]
    for student, result in sorted(results.items()):
        score, waiting = total(master, result, marks[student], late[student])
        points = points_text(score) if result["status"] == "graded" else ""
        row = [student, result.get("name", ""), result["status"], points]
        row += [points_text(master.max_auto + master.max_manual), points_text(waiting)]
        row += [str(late[student].days or "")]
        row += [points and points_text(result["auto"]), points_text(master.max_auto)]
        for cell in graded:
            by_hand = marks[student].get(cell.grade_id)
            value = result["scores"].get(cell.grade_id, 0.0) if cell.role == "test" else None
            value = by_hand[0] if by_hand is not None else value
            value = value if result["status"] == "graded" else None
            row.append("" if value is None else points_text(value))
        changed = [f"text changed since graded: {name}" for name in result.get("changed", ())]
        rows.append([*row, "; ".join(changed) or result["trouble"]])
    return rows


def _over_all(out: Path) -> list[list[str]]:
    """Return one table over every assignment that has a scores.csv."""
    names, students = [], {}  # type: list[str], dict[str, dict[str, str]]
    for path in sorted(out.glob("*/scores.csv")):
        names.append(path.parent.name)
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                students.setdefault(row["student_id"], {})[path.parent.name] = row["score"]
    rows = [["student_id", *names]]
    return rows + [
        [who, *(got.get(name, "") for name in names)] for who, got in sorted(students.items())
    ]


def canvas_rows(
    master: Master, results: dict[str, Result], points: dict[str, float], roster: Roster | None
) -> tuple[list[list[str]], list[str]]:
    """Return the table that Canvas's gradebook imports, and who is not in the roster.

    With a roster (the gradebook as Canvas exports it) its rows and names are kept; without one the
    id goes into the column for Canvas's own id where it is a number, else into "SIS Login ID". Who
    was not graded has no score, which Canvas leaves as it is.
    """
    scores = {
        student: points_text(points[student])
        for student, result in results.items()
        if result["status"] == "graded"
    }
    worth = points_text(master.max_auto + master.max_manual)
    if roster is None:
        rows = [[*CANVAS_HEAD, master.name], ["    Points Possible", "", "", "", "", worth]]
        for student, score in sorted(scores.items()):
            number = student if student.isdigit() else ""
            name = results[student].get("name") or student
            rows.append([name, number, "", "" if number else student, "", score])
        return rows, []
    known = [name for name in CANVAS_HEAD if name in roster.table.head]
    rows, left = [[*known, roster.column]], dict(scores)
    for person in roster.table.rows:
        who = next((student for student in ids(person) if student in left), None)
        if "points possible" in person["Student"].lower():
            score = worth
        else:
            score = left.pop(who, "") if who else ""
        rows.append([*(no_formula(person[name]) for name in known), score])
    return rows, sorted(left)

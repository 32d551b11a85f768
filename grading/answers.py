"""Take the answers from a submission: read its cells, and put them into the master's order."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from .masters import STUDENT_CELL, Cell, Master, hidden_test
from .submissions import SubmissionError

MAX_SOURCE = 200_000  # characters of a cell
MAX_SOURCES = 500_000  # characters of all cells
MAX_CELLS = 500
MAX_EXTRA = 100


@dataclass
class Answers:
    """What a submission says, cell by cell of the master."""

    cells: dict[str, list[str]] = field(default_factory=dict)
    extras: dict[int, list[str]] = field(default_factory=dict)  # after which cell of the master
    added: dict[int, list[str]] = field(default_factory=dict)  # the same, with text cells
    notes: list[str] = field(default_factory=list)
    typed: str = ""  # the id that the student wrote


def read_cells(data: bytes) -> list[Cell]:
    """Return the cells that a notebook's bytes hold; role and points are left to the master.

    Raises
    ------
    SubmissionError
        The bytes are no notebook.
    """
    try:
        notebook = json.loads(data.decode("utf-8-sig"))
        cells = notebook.get("cells", None)
        if cells is None:  # nbformat 3
            cells = [cell for sheet in notebook["worksheets"] for cell in sheet["cells"]]
        if len(cells) > MAX_CELLS:
            raise SubmissionError(f"the notebook has more than {MAX_CELLS} cells")
        found = [_read_cell(cell) for cell in cells]
        if sum(len(cell.source) for cell in found) > MAX_SOURCES:
            raise SubmissionError(
                f"the cells hold more than {MAX_SOURCES:,} characters; take out what is no answer"
            )
        return found
    except SubmissionError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, MemoryError) as error:
        raise SubmissionError(
            f"the file is no notebook ({type(error).__name__}); download it again from Jupyter"
        ) from None


def _read_cell(cell: dict[str, Any]) -> Cell:
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    if not isinstance(source, str) or len(source) > MAX_SOURCE:
        raise SubmissionError(f"a cell is no text, or longer than {MAX_SOURCE:,} characters")
    source = source.encode("utf-8", "replace").decode("utf-8")  # lone surrogates
    metadata = cell.get("metadata")
    given = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = given.get("grade_id") if isinstance(given, dict) else None
    cell_id = cell.get("id")
    return Cell(
        role="",
        source=source.replace("\r\n", "\n"),
        is_code=cell.get("cell_type") == "code",
        grade_id=grade_id if isinstance(grade_id, str) else "",
        cell_id=cell_id if isinstance(cell_id, str) else "",
    )


def match(master: Master, cells: list[Cell]) -> Answers:
    """Take from a submission what answers the master's cells.

    A cell counts as the answer that its ``grade_id`` names; of a cell that was copied all copies
    count, in their order. A code cell that was made a text cell (a slip of one key) still is the
    answer, and a text cell that was made a code cell, too. Where no cell has the id, the one with
    the master's cell id is taken, or the only one that begins with the same line as the released
    cell. Code cells that the student added run after the cell of the master that they stand behind,
    and their text cells are kept for whoever grades by hand. Everything else is left aside.
    """
    answers, wanted = (
        Answers(),
        {c.grade_id: c for c in master.of_role("solution", "manual", "student")},
    )
    ours = {cell.grade_id for cell in master.cells if cell.grade_id} - set(wanted)
    place = {cell.grade_id: number for number, cell in enumerate(master.cells) if cell.grade_id}
    place_of_id = {(c.cell_id, c.is_code): i for i, c in enumerate(master.cells) if c.cell_id}
    texts = {cell.released.strip(): number for number, cell in enumerate(master.cells)}
    titles = master.titles
    taken: dict[int, str] = {}
    for index, cell in enumerate(cells):
        if cell.grade_id in wanted and cell.is_code == wanted[cell.grade_id].is_code:
            taken[index] = cell.grade_id
    for index, cell in enumerate(cells):
        if cell.grade_id in wanted and cell.grade_id not in taken.values():
            taken[index] = cell.grade_id
            now = "code, and was read as text" if cell.is_code else "text, and was run as code"
            answers.notes.append(f"{titles[cell.grade_id]}: the cell had become {now}")
    for grade_id, wanted_cell in wanted.items():
        if grade_id not in taken.values():
            lost = _lost(wanted_cell, cells, taken, ours)
            if lost is not None:
                taken[lost] = grade_id
                answers.notes.append(
                    f"{titles[grade_id]}: the cell had lost its label; it was found again"
                )
            elif grade_id != STUDENT_CELL:
                answers.notes.append(
                    f"{titles[grade_id]}: the cell is missing; what was added there was taken"
                )
    anchor = -1
    for index, cell in enumerate(cells):
        text = cell.source.strip()
        if index in taken:
            answers.cells.setdefault(taken[index], []).append(cell.source)
            anchor = place[taken[index]]
        elif cell.grade_id in ours:
            anchor = place[cell.grade_id]
            if cell.is_code and text not in _as_released(master.cells[anchor]):
                answers.notes.append(
                    f"{titles[cell.grade_id]}: this cell was changed; the course's own was used"
                )
        elif text in texts or (cell.cell_id, cell.is_code) in place_of_id:
            anchor = texts.get(text, place_of_id.get((cell.cell_id, cell.is_code), anchor))
        elif text:
            answers.added.setdefault(anchor, []).append(cell.source)
            if cell.is_code:
                answers.extras.setdefault(anchor, []).append(cell.source)
    for grade_id, sources in answers.cells.items():
        if len(sources) > 1:
            answers.notes.append(
                f"{titles[grade_id]}: comes {len(sources)} times; all copies ran, in order"
            )
    if sum(map(len, answers.extras.values())) > MAX_EXTRA:
        answers.notes.append(f"more than {MAX_EXTRA} added cells; none of them ran")
        answers.extras = {}
    typed = re.search(
        r"""STUDENT\s*=\s*["'](.{1,64}?)["']""", "\n".join(answers.cells.get(STUDENT_CELL, []))
    )
    answers.typed = typed[1].strip().lower() if typed else ""
    return answers


def written(master: Master, answers: Answers) -> dict[str, str]:
    """Return what people grade: empty only where nothing was written.

    An answer may stand in a cell that the student added below the one for it, or in one that lost
    its label: then it stands behind the cell before.
    """
    result = {}
    for number, cell in enumerate(master.cells):
        if cell.role == "manual":
            own = "\n\n".join(answers.cells.get(cell.grade_id, []))
            parts = [own] if own.strip() != cell.released.strip() else []
            first = number
            while first and _is_missing(master.cells[first], answers):
                first -= 1
            for place in range(first, number + 1):
                parts += answers.added.get(place, [])
            result[cell.grade_id] = "\n\n".join(part for part in parts if part)
    return result


def _as_released(cell: Cell) -> list[str]:
    """Return what a cell of the course holds where nobody changed it.

    A test that is hidden as a whole was released empty before it said what it is.
    """
    whole = cell.role == "test" and cell.released == hidden_test(cell.points)
    return [cell.released.strip(), *[""] * whole]


def _is_missing(cell: Cell, answers: Answers) -> bool:
    return cell.role == "manual" and cell.grade_id not in answers.cells


def _lost(wanted: Cell, cells: list[Cell], taken: dict[int, str], ours: set[str]) -> int | None:
    free = [
        (index, cell)
        for index, cell in enumerate(cells)
        if index not in taken and cell.is_code == wanted.is_code and cell.grade_id not in ours
    ]
    same_id = [index for index, cell in free if wanted.cell_id and cell.cell_id == wanted.cell_id]
    if same_id:
        return same_id[0]
    first = wanted.released.strip().split("\n")[0]
    if first.startswith(("# YOUR CODE", "YOUR ANSWER")):
        return None
    same_line = [index for index, cell in free if cell.source.strip().split("\n")[0] == first]
    return same_line[0] if len(same_line) == 1 else None


def steps(master: Master, answers: Answers, student: str) -> list[dict[str, Any]]:
    """Return what runs and what is tested, in the master's order, as plain data.

    The course's cells before the first answer are of the kind ``setup``: the tests use the course's
    own copies of what these define, whatever the submission does to its own.
    """
    result: list[dict[str, Any]] = []
    answered = False

    def extra(number: int) -> None:
        for source in answers.extras.get(number, []):
            result.append({"kind": "extra", "grade_id": "", "source": source})

    extra(-1)
    for number, cell in enumerate(master.cells):
        if cell.role == "student":
            source = f"STUDENT = {student!r}"
            result.append({"kind": "student", "grade_id": cell.grade_id, "source": source})
        elif cell.role in ("solution", "manual") and cell.is_code:
            answered = True
            for source in answers.cells.get(cell.grade_id, []):
                result.append({"kind": "answer", "grade_id": cell.grade_id, "source": source})
        elif cell.role in ("course", "test"):
            kind = "setup" if cell.role == "course" and not answered else cell.role
            result.append({"kind": kind, "grade_id": cell.grade_id, "source": cell.source})
        extra(number)
    return result

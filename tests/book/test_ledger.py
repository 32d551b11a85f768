"""Each claim of the ledger leads to the cell or the test that would fail if it were false."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import nbformat
import pytest

from w2vbook.sphinx.cell_labels import cell_label

ROOT = Path(__file__).resolve().parents[2]
LEDGER = ROOT / "chapters" / "claims.md"
CHAPTERS = sorted(LEDGER.parent.glob("*.ipynb"))
SECTION = re.compile(r"^## \{doc\}`(.+) <(\w+)>`$")
MARKS = {"proved", "derived", "measured", "reported"}
CELL = re.compile(r"\{ref\}`[^`<]+<([\w-]+)>`")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
CITED = re.compile(r"\{cite:\w\}`[\w,]+`")


def rows() -> list[tuple[str, str, str, str]]:
    """Return chapter, claim, mark and place of every row."""
    chapter, found = "", []
    for line in LEDGER.read_text(encoding="utf-8").splitlines():
        if match := SECTION.match(line):
            chapter = match.group(2)
        elif line.startswith("| ") and not line.startswith(("| Claim", "| ---")):
            claim, mark, place = (part.strip() for part in line.strip("|").split(" | "))
            found.append((chapter, claim, mark.removeprefix("{claim}`").rstrip("`"), place))
    return found


ROWS = rows()
each_row = pytest.mark.parametrize(
    ("chapter", "claim", "mark", "place"),
    ROWS,
    ids=[f"{chapter[:2]}-{number}" for number, (chapter, *_) in enumerate(ROWS)],
)


def compared_cells() -> dict[str, str]:
    """Return the label of each cell whose run can fail: it asserts, or its print is compared."""
    found = {}
    for path in CHAPTERS:
        for cell in nbformat.read(path, as_version=4).cells:
            printed = any(
                re.search(r"\d", output.get("text", "")) for output in cell.get("outputs", [])
            )
            if cell.cell_type == "code" and (printed or "assert" in cell.source):
                found[cell_label(path.name, cell.id)] = path.stem
    return found


CELLS = compared_cells()


@each_row
def test_a_claim_leads_to_its_check(chapter: str, claim: str, mark: str, place: str) -> None:
    assert mark in MARKS
    if mark == "reported":
        assert CITED.search(claim + place), f"reported by whom? {claim}"
        return
    cells, tests = CELL.findall(place), TEST.findall(place)
    assert cells or tests, f"no cell and no test that would fail if this were false: {claim}"
    for label in cells:
        assert label in CELLS, f"{label} is no cell that asserts or prints a number: {claim}"
    for file, name in tests:
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert name in names, f"{file} has no {name}: {claim}"


def test_every_chapter_with_marked_claims_has_its_section() -> None:
    marked = {path.stem for path in CHAPTERS if "{claim}`" in path.read_text(encoding="utf-8")}
    assert marked == {chapter for chapter, *_ in ROWS}


def test_sections_have_the_titles_of_their_chapters() -> None:
    for line in LEDGER.read_text(encoding="utf-8").splitlines():
        if match := SECTION.match(line):
            title, chapter = match.groups()
            first = nbformat.read(LEDGER.parent / f"{chapter}.ipynb", as_version=4).cells[0]
            assert f"# {title}\n" in first.source


def test_labels_of_cells_are_unique() -> None:
    labels = [
        cell_label(path.name, cell.id)
        for path in CHAPTERS
        for cell in nbformat.read(path, as_version=4).cells
    ]
    assert len(labels) == len(set(labels))

"""The list of equations broken on purpose fits the chapters, and the tool sees a broken check.

The breaks themselves are run by ``make breaks``; here no chapter is run.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import nbformat
import pytest
from scripts import ROOT, load_script

tool = load_script("tools/break_equations.py")

LABELLED = re.compile(r"\$\$\s*\((eq-[\w-]+)\)|^:label:\s*((?:thm|prop|lem|cor|def)-[\w-]+)", re.M)
BREAKS, UNBROKEN = tool.read_list()
CHAPTERS = ROOT / "chapters"
NOTEBOOKS = list(tool.chapters())
CELLS = {cell.label: cell for path in NOTEBOOKS for cell in tool.read_cells(path)}


def labels_of(path: Path) -> set[str]:
    """Return the labels of a chapter's equations, theorems and propositions."""
    cells = nbformat.read(path, as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return {equation or theorem for equation, theorem in LABELLED.findall(text)}


LABELS = {path.stem: labels_of(path) for path in NOTEBOOKS}
LEDGER = (ROOT / "chapters/claims.md").read_text(encoding="utf-8")
LEDGER_CELLS = set(tool.LEDGER_CELL.findall(LEDGER)) & set(CELLS)


@pytest.mark.parametrize("chapter", [path.name for path in NOTEBOOKS])
def test_breaks_fit_their_cells(chapter: str) -> None:
    labels = [cell.label for cell in tool.read_cells(CHAPTERS / chapter)]
    known = set().union(*LABELS.values())
    for fault in BREAKS:
        if fault.cell not in labels:
            continue
        source, name = CELLS[fault.cell].source, f"{fault.cell}: {fault.what}"
        assert source.count(fault.old) == 1, f"{name}: `old` occurs {source.count(fault.old)} times"
        assert fault.new != fault.old, name
        ast.parse(source.replace(fault.old, fault.new))
        assert fault.seen in ("raises", "prints"), name
        assert fault.seen == "raises" or CELLS[fault.checked_by].stored, f"{name}: nothing printed"
        cells = (fault.begins_at, fault.cell, fault.checked_by)
        places = [labels.index(cell) for cell in cells]
        assert places == sorted(places), name
        assert set(fault.of) <= known, name


def test_every_break_has_its_cell() -> None:
    assert {fault.cell for fault in BREAKS} <= set(CELLS)


def test_no_break_is_listed_twice() -> None:
    edits = [(fault.cell, fault.old, fault.new) for fault in BREAKS]
    assert len(edits) == len(set(edits))


@pytest.mark.parametrize("chapter", LABELS)
def test_every_labelled_equation_has_a_break_or_a_reason(chapter: str) -> None:
    broken = {label for fault in BREAKS for label in fault.of}
    missing = LABELS[chapter] - broken - set(UNBROKEN)
    assert not missing, f"add a break to tests/broken_equations.toml: {sorted(missing)}"
    assert not broken & set(UNBROKEN), "broken, so that no reason is needed"


def test_every_cell_of_the_ledger_has_a_break_or_a_reason() -> None:
    checked = {fault.checked_by for fault in BREAKS}
    missing = LEDGER_CELLS - checked - set(UNBROKEN)
    assert not missing, f"add a break to tests/broken_equations.toml: {sorted(missing)}"


def test_reasons_are_given_for_what_exists() -> None:
    known = LEDGER_CELLS.union(*LABELS.values())
    assert set(UNBROKEN) <= known
    assert all(len(reason.split()) > 3 for reason in UNBROKEN.values())


def small_chapter(tmp_path: Path) -> Path:
    """Write a chapter of three cells: a definition, an assertion, a print."""
    cells = [
        nbformat.v4.new_code_cell("def area(a, b):\n    return a * b", id="define"),
        nbformat.v4.new_code_cell("assert area(2, 3) == 6", id="check"),
        nbformat.v4.new_code_cell(
            "print(f'{area(2, 2)} <object at 0x7f00>')\nassert area(2, 2) == 4",
            id="show",
            outputs=[nbformat.v4.new_output("stream", text="4 <object at 0x7fff>\n")],
        ),
    ]
    path = tmp_path / "99_small.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


@pytest.mark.parametrize(
    ("cell", "through", "old", "new", "seen"),
    [
        ("c99-define", "c99-check", "a * b", "a + b", "raises"),
        ("c99-define", "c99-show", "a * b", "a * b if a != b else 5", "raises"),
        ("c99-define", "c99-show", "a * b", "a * b if a != b else 5", "prints"),  # ends there
        ("c99-show", "", "{area(2, 2)}", "{area(2, 3)}", "prints"),
        ("c99-define", "c99-show", "a * b", "b * a", ""),  # what cannot be seen
        ("c99-define", "c99-show", "a * b", "a * c", ""),  # a slip of the list is no check
        ("c99-define", "c99-show", "a - b", "a + b", ""),
    ],
)
def test_a_break_is_seen_by_its_check_alone(
    cell: str,
    through: str,
    old: str,
    new: str,
    seen: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    fault = tool.Break(cell, "another area", old, new, seen or "raises", through=through)
    [outcome], wrong = tool.run_chapter(small_chapter(tmp_path), [fault])
    assert outcome.seen == seen
    assert not wrong
    assert ("NOT SEEN" in tool.table([outcome], set())) == (not seen)


def test_a_break_is_not_seen_elsewhere_and_may_begin_earlier(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    wrong = {"what": "another area", "old": "a * b", "new": "a + b", "seen": "raises"}
    early = tool.Break("c99-define", through="c99-show", **wrong)
    same = {"what": "a truth", "old": "== 6", "new": "== 5", "seen": "raises"}
    since = tool.Break("c99-check", since="c99-define", **same)
    found, _ = tool.run_chapter(small_chapter(tmp_path), [early, since])
    assert [outcome.seen for outcome in found] == ["raises in c99-check", "raises"]
    assert [outcome.as_listed for outcome in found] == [False, True]


def test_a_cell_that_fails_or_prints_something_else_by_itself_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = small_chapter(tmp_path)
    late = tool.Break("c99-late", "another area", "area(2, 2)", "area(2, 3)", "prints")
    for old, new, said in (
        ("a * b", "a * b + (a == b)", "c99-show prints something else without a break: 4 <o"),
        ("== 6", "== 7", "c99-check: AssertionError"),
    ):
        chapter = nbformat.read(path, as_version=4)
        chapter.cells.append(nbformat.v4.new_code_cell("print(area(2, 2))", id="late"))
        for cell in chapter.cells:
            cell.source = cell.source.replace(old, new).replace("\nassert", "\n# assert")
        nbformat.write(chapter, tmp_path / "99_wrong.ipynb")
        [wrong] = tool.run_chapter(tmp_path / "99_wrong.ipynb", [late])[1]
        assert wrong.startswith(said)

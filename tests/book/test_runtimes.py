"""The table of run times: a row for each notebook, filled in at the build."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from w2vbook.sphinx.runtimes import PEAK, peak_of

CHAPTERS = Path(__file__).resolve().parents[2] / "chapters"


def test_a_notebook_that_was_not_asked_has_no_peak() -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(PEAK)])
    assert peak_of(notebook) is None
    assert notebook.cells == []


def test_every_notebook_has_its_seconds_and_its_memory(site: Path) -> None:
    page = site / "chapters" / "C_notation_and_setup.html"
    if not page.is_file():
        pytest.skip("this page is not built")
    text = page.read_text(encoding="utf-8")
    table = re.search(r'id="seconds-and-memory".*?</table>', text, re.DOTALL)
    assert table
    number = r"\s*<td><p>([\d,]+)</p></td>"
    pattern = rf'<td><p><a[^>]*href="(\w+)\.html">.*?</td>{number}{number}'
    found = re.findall(pattern, table.group())
    assert {name for name, _, _ in found} == {path.stem for path in CHAPTERS.glob("*.ipynb")}
    assert all(100 < int(memory.replace(",", "")) < 6000 for _, _, memory in found)
    # No trace of the cell that asked.
    assert not any("getrusage" in path.read_text("utf-8") for path in page.parent.glob("*.html"))

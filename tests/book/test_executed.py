"""The notebooks as `make book` executed them print what is stored in them.

`make test` also runs every notebook by itself, under nbval. Where the book was built anyway, as in
.ci/run, the outputs of that execution are compared here in nbval's own way, and nbval is free to
run the notebooks as another processor.
"""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from interactive_pages import ROOT
from nbval.plugin import IPyNbFile, coalesce_streams

EXECUTED = ROOT / "_build" / "jupyter_execute" / "chapters"
NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))


def differences(stored: IPyNbFile, executed: nbformat.NotebookNode) -> list[str]:
    """Return what nbval would say if it had executed the notebook itself."""
    stored.setup_sanitize_files()
    again = [cell for cell in executed.cells if cell.cell_type == "code"]
    found = []
    for item, now in zip(stored.collect(), again, strict=True):
        assert now.source == item.cell.source, "the book is older than the notebook: make book"
        before, after = (coalesce_streams(cell.outputs) for cell in (item.cell, now))
        if not item.compare_outputs(after, before):
            found.append("\n".join([f"cell {item.cell_num}:", *item.comparison_traceback]))
    return found


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.usefixtures("site")
def test_book_printed_what_is_stored(path: Path, request: pytest.FixtureRequest) -> None:
    stored = IPyNbFile.from_parent(request.session, path=path)
    executed = nbformat.read(EXECUTED / path.name, as_version=4)
    assert not differences(stored, executed)


@pytest.mark.parametrize(
    ("printed", "found"),
    [
        ("1.25\n<at 0x7f00>", []),  # addresses are no part of the comparison
        ("1.26\n<at 0x7fff>", ["cell 0"]),
    ],
)
def test_another_number_is_found(
    printed: str, found: list[str], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    def notebook(text: str) -> nbformat.NotebookNode:
        output = nbformat.v4.new_output("stream", text=text)
        cell = nbformat.v4.new_code_cell("print(x)", outputs=[output], execution_count=1)
        return nbformat.v4.new_notebook(cells=[cell])

    nbformat.write(notebook("1.25\n<at 0x7fff>"), tmp_path / "a.ipynb")
    stored = IPyNbFile.from_parent(request.session, path=tmp_path / "a.ipynb")
    assert [text.split(":")[0] for text in differences(stored, notebook(printed))] == found

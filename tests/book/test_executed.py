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
from myst_nb.core import render
from myst_nb.core.execute import direct
from nbval.plugin import IPyNbFile, coalesce_streams

from w2vbook.sphinx.book import join_printed_lines

EXECUTED = ROOT / "_build" / "jupyter_execute" / "chapters"
NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))


def whole(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """Return a cell's outputs, each stream in one piece and, as MyST-NB leaves it, with one end."""
    joined = coalesce_streams(outputs)
    for output in joined:
        if output.output_type == "stream":
            output.text = f"{output.text.rstrip()}\n"
    return joined


def differences(stored: IPyNbFile, executed: nbformat.NotebookNode) -> str:
    """Return what nbval would say if it had executed the notebook itself."""
    stored.setup_sanitize_files()
    again = [cell for cell in executed.cells if cell.cell_type == "code"]
    found = []
    for item, now in zip(stored.collect(), again, strict=True):
        assert now.source == item.cell.source, "the book is older than the notebook: make book"
        if not item.compare_outputs(whole(now.outputs), whole(item.cell.outputs)):
            found += [f"cell {item.cell_num}:", *item.comparison_traceback]
    return "\n".join(found)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.usefixtures("site")
def test_book_printed_what_is_stored(path: Path, request: pytest.FixtureRequest) -> None:
    stored = IPyNbFile.from_parent(request.session, path=path)
    found = differences(stored, nbformat.read(EXECUTED / path.name, as_version=4))
    if found:
        pytest.fail(found, pytrace=False)


@pytest.mark.parametrize(
    ("printed", "found"),
    [
        (["1.25\n<at 0x7f00>"], ""),  # addresses are no part of the comparison
        (["1.2", "5\n<at 0x7f00>\n"], ""),
        (["1.26\n<at 0x7fff>"], "cell 0"),
        ([], "cell 0"),
    ],
)
def test_another_number_is_found(
    printed: list[str], found: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    def notebook(*texts: str) -> nbformat.NotebookNode:
        outputs = [nbformat.v4.new_output("stream", text=text) for text in texts]
        cell = nbformat.v4.new_code_cell("print(x)", outputs=outputs, execution_count=1)
        return nbformat.v4.new_notebook(cells=[cell])

    nbformat.write(notebook("1.25\n<at 0x7fff>"), tmp_path / "a.ipynb")
    stored = IPyNbFile.from_parent(request.session, path=tmp_path / "a.ipynb")
    assert differences(stored, notebook(*printed)).split(":")[0] == found


def test_a_line_printed_in_two_parts_stays_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(direct, "single_nb_execution", direct.single_nb_execution)
    join_printed_lines(None, None)
    cell = nbformat.v4.new_code_cell("print('44.8', end='', flush=True)\nprint('   5')")
    notebook = nbformat.v4.new_notebook(cells=[cell])
    direct.single_nb_execution(notebook, cwd=None, timeout=60, allow_errors=False)
    [shown] = render.coalesce_streams(cell.outputs)
    assert shown.text == "44.8   5\n"

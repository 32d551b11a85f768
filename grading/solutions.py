"""Solutions to hand out after the deadline: the master's answers, with a student's own numbers."""

from __future__ import annotations

import ast
import re
import tempfile
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode

from .files import atomic_write
from .masters import HIDDEN, ROOT, SOLUTION, STUDENT_CELL, Cell, MasterError, read, without
from .submissions import clean_id
from .testing import names_used

SOLVED = ROOT / "_build" / "solutions"
CELL_SECONDS = 300


def write_solutions(path: Path, student: str = "", folder: Path = SOLVED) -> Path:
    """Write the solutions of a master and return the file's path.

    With ``student`` the notebook is run with this student's data, and below each answer stand the
    values that the tests ask for. Hidden tests are left out.

    Raises
    ------
    MasterError
        ``student`` is no id, or the master fails with this student's data.
    """
    master, who = read(path), clean_id(student)
    if student and who is None:
        raise MasterError(f"STUDENT={student!a} is no student id: 1 to 64 letters, digits, . _ @ -")
    tested = {name for cell in master.of_role("test") for name in names_used(cell.source)}
    notebook = nbformat.v4.new_notebook(
        metadata={
            "kernelspec": {"display_name": "Python 3", "name": "python3", "language": "python"}
        }
    )
    for cell in master.cells:
        notebook.cells += _solved(cell, who, tested)
    if who:
        _run(notebook, master.name)
    target = folder / master.name / f"{who or master.name}.ipynb"
    target.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(target) as file:
        file.write((nbformat.writes(notebook).rstrip("\n") + "\n").encode("utf-8"))
    return target


def _solved(cell: Cell, who: str | None, tested: set[str]) -> list[NotebookNode]:
    source = cell.source
    if cell.grade_id == STUDENT_CELL and who:
        source = f"STUDENT = {who!r}"
    elif cell.role == "test":
        source = without(source, HIDDEN).strip("\n")
    elif cell.role in ("solution", "manual"):
        marks = (f"BEGIN {SOLUTION}", f"END {SOLUTION}")
        lines = source.split("\n")
        source = "\n".join(line for line in lines if not any(mark in line for mark in marks))
    if not source.strip():
        return []
    if not cell.is_code:
        return [nbformat.v4.new_markdown_cell(source)]
    cells = [nbformat.v4.new_code_cell(source)]
    keys = [name for name in _assigned(source) if name in tested] if cell.role == "solution" else []
    if who and keys:
        shown = "\n".join(f'print("{name} =", {name})' for name in keys)
        cells.append(nbformat.v4.new_code_cell(f"# the key\n{shown}"))
    return cells


def _assigned(source: str) -> list[str]:
    r"""Return the names that a cell gives values to, functions aside.

    >>> _assigned("a, b = 1, 2\ndef f(): x = 1\nfor i in a: c = i")
    ['a', 'b', 'c', 'i']
    """
    names: set[str] = set()
    todo: list[ast.AST] = [*ast.parse(source).body]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        todo += ast.iter_child_nodes(node)
    return sorted(names)


def _run(notebook: NotebookNode, name: str) -> None:
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    with tempfile.TemporaryDirectory() as scratch:
        client = NotebookClient(
            notebook,
            timeout=CELL_SECONDS,
            resources={"metadata": {"path": scratch}},
            extra_arguments=["--IPKernelApp.log_level=ERROR"],  # not that it listens on TCP
        )
        try:
            client.execute()
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            says = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip().split("\n")[-1]
            raise MasterError(f"{name}: its solutions do not run: {says[:600]}") from None

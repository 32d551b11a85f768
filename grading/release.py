"""Make the notebooks that students get, with nbgrader's own preprocessors."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode

from .files import atomic_write
from .leaks import leaks_in_files
from .masters import ROOT, STUDENT_CELL, Master, MasterError, hidden_test, read

RELEASED = ROOT / "_build" / "assignments"
SITE = ROOT / "_build" / "html"
KEPT_METADATA = ("nbgrader", "deletable", "editable", "tags")


def student_version(path: Path) -> NotebookNode:
    """Return the notebook without solutions, rubrics, hidden tests and outputs, cells locked."""
    from nbgrader import preprocessors as steps  # slow to import, and not needed to grade

    class ClearSolutions(steps.ClearSolutions):
        """As nbgrader's, but the cell for the student's id stays."""

        def preprocess_cell(self, cell: NotebookNode, resources: Any, index: int) -> Any:
            if cell.metadata.get("nbgrader", {}).get("grade_id") == STUDENT_CELL:
                return cell, resources
            return super().preprocess_cell(cell, resources, index)

    class ClearHiddenTests(steps.ClearHiddenTests):
        """As nbgrader's, but a cell of which nothing is left says what it is."""

        def preprocess_cell(self, cell: NotebookNode, resources: Any, index: int) -> Any:
            cell, resources = super().preprocess_cell(cell, resources, index)
            given = cell.metadata.get("nbgrader", {})
            if not cell.source.strip() and given.get("grade") and not given.get("solution"):
                cell.source = hidden_test(given["points"])
            return cell, resources

    notebook: NotebookNode = nbformat.read(path, as_version=4)
    notebook.metadata = NotebookNode(
        kernelspec={"display_name": "Python 3", "language": "python", "name": "python3"},
        language_info={"name": "python"},
    )
    for step in (
        steps.CheckCellMetadata(),
        steps.ClearOutput(),
        ClearSolutions(),
        ClearHiddenTests(),
        steps.ClearMarkScheme(),
        steps.LockCells(),
        steps.ComputeChecksums(),
    ):
        notebook, _ = step.preprocess(notebook, {})
    for cell in notebook.cells:
        cell.pop("attachments", None)  # a picture in a solution is named in its text only
        cell.metadata = NotebookNode({k: v for k, v in cell.metadata.items() if k in KEPT_METADATA})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    nbformat.validate(notebook)
    return notebook


def student_file(path: Path) -> bytes:
    """Return the file of a student's notebook."""
    text: str = nbformat.writes(student_version(path))
    return text.rstrip("\n").encode("utf-8") + b"\n"


def release(paths: list[Path], folder: Path = RELEASED, site: Path = SITE) -> list[Path]:
    """Write the students' notebooks and return their paths, unless something leaks.

    Raises
    ------
    MasterError
        A master is faulty, or something of a solution or a hidden test would be released; what
        leaks is not left standing in ``folder``.
    """
    masters, written = [read(path) for path in paths], []
    for path in paths:
        target = folder / path.stem / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(target) as file:
            file.write(student_file(path))
        written.append(target)
    leaks = check_leaks(masters, folder, site)
    if any(leak.startswith("released ") for leak in leaks):
        for target in written:
            shutil.rmtree(target.parent)
    if leaks:
        raise MasterError("solutions or hidden tests would be released:\n  " + "\n  ".join(leaks))
    return written


def check_leaks(masters: list[Master], folder: Path, site: Path) -> list[str]:
    """Return every trace of a solution or a hidden test in the released notebooks and the site."""
    found = [f"released {leak}" for leak in leaks_in_files(masters, folder, released=True)]
    return found + [f"site {leak}" for leak in leaks_in_files(masters, site, released=False)]

"""Sphinx extension: the text cells of an assignment that students fill in can be told in its page.

MyST-NB lets text cells run into each other. So what stands in one that is an answer (nbgrader's
metadata say so) is put into a container before the notebook is read, and the container gets the
cell's label as its id. There Python in the page (``w2vbook/live``) puts a field to write into.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from w2vbook.sphinx.cell_labels import cell_label

CLASS = "live-answer"
OPEN = f"::::::::::{{container}} {CLASS}"
CLOSE = "::::::::::"


def is_answer(cell: dict[str, Any]) -> bool:
    """Tell whether a cell is text that a student writes.

    >>> is_answer({"cell_type": "markdown", "metadata": {"nbgrader": {"solution": True}}})
    True
    >>> is_answer({"cell_type": "markdown", "metadata": {}})
    False
    """
    given = cell.get("metadata", {}).get("nbgrader", {})
    return cell["cell_type"] == "markdown" and bool(given.get("solution"))


def mark(app: Sphinx, docname: str, source: list[str]) -> None:
    """Put each answer of a notebook into a container."""
    if not str(app.env.doc2path(docname)).endswith(".ipynb"):
        return
    notebook = json.loads(source[0])
    answers = [cell for cell in notebook["cells"] if is_answer(cell)]
    for cell in answers:
        cell["source"] = f"{OPEN}\n{''.join(cell['source'])}\n{CLOSE}"
    if answers:
        source[0] = json.dumps(notebook)


def label(app: Sphinx, doctree: nodes.document) -> None:
    """Give the containers the labels of their cells."""
    path = Path(app.env.doc2path(app.env.docname))
    places = [node for node in doctree.findall(nodes.container) if CLASS in node["classes"]]
    if not places:
        return
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    answers = [cell for cell in cells if is_answer(cell)]
    for node, cell in zip(places, answers, strict=True):
        node["ids"].append(cell_label(path.name, cell["id"]))


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect both to Sphinx."""
    app.connect("source-read", mark)
    app.connect("doctree-read", label)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

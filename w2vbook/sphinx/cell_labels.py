"""Sphinx extension of this book: every code cell can be linked to.

The label of a cell is its chapter and its id in the notebook: ``{ref}`cell <c05-16>` `` is the
cell ``c05-16`` of Chapter 5, and ``{ref}`cell <c02-brute>` `` the cell ``brute`` of Chapter 2. The
claims ledger points so at the cell that would fail if a claim were false.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from sphinx.application import Sphinx

from w2vbook.sphinx.book import CHAPTER_FILE


def cell_label(notebook: str, cell_id: str) -> str:
    """Return the label of a notebook's cell, in lower case as Sphinx wants labels.

    A page without a number takes its name for it.

    >>> cell_label("chapters/05_factorising_m_star.ipynb", "c05-16")
    'c05-16'
    >>> cell_label("chapters/B_reproduction_of_meaning.ipynb", "spectra")
    'cb-spectra'
    >>> cell_label("chapters/scaling.ipynb", "plan")
    'scaling-plan'
    """
    match = CHAPTER_FILE.match(notebook)
    chapter = f"c{match.group(1)}-".lower() if match else f"{Path(notebook).stem}-"
    return chapter + cell_id.lower().removeprefix(chapter)


def label_cells(app: Sphinx, doctree: nodes.document) -> None:
    """Give each code cell of a page that has just been read its label."""
    path = Path(app.env.doc2path(app.env.docname))
    if path.suffix != ".ipynb":
        return
    cells = nbformat.read(path, as_version=4).cells
    labels = app.env.get_domain("std").data["anonlabels"]
    for node in doctree.findall(nodes.container):
        if node.get("nb_element") == "cell_code":
            label = cell_label(path.name, cells[node["cell_index"]]["id"])
            node["ids"].append(label)
            labels[label] = app.env.docname, label


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the labels to Sphinx."""
    app.connect("doctree-read", label_cells)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

"""Sphinx extension of this book: parts of a page say what they are, to a screen reader, too.

1. An entry of the bibliography is an item of a list: the role that docutils gives it is deprecated.
2. What opens hidden code is named by what can be read on it, "Show the code".
3. An empty corner of a table is a cell like others, and heads nothing.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from myst_nb import sphinx_ as myst
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator


def visit_citation(self: Any, node: nodes.citation) -> None:
    """Open an entry of the bibliography, and the list before the first of them."""
    if not isinstance(node.previous_sibling(), nodes.citation):
        self.body.append('<div role="list" class="citation-list">\n')
    self.body.append(self.starttag(node, "div", CLASS="citation", role="listitem"))


def visit_hidden_code(self: Any, node: nodes.Element) -> None:
    """Open hidden code, without the label that hides what is written on it."""
    start = len(self.body)
    myst.visit_HideCellInput(self, node)
    label = ' aria-label="Toggle hidden content"'
    self.body[start:] = [part.replace(label, "") for part in self.body[start:]]


def visit_entry(self: Any, node: nodes.entry) -> None:
    """Open a cell of a table."""
    HTML5Translator.visit_entry(self, node)
    if not node.astext().strip():
        self.body[-1] = self.body[-1].replace("<th", "<td", 1)
        self.context[-1] = self.context[-1].replace("</th", "</td")


def setup(app: Sphinx) -> dict[str, Any]:
    """Replace what docutils and MyST-NB write."""
    for node, visit, depart in (
        (nodes.citation, visit_citation, HTML5Translator.depart_citation),
        (myst.HideCodeCellNode, visit_hidden_code, myst.depart_HideCellInput),
        (nodes.entry, visit_entry, HTML5Translator.depart_entry),
    ):
        app.add_node(node, override=True, html=(visit, depart))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

"""Sphinx extension: what a notebook tags ``slide`` can be shown as slides (see assets/slides.js).

MyST-NB gives the tags of code cells to the page as classes. Text cells lose theirs, so what stands
in a tagged one is put into a container with the class ``slide`` before the notebook is read;
headings stay outside, since they make the page's sections.
"""

from __future__ import annotations

import json
from typing import Any

from markdown_it import MarkdownIt
from mdit_py_plugins.colon_fence import colon_fence_plugin
from sphinx.application import Sphinx

TAG = "slide"
MARKDOWN = MarkdownIt("commonmark").use(colon_fence_plugin)
OPEN = "::::::::::{container} slide"
CLOSE = "::::::::::"


def wrap(text: str) -> str:
    r"""Put each stretch of text between headings into a container.

    Examples
    --------
    >>> print(wrap("# Title\nWhy?"))
    # Title
    <BLANKLINE>
    ::::::::::{container} slide
    Why?
    ::::::::::
    """
    lines = text.split("\n")
    headings = [
        (token.map[0], token.map[1])
        for token in MARKDOWN.parse(text)
        if token.type == "heading_open" and token.level == 0 and token.map
    ]
    blocks = []
    here = 0
    for start, end in [*headings, (len(lines), len(lines))]:
        if between := "\n".join(lines[here:start]).strip("\n"):
            blocks.append(f"{OPEN}\n{between}\n{CLOSE}")
        if start < end:
            blocks.append("\n".join(lines[start:end]))
        here = end
    return "\n\n".join(blocks)


def wrap_tagged_cells(app: Sphinx, docname: str, source: list[str]) -> None:
    """Wrap the tagged text cells of a notebook."""
    if not str(app.env.doc2path(docname)).endswith(".ipynb"):
        return
    notebook = json.loads(source[0])
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown" and TAG in cell["metadata"].get("tags", []):
            cell["source"] = wrap("".join(cell["source"]))
    source[0] = json.dumps(notebook)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the job above to Sphinx."""
    app.connect("source-read", wrap_tagged_cells)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

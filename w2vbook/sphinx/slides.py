"""Sphinx extension: what a notebook tags ``slide`` can be shown as slides (see assets/slides.js).

MyST-NB gives the tags of code cells to the page as classes. Text cells lose theirs, so what stands
in a tagged one is put into a container with the class ``slide`` before the notebook is read;
headings stay outside, since they make the page's sections.
"""

from __future__ import annotations

import json
import re
from typing import Any

from sphinx.application import Sphinx

TAG = "slide"
HEADING = re.compile(r"^#{1,6} ")
FENCE = re.compile(r"^(`{3,}|:{3,})")
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
    parts: list[list[str]] = [[]]
    fence = ""
    for line in text.splitlines():
        found = FENCE.match(line)
        if not fence and HEADING.match(line):
            parts += [[line], []]
            continue
        if found and not fence:
            fence = found.group(1)
        elif fence and line.strip() == fence:
            fence = ""
        parts[-1].append(line)
    blocks = ["\n".join(part).strip("\n") for part in parts]
    return "\n\n".join(
        block if HEADING.match(block) else f"{OPEN}\n{block}\n{CLOSE}" for block in blocks if block
    )


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

"""Sphinx extension of this book: a notebook can be run in its page.

Where ``make live`` has built Python for the pages (``_build/live``), notebooks get a button below
their titles, and the built files are put beside the book. Where it has not, there is no button.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from w2vbook.sphinx.cell_labels import cell_label

ROOT = Path(__file__).resolve().parent.parent.parent
BUILT = ROOT / "_build" / "live"
FOLDER = "live"
# One figure alone; and measurements, whose files are not beside the book.
WITHOUT = {"cover", "scaling"}
BAR = (
    '<div class="live-bar" data-prefix="{prefix}" data-live="{live}" data-notebook="{notebook}"'
    "{kind} hidden>"
    '<button type="button">Run this page</button> <span class="live-state" role="status">'
    "Python in this page: {size:.0f} MB, loaded once. Nothing leaves your machine.</span></div>"
)


def download(manifest: dict[str, Any]) -> int:
    """Return the bytes that a reader loads before the first cell.

    >>> download({"wasm": {"size": 2}, "packs": [{"size": 3}, {"size": 4}], "distant": []})
    9
    """
    return sum(part["size"] for part in [manifest["wasm"], *manifest["packs"]])


def insert(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.Node
) -> None:
    """Put the button under the title of a page that is a notebook, and under its strip."""
    manifest = BUILT / "manifest.json"
    source = Path(app.env.doc2path(pagename)) if pagename in app.env.found_docs else Path()
    if source.suffix != ".ipynb" or source.stem in WITHOUT or app.builder.format != "html":
        return
    if not manifest.is_file():
        return
    title, end, rest = context["body"].partition("</h1>")
    to_root = "../" * pagename.count("/")
    bar = BAR.format(
        prefix=cell_label(source.name, ""),
        live=f"{to_root}{FOLDER}/",
        notebook=f"{to_root}_sources/{pagename}.ipynb",
        kind=" data-assignment" if pagename.startswith("assignments/") else "",
        size=download(json.loads(manifest.read_text(encoding="utf-8"))) / 1e6,
    )
    context["body"] = f"{title}{end}\n{bar}{rest}"
    app.add_css_file("live.css", priority=900)
    app.add_js_file("live.js", defer="defer")


def copy(app: Sphinx, exception: Exception | None) -> None:
    """Put what was built beside the pages."""
    if exception is not None or app.builder.format != "html":
        return
    target = Path(app.outdir) / FOLDER
    shutil.rmtree(target, ignore_errors=True)
    if (BUILT / "manifest.json").is_file():
        shutil.copytree(BUILT, target, ignore=shutil.ignore_patterns("made.json"))


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect both to Sphinx."""
    # Before the strip, which then stands above the button.
    app.connect("html-page-context", insert, priority=400)
    app.connect("build-finished", copy)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

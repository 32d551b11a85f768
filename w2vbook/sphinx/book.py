"""Sphinx extension of this book: chapter numbers, claims, leaner pages.

Five small jobs:

1. A chapter's number is in its file name (``chapters/04_from_loss_to_target.ipynb`` is chapter 4),
   so it stays the same while other chapters are still to be written. Sections, figures, equations
   and theorems take it as their first number.
2. Scripts that no page needs are left out: Thebe's, which stop with an error on every page.
3. An interactive figure carries its text alternative and a picture, for readers without scripts.
4. The role ``claim`` marks what a statement rests on, and the start page has a title.
5. A line that a notebook prints in two parts stays one line.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst.states import Inliner
from jupyter_cache.executors.utils import single_nb_execution
from myst_nb.core.execute import direct
from PIL import Image
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors.toctree import TocTreeCollector
from sphinx.transforms.post_transforms import SphinxPostTransform

CHAPTER_FILE = re.compile(r"(?:.*/)?(\d\d|[A-Z])_[^/]*$")
NUMBERED_DEPTH = 2  # chapters and their sections

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
MODEL = re.compile(r'"model_id": "(\w+)"')
FIGURES = Path(__file__).resolve().parent.parent.parent / "assets" / "figures"
PICTURE = (
    '<img src="{to_root}_static/figures/{label}.webp" width="{width}" height="{height}" '
    'alt="The figure as this page first shows it, described by the text that follows">'
)
NEEDS_KERNEL = "<p>This control needs a running Python kernel and a browser with scripts.</p>"

# What a statement rests on: shown text, and the longer text that a pointer brings up.
CLAIMS = {
    "proved": ("proved", "There is a proof, here or in the cited work."),
    "derived": ("derived", "A calculation, with steps that are not fully proved."),
    "measured": ("measured here", "A cell of this book or a test measures it."),
    "reported": ("reported", "The cited work measured it; this book does not."),
}

START_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="0; url={url}">
<link rel="icon" href="_static/favicon.svg">
<title>{title}</title>
</head>
<body><main><h1>{title}</h1><p><a href="{url}">Start here</a></p></main></body>
</html>
"""


def chapter_number(docname: str) -> int | str | None:
    """Return the number, or an appendix's letter, in a file's name; None for every other page."""
    match = CHAPTER_FILE.match(docname)
    if not match:
        return None
    return int(match.group(1)) if match.group(1).isdigit() else match.group(1)


Number = tuple[int | str, ...]


def _number_entries(
    toc: nodes.Node, counts: Iterable[int | str], parent: Number, found: dict[str, Number]
) -> None:
    """Give each entry of a page's table of contents, and those below it, a number."""
    entries = [item for item in toc.children if isinstance(item, nodes.list_item)]
    for count, item in zip(counts, entries, strict=False):
        number = (*parent, count)
        for part in item.children:
            if not isinstance(part, nodes.bullet_list):
                for reference in part.findall(nodes.reference):
                    found[reference["anchorname"]] = reference["secnumber"] = number
            elif len(number) < NUMBERED_DEPTH:
                _number_entries(part, itertools.count(1), number, found)


def number_chapters(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Give chapters the numbers of their file names, and count figures and equations by them."""
    changed = []
    numbers: dict[str, Any] = env.toc_secnumbers
    for docname, toc in env.tocs.items():
        number = chapter_number(docname)
        if number is not None:
            found: dict[str, Number] = {}
            _number_entries(toc, [number], (), found)
            if numbers.get(docname) != found:
                changed.append(docname)
            numbers[docname] = found
            env.titles[docname]["secnumber"] = (number,)
    # Sphinx has counted figures and equations already, without the chapters' numbers.
    return changed + TocTreeCollector().assign_figure_numbers(env)


def leave_out_thebe(app: Sphinx, config: Any) -> None:
    """Disconnect sphinx_thebe, which Jupyter Book always loads.

    The theme declares the same constants again, so the two together are a JavaScript error.
    """
    for listeners in app.events.listeners.values():
        listeners[:] = [one for one in listeners if one.handler.__module__ != "sphinx_thebe"]
    app.registry.css_files[:] = [
        entry for entry in app.registry.css_files if entry[0] != "sphinx-thebe.css"
    ]


def drop_thebe_scripts(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.Node
) -> None:
    """Take Thebe's scripts off the page."""
    context["script_files"] = [
        script
        for script in context["script_files"]
        if "thebe" not in str(getattr(script, "filename", "")).lower()
        and "THEBE_JS_URL" not in str(getattr(script, "attributes", {}).get("body", ""))
    ]


def join_printed_lines(app: Sphinx, config: Any) -> None:
    """Have the executor join what a cell prints.

    A kernel sends it in parts, where it happens to flush. MyST-NB would end a line after each part.
    """
    direct.single_nb_execution = functools.partial(single_nb_execution, coalesce_streams=True)


def claim_role(
    name: str,
    rawtext: str,
    text: str,
    lineno: int,
    inliner: Inliner,
    options: dict[str, Any] | None = None,
    content: list[str] | None = None,
) -> tuple[list[nodes.Node], list[nodes.Node]]:
    """Turn ``{claim}`proved` `` into a mark."""
    if text not in CLAIMS:
        known = ", ".join(CLAIMS)
        message = inliner.reporter.error(f"claim {text!r} is none of: {known}", line=lineno)
        return [nodes.literal(rawtext, rawtext)], [message]
    shown, meaning = CLAIMS[text]
    return [ClaimNode(rawtext, shown, classes=["claim", f"claim-{text}"], title=meaning)], []


class ClaimNode(nodes.inline):
    """A claim mark in the text."""


def visit_claim_html(self: Any, node: ClaimNode) -> None:
    """Open the mark's element."""
    self.body.append(self.starttag(node, "span", "", title=node["title"]))


def depart_claim_html(self: Any, node: ClaimNode) -> None:
    """Close the mark's element."""
    self.body.append("</span>")


def model_of(view: nodes.Node) -> str:
    """Return the id of the widget whose view a part of a cell's output is."""
    return str(MODEL.findall(view.astext())[0])


class TextForWidgets(SphinxPostTransform):
    """Put a widget's HTML, its text alternative, behind its view, after a picture if there is one.

    A cell's output holds both; MyST-NB (which chooses at priority 4) shows the view alone. Pictures
    are taken of the built site (tools/picture_figures.py), so a new figure has none at first.
    """

    default_priority = 3

    def run(self, **kwargs: Any) -> None:
        """Run the transform."""
        for bundle in self.document.findall(nodes.container):
            if bundle.get("nb_element") != "mime_bundle":
                continue
            kinds = {part["mime_type"]: part for part in bundle.children}
            if WIDGET_VIEW in kinds:
                html = kinds["text/html"].children[0].astext() if "text/html" in kinds else ""
                picture = self.picture_of(bundle)
                text = f"<noscript>{picture}{html or NEEDS_KERNEL}</noscript>"
                kinds[WIDGET_VIEW].append(nodes.raw("", text, format="html"))

    def picture_of(self, node: nodes.Node) -> str:
        """Return the picture that is stored under the label of the figure around a node."""
        while node is not None and not isinstance(node, nodes.figure):
            node = node.parent
        for label in node["ids"] if node is not None else ():
            path = FIGURES / f"{label}.webp"
            if path.is_file():
                with Image.open(path) as picture:  # two of its pixels for each CSS pixel
                    width, height = picture.width // 2, picture.height // 2
                to_root = "../" * self.env.docname.count("/")
                return PICTURE.format(to_root=to_root, label=label, width=width, height=height)
        return ""


def write_start_page(app: Sphinx, exception: Exception | None) -> None:
    """Write ``index.html``, which leads to the first chapter, as a whole page."""
    if exception is None and app.builder.format == "html":
        url = app.builder.get_target_uri(app.config.root_doc)
        text = START_PAGE.format(url=url, title=app.config.html_title)
        (Path(app.outdir) / "index.html").write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the jobs above to Sphinx."""
    app.connect("config-inited", leave_out_thebe)
    app.connect("config-inited", join_printed_lines)
    # After Sphinx's own numbering (priority 500), which it replaces.
    app.connect("env-get-updated", number_chapters, priority=900)
    app.add_node(ClaimNode, html=(visit_claim_html, depart_claim_html))
    app.add_role("claim", claim_role)
    app.add_post_transform(TextForWidgets)
    app.connect("build-finished", write_start_page, priority=900)
    app.connect("html-page-context", drop_thebe_scripts, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

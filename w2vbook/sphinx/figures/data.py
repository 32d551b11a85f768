"""Sphinx extension of this book: the numbers of each figure, on a page of their own.

Who cannot see a figure, or wants to compute with it, finds its numbers behind a link below its
caption: tables that a screen reader reads, and CSV files. The kernels of the build hand them out
(``numbers.py``), so no chapter has a line for it. They are taken out of the outputs before
anything else sees them, and stay with the page's document until it is written. Of an interactive
figure there are those that it shows as it opens, and its page says so.

The pages hold no script and load the style sheets alone. The search does not know them.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from binascii import a2b_base64
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from myst_nb.core.execute import direct
from sphinx.application import Sphinx

from w2vbook.sphinx.book import WIDGET_VIEW, model_of
from w2vbook.sphinx.figures.numbers import MIME, NumbersFormatter
from w2vbook.sphinx.figures.tables import as_csv, as_html, formulas, tables

FOLDER = "figure-data"
#: A picture's name, which is a hash of its contents, or a widget's id -> its numbers, until its
#: page is read.
TAKEN: dict[str, dict[str, Any]] = {}
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Data of {number} - {book}</title>
<link rel="icon" href="../_static/favicon.svg">
<link rel="stylesheet" href="../_static/fonts.css">
<link rel="stylesheet" href="../_static/math.css">
<link rel="stylesheet" href="../_static/figure-data.css">
</head>
<body>
<main>
<p><a href="../{page}.html#{name}">Back to {number}</a></p>
<h1>Data of {number}</h1>
<p>{caption}</p>
{opens}{tables}</main>
</body>
</html>
"""
OPENS = "<p>The numbers of the figure as it opens: {}. Its controls change them.</p>\n"


class FigureData(nodes.General, nodes.Element):
    """A figure's numbers, and the place of the link to them. The search indexes no such node."""


def visit_figure_data(self: Any, node: FigureData) -> None:
    """Write the link."""
    to_root = "../" * self.builder.current_docname.count("/")
    address = f"{to_root}{FOLDER}/{node['name']}.html"
    self.body.append(f'<p class="figure-data"><a href="{address}">Data of this figure</a></p>\n')


def depart_figure_data(self: Any, node: FigureData) -> None:
    """Write nothing more."""


def take_numbers(notebook: Any) -> None:
    """Take the numbers of figures out of an executed notebook's outputs."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            numbers = data.pop(MIME, None)
            if numbers and "image/png" in data:
                picture = a2b_base64(data["image/png"])
                TAKEN[hashlib.sha256(picture).hexdigest()] = numbers
            elif numbers and WIDGET_VIEW in data:
                TAKEN[data[WIDGET_VIEW]["model_id"]] = numbers


def ask_kernels(app: Sphinx, config: Any) -> None:
    """Have each notebook's kernel hand out the numbers of its figures."""
    execute = direct.single_nb_execution
    extension = f"--ext={NumbersFormatter.__module__}"

    def asked(notebook: Any, **options: Any) -> Any:
        try:
            return execute(notebook, extra_arguments=[extension], **options)
        finally:
            take_numbers(notebook)

    direct.single_nb_execution = asked


def shown_in(doctree: nodes.document) -> Iterator[tuple[str, nodes.Node]]:
    """Yield pictures and widgets of a page, each behind the name under which numbers are taken."""
    for image in doctree.findall(nodes.image):
        yield Path(image["uri"]).stem, image
    for part in doctree.findall(nodes.container):
        if part.get("mime_type") == WIDGET_VIEW:
            yield model_of(part), part


def keep_numbers(app: Sphinx, doctree: nodes.document) -> None:
    """Put the numbers into the figures of a page that has just been read."""
    for key, node in list(shown_in(doctree)):
        numbers, figure = TAKEN.get(key), node.parent
        while figure is not None and not isinstance(figure, nodes.figure):
            figure = figure.parent
        if numbers and figure is not None and figure["ids"]:
            figure += FigureData(name=figure["ids"][0], numbers=numbers)


def caption_of(name: str, body: str) -> tuple[str, str]:
    """Return number and caption of a figure on a page, without the caption's links.

    Examples
    --------
    >>> page = '<figure id="f"><img><figcaption><p><span class="caption-number">Figure 1 </span>'
    >>> page += '<span class="caption-text">Of <a href="x">M</a>.</span><a class="headerlink"'
    >>> caption_of("f", page)
    ('Figure 1', 'Of M.')
    """
    start = body.index(f'id="{name}"')
    found = re.compile(
        r'<span class="caption-number">(.*?)</span>\s*<span class="caption-text">(.*?)</span>'
        r'\s*<a class="headerlink"',
        re.DOTALL,
    ).search(body, start)
    if not found:
        raise ValueError(f"{name}: no figure with a number and a caption")
    return found[1].strip(), re.sub(r"</?a\b[^>]*>", "", found[2])


def write_pages(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Write the data pages and the files of a page's figures."""
    if doctree is None or app.builder.format != "html":
        return
    folder = Path(app.outdir) / FOLDER
    for node in doctree.findall(FigureData):
        name, made = node["name"], []
        folder.mkdir(exist_ok=True)
        for count, table in enumerate(tables(node["numbers"]), 1):
            file = f"{name}-{count}.csv"
            (folder / file).write_text(as_csv(table), encoding="utf-8", newline="")
            made.append(as_html(table, count, file))
        number, caption = caption_of(name, context["body"])
        opens = node["numbers"].get("opens")
        page = PAGE.format(
            number=number,
            caption=caption,
            opens=OPENS.format(formulas(opens.replace(" = ", "\u00a0=\u00a0"))) if opens else "",
            name=name,
            page=pagename,
            book=escape(app.config.html_title),
            tables="".join(made),
        )
        (folder / f"{name}.html").write_text(page, encoding="utf-8")


def begin_anew(app: Sphinx) -> None:
    """Remove the data of an earlier build, when all pages are read anew: figures may be gone."""
    if not app.env.all_docs:
        shutil.rmtree(Path(app.outdir) / FOLDER, ignore_errors=True)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the jobs above to Sphinx."""
    app.add_node(FigureData, html=(visit_figure_data, depart_figure_data))
    app.connect("config-inited", ask_kernels, priority=950)  # after w2vbook.sphinx.runtimes
    app.connect("builder-inited", begin_anew)
    app.connect("doctree-read", keep_numbers)
    app.connect("html-page-context", write_pages)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

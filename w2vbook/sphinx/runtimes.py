"""Sphinx extension of this book: how long each notebook ran at this build, and in what memory.

The directive ``{runtimes}`` becomes the table. The seconds are MyST-NB's; the memory is asked of
the notebook's own process, by a cell that is run last and is in no page. Both come from the
machine that built the book, so no test compares them, and the search does not know them.
"""

from __future__ import annotations

import os
import platform
import re
from importlib import metadata
from typing import Any

import nbformat
from docutils import nodes
from docutils.parsers.rst import Directive
from myst_nb.core.execute import direct
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

VERSIONS = ("numpy", "scipy", "numba", "torch")
#: The most memory that the process had at one time, in bytes; macOS counts bytes, Linux kB.
PEAK = """\
try:
    import resource as _r, sys as _s
    print(_r.getrusage(_r.RUSAGE_SELF).ru_maxrss * (1 if _s.platform == "darwin" else 1024))
except ImportError:
    pass
"""


class RuntimesTable(nodes.General, nodes.Element):
    """The place of the table, until all notebooks were run."""


class Measured(nodes.Inline, nodes.Element):
    """A number of this build. It is no text, which the search would index: each build its own."""


def visit_measured(self: Any, node: Measured) -> None:
    """Write the number."""
    self.body.append(node["number"])


def depart_measured(self: Any, node: Measured) -> None:
    """Write nothing more."""


class Runtimes(Directive):
    """The directive ``{runtimes}``."""

    def run(self) -> list[nodes.Node]:
        """Put the place of the table into the page."""
        return [RuntimesTable()]


def peak_of(notebook: nbformat.NotebookNode) -> int | None:
    r"""Take the cell that asked for the memory off an executed notebook; return what it printed.

    Windows does not tell, and a notebook that failed was not asked: ``None``.

    >>> cell = nbformat.v4.new_code_cell(PEAK)
    >>> cell.outputs = [nbformat.v4.new_output("stream", text="1024\n")]
    >>> notebook = nbformat.v4.new_notebook(cells=[cell])
    >>> peak_of(notebook), notebook.cells
    (1024, [])
    """
    printed = "".join(output.get("text", "") for output in notebook.cells.pop().outputs)
    return int(printed) if re.fullmatch(r"\d+\s*", printed) else None


def measure(app: Sphinx, config: Any) -> None:
    """Have the executor ask each notebook's process for its memory when all cells were run."""
    execute, start = direct.single_nb_execution, direct.NotebookClientDirect.start_client
    last: list[int | None] = []

    def asked(notebook: nbformat.NotebookNode, **options: Any) -> Any:
        notebook.cells.append(nbformat.v4.new_code_cell(PEAK))
        try:
            return execute(notebook, **options)
        finally:
            last[:] = [peak_of(notebook)]

    def start_client(self: Any) -> None:
        start(self)
        self.exec_metadata["peak"] = last.pop()

    direct.single_nb_execution, direct.NotebookClientDirect.start_client = asked, start_client


def machine() -> str:
    """Return what the table was measured on."""
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in VERSIONS)
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, {versions}."
    )


def row(*cells: nodes.Node | str) -> nodes.row:
    """Return a row of a table."""
    made = [cell if isinstance(cell, nodes.Node) else nodes.paragraph("", cell) for cell in cells]
    return nodes.row("", *[nodes.entry("", cell) for cell in made])


class FillTable(SphinxPostTransform):
    """Put the table into its place, once all notebooks were run."""

    default_priority = 5

    def run(self, **kwargs: Any) -> None:
        """Run the transform."""
        for place in list(self.document.findall(RuntimesTable)):
            data = NbMetadataCollector.get_doc_data(self.env)
            run = {name: one["exec_data"] for name, one in data.items() if one.get("exec_data")}
            order = sorted(run, key=lambda name: (not name.split("/")[-1][0].isdigit(), name))
            body = [row(self.link(name), *self.measured(run[name])) for name in order]
            group = nodes.tgroup(
                "", *[nodes.colspec(colwidth=width) for width in (60, 20, 20)], cols=3
            )
            group += nodes.thead("", row("notebook", "seconds", "memory, MB"))
            group += nodes.tbody("", *body)
            place.replace_self([nodes.table("", group), nodes.paragraph("", machine())])

    def link(self, docname: str) -> nodes.paragraph:
        """Return a paragraph that leads to a page under its title."""
        uri = self.app.builder.get_relative_uri(self.env.docname, docname)
        number = self.env.titles[docname].get("secnumber", ("",))[0]
        title = f"{number} {self.env.titles[docname].astext()}".strip()
        return nodes.paragraph("", "", nodes.reference("", title, refuri=uri, internal=True))

    def measured(self, run: dict[str, Any]) -> list[nodes.paragraph]:
        """Return the seconds and the memory of an execution."""
        peak = run.get("peak")
        found = f"{run['runtime']:.0f}", "unknown" if peak is None else f"{peak / 1e6:,.0f}"
        return [nodes.paragraph("", "", Measured(number=number)) for number in found]


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the directive and the measurement to Sphinx."""
    app.add_directive("runtimes", Runtimes)
    app.add_node(RuntimesTable)
    app.add_node(Measured, html=(visit_measured, depart_measured))
    app.add_post_transform(FillTable)
    app.connect("config-inited", measure, priority=900)  # after w2vbook.sphinx.book
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

"""Sphinx extension of this book: what leads from a page to the repository, once it has an address.

The address stands in ``_config.yml``, under ``repository: url``, and nowhere else. While it is
empty there is nothing to see. With it, each page gets a menu: open the notebook in Colab or
Binder, suggest an edit, report an error.

Colab opens notebooks from GitHub and has no w2vlib. So the notebooks are also written to
``_build/notebooks``, each with a cell at its top that fetches the book and installs the library;
``.github/workflows/book.yml`` pushes them to the branch ``notebooks``, where Colab finds them.
Binder opens the repository itself, see ``.binder``.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import nbformat
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ConfigError

PAGES = "chapters/"  # other pages are made from something, and are not in the repository
BRANCH = "notebooks"
FOLDER = "notebooks"
SET_UP = """\
# Where w2vlib is missing, as in Colab, this fetches the book and installs it: some two minutes.
import importlib.util

if importlib.util.find_spec("w2vlib") is None:
    !git clone -q --depth 1 --branch {branch} {url} book
    %pip install -q "./book[train,book]"
    %cd -q book/chapters
"""
_FORM = re.compile(r"https://github\.com/(?P<repository>[\w.-]+/[\w.-]+?)(?:\.git)?/?")


class Address(NamedTuple):
    """Where the repository is.

    Examples
    --------
    >>> read_address({"repository_url": "https://github.com/me/book"}).repository
    'me/book'
    >>> read_address({"repository_url": ""})
    """

    repository: str
    branch: str

    @property
    def url(self) -> str:
        """The repository's page."""
        return f"https://github.com/{self.repository}"


def read_address(options: dict[str, Any]) -> Address | None:
    """Return the repository's address from the theme's options; None where it has none.

    Raises
    ------
    ConfigError
        The address is of another form.
    """
    url = options.get("repository_url") or ""
    if not url:
        return None
    found = _FORM.fullmatch(url)
    if found is None:
        raise ConfigError(
            f"_config.yml, repository: url: {url} is not of the form https://github.com/OWNER/NAME"
        )
    return Address(found["repository"], options.get("repository_branch") or "main")


def links(address: Address, source: str) -> list[tuple[str, str, str]]:
    """Return the icon, text and address of each link of a page, ``chapters/04_x.ipynb``.

    Examples
    --------
    >>> for icon, text, link in links(Address("me/book", "main"), "chapters/04_x.ipynb"):
    ...     print(text, link.split(".com/")[-1])
    Open in Colab github/me/book/blob/notebooks/chapters/04_x.ipynb
    Open in Binder https://mybinder.org/v2/gh/me/book/main?labpath=chapters/04_x.ipynb
    Suggest an edit me/book/edit/main/chapters/04_x.ipynb
    Report an error me/book/issues/new?template=erratum.yml&where=chapters/04_x.ipynb
    """
    path, name, branch = quote(source), address.repository, quote(address.branch, safe="")
    found = []
    if source.endswith(".ipynb"):
        colab = f"https://colab.research.google.com/github/{name}/blob/{BRANCH}/{path}"
        binder = f"https://mybinder.org/v2/gh/{name}/{branch}?labpath={path}"
        found = [("flask", "Open in Colab", colab), ("rocket", "Open in Binder", binder)]
    edit = f"{address.url}/edit/{branch}/{path}"
    report = f"{address.url}/issues/new?template=erratum.yml&where={path}"
    return [
        *found,
        ("pencil-alt", "Suggest an edit", edit),
        ("bug", "Report an error", report),
    ]


def add_menu(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.Node
) -> None:
    """Put the menu into the head of a page that has a source."""
    address = read_address(app.config.html_theme_options)
    if address is None or doctree is None or "header_buttons" not in context:
        return
    source = Path(app.env.doc2path(pagename)).relative_to(app.srcdir).as_posix()
    if not source.startswith(PAGES):
        return
    buttons = [
        {"type": "link", "url": link, "text": text, "tooltip": text, "icon": f"fas fa-{icon}"}
        for icon, text, link in links(address, source)
    ]
    context["header_buttons"].append(
        {
            "type": "group",
            "tooltip": "This page elsewhere",
            "icon": "fas fa-code-branch",
            "buttons": buttons,
            "label": "address-buttons",
        }
    )


def with_set_up(source: str, address: Address) -> str:
    """Return a notebook with the cell at its top that installs what it needs."""
    notebook = nbformat.reads(source, as_version=4)
    code = SET_UP.format(url=address.url, branch=address.branch)
    cell = nbformat.v4.new_code_cell(code.strip(), id="set-up")
    notebook.cells.insert(0, cell)
    return str(nbformat.writes(notebook)) + "\n"


def write_notebooks(app: Sphinx, exception: Exception | None) -> None:
    """Write the notebooks for Colab beside the site."""
    if exception is not None or app.builder.format != "html":
        return
    target = Path(app.outdir).parent / FOLDER
    shutil.rmtree(target, ignore_errors=True)
    address = read_address(app.config.html_theme_options)
    if address is None:
        return
    for name in sorted(app.env.found_docs):
        source = Path(app.env.doc2path(name))
        if source.suffix == ".ipynb" and name.startswith(PAGES):
            path = target / source.relative_to(app.srcdir)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(with_set_up(source.read_text("utf-8"), address), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect both to Sphinx."""
    # A wrong address is told before hours of notebooks, not after.
    app.connect("config-inited", lambda app, config: read_address(config.html_theme_options))
    # After the theme's own buttons (priority 501).
    app.connect("html-page-context", add_menu, priority=502)
    app.connect("build-finished", write_notebooks)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

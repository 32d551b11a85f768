"""With an address in ``_config.yml`` pages lead to the repository; without one, nothing does."""

from __future__ import annotations

import ast
import html
import re
from typing import TYPE_CHECKING

import nbformat
import pytest
import yaml
from conftest import ROOT
from IPython.core.inputtransformer2 import TransformerManager
from sphinx.application import Sphinx
from sphinx.errors import ConfigError

from w2vbook.sphinx.address import BRANCH, SET_UP, Address, read_address

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://github.com/someone/a.book"


def build(folder: Path, url: str) -> Path:
    """Build a page and a notebook with an address, and return the folder of what was built."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell("# One"), nbformat.v4.new_code_cell("x = 1", id="one")]
    )
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    (folder / "chapters").mkdir()
    nbformat.write(notebook, folder / "chapters" / "one.ipynb")
    for page in ("chapters/two.md", "made.md", "index.md"):
        (folder / page).write_text("---\norphan: true\n---\n# A page\n", encoding="utf-8")
    settings = {
        "extensions": ["myst_nb", "sphinx_book_theme", "w2vbook.sphinx.address"],
        "html_theme": "sphinx_book_theme",
        "html_theme_options": {"repository_url": url, "repository_branch": "trunk"},
        "nb_execution_mode": "off",
    }
    out = folder / "_build" / "html"
    Sphinx(folder, None, out, folder / "trees", "html", settings, status=None).build()
    return out


def outward(page: str) -> list[str]:
    """Return the links of a page that lead to the repository or to where notebooks run."""
    links = re.findall(r'href="(https://[^"]*(?:github|mybinder)[^"]*)"', page)
    return [html.unescape(link) for link in links]


def test_pages_lead_to_the_repository(tmp_path: Path) -> None:
    out = build(tmp_path, f"{URL}.git")
    edit, report = f"{URL}/edit/trunk/", f"{URL}/issues/new?template=erratum.yml&where="
    one, two = "chapters/one.ipynb", "chapters/two.md"
    assert outward((out / "chapters/one.html").read_text("utf-8")) == [
        f"https://colab.research.google.com/github/someone/a.book/blob/{BRANCH}/{one}",
        f"https://mybinder.org/v2/gh/someone/a.book/trunk?labpath={one}",
        f"{edit}{one}",
        f"{report}{one}",
    ]
    assert outward((out / "chapters/two.html").read_text("utf-8")) == [edit + two, report + two]
    assert not outward((out / "made.html").read_text("utf-8"))  # no such file in the repository
    given = nbformat.read(out.parent / "notebooks" / one, as_version=4)
    nbformat.validate(given)
    assert [cell.id for cell in given.cells if cell.cell_type == "code"] == ["set-up", "one"]
    assert f"clone -q --depth 1 --branch trunk {URL} book" in given.cells[0].source


def test_without_an_address_there_is_nothing(tmp_path: Path) -> None:
    out = build(tmp_path, "")
    assert not outward((out / "chapters/one.html").read_text("utf-8"))
    assert not (out.parent / "notebooks").exists()


@pytest.mark.parametrize("url", ["github.com/a/b", "https://github.com/a", "https://x.org/a/b"])
def test_an_address_of_another_form_is_told_at_once(url: str) -> None:
    with pytest.raises(ConfigError, match="is not of the form"):
        read_address({"repository_url": url})


def test_the_set_up_cell_does_nothing_where_the_library_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = TransformerManager().transform_cell(SET_UP.format(url=URL, branch="main"))
    ast.parse(code)
    exec(code, {})  # would call IPython, which is not here
    assert not capsys.readouterr().out


def test_what_the_links_name_is_there() -> None:
    """The form for errata, the field that is filled in, and the branch that is pushed."""
    form = yaml.safe_load((ROOT / ".github/ISSUE_TEMPLATE/erratum.yml").read_text("utf-8"))
    assert "where" in {part.get("id") for part in form["body"]}
    assert f"HEAD:{BRANCH}" in (ROOT / ".github/workflows/book.yml").read_text("utf-8")
    options = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["repository"]
    assert options.keys() == {"url", "branch"}
    read_address({f"repository_{name}": value for name, value in options.items()})


def test_a_branch_has_a_name() -> None:
    assert read_address({"repository_url": URL}) == Address("someone/a.book", "main")

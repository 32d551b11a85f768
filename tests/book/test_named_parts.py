"""What a screen reader is told of entries, hidden code and tables: a page built with them alone."""

from __future__ import annotations

import re

import nbformat
import pytest
from sphinx.application import Sphinx

PROSE = """# A page

|      | men | women |
|:-----|----:|------:|
| king |   1 |       |

```{eval-rst}
Cited are [One]_ and [Two]_.

.. [One] The first work.
.. [Two] The second work.
```
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the HTML of a page."""
    folder = tmp_path_factory.mktemp("page")
    code = nbformat.v4.new_code_cell("x = 1", metadata={"tags": ["hide-input"]})
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(PROSE), code])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, folder / "index.ipynb")
    settings = {
        "extensions": ["myst_nb", "w2vbook.sphinx.named_parts"],
        "nb_execution_mode": "off",
        "nb_code_prompt_show": "Show the code",
    }
    out = str(folder / "out")
    Sphinx(folder, None, out, out, "html", settings, status=None).build()
    return (folder / "out" / "index.html").read_text(encoding="utf-8")


def test_entries_of_the_bibliography_are_items_of_one_list(page: str) -> None:
    lists = re.split(r'<div role="list" class="citation-list">', page)[1:]
    assert len(lists) == 1
    assert len(re.findall(r'<div class="citation" id="[^"]*" role="listitem">', lists[0])) == 2
    assert "doc-biblioentry" not in page


def test_hidden_code_is_named_by_its_prompt(page: str) -> None:
    summary = re.search(r"<summary[^>]*>(.*?)</summary>", page, re.DOTALL)
    assert summary
    assert "Show the code" in summary[1]
    assert "aria-label" not in summary[0]


def test_an_empty_corner_heads_nothing(page: str) -> None:
    cells = re.findall(r"<(t[hd])[^>]*>(?:<p>)?(.*?)(?:</p>)?\s*</(t[hd])>", page)
    assert all(opened == closed for opened, _, closed in cells)
    assert [(kind, text) for kind, text, _ in cells] == [
        ("td", ""), ("th", "men"), ("th", "women"), ("td", "king"), ("td", "1"), ("td", ""),
    ]  # fmt: skip

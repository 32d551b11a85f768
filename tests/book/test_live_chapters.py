"""Every code cell of a chapter in the page: what is printed is what is stored.

What each chapter took is left in ``_build/live_chapters``; ``tools/live_table.py`` puts it into
Appendix D.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from conftest import ROOT
from live_pages import check_built, differing, keep, run_chapter, stored

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

PAGES = ROOT / "chapters"
CHAPTERS = [path.name[: path.name.index("_")] for path in sorted(PAGES.glob("[0-9A-Z]*_*.ipynb"))]
# (chapter, cell): why it does not run in the page, or gives something else there.
EXCEPT = {
    ("12", "f8fad59a"): "gensim is not in the page; the cell says so",
}


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.timeout(2400)
@pytest.mark.parametrize("number", CHAPTERS)
def test_the_page_prints_what_is_stored(site: Path, browser: Browser, number: str) -> None:
    check_built(site)
    (notebook,) = PAGES.glob(f"{number}_*.ipynb")
    given = run_chapter(browser, site, notebook)
    assert list(given) == list(stored(notebook))
    differs = differing(notebook, given)
    known = {cell for chapter, cell in EXCEPT if chapter == number}
    print(keep(notebook, given, differs))
    assert set(differs) == known, {cell: differs.get(cell) for cell in set(differs) ^ known}


def test_the_table_of_the_appendix_has_every_cell() -> None:
    page = (PAGES / "D_run_in_the_page.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| .*\]\(((?:\d\d|[A-Z])_\w+)\.ipynb\) \| (\d+) \| (\d+) \|", page, re.M)
    expected = []
    for number in CHAPTERS:
        (notebook,) = PAGES.glob(f"{number}_*.ipynb")
        cells, left_out = len(stored(notebook)), sum(chapter == number for chapter, _ in EXCEPT)
        expected.append((notebook.stem, str(cells), str(cells - left_out)))
    assert rows == expected

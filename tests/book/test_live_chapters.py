"""Every code cell of a chapter in the page: what is printed is what is stored.

What each chapter took is left in ``_build/live_chapters``; ``tools/live_table.py`` puts it into
Appendix D.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from chromium import LONGEST
from conftest import ROOT
from live_pages import CHAPTERS, check_built, differing, keep, known, stored
from live_runs import run_chapter

if TYPE_CHECKING:
    from pathlib import Path

DEADLINE = LONGEST
PAGES = ROOT / "chapters"
ALWAYS = "04"  # the others by W2V_LIVE=chapters, or all


@pytest.mark.browser
@pytest.mark.usefixtures("browser")  # without one it is skipped
@pytest.mark.slow
@pytest.mark.parametrize(
    "number",
    [
        n if n == ALWAYS else pytest.param(n, marks=pytest.mark.every_page("chapters"))
        for n in CHAPTERS
    ],
)
def test_the_page_prints_what_is_stored(site: Path, number: str) -> None:
    check_built(site)
    (notebook,) = PAGES.glob(f"{number}_*.ipynb")
    given = run_chapter(site, notebook)
    assert list(given) == list(stored(notebook))
    differs = differing(notebook, given)
    print(keep(notebook, given, differs))
    assert set(differs) == known(number), differs


def test_a_page_that_hangs_is_given_up(site: Path) -> None:
    check_built(site)
    with pytest.raises(AssertionError, match="was not run after"):
        run_chapter(site, PAGES / "try.ipynb", deadline=0.1)


def test_the_table_of_the_appendix_counts_the_cells() -> None:
    page = (PAGES / "D_run_in_the_page.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[.*\]\((\w+)\.ipynb\) \| (\d+) \| (\d+) \|", page, re.MULTILINE)
    assert [name.partition("_")[0] for name, _, _ in rows] == CHAPTERS
    for name, cells, equal in rows:
        n = len(stored(PAGES / f"{name}.ipynb"))
        left_out = len(known(name.partition("_")[0]))
        assert (int(cells), int(equal)) == (n, n - left_out), name

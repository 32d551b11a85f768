"""Every code cell of a chapter in the page: what is printed is what is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from conftest import ROOT
from live_pages import LivePage, check_built, served, stored

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Those that were compared; the others wait for their exceptions to be listed.
CHAPTERS = ["04"]
# (chapter, cell): why it does not run in the page, or gives something else there.
EXCEPT: dict[tuple[str, str], str] = {}


@pytest.fixture(scope="module")
def ran(site: Path, browser: Browser) -> Any:
    """Return a function that runs a chapter and gives what each cell gave."""
    check_built(site)

    def run(number: str) -> tuple[Path, dict[str, dict[str, Any]]]:
        (notebook,) = (ROOT / "chapters").glob(f"{number}_*.ipynb")
        with served(site) as address:
            live = LivePage(browser.new_page(), address, notebook.stem)
            live.start()
            live.page.evaluate("() => { w2vLive.run(w2vLive.cells, { goOn: true }); }")
            live.wait()
            cells = live.page.evaluate("w2vLive.cells.map(c => ({ id: c.id, ...c.record }))")
            assert not live.wrong
            live.page.close()
        return notebook, {cell["id"]: cell for cell in cells}

    return run


@pytest.mark.parametrize("number", CHAPTERS)
def test_the_page_prints_what_is_stored(ran: Any, number: str) -> None:
    notebook, given = ran(number)
    expected = stored(notebook)
    assert list(given) == list(expected)
    differs = {}
    for cell, (text, shown) in expected.items():
        here = given[cell]
        if not here["ok"] or (here["text"], here["plain"]) != (text, shown) or here.get("errors"):
            differs[cell] = here["error"] or (here["text"], text, here["plain"], here.get("errors"))
    known = {cell for chapter, cell in EXCEPT if chapter == number}
    assert set(differs) == known, {cell: differs.get(cell) for cell in set(differs) ^ known}
    seconds = sum(cell["ms"] for cell in given.values()) / 1000
    print(f"{number}: {len(given)} cells, {len(given) - len(differs)} equal, {seconds:.0f} s")

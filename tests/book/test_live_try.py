"""The page for trying w2vlib: its cells, and a text of one's own."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from chromium import LONGEST
from conftest import ROOT
from live_pages import FOUND, LivePage, check_built, differing, served, stored
from live_runs import run_chapter

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

DEADLINE = LONGEST
NOTEBOOK = ROOT / "chapters" / "try.ipynb"
pytestmark = pytest.mark.browser


@pytest.mark.usefixtures("browser")  # without one it is skipped
def test_its_cells_print_what_is_stored(site: Path) -> None:
    check_built(site)
    given = run_chapter(site, NOTEBOOK)
    assert list(given) == list(stored(NOTEBOOK))
    assert differing(NOTEBOOK, given) == {}


def test_a_text_of_ones_own_is_counted(site: Path, browser: Browser, tmp_path: Path) -> None:
    check_built(site)
    text = tmp_path / "Mein Text.txt"
    text.write_text("Zürich liegt am See.\nam See liegt ein Boot, am See.\n" * 9, encoding="utf-8")
    with served(site) as address:
        live = LivePage(browser.new_page(bypass_csp=False), address, NOTEBOOK.stem)
        live.start()
        live.page.set_input_files("#try-own-text input[type=file]", text)
        live.until("w2vLive.cells.find(c => c.id === 'own-text').state === 'failed'")
        # Seven words, where the cell asks for twenty.
        assert "20" in live.record("own-text")["error"]
        code = "".join(
            "".join(cell["source"])
            for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
            if cell["id"] == "own-text"
        )
        given = live.run("own-text", code.replace("vocab_size=20", "vocab_size=6"))
        assert (
            given["text"] == "99 words counted; the most frequent: am see liegt zürich ein boot\n"
        )
        assert "Mein Text.txt" in live.page.text_content("#try-own-text")
        # It is there after Python was started anew.
        live.page.evaluate("w2vLive.python.stop()")
        given = live.run("own-text", "print(open('my_text.txt', encoding='utf-8').readline())")
        assert given["text"].startswith("Zürich liegt")
        assert not [url for url in live.asked if not url.startswith((address, "blob:", "data:"))]
        live.page.close()


def test_the_first_output_comes_soon_and_the_files_once(site: Path, browser: Browser) -> None:
    check_built(site)
    found: dict[str, float] = {}
    for visits in (("slow",), ("first", "second")):
        with served(site, slowly="slow" in visits) as address:
            context = browser.new_context(bypass_csp=False)
            for visit in visits:
                live = LivePage(context.new_page(), address, NOTEBOOK.stem)
                begin = time.monotonic()
                live.start()
                live.run("setup", "print('here')")
                found[f"{visit}_seconds"] = round(time.monotonic() - begin, 1)
                asked = {url.removeprefix(address + "/") for url in live.asked if "/live/" in url}
                found[f"{visit}_bytes"] = sum((site / path).stat().st_size for path in asked)
                live.page.close()
            context.close()
    assert found["first_bytes"] < 36e6
    assert found["second_bytes"] < 1e6, "kept by the browser"
    FOUND.mkdir(parents=True, exist_ok=True)
    (FOUND / "start.txt").write_text(json.dumps(found), encoding="utf-8")
    print(found)

"""A chapter, run in its page by a process and a browser of its own.

A browser that hangs can hold up whoever waits for it for ever. Here it costs its own process alone:
``run_chapter`` ends it, and the test fails, or is run again.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from live_pages import FOUND, GIVEN, LivePage, check_library, served
from scripts import load_script

DEADLINE = 500  # s, on a machine that is busy; none takes 100 on one that is not


def run_chapter(
    site: Path, notebook: Path, *, deadline: float = DEADLINE
) -> dict[str, dict[str, Any]]:
    """Run all cells of a chapter in a new page, and return what each gave."""
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder, "given.json")
        command = [sys.executable, __file__, str(site), notebook.stem, str(given)]
        try:
            ran = subprocess.run(command, capture_output=True, text=True, timeout=deadline)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{notebook.stem} was not run after {deadline} s") from None
        assert ran.returncode == 0, ran.stderr
        return dict(json.loads(given.read_text(encoding="utf-8")))


def main(site: Path, name: str, target: Path) -> None:
    """Do what ``run_chapter`` asks for; its browser ends with this process."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, served(site) as address:
        browser = load_script("tools/picture_figures.py").launch(playwright)
        live = LivePage(browser.new_page(), address, name)
        live.start()
        live.page.evaluate("() => { w2vLive.run(w2vLive.cells, { goOn: true }); }")
        live.wait()
        cells = live.page.evaluate(GIVEN)
        check_library(live, name)
        take_pictures(live, name)
        browser.close()
        assert not live.wrong
    target.write_text(json.dumps({cell["id"]: cell for cell in cells}), encoding="utf-8")


def take_pictures(live: LivePage, name: str) -> None:
    """Leave pictures of a page that has been run, from its first figure on, to be looked at."""
    drawn = "w2vLive.cells.find(c => c.record.plain.some(text => text.startsWith('<Figure')))"
    folder = FOUND / "Chromium"
    folder.mkdir(parents=True, exist_ok=True)
    for width, height in ((1280, 1000), (360, 800)):
        live.page.set_viewport_size({"width": width, "height": height})
        live.page.evaluate(f"({drawn} ?? w2vLive.cells[0]).element.scrollIntoView()")
        live.page.wait_for_timeout(300)
        live.page.screenshot(path=folder / f"{name}-{width}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))

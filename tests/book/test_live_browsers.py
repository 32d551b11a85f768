"""Python in the page in other browsers than Chromium: what is printed is what is stored.

Firefox and WebKit (which Safari is made of) are asked where Debian's packages are installed.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import firefox
import pytest
import webkit
from conftest import ROOT
from live_pages import CHAPTERS, GIVEN, check_built, differing, keep, known, served, stored

if TYPE_CHECKING:
    from pathlib import Path

    from remote import Remote

BROWSERS: dict[str, tuple[Any, Any]] = {
    "Firefox": (firefox.Firefox, firefox.found),
    "WebKit": (webkit.WebKit, webkit.found),
}
FEW = ("try", "04")  # by W2V_LIVE=chapters; the others by W2V_LIVE=all
EVERY = pytest.mark.every_page


def started(name: str, stack: ExitStack) -> Remote:
    """Start a browser; skip, or fail where it was promised, if it is not here or does not start."""
    make, found = BROWSERS[name]
    try:
        program = found()
        assert program, "it was not found"
        return stack.enter_context(make(program))
    except Exception as error:
        reason = f"no {name}: {error!r}"
    if name in os.environ.get("W2V_REQUIRE_BROWSERS", "").split():
        pytest.fail(f"W2V_REQUIRE_BROWSERS names {name}, but {reason}")
    pytest.skip(reason)


@pytest.mark.slow
@pytest.mark.flaky(reruns=1)
@pytest.mark.parametrize(
    "page",
    [
        pytest.param(one, marks=EVERY("chapters") if one in FEW else EVERY)
        for one in ("try", *CHAPTERS)
    ],
)
@pytest.mark.parametrize("name", BROWSERS)
def test_another_browser_prints_what_is_stored(site: Path, name: str, page: str) -> None:
    check_built(site)
    if name == "Firefox":
        pytest.importorskip("websocket")
    (notebook,) = (ROOT / "chapters").glob(f"{page}*.ipynb")
    with served(site) as address, ExitStack() as stack:
        browser = started(name, stack)
        browser.open(f"{address}/chapters/{notebook.stem}.html")
        browser.until("!document.querySelector('.live-bar').hidden")
        browser.evaluate("document.querySelector('.live-bar button').click() ?? true")
        browser.until("Boolean(window.w2vLive?.python.ready)")
        browser.evaluate("(w2vLive.run(w2vLive.cells, { goOn: true }), true)")
        browser.until("!w2vLive.running")
        cells = browser.evaluate(GIVEN)
        said = browser.evaluate("document.querySelector('.live-state').textContent")
    given = {cell["id"]: cell for cell in cells}
    assert list(given) == list(stored(notebook))
    differs = differing(notebook, given)
    print(keep(notebook, given, differs, name))
    assert set(differs) == known(page), differs
    assert f"{len(cells)} cells have run" in said

"""With the Tab key alone a reader comes through a page, and sees where they are.

What axe cannot see: each stop shows that it has the focus, stands in the window, and is not covered
by a bar (WCAG 2.2, 2.1.2, 2.4.7 and 2.4.11).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser

# What a page shows of the element that has the focus; null where none of the page has.
STOP = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const box = at.getBoundingClientRect();
  const inside = (x, y) => {
    const top = document.elementFromPoint(x, y);
    // A figure may draw the handle that an unseen slider moves.
    return top !== null
      && (at.contains(top) || top.contains(at) || top.closest(".w2v")?.contains(at));
  };
  const xs = [0.02, 0.5, 0.98].map((part) => box.left + part * box.width);
  const ys = [0.1, 0.5, 0.9].map((part) => box.top + part * Math.min(box.height, innerHeight));
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(at);
  window.stops ??= new Map();
  window.stops.set(at, (window.stops.get(at) ?? 0) + 1);
  return {
    times: window.stops.get(at),
    name: `${at.tagName}.${at.className} ${at.id} ${(at.ariaLabel ?? at.textContent).trim()}`
      .slice(0, 90),
    seen: (outlineStyle !== "none" && parseFloat(outlineWidth) >= 1) || boxShadow !== "none",
    open: box.width < 1 || xs.some((x) => ys.some((y) => inside(x, y))),
  };
}"""
MOST = 90  # stops that are looked at: those of the bars, of the first sections and figures


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize(
    "name", ["cover", "01_what_did_word2vec_learn", "04_from_loss_to_target", "claims"]
)
def test_every_stop_is_seen_and_none_is_a_trap(
    browser: Browser, site: Path, serve: Callable[[Path], str], name: str, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800}, reduced_motion="reduce")
    try:
        page.goto(f"{serve(site)}/chapters/{name}.html", wait_until="networkidle")
        stops: list[dict[str, Any]] = []
        for _ in range(MOST):
            page.keyboard.press("Tab")
            stop = page.evaluate(STOP)
            if stop is None:
                break  # past the last one, into the browser's own bar
            stops.append(stop)
        assert len(stops) > 5
        assert [one["name"] for one in stops if not one["seen"]] == []
        assert [one["name"] for one in stops if not one["open"]] == []
        assert [one["name"] for one in stops if one["times"] > 1] == []  # a trap holds
    finally:
        page.close()

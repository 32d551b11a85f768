"""A printed chapter: no box is left without its content."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from interactive_pages import READ_THROUGH

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHAPTER = "chapters/04_from_loss_to_target.html"

# Boxes with a ground or a frame: those that are empty, and those that stay on a page when code or a
# figure inside them, which is never cut, goes to the next one.
LEFT_BEHIND = """() => {
  const article = document.querySelector(".bd-article");
  const isPainted = (element) => {
    const { backgroundColor, borderTopWidth, borderLeftWidth } = getComputedStyle(element);
    return parseFloat(borderTopWidth) || parseFloat(borderLeftWidth)
      || !/^(transparent|rgba\\(.*, 0\\))$/.test(backgroundColor);
  };
  const boxes = [...article.querySelectorAll("div, p, details, summary, figure, pre")].filter(
    (element) => element.getBoundingClientRect().height > 4 && isPainted(element));
  const holds = "img, svg, canvas, math, input, select";
  const empty = boxes.filter((box) => !box.innerText.trim() && !box.querySelector(holds));
  const cut = boxes.filter((box) =>
    box.querySelector("pre, .w2v") && getComputedStyle(box).breakInside !== "avoid");
  return [empty, cut].map((found) => found.map((box) => box.className || box.tagName));
}"""


@pytest.mark.browser
def test_no_box_is_left_behind_on_paper(
    browser: Browser, site: Path, serve: Callable[[Path], str]
) -> None:
    with browser.new_page() as page:
        page.goto(f"{serve(site)}/{CHAPTER}")
        page.evaluate(READ_THROUGH)
        page.wait_for_selector(".w2v .answer")
        code = page.locator("details.hide")
        assert code.count() > 5
        code.first.locator("summary").click()
        page.evaluate("dispatchEvent(new Event('beforeprint'))")  # which unfolds solutions
        page.emulate_media(media="print")
        empty, cut = page.evaluate(LEFT_BEHIND)
        assert not empty
        assert not cut
        # What the reader has unfolded is printed; what is folded leaves no trace.
        assert [one.is_visible() for one in code.all()] == [True] + [False] * (code.count() - 1)
        assert not code.first.locator("summary").is_visible()
        assert not page.locator(".w2v:has(.answer)").first.is_visible()

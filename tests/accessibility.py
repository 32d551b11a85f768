"""What axe-core says of a page: the release that tools/fetch_axe.py brought, or an older one."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from scripts import load_script

if TYPE_CHECKING:
    from playwright.sync_api import Page

NEWEST: Path = load_script("tools/fetch_axe.py").AXE
# What depends on the theme's colours; the other rules say the same of a light and a dark page.
OF_COLOURS = ("color-contrast", "link-in-text-block")
# Of code, one token of each look on each ground: axe would take most of its time for the rest.
ONE_OF_EACH = """() => {
  const groundOf = (element) => {
    for (const grounds = []; ; element = element.parentElement) {
      if (!element) return grounds.join();
      const ground = getComputedStyle(element).backgroundColor;
      grounds.push(ground);
      if (ground.startsWith("rgb(")) return grounds.join(); // what lies below it is not seen
    }
  };
  const [seen, again] = [new Set(), []];
  for (const block of document.querySelectorAll(".highlight pre")) {
    const ground = groundOf(block);
    for (const token of block.querySelectorAll("span[class]")) {
      const { color, backgroundColor, font, opacity } = getComputedStyle(token);
      const look = [token.className, color, backgroundColor, font, opacity, ground].join();
      if (seen.has(look)) again.push(token);
      seen.add(look);
    }
  }
  for (const token of again) token.replaceWith(...token.childNodes);
}"""
RUN = """async (only) => {
  const options = { resultTypes: ["violations"], preload: false, selectors: false };
  if (only.length) options.runOnly = only;
  const { violations } = await axe.run(document, options);
  return violations.map(({ id, help, nodes }) =>
    `${id}: ${help}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 200)).join(" ")}`);
}"""


@functools.cache
def axe() -> str:
    """Return axe-core's script; fail where the newest was promised and is not there."""
    if not NEWEST.is_file() and os.environ.get("W2V_REQUIRE_AXE") == "1":
        pytest.fail(f"W2V_REQUIRE_AXE=1, but there is no {NEWEST}; run: python tools/fetch_axe.py")
    if NEWEST.is_file():
        return NEWEST.read_text(encoding="utf-8")
    import axe_playwright_python

    older = Path(axe_playwright_python.__file__).parent / "axe.min.js"
    return older.read_text(encoding="utf-8")


def faults(page: Page, only: tuple[str, ...] = ()) -> list[str]:
    """Return what axe finds wrong with a page, of any impact: by all rules, or by some."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(axe())
    found: list[str] = page.evaluate(RUN, list(only))
    return found

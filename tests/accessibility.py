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
# What depends on the theme's colours, and takes most of the time; the other rules say the same of a
# light and a dark page.
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
    for (const token of block.querySelectorAll("span[class]:not(.code-line)")) {
      const { color, backgroundColor, font, opacity } = getComputedStyle(token);
      const look = [token.className, color, backgroundColor, font, opacity, ground].join();
      if (seen.has(look)) again.push(token);
      seen.add(look);
    }
  }
  for (const token of again) token.replaceWith(...token.childNodes);
}"""
# Glyphs have the colours of the text around them: one equation of each look stands for all.
ONE_EQUATION_OF_EACH = """() => {
  const seen = new Set();
  for (const glyphs of document.querySelectorAll("math")) {
    const around = glyphs.closest("p, li, td, th, dd, dt, figcaption, div");
    const look = [getComputedStyle(glyphs).color, around?.className, around?.tagName].join();
    if (seen.has(look)) glyphs.replaceChildren();
    seen.add(look);
  }
}"""
# axe takes a heading of a table that is an equation for an empty one: it does not read MathML.
RUN = """async ([options, without]) => {
  const common = { resultTypes: ["violations"], preload: false, selectors: false };
  const { violations } = await axe.run(
    { exclude: without.map((one) => [one]) },
    { ...common, ...options, elementRef: true },
  );
  return violations.flatMap(({ id, help, nodes }) => {
    const kept = nodes.filter(({ element }) =>
      id !== "empty-table-header" || !element.querySelector("math"));
    const where = kept.slice(0, 3).map((node) => node.html.slice(0, 200)).join(" ");
    return kept.length ? [`${id}: ${help}: ${where}`] : [];
  });
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


def faults(
    page: Page, only: tuple[str, ...] = (), leave_out: tuple[str, ...] = (), without: str = ""
) -> list[str]:
    """Return what axe finds wrong with a page, of any impact.

    It asks all rules, or those in ``only``, less ``leave_out``, about all that is not ``without``
    (a selector).
    """
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(axe())
    options: dict[str, object] = {"rules": {rule: {"enabled": False} for rule in leave_out}}
    if only:
        options["runOnly"] = list(only)
    found: list[str] = page.evaluate(RUN, [options, [without] if without else []])
    return found

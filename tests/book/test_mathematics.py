"""Formulas: typeset when the book is built, drawn by the site's own font, copied as LaTeX."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fontTools.ttLib import TTFont

from w2vbook.sphinx.mathematics import mathml

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[2]
FONT = ROOT / "assets" / "fonts" / "stix-two-math.woff2"
FORMULA = re.compile(r"<math.*?</math>", re.DOTALL)
ANNOTATION = re.compile(r"<annotation.*?</annotation>", re.DOTALL)
# A variable is one letter, which the browser turns into the italic letters of mathematics.
SLANTED = [*range(0x1D434, 0x1D468), *range(0x1D6E2, 0x1D71C)]
INVISIBLE = {0x2061, 0x2062, 0x2063, 0xA0, 0x0A}  # applied to, times, comma, spaces


@pytest.fixture(scope="module")
def formulas(site: Path) -> list[str]:
    """Return the formulas of all pages."""
    found = {
        formula
        for page in site.rglob("*.html")
        for formula in FORMULA.findall(page.read_text(encoding="utf-8"))
    }
    assert len(found) > 500
    return sorted(found)


def test_font_of_formulas_has_every_character_and_the_table_for_mathematics(
    formulas: list[str],
) -> None:
    font = TTFont(FONT)
    assert "MATH" in font
    known = set(font.getBestCmap())
    used = {
        ord(character)
        for formula in formulas
        for character in unescape(re.sub(r"<[^>]+>", "", ANNOTATION.sub("", formula)))
    }
    slanted = [one for one in SLANTED if one != 0x1D455]  # h is Planck's constant, elsewhere
    missing = {chr(one) for one in [*used, *slanted] if one not in known | INVISIBLE}
    assert not missing, "see assets/fonts/README.md"


def test_every_formula_carries_its_latex(formulas: list[str]) -> None:
    for formula in formulas:
        annotation = re.search(
            r'<annotation encoding="application/x-tex">(.+?)</annotation>', formula, re.DOTALL
        )
        assert annotation, formula[:200]
        display = 'display="block"' in formula
        assert mathml(unescape(annotation.group(1)).strip(), display=display) == formula


def test_no_page_loads_an_engine_for_mathematics(site: Path) -> None:
    for page in site.rglob("*.html"):
        loaded = re.findall(r"<(?:script|link)[^>]*>", page.read_text(encoding="utf-8"))
        assert loaded
        assert not [one for one in loaded if re.search(r"(?i)mathjax|katex|temml", one)], page.name


@pytest.mark.parametrize(
    ("latex", "says"), [(r"\nosuch", "nosuch"), ("{x", "end of input"), (r"x^1^2", "superscript")]
)
def test_a_formula_that_cannot_be_read_says_why(latex: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        mathml(latex)


PAGE = """<!DOCTYPE html><html lang="en"><title>t</title><body><main class="bd-article">
<p id="p">If <span class="math">{inline}</span> then</p>
<div class="math"><div class="formula">{block}</div></div><p>so.</p>
<p id="plain">no formula</p></main>
<script src="book.js"></script></body></html>"""
COPY = """([from, to]) => {
  const [range, data] = [document.createRange(), new DataTransfer()];
  range.setStart(...from.map((x) => typeof x === "string" ? document.querySelector(x) : x));
  range.setEnd(...to.map((x) => typeof x === "string" ? document.querySelector(x) : x));
  getSelection().removeAllRanges();
  getSelection().addRange(range);
  const how = { clipboardData: data, bubbles: true, cancelable: true };
  const event = new ClipboardEvent("copy", how);
  document.body.dispatchEvent(event);
  return event.defaultPrevented ? data.getData("text/plain") : null;
}"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with one page that has formulas and code, and the site's script."""
    text = PAGE.format(
        inline=mathml("a<b"),
        block=mathml(r"\frac12", display=True),
    )
    (tmp_path / "index.html").write_text(text, encoding="utf-8")
    script = (ROOT / "assets" / "book.js").read_bytes()
    (tmp_path / "book.js").write_bytes(script)
    return tmp_path


@pytest.mark.browser
def test_copied_text_holds_the_latex_of_its_formulas(
    folder: Path, browser: Browser, serve: Callable[[Path], str]
) -> None:
    page = browser.new_page()
    page.goto(serve(folder))
    copied = page.evaluate(COPY, [["#p", 0], ["main", 5]])
    assert re.sub(r"\s+", " ", copied) == "If $a<b$ then $$\\frac12$$ so."
    # A selection that begins within a formula takes the whole of it.
    assert page.evaluate(COPY, [["#p mo", 0], ["#p", 3]]) == "$a<b$ then"
    # Where there is none, the browser copies as ever.
    assert page.evaluate(COPY, [["#plain", 0], ["#plain", 1]]) is None
    page.close()


def test_no_line_begins_with_the_comma_behind_a_formula(site: Path) -> None:
    texts = [page.read_text(encoding="utf-8") for page in (site / "chapters").glob("*.html")]
    pages = [text.split("<article", 1)[1].split("</article>", 1)[0] for text in texts]
    assert sum(len(re.findall(r"</math></span>[,.;:]+</span>", page)) for page in pages) > 100
    loose = r"</math></span>[,.;:!?)\]’”…]+(?![,.;:!?)\]’”…]|</span>)"
    assert not [one for page in pages for one in re.findall(loose, page)]

"""The strip at each chapter's head: it is there, says where the chapter stands, and fits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from accessibility import faults

from w2vbook.sphinx.book import chapter_number
from w2vbook.sphinx.strip import CHAPTERS, CRACKED, ORDER, STAGES, TRAINING, TRAINING_PAGE, strip

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[2]
PAGES = {
    chapter_number(f"chapters/{path.stem}"): path.stem
    for path in sorted((ROOT / "chapters").glob("*.ipynb"))
    if chapter_number(f"chapters/{path.stem}") is not None
}
NAMES = [STAGES[stage].name for stage in ORDER]
each_chapter = pytest.mark.parametrize("chapter", list(CHAPTERS))


class Links(HTMLParser):
    """Collect the links of a strip: their words and attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found.append(("", dict(attrs)))
        self.open = tag == "a" or (self.open and tag != "li")

    def handle_endtag(self, tag: str) -> None:
        self.open = self.open and tag != "a"

    def handle_data(self, data: str) -> None:
        if self.open:
            text, attributes = self.found[-1]
            self.found[-1] = text + data.strip("?‹›"), attributes


def links(chapter: int | str) -> dict[str, dict[str, str | None]]:
    """Return what the strip of a chapter links, arrows left out."""
    found = Links(strip(chapter, lambda page: f"{page}.html")).found
    return {text: attributes for text, attributes in found if text}


def test_every_chapter_and_appendix_with_a_story_has_a_strip() -> None:
    assert set(CHAPTERS) == {number for number in PAGES if number != 0}


@each_chapter
def test_present_stage_is_marked_once(chapter: int | str) -> None:
    found = links(chapter)
    lit = [STAGES[stage].name if stage != TRAINING else TRAINING for stage in CHAPTERS[chapter]]
    current = [name for name in found if found[name].get("aria-current") == "step"]
    assert current == lit[:1]
    assert {name for name in found if "strip-lit" in (found[name]["class"] or "")} == set(lit)


def test_stages_are_in_order_and_lead_to_their_chapters() -> None:
    for chapter in CHAPTERS:
        found = [name for name in links(chapter) if name != TRAINING]
        assert found == ["text", "counts", "M*", "modes", "vectors", "meaning"] == NAMES
    leads = {name: str(at["href"]).removesuffix(".html") for name, at in links(2).items()}
    numbers = {name: chapter_number(page) for name, page in leads.items()}
    assert numbers == {
        "text": 2, "counts": 2, "M*": 4, "modes": 6, "vectors": 5, "meaning": 9, TRAINING: 3,
    }  # fmt: skip
    assert set(leads.values()) <= set(PAGES.values())
    assert TRAINING_PAGE in PAGES.values()


def state_of(chapter: int | str, name: str) -> str:
    return str(links(chapter)[name]["class"]).split("-")[-1]


def test_what_earlier_chapters_told_is_passed_and_the_rest_is_to_come() -> None:
    assert [state_of(4, name) for name in NAMES] == [
        "passed", "passed", "lit", "coming", "coming", "coming",
    ]  # fmt: skip
    # Chapter 5 comes to the vectors before Chapter 6 to the modes.
    assert (state_of(5, "modes"), state_of(6, "vectors")) == ("coming", "passed")
    assert {state_of("A", name) for name in NAMES} == {"passed", "lit"}
    assert [state_of(n, TRAINING) for n in (2, 3, 4, 8)] == ["coming", "lit", "passed", "lit"]


def test_first_chapter_knows_the_ends_and_the_twelfth_cracks_two_arrows() -> None:
    first = strip(1, str)
    assert first.count(">?<") == 4
    assert first.count("strip-icon") == 2
    assert TRAINING not in first
    for chapter in CHAPTERS:
        cracked = len(CRACKED.get(chapter, ()))  # type: ignore[arg-type]
        assert strip(chapter, str).count("strip-broken") == cracked == (2 if chapter == 12 else 0)


@pytest.mark.parametrize(
    ("chapter", "now", "back", "on"),
    [
        (1, "1 and 6 of 6: text and meaning", None, "On to counts"),
        (2, "1 and 2 of 6: text and counts", None, "On to M*"),
        (3, "", "Back to counts", "On to vectors"),
        (4, "3 of 6: M*", "Back to counts", "On to modes"),
        (6, "4 of 6: modes", "Back to M*", "On to vectors"),
        (8, "4 of 6: modes", "Back to counts", "On to vectors"),
        (9, "6 of 6: meaning", "Back to vectors", None),
    ],
)
def test_a_phone_gets_words_between_two_arrows(
    chapter: int, now: str, back: str | None, on: str | None
) -> None:
    html = strip(chapter, str)
    assert re.findall(r'class="strip-now"[^>]*>([^<]*)<', html) == [now]
    labels = re.findall(r'aria-label="((?:Back|On) to [^"]*)"', html)
    assert labels == [label for label in (back, on) if label]


# ---- on the pages ----


def page_of(site: Path, chapter: int | str) -> Path:
    return site / "chapters" / f"{PAGES[chapter]}.html"


@each_chapter
def test_strip_stands_under_the_title_and_its_links_lead_somewhere(
    chapter: int | str, site: Path
) -> None:
    path = page_of(site, chapter)
    html = path.read_text(encoding="utf-8")
    assert html.count('<nav class="strip"') == 1
    under = re.search(r'</h1>\s*<div class="strip-box">(.*?)</nav>', html, re.DOTALL)
    assert under
    hrefs = [str(attributes["href"]) for _, attributes in Links(under[1]).found]
    assert len(hrefs) >= 7
    # On its own page a link is an anchor to its top.
    assert all((path.parent / href.split("#")[0]).exists() for href in hrefs)


def test_other_pages_have_none(site: Path) -> None:
    for name in ("cover", "glossary", "C_notation_and_setup"):
        html = (site / "chapters" / f"{name}.html").read_text(encoding="utf-8")
        assert "strip-box" not in html
        assert "strip.css" not in html


@pytest.fixture(scope="module")
def address(site: Path, serve: Callable[[Path], str]) -> str:
    return serve(site)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(color_scheme="dark", reduced_motion="reduce")
    yield context.new_page()
    context.close()


@pytest.mark.browser
@pytest.mark.parametrize("chapter", [1, 3, 8, 10, 12])
def test_strip_fits_and_can_be_used(chapter: int, page: Page, address: str, site: Path) -> None:
    page.goto(f"{address}/chapters/{page_of(site, chapter).name}")
    for width in (320, 360, 500, 700, 1000, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        box = page.locator(".strip-box")
        assert box.evaluate("b => b.scrollWidth <= b.clientWidth"), width
        outer = box.bounding_box()
        assert outer
        assert outer["height"] < 100
        for link in page.locator(".strip a:visible").all():
            inner = link.bounding_box()
            assert inner
            assert inner["x"] >= outer["x"] - 0.5
            assert inner["x"] + inner["width"] <= outer["x"] + outer["width"] + 0.5, width
            if "strip-turn" in str(link.get_attribute("class")):
                assert min(inner["width"], inner["height"]) >= 44
        assert page.locator(".strip [aria-current=step]").is_visible()
        assert page.locator(".strip-now").is_visible() == (width < 600 and chapter != 3)
        assert page.locator(".strip ol > li").count() == 6
        if width in (360, 1280):
            for theme in ("dark", "light"):
                page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
                found = faults(page, only=("color-contrast", "target-size", "link-name", "list"))
                assert not [fault for fault in found if "strip" in fault]


@pytest.mark.browser
def test_strip_is_not_on_slides_and_small_on_paper(page: Page, address: str, site: Path) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    name = page_of(site, 4).name
    page.goto(f"{address}/chapters/{name}")
    page.emulate_media(media="print")
    size = "parseFloat(getComputedStyle(document.querySelector('.strip')).fontSize)"
    assert page.evaluate(size) < 12
    assert page.locator(".strip-turn:visible").count() == 0
    page.emulate_media(media="screen")
    page.locator(".strip").wait_for(state="visible")
    page.goto(f"{address}/chapters/{name}?slides")
    page.wait_for_selector("body.slides")
    assert page.locator(".strip").is_hidden()

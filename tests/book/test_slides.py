"""Slides: what is tagged in a notebook becomes a show on the chapter's own page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest
from accessibility import ONE_OF_EACH, faults
from conftest import load_script

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = sorted((ROOT / "chapters").glob("[0-9]*.ipynb"))
LIVE = "chapters/06_one_concept_at_a_time.html"

# How many pieces a slide shows, how wide the page is, which figures do not fill the slide or have a
# drawing that is wider than they are, and what stands on it.
LOOK = """() => {
  const pieces = [...document.querySelectorAll(".slide-now:is(.slide, .cell)")];
  const [piece] = pieces;
  const figures = [...piece.querySelectorAll(".w2v")];
  const holds = ["pre", "img", ".w2v", ".widget-tools", "mjx-container", "table"];
  return {
    shown: pieces.filter((one) => one.getClientRects().length).length,
    width: document.documentElement.scrollWidth,
    unfit: figures.filter((one) => one.clientWidth < piece.clientWidth * 0.95
      || [...one.querySelectorAll("svg, canvas")].some((drawing) => {
        const { width } = drawing.getBoundingClientRect();
        return width && width > one.clientWidth;
      })).map((one) => one.outerHTML.slice(0, 100)),
    kind: holds.filter((what) => piece.querySelector(what)).join(),
  };
}"""

slides_extension = load_script("w2vbook/sphinx/slides.py")
OPEN, CLOSE = slides_extension.OPEN, slides_extension.CLOSE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Why?", f"{OPEN}\nWhy?\n{CLOSE}"),
        (
            "# One\n\nWhy?\n\n## Two\nSo.",
            f"# One\n\n{OPEN}\nWhy?\n{CLOSE}\n\n## Two\n\n{OPEN}\nSo.\n{CLOSE}",
        ),
        # A number sign inside a fence is code, and no heading.
        ("```python\n# no\n```\nx", f"{OPEN}\n```python\n# no\n```\nx\n{CLOSE}"),
        (":::{note}\n# no\n:::", f"{OPEN}\n:::{{note}}\n# no\n:::\n{CLOSE}"),
        # A closing fence may be longer than the opening one, a shorter one closes nothing.
        ("```\n# no\n`````\n# One", f"{OPEN}\n```\n# no\n`````\n{CLOSE}\n\n# One"),
        ("````\n```\n# no\n````\n# One", f"{OPEN}\n````\n```\n# no\n````\n{CLOSE}\n\n# One"),
        ("~~~\n# no\n```\n~~~\n# One", f"{OPEN}\n~~~\n# no\n```\n~~~\n{CLOSE}\n\n# One"),
        ("One\n===\nWhy?", f"One\n===\n\n{OPEN}\nWhy?\n{CLOSE}"),
        ("## Alone", "## Alone"),
    ],
)
def test_text_is_wrapped_between_headings(text: str, expected: str) -> None:
    assert slides_extension.wrap(text) == expected


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_has_slides_from_its_question_to_its_summary(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    tagged = [cell for cell in cells if "slide" in cell.metadata.get("tags", [])]
    assert len(tagged) >= 5
    assert tagged[0] is cells[0]
    assert any("mystnb" in cell.metadata for cell in tagged), "no picture is on the slides"
    assert any(cell.source.startswith("## Summary") for cell in tagged)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_tagged_cell_is_a_slide_of_the_page(path: Path, site: Path) -> None:
    page = (site / "chapters" / f"{path.stem}.html").read_text(encoding="utf-8")
    cells = nbformat.read(path, as_version=4).cells
    tagged = [cell for cell in cells if "slide" in cell.metadata.get("tags", [])]
    code = sum(cell.cell_type == "code" for cell in tagged)
    assert len(re.findall(r'<div class="cell[^"]*\btag_slide\b', page)) == code
    text = [slides_extension.wrap(cell.source) for cell in tagged if cell.cell_type == "markdown"]
    assert len(re.findall(r'<div class="slide docutils', page)) == sum(t.count(OPEN) for t in text)


@pytest.fixture
def show(browser: Browser, site: Path, serve: Callable[[Path], str]) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 720}, has_touch=True)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{serve(site)}/{LIVE}?slides")
    page.wait_for_selector(".slide-bar")
    yield page
    context.close()
    assert not errors


def turn_to_a_figure(page: Page) -> None:
    """Turn on to the first slide with an interactive figure, and wait until it has started."""
    for _ in range(count(page)[1]):
        if page.locator(".slide-now .widget").count():
            break
        page.keyboard.press("ArrowRight")
    page.locator(".slide-now .w2v").wait_for()  # it starts when it comes near


def count(page: Page) -> list[int]:
    return [int(part) for part in page.locator(".slide-count").inner_text().split("/")]


@pytest.mark.browser
def test_keys_and_buttons_turn_the_page(show: Page) -> None:
    first, last = count(show)
    assert first == 1
    assert last > 5
    for key, expected in [
        ("ArrowRight", 2), ("PageDown", 3), ("ArrowLeft", 2), ("End", last), ("ArrowRight", last),
        ("Home", 1), ("ArrowLeft", 1),
    ]:  # fmt: skip
        show.keyboard.press(key)
        assert count(show)[0] == expected
        assert show.locator(".slide-now:is(.slide, .cell)").count() == 1
        assert f"slides={expected}" in show.url
    show.get_by_role("button", name="Next slide").click()
    assert count(show)[0] == 2
    assert not show.locator(".bd-sidebar-primary").is_visible()
    assert not show.get_by_text("Further reading").last.is_visible()


@pytest.mark.browser
def test_a_figure_on_a_slide_is_alive(show: Page) -> None:
    turn_to_a_figure(show)
    figure = show.locator(".slide-now .w2v")
    here = count(show)[0]
    before = figure.inner_text()
    moved = figure.get_by_role("slider", name="Time t")
    moved.press("Home")  # the slider's own key, not the show's
    assert count(show)[0] == here
    show.wait_for_function(
        "before => document.querySelector('.slide-now .w2v').innerText !== before", arg=before
    )


@pytest.mark.browser
def test_leaving_leads_back_to_the_text(show: Page) -> None:
    show.keyboard.press("ArrowRight")
    show.keyboard.press("Escape")
    assert show.locator(".slide-bar").count() == 0
    assert "slides" not in show.url
    assert show.get_by_text("Further reading").last.is_visible()
    show.get_by_role("button", name="Slides").click()
    assert count(show)[0] == 1


@pytest.mark.browser
@pytest.mark.parametrize("number", ["7", "9999", "-3", "x", "%3Cscript%3E"])
def test_a_link_leads_to_a_slide_whatever_it_says(number: str, show: Page) -> None:
    show.goto(show.url.split("?")[0] + f"?slides={number}")
    show.wait_for_selector(".slide-bar")
    last = count(show)[1]
    assert count(show)[0] == {"7": 7, "9999": last}.get(number, 1)


@pytest.mark.browser
def test_the_address_keeps_what_a_figure_wrote_there(show: Page) -> None:
    show.goto(show.url.split("?")[0] + "?learning_clock.d=4&slides=2")
    show.wait_for_selector(".slide-bar")
    turn_to_a_figure(show)
    assert "learning_clock.d=4" in show.url
    show.locator(".slide-now").get_by_role("slider", name="Time t").press("Home")
    show.wait_for_function("location.search.includes('learning_clock.t=0&')")
    show.get_by_role("button", name="Next slide").click()
    show.get_by_role("button", name="Previous slide").click()
    assert "learning_clock.t=0&" in show.url
    here = count(show)[0]
    show.reload()
    show.wait_for_selector(".slide-now .w2v")
    assert count(show)[0] == here
    assert show.get_by_role("slider", name="Time t").input_value() == "0"
    show.get_by_role("button", name="Text: leave the slides").click()
    assert "learning_clock.t=0&" in show.url
    assert "slides" not in show.url


@pytest.mark.browser
def test_slides_turn_where_the_address_may_not_be_changed(show: Page) -> None:
    show.evaluate("() => { history.replaceState = () => { throw new Error('too often'); }; }")
    show.keyboard.press("ArrowRight")
    assert count(show)[0] == 2
    show.keyboard.press("Escape")
    assert show.locator(".slide-bar").count() == 0


@pytest.mark.browser
@pytest.mark.parametrize(("chapter", "width"), [("06", 360), ("06", 1280), ("11", 360)])
def test_every_slide_fits_and_can_be_read_by_all(
    chapter: str, width: int, browser: Browser, site: Path, serve: Callable[[Path], str]
) -> None:
    [path] = [path for path in CHAPTERS if path.stem.startswith(chapter)]
    context = browser.new_context(viewport={"width": width, "height": 740})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{serve(site)}/chapters/{path.stem}.html?slides")
    page.wait_for_selector(".slide-bar")
    page.evaluate(ONE_OF_EACH)
    seen = set()
    for number in range(1, count(page)[1] + 1):
        assert count(page)[0] == number
        page.evaluate("new Promise((d) => requestAnimationFrame(() => requestAnimationFrame(d)))")
        page.wait_for_function(
            "![...document.querySelectorAll('.slide-now .widget')].some((one) => "
            "one.matches('.waits') || !one.firstChild)"
        )
        told = page.evaluate(LOOK)
        assert told["shown"] == 1, number
        assert told["width"] <= width, number
        assert not told["unfit"], number
        # One axe for each kind of slide: it takes a second.
        if told["kind"] not in seen:
            seen.add(told["kind"])
            assert not faults(page), number
        page.keyboard.press("ArrowRight")
    assert not errors
    context.close()

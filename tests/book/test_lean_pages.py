"""Pages load fast: what is far away, folded or unused costs nothing, and nothing is lost by it."""

from __future__ import annotations

import base64
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import load_script
from interactive_pages import ROOT

from w2vbook.sphinx import widget_states

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

lean = load_script("w2vbook/sphinx/lean_pages.py")
CHAPTER = "chapters/05_factorising_m_star.html"
KIND = "application/vnd.jupyter.widget"


# ---- style sheets ----


@pytest.mark.parametrize(
    ("css", "kept"),
    [
        (".on{a:b}.off{a:b}", ".on{a:b}"),
        (".on,.off>p{a:b}", ".on{a:b}"),
        (".off:is(.on,p),p:not(.off,.other) .on{a:b}", "p:not(.off,.other) .on{a:b}"),
        ("#on .on[class*=off]{a:b}#off{a:b}", "#on .on[class*=off]{a:b}"),
        ("@media print{.off{a:b}.on{a:b}}@media print{.off{a:b}}", "@media print{.on{a:b}}"),
        ("@font-face{src:url('a{;}.off')}.off{a:b}", "@font-face{src:url('a{;}.off')}"),
        ('@charset "utf-8";/* .off{ */.on{content:"}"}', '@charset "utf-8";.on{content:"}"}'),
        (".made-by-script{a:b}.maker{a:b}", ".made-by-script{a:b}"),
        ("a.on\\:x{a:b}html{--c:d}", "a.on\\:x{a:b}html{--c:d}"),
    ],
)
def test_rules_for_what_no_page_holds_are_left_out(css: str, kept: str) -> None:
    assert lean.trimmed(css, {"on", "made-"}) == kept


def test_names_are_those_of_pages_and_scripts(tmp_path: Path) -> None:
    (tmp_path / "_static" / "scripts").mkdir(parents=True)
    (tmp_path / "a.html").write_text('<p class="one two" id="three">four</p>', encoding="utf-8")
    (tmp_path / "_static" / "a.js").write_text("x = `five-${y}`; z = 'fa-' + six", encoding="utf-8")
    names = lean.names_used(tmp_path)
    assert {"one", "two", "three", "five-", "six"} <= names
    assert not {"four", "fa-"} & names


def test_site_has_trimmed_styles_and_a_script_that_does_not_watch(site: Path) -> None:
    static = site / "_static"
    assert (static / lean.TRIMMED[0]).stat().st_size < 150_000
    assert lean.WATCH not in (static / lean.SCRIPT).read_text(encoding="utf-8")
    named = lean.names_used(site)
    for name in lean.TRIMMED:
        css = (static / name).read_text(encoding="utf-8")
        assert lean.trimmed(css, named) == css, name


# ---- code ----


def test_each_line_of_code_is_an_element_and_the_text_stays(site: Path) -> None:
    before = re.sub(
        r'<span class="code-line">(.*?\n)</span>', r"\1", page_text(site), flags=re.DOTALL
    )
    assert before.count("code-line") == 0
    assert lean.code_lines(before) == page_text(site)
    printed = re.findall(
        r'<div class="output [^>]*><div class="highlight"><pre>.*?</pre>', before, re.DOTALL
    )
    assert printed
    assert not any("code-line" in lean.code_lines(one) for one in printed)  # it keeps its columns


def page_text(site: Path) -> str:
    return (site / CHAPTER).read_text(encoding="utf-8")


# ---- what is far away ----


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 360, "height": 740}, reduced_motion="reduce")
    yield made
    made.close()


@pytest.fixture(scope="module")
def address(site: Path, serve: Callable[[Path], str]) -> str:
    return f"{serve(site)}/{CHAPTER}"


FAR = """() => {
  const sections = [...document.querySelectorAll(".bd-article > section > section")];
  const isLaidOut = (one) => one.firstElementChild.checkVisibility({ contentVisibilityAuto: true });
  return sections.map(isLaidOut);
}"""


@pytest.mark.browser
def test_what_is_far_is_laid_out_when_the_reader_comes(
    context: BrowserContext, address: str
) -> None:
    page = context.new_page()
    page.goto(address, wait_until="load")
    assert not page.evaluate(FAR)[-1]
    # No script on the page asks for the size of what is not laid out, which would do the work.
    page.locator(".bd-article > section > section").last.scroll_into_view_if_needed()
    page.wait_for_function(f"({FAR})().at(-1)")


@pytest.mark.browser
def test_a_link_into_the_page_ends_at_its_place(context: BrowserContext, address: str) -> None:
    page = context.new_page()
    place = "Math.abs(document.querySelector(':target').getBoundingClientRect().top) < 200"
    for anchor in ("fig-05-viewer", "summary", "exercises"):
        page.goto(f"{address}#{anchor}", wait_until="load")
        page.wait_for_function(place)
    page.goto(address, wait_until="load")
    page.evaluate("location.hash = 'summary'")
    page.wait_for_function(place)
    page.wait_for_timeout(700)  # what is above it may still be laid out
    assert page.evaluate(place)


@pytest.mark.browser
def test_words_far_away_are_found(context: BrowserContext, address: str) -> None:
    page = context.new_page()
    page.goto(address, wait_until="load")
    assert page.evaluate("find('Further reading')")
    page.wait_for_function("scrollY > 5000")


@pytest.mark.browser
def test_a_box_that_scrolls_can_be_reached_by_keyboard(
    context: BrowserContext, address: str
) -> None:
    page = context.new_page()
    page.goto(address, wait_until="load")
    for closed in page.locator(".toggle-hidden > .admonition-title").all()[:3]:
        closed.click()
    wide = page.locator("article div.highlight pre, article .formula").filter(visible=True)
    found = 0
    for box in wide.all()[::4]:
        box.scroll_into_view_if_needed()
        page.evaluate("new Promise((done) => setTimeout(done, 60))")
        if box.evaluate("box => box.clientWidth && box.scrollWidth > box.clientWidth + 1"):
            assert box.get_attribute("tabindex") == "0"
            found += 1
    assert found


# ---- figures ----

ESM = """export default { render({ model, el }) {
  const values = new Uint8Array(model.get("numbers").buffer);
  el.innerHTML = `<p class="figure">${values.length} ${values.at(-1)}</p>`;
} };"""


def write_page(folder: Path, views: int = 1) -> Path:
    """Write a page with a figure, far below, whose long data has a file; return the file."""
    data = base64.b64encode(bytes(range(256)) * 80).decode()
    buffers = [{"encoding": "base64", "path": ["numbers"], "data": data}]
    state = {"state": {"one": {"state": {"_esm": ESM}, "buffers": buffers}}}
    saved = widget_states.apart(state, folder / "data", "data")
    (file,) = (folder / "data").iterdir()
    shutil.copy(ROOT / "assets" / "widgets.js", folder)
    view = f'<div><script type="{KIND}-view+json">{{"model_id": "one"}}</script>'
    picture = '<img alt="A picture." width="400" height="321" src="no.webp">'
    view += f"<noscript>{picture}<p>In words.</p></noscript></div>"
    (folder / "index.html").write_text(
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>t</title>'
        f'<script type="{KIND}-state+json">{json.dumps(saved)}</script>'
        f"<style>@media screen {{ .waits > * {{ display: none }} }}</style></head><body>"
        f'<div style="height: 5000px">far</div>{view * views}'
        f'<script defer src="widgets.js"></script></body></html>',
        encoding="utf-8",
    )
    return file


def test_long_data_gets_a_file_and_short_data_none(tmp_path: Path) -> None:
    parts = [{"path": ["a"], "data": "x" * (widget_states.LONG + 1)}, {"path": ["b"], "data": "y"}]
    state = {"state": {"one": {"state": {}, "buffers": parts}, "two": {"state": {}}}}
    saved = widget_states.apart(state, tmp_path, "../data")
    long, short = saved["state"]["one"]["buffers"]
    assert short == parts[1]
    assert sorted(long) == ["$file", "path"]
    (file,) = tmp_path.iterdir()
    assert long["$file"] == f"../data/{file.name}"
    assert f'"{parts[0]["data"]}"' in file.read_text(encoding="utf-8")
    assert saved["state"]["two"] == state["state"]["two"]


@pytest.fixture
def figure_page(tmp_path: Path, context: BrowserContext) -> Callable[..., Page]:
    def start(address: str) -> Page:
        page = context.new_page()
        page.goto(f"{address}/index.html", wait_until="load")
        page.wait_for_timeout(300)
        return page

    return start


@pytest.mark.browser
@pytest.mark.parametrize("files", [False, True], ids=["http", "file"])
def test_a_figure_starts_and_loads_its_data_when_the_reader_comes(
    files: bool, tmp_path: Path, serve: Callable[[Path], str], figure_page: Callable[..., Page]
) -> None:
    write_page(tmp_path, views=2)
    page = figure_page(tmp_path.as_uri() if files else serve(tmp_path))
    assert page.locator(".figure").count() == 0
    assert page.evaluate("window.w2vData") is None
    assert page.locator(".widget").first.bounding_box()["height"] >= 321  # its place is kept
    page.evaluate("scrollTo(0, 5000)")
    page.wait_for_selector(".figure")
    page.wait_for_function("document.querySelectorAll('.figure').length === 2")
    assert page.locator(".figure").first.inner_text() == "20480 255"
    assert page.locator("img").count() == 0


@pytest.mark.browser
def test_on_paper_a_picture_stands_for_a_figure_that_waits(
    tmp_path: Path, serve: Callable[[Path], str], figure_page: Callable[..., Page]
) -> None:
    write_page(tmp_path)
    page = figure_page(serve(tmp_path))
    assert not page.get_by_text("In words.").is_visible()
    page.emulate_media(media="print")
    assert page.get_by_text("In words.").is_visible()
    assert page.get_by_role("img", name="A picture.").is_visible()


@pytest.mark.browser
@pytest.mark.parametrize("text", [None, "not a script", ""], ids=["gone", "damaged", "empty"])
def test_data_that_cannot_be_had_is_said(
    text: str | None, tmp_path: Path, serve: Callable[[Path], str], figure_page: Callable[..., Page]
) -> None:
    file = write_page(tmp_path)
    file.unlink() if text is None else file.write_text(text, encoding="utf-8")
    page = figure_page(serve(tmp_path))
    page.evaluate("scrollTo(0, 5000)")
    page.wait_for_selector(".widget-note")
    said = page.locator(".widget-note").inner_text()
    assert f"{file.name}) cannot be loaded" in said or f"{file.name} is damaged" in said
    assert page.get_by_text("In words.").is_visible()


def test_whole_state_can_be_read_again(tmp_path: Path) -> None:
    long = "x" * (widget_states.SHORT + 1)
    one: dict[str, Any] = {"state": {"_esm": long}}
    data = {"path": ["a"], "encoding": "base64", "data": "y" * (widget_states.LONG + 1)}
    state = {"state": {"one": {**one, "buffers": [data]}, "two": {**one, "buffers": [data]}}}
    saved = widget_states.apart(widget_states.shared(state), tmp_path, "data")
    again = widget_states.whole(saved)["state"]
    assert again["one"]["state"] == again["two"]["state"] == one["state"]
    assert again["one"]["buffers"] == again["two"]["buffers"]
    assert len(list(tmp_path.iterdir())) == 1

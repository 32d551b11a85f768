"""The built site: links in every page, then every page in a browser.

Each page is opened once, narrow and dark, widened step by step and made light, and looked at for
everything together: starting a page is what takes time.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urldefrag, urlsplit

import pytest
from accessibility import OF_COLOURS, ONE_EQUATION_OF_EACH, ONE_OF_EACH, faults
from interactive_pages import READ_THROUGH

from w2vbook.sphinx.widget_states import SHORT, shared

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "_build" / "html"
ALL_PAGES = sorted(
    path.relative_to(SITE).as_posix()
    for path in SITE.rglob("*.html")
    if not path.relative_to(SITE).parts[0].startswith("_")
) or ["index.html"]  # not built: one test that says so
# The numbers of figures are pages of one kind: test_figure_data.py opens a few in a browser.
PAGES = [page for page in ALL_PAGES if not page.startswith("figure-data/")]
# The narrowest is what a window of 1,280 px shows when it is magnified four times.
NARROW, BETWEEN, WIDE = 360, (320, 412, 500, 600, 768, 1000), 1280
LINKS = {"a": "href", "link": "href", "script": "src", "img": "src", "source": "src"}
STATE_TYPE = "application/vnd.jupyter.widget-state+json"
VIEW_TYPE = "application/vnd.jupyter.widget-view+json"
# Pictures are loaded when a reader comes near: here all of them.
READY = """async () => {
  const pictures = [...document.querySelectorAll("article img")];
  for (const one of pictures) one.loading = "eager";
  await Promise.all(pictures.map((one) => one.decode().catch(() => {})));
  await document.fonts.ready;
  for (let n = 0; n < 2; n++) await new Promise(requestAnimationFrame);
}"""

# Readers may set text wider than it was meant (WCAG 2.2, 1.4.12); formulas are no text.
SPACED = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`:not(math, math *) { line-height: 1.5 !important;
    letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
    p { margin-bottom: 2em !important; }`);
  document.adoptedStyleSheets.push(sheet);
  const hides = (one, way) => ["hidden", "clip"].includes(getComputedStyle(one)[`overflow${way}`]);
  return [...document.querySelectorAll("body *")].filter((one) =>
    one.offsetParent && one.clientWidth > 2 && one.textContent.trim()
    && !one.closest("svg, math, noscript, .formula, .math, .visually-hidden, .sr-only")
    && ((hides(one, "X") && one.scrollWidth > one.clientWidth + 2)
      || (hides(one, "Y") && one.scrollHeight > one.clientHeight + 2))
  ).map((one) => `${one.tagName}.${one.className}: ${one.textContent.trim().slice(0, 60)}`);
}"""
MOVES = """() => document.getAnimations().filter((one) => one.playState === "running")
  .map((one) => one.animationName ?? one.transitionProperty)"""


class PageParser(HTMLParser):
    """Collect what a page loads, links to, and can be linked to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.anchors.update(value for key in ("id", "name") if (value := values.get(key)))
        if tag in LINKS and (target := values.get(LINKS[tag])):
            self.links.append((tag, target))


@pytest.fixture(scope="module")
def parsed(site: Path) -> dict[str, PageParser]:
    return {page: PageParser((site / page).read_text(encoding="utf-8")) for page in ALL_PAGES}


@pytest.mark.parametrize("page", ALL_PAGES)
def test_internal_links_lead_somewhere(page: str, parsed: dict[str, PageParser]) -> None:
    broken = []
    for _, link in parsed[page].links:
        if urlsplit(link).scheme or link.startswith("//"):
            continue
        address, anchor = urldefrag(link)
        target = (SITE / page).parent / unquote(urlsplit(address).path) if address else SITE / page
        if target.is_dir():
            target /= "index.html"
        name = target.resolve().relative_to(SITE).as_posix()
        if not target.exists() or (
            anchor and name in parsed and unquote(anchor) not in parsed[name].anchors
        ):
            broken.append(link)
    assert not broken


@pytest.mark.parametrize("page", ALL_PAGES)
def test_nothing_is_loaded_from_elsewhere(page: str, parsed: dict[str, PageParser]) -> None:
    foreign = [
        link
        for tag, link in parsed[page].links
        if tag != "a" and (urlsplit(link).scheme in ("http", "https") or link.startswith("//"))
    ]
    assert not foreign


@pytest.mark.parametrize("page", PAGES)
def test_interactive_figures_have_a_text_alternative(page: str, site: Path) -> None:
    text = (site / page).read_text(encoding="utf-8")
    views = text.count(f'<script type="{VIEW_TYPE}">')
    followed = re.findall(
        rf'<script type="{re.escape(VIEW_TYPE)}">[^<]*</script>\s*<noscript>', text
    )
    assert len(followed) == views


@pytest.fixture(scope="module")
def address(site: Path, serve: Callable[[Path], str]) -> str:
    return serve(site)


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(
        viewport={"width": NARROW, "height": 800},
        color_scheme="dark",
        reduced_motion="reduce",
        bypass_csp=False,  # what a page's policy blocks is an error in the console
    )
    yield made
    made.close()


class Watch:
    """Write down what goes wrong while a page loads."""

    def __init__(self, page: Page, address: str) -> None:
        self.faults: list[str] = []
        own = (address, "data:", "blob:", "about:")
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on(
            "console",
            lambda message: (
                self.faults.append(f"console: {message.text}")
                if message.type in ("error", "warning")
                else None
            ),
        )
        page.on(
            "request",
            lambda request: (
                None if request.url.startswith(own) else self.faults.append(f"to {request.url}")
            ),
        )
        page.on(
            "response",
            lambda response: (
                self.faults.append(f"{response.status}: {response.url}")
                if response.status >= 400
                else None
            ),
        )


@pytest.mark.browser
@pytest.mark.parametrize("name", PAGES)
def test_page(name: str, address: str, context: BrowserContext) -> None:
    page = context.new_page()
    try:
        watch = Watch(page, address)
        page.goto(f"{address}/{name}", wait_until="networkidle")
        page.evaluate(READY)
        look_at(page, NARROW)
        for width in (*BETWEEN, WIDE):
            fit(page, width)
        look_at(page, WIDE)

        assert theme(page) in ("dark", None)
        page.evaluate(ONE_OF_EACH)
        page.evaluate(ONE_EQUATION_OF_EACH)
        assert not faults(page)
        page.emulate_media(color_scheme="light")
        page.evaluate(READY)
        assert theme(page) in ("light", None)
        assert not faults(page, only=OF_COLOURS)
        fit(page, NARROW)
        assert not faults(page, leave_out=OF_COLOURS)
        # A text has the same colours on a narrow page; bars and buttons may be others.
        assert not faults(page, only=OF_COLOURS, without="article")
        assert not faults(page, only=("target-size",))  # axe leaves it out by itself
        assert not page.evaluate(MOVES), "moves, although the reader asked for stillness"
        cut = page.evaluate(SPACED)
        assert not cut, f"text that is cut when it is set wider: {cut}"
        fit(page, 320)
        assert not watch.faults
    finally:
        page.close()


def fit(page: Page, width: int) -> None:
    """Make a page that wide; nothing of it may stand beyond the window."""
    page.set_viewport_size({"width": width, "height": 800})
    scroll = page.evaluate("document.documentElement.scrollWidth")
    assert scroll <= width, f"{scroll} px of content in a window of {width} px"


def theme(page: Page) -> str | None:
    """Return the theme that a page shows; the start page, which only leads on, has none."""
    return page.get_attribute("html", "data-theme")


def look_at(page: Page, width: int) -> None:
    """Check one loaded page."""
    assert page.title()
    fit(page, width)
    page.evaluate(READ_THROUGH)
    fit(page, width)
    assert not faults(page, only=("scrollable-region-focusable",))
    unnamed = page.eval_on_selector_all(
        "article img", "all => all.filter(i => !i.alt.trim()).map(i => i.src)"
    )
    assert not unnamed, f"pictures without alt text: {unnamed}"
    unloaded = page.eval_on_selector_all(
        "article img", "all => all.filter(i => !i.naturalWidth).map(i => i.src)"
    )
    assert not unloaded, f"pictures that did not load: {unloaded}"
    unnumbered = page.locator("article figure:not(:has(.caption-number))").count()
    assert not unnumbered, f"{unnumbered} figures without number and caption"
    assert page.locator("math").count() == page.locator(".math").count(), "a formula not typeset"
    cut = page.eval_on_selector_all(
        "span.math",
        """all => all.filter((one) => {
            const width = (i) => i.getBoundingClientRect().width;
            return width(one.firstElementChild) > width(one) + 1;
        }).map((one) => one.querySelector("annotation").textContent)""",
    )
    assert not cut, f"formulas cut at the end of the line: {cut}"
    assert page.locator(".widget.waits:visible").count() == 0, "a figure that does not start"
    failed = page.locator(".widget-note", has_text="could not be started").all_inner_texts()
    assert not failed, failed


@pytest.mark.browser
def test_search_finds_a_word(address: str, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(f"{address}/search.html?q=eigenvector")
    page.wait_for_selector("#search-results li a")
    titles = page.locator("#search-results li a").all_inner_texts()
    assert any("Glossary" in title for title in titles), titles
    page.goto(f"{address}/search.html?q=notawordofthisbook")
    page.locator("#search-results", has_text="did not match").wait_for()
    assert page.locator("#search-results li").count() == 0
    page.close()


@pytest.mark.browser
def test_dark_mode_can_be_switched_and_is_remembered(address: str, browser: Browser) -> None:
    context = browser.new_context(color_scheme="light", viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(f"{address}/chapters/glossary.html", wait_until="networkidle")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    switch = page.locator("button.theme-switch-button:visible").first
    for _ in range(3):  # auto, light, dark
        if page.get_attribute("html", "data-theme") == "dark":
            break
        switch.click()
    assert page.get_attribute("html", "data-theme") == "dark"
    assert page.evaluate(paper) != light
    page.reload(wait_until="networkidle")
    assert page.get_attribute("html", "data-theme") == "dark"
    context.close()


@pytest.mark.browser
def test_the_mark_in_the_contents_follows_a_jump(address: str, context: BrowserContext) -> None:
    # The theme's own is left where it was.
    page = context.new_page()
    page.goto(f"{address}/chapters/E_mathematics.html", wait_until="networkidle")
    marked = page.locator(".page-toc a.active")
    page.keyboard.press("End")
    page.locator(".page-toc li:last-child > a.active").wait_for(state="attached")
    assert marked.count() == 1
    page.keyboard.press("Home")
    marked.wait_for(state="detached")
    page.close()


@pytest.mark.browser
def test_icons_are_drawn(address: str, context: BrowserContext) -> None:
    # The theme's icon script is left out; its style sheet and a font of the icons used do the work.
    page = context.new_page()
    page.goto(f"{address}/chapters/glossary.html", wait_until="networkidle")
    page.evaluate(READY)
    icons = page.eval_on_selector_all(
        "i[class*='fa-']",
        "all => all.map(i => [i.className, getComputedStyle(i, '::before').content])",
    )
    assert icons
    assert [name for name, content in icons if content in ("none", "normal", '""')] == []
    loaded = "[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family).join()"
    assert "Font Awesome 6 Free" in page.evaluate(loaded)
    page.close()


# ---- assets/widgets.js, alone on a page of its own --------------------------------------------

ESM = """export default {
  initialize({ model }) { model.set("started", model.get("started") + 1); },
  render({ model, el }) {
    const values = new Float64Array(model.get("numbers").buffer);
    const button = document.createElement("button");
    const show = () => {
      const nested = new Uint8Array(model.get("nested").inner.buffer)[0];
      button.textContent = `n=${model.get("n")} second=${values[1]} nested=${nested}`
        + ` started=${model.get("started")}`;
    };
    model.on("change:n", show);
    button.onclick = () => { model.set("n", model.get("n") + 1); model.save_changes(); };
    show();
    el.append(button);
    model.send({ to: "nobody" });
  },
};"""
SAVED = {
    "good": {
        "model_module": "anywidget",
        "state": {
            "_esm": ESM,
            "_css": "button { color: rgb(1, 2, 3) }",
            "n": 3,
            "started": 0,
            "nested": {},
        },
        "buffers": [
            # 1.0 and 42.0 as little-endian doubles, then one byte of value 7.
            {"encoding": "base64", "path": ["numbers"], "data": "AAAAAAAA8D8AAAAAAABFQA=="},
            {"encoding": "base64", "path": ["nested", "inner"], "data": "Bw=="},
        ],
    },
    "throws": {"state": {"_esm": "export default { render() { throw new Error('oh dear'); } };"}},
    "unreadable": {"state": {"_esm": "this is not JavaScript"}},
    "mute": {"state": {"_esm": "export default {};"}},
    "broken_buffer": {
        "state": {"_esm": ESM},
        "buffers": [{"encoding": "base64", "path": ["no", "such", "place"], "data": "AAAA"}],
    },
    "slider": {"state": {"_model_module": "@jupyter-widgets/controls", "value": 1}},
}


@pytest.fixture
def widgets_page(
    tmp_path: Path, serve: Callable[[Path], str], browser: Browser
) -> Iterator[Callable[..., Page]]:
    shutil.copy(ROOT / "assets" / "widgets.js", tmp_path)
    context = browser.new_context()

    def open_page(*views: str, state: str | None) -> Page:
        head = "" if state is None else f'<script type="{STATE_TYPE}">{state}</script>'
        body = "".join(f'<div id="v{n}">{view}</div>' for n, view in enumerate(views))
        (tmp_path / "index.html").write_text(
            f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>t</title>{head}'
            f'<script type="module" src="widgets.js"></script></head><body>{body}</body></html>',
            encoding="utf-8",
        )
        page = context.new_page()
        page.goto(serve(tmp_path), wait_until="networkidle")
        return page

    yield open_page
    context.close()


def view(model: str) -> str:
    """Return what MyST-NB writes where a widget is to be seen."""
    script = f'<script type="{VIEW_TYPE}">{{"version_major": 2, "model_id": "{model}"}}</script>'
    return f"{script}<noscript><p>Two numbers and a button.</p></noscript>"


def saved_state() -> str:
    """Return the saved state the way MyST-NB writes it."""
    return json.dumps({"version_major": 2, "state": SAVED}).replace("</script>", r"<\/script>")


@pytest.mark.browser
def test_widget_runs_without_a_kernel(widgets_page: Callable[..., Page]) -> None:
    page = widgets_page(view("good"), view("good"), state=saved_state())
    first, second = page.locator("#v0 button"), page.locator("#v1 button")
    assert first.inner_text() == "n=3 second=42 nested=7 started=1"
    first.click()
    # Two views of one model show the same.
    assert first.inner_text() == second.inner_text() == "n=4 second=42 nested=7 started=1"
    assert first.evaluate("b => getComputedStyle(b).color") == "rgb(1, 2, 3)"


@pytest.mark.browser
def test_what_widgets_share_is_saved_once(widgets_page: Callable[..., Page]) -> None:
    # Long enough to be shared; the second widget has the first one's code and numbers.
    long = {**SAVED["good"], "state": {**SAVED["good"]["state"], "_esm": ESM + "//" + "x" * SHORT}}
    saved = {"version_major": 2, "state": {"good": long, "twin": long}}
    once = json.dumps(shared(saved)).replace("</script>", r"<\/script>")
    assert once.count("xxxx") * 2 < json.dumps(saved).count("xxxx") * 1.1
    page = widgets_page(view("good"), view("twin"), state=once)
    first, second = page.locator("#v0 button"), page.locator("#v1 button")
    first.click()
    assert first.inner_text() == "n=4 second=42 nested=7 started=1"
    assert second.inner_text() == "n=3 second=42 nested=7 started=1"


@pytest.mark.browser
@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("throws", "could not be started: oh dear"),
        ("unreadable", "could not be started"),
        ("mute", "has no render function"),
        ("broken_buffer", "could not be started"),
        ("absent", "holds no saved state"),
        ("slider", "needs a running Python kernel"),
    ],
)
def test_widget_that_cannot_run_says_so(
    model: str, message: str, widgets_page: Callable[..., Page]
) -> None:
    page = widgets_page(view(model), view("good"), state=saved_state())
    shown = page.locator("#v0").inner_text()
    assert message in shown
    assert ("Two numbers and a button." in shown) == (model != "slider")
    assert page.locator("#v1 button").is_visible(), "one bad widget took another with it"


@pytest.mark.browser
@pytest.mark.parametrize("state", [None, "{damaged", "{}", '{"state": null}'])
def test_missing_or_damaged_state_is_said_on_the_page(
    state: str | None, widgets_page: Callable[..., Page]
) -> None:
    page = widgets_page(view("good"), state=state)
    assert "could not be started" in page.locator("#v0").inner_text()


@pytest.mark.browser
def test_damaged_view_is_said_on_the_page(widgets_page: Callable[..., Page]) -> None:
    damaged = f'<script type="{VIEW_TYPE}">not json</script>'
    page = widgets_page(damaged, view("good"), state=saved_state())
    assert "could not be started" in page.locator("#v0").inner_text()
    assert page.locator("#v1 button").is_visible()

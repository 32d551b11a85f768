"""What a page's policy blocks, and that it blocks nothing of the book's own.

That no page is blocked in what it does is seen by every test in a browser that looks for errors in
the console, above all tests/book/test_site.py: a browser says there what it has blocked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from interactive_pages import READ_THROUGH, until

from w2vbook.sphinx.content_policy import guarded, inline_scripts, policy

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

CHAPTER = "chapters/04_from_loss_to_target.html"
META = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')
BLOCKED = """window.blocked = [];
document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) =>
  window.blocked.push(`${effectiveDirective} ${blockedURI}`));"""
# The smallest module of WebAssembly.
COMPILE = "new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))"


def test_every_page_has_a_policy_before_all_that_it_loads(site: Path) -> None:
    pages = [path for path in site.rglob("*.html") if "_static" not in path.parts]
    for path in pages:
        text = path.read_text(encoding="utf-8")
        found = META.search(text)
        assert found, path
        assert not re.search(r"<(link|script|style|img)\b", text[: found.start()]), path
        rules = dict(rule.split(" ", 1) for rule in found[1].split("; "))
        assert rules["default-src"] == "'none'"
        # Python in the page compiles WebAssembly, which lets no text be run as a script.
        wasm = "'wasm-unsafe-eval'"
        assert (wasm in rules["script-src"]) == ('class="live-bar"' in text), path
        scripts = rules["script-src"].replace(wasm, "")
        assert not re.search(r"unsafe-(inline|eval|hashes)|[*]|https?:", scripts)
        assert found[1] == policy(text), f"{path}: not the policy of what it holds"
    assert pages


def test_policy_names_the_scripts_around_the_text_alone() -> None:
    around = "<script>one()</script>"
    page = f'<meta charset="utf-8">{around}<article class="bd-article"><p>{{}}</p></article>'
    assert policy(page.format("")) == policy(page.format("<script>other()</script>"))
    assert policy(page.replace("one", "two")) != policy(page)
    assert inline_scripts(page) == ["one()"]
    assert "wasm" not in policy(page)
    live = policy(page.format('<div class="live-bar">'))
    assert live.split("; ")[1] == policy(page).split("; ")[1] + " 'wasm-unsafe-eval'"


@pytest.fixture(scope="module")
def address(site: Path, serve: Callable[[Path], str]) -> str:
    return serve(site)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, bypass_csp=False)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    context.add_init_script(BLOCKED)
    yield context.new_page()
    context.close()


@pytest.mark.browser
def test_slipped_in_scripts_and_foreign_files_are_blocked(
    page: Page, address: str, serve: Callable[[Path], str], tmp_path: Path
) -> None:
    foreign = serve(tmp_path)
    (tmp_path / "x.js").write_text("window.slipped = 'foreign'", encoding="utf-8")
    answered: list[str] = []  # a request that is blocked is told of, too
    page.on("response", lambda response: answered.append(response.url))
    slipped = (
        f'<script>window.slipped = "inline"</script><script src="{foreign}/x.js"></script>'
        f'<img src="{foreign}/x.png" alt="" onerror="window.slipped = \'attribute\'">'
        f'<style>@import "{foreign}/x.css";</style><iframe src="{foreign}/x.html"></iframe>'
    )

    def change(route: Route) -> None:
        response = route.fetch()
        text = response.text().replace("</h1>", f"</h1>{slipped}", 1)
        route.fulfill(response=response, body=text)

    page.route(f"**/{CHAPTER}", change)
    page.goto(f"{address}/{CHAPTER}", wait_until="networkidle")
    page.evaluate(f"fetch('{foreign}/x.json').catch(() => {{}})")
    until(page, "window.blocked.some((one) => one.includes('connect-src'))")
    assert page.evaluate("window.slipped ?? null") is None
    kinds = {one.split(" ")[0] for one in page.evaluate("window.blocked")}
    assert kinds >= {"script-src-elem", "img-src", "style-src-elem", "frame-src", "connect-src"}
    assert not [url for url in answered if url.startswith(foreign)]


@pytest.mark.browser
def test_nothing_of_a_chapter_is_blocked(page: Page, address: str) -> None:
    page.add_init_script("window.printed = 0; window.print = () => { window.printed += 1; };")
    page.goto(f"{address}/{CHAPTER}", wait_until="networkidle")
    page.evaluate(READ_THROUGH)
    slider = page.locator(".w2v").get_by_role("slider").last
    slider.press("ArrowRight")
    page.locator("button.theme-switch-button:visible").first.click()
    page.locator(".dropdown-download-buttons > button").click()
    page.locator(".btn-download-pdf-button").click()
    assert page.evaluate("window.printed") == 1
    code = page.locator("div.highlight:has(> button.copybtn):visible").first
    code.hover()
    code.locator("button.copybtn").click()
    page.wait_for_selector("button.copybtn.success")
    page.locator(".admonition.toggle .toggle-button").first.click()
    page.get_by_role("button", name="Slides").click()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    assert page.evaluate("window.blocked") == []
    page.goto(f"{address}/search.html?q=eigenvector", wait_until="networkidle")
    page.wait_for_selector("#search-results li .context")
    assert page.evaluate("window.blocked") == []


@pytest.mark.browser
@pytest.mark.parametrize("live", [False, True])
def test_python_in_the_page_may_be_compiled_and_strings_may_not(
    live: bool, page: Page, serve: Callable[[Path], str], tmp_path: Path
) -> None:
    body = '<div class="live-bar"></div>' if live else ""
    script = f"try {{ {COMPILE}; done = 'compiled' }} catch {{ done = 'refused' }}"
    script += "; try { eval('1'); done += ', eval' } catch {}"
    text = f'<!DOCTYPE html><meta charset="utf-8"><script>var done; {script}</script>{body}'
    (tmp_path / "index.html").write_text(guarded(text), encoding="utf-8")
    page.goto(serve(tmp_path))
    assert page.evaluate("done") == ("compiled" if live else "refused")

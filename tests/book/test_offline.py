"""The book as one zip: the same bytes from the same pages, alive as files, with no network."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from interactive_pages import READ_THROUGH
from scripts import load_script

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

zip_book = load_script("tools/zip_book.py")
# With a figure each, and one that draws formulas, and loads long data from a file of its own.
ALIVE = ("04_from_loss_to_target", "06_one_concept_at_a_time", "09_what_the_concepts_are")


def test_same_pages_make_the_same_zip(tmp_path: Path) -> None:
    zips = []
    for name, files in (("one", ["b.html", "a/c.js"]), ("two", ["a/c.js", "b.html"])):
        for file in [*files, ".buildinfo", "live/python.wasm"]:
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file, encoding="utf-8")
            os.utime(path, (1e9 if name == "one" else 1.5e9,) * 2)
        path.chmod(0o600 if name == "one" else 0o644)
        zips.append(tmp_path / f"{name}.zip")
        zip_book.pack(tmp_path / name, zips[-1])
    assert zips[0].read_bytes() == zips[1].read_bytes()
    assert zipfile.ZipFile(zips[0]).namelist() == ["w2v-book/a/c.js", "w2v-book/b.html"]


@pytest.fixture(scope="module")
def book(site: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the address of the unpacked book."""
    # What people unpack into is often called like this.
    folder = tmp_path_factory.mktemp("offline") / "My books & notes (#2)"
    zip_book.pack(site, folder.with_suffix(".zip"))
    zipfile.ZipFile(folder.with_suffix(".zip")).extractall(folder)
    return (folder / zip_book.FOLDER).as_uri()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(
        offline=True, viewport={"width": 1280, "height": 800}, bypass_csp=False
    )
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on(
        "console",
        lambda told: wrong.append(told.text) if told.type in ("error", "warning") else None,
    )
    page.on(
        "requestfailed",
        lambda asked: (
            None  # the reader went on to another page
            if asked.failure == "net::ERR_ABORTED"
            else wrong.append(f"{asked.failure}: {asked.url}")
        ),
    )
    page.on(
        "request",
        lambda asked: (
            None
            if urlsplit(asked.url).scheme in ("file", "data", "blob")
            else wrong.append(asked.url)
        ),
    )
    yield page
    context.close()
    assert not wrong


@pytest.mark.browser
def test_start_page_leads_into_the_book_and_on(book: str, page: Page) -> None:
    page.goto(f"{book}/index.html")
    page.wait_for_url("**/chapters/cover.html")
    page.wait_for_selector(".w2v, canvas")
    page.locator("a.right-next").click()
    page.wait_for_url("**/01_what_did_word2vec_learn.html")
    page.locator(".strip a[href^='06_']").first.click()
    page.wait_for_url("**/06_one_concept_at_a_time.html")
    assert page.title().startswith("6 ")


@pytest.mark.browser
@pytest.mark.parametrize("chapter", ALIVE)
def test_figures_are_alive(chapter: str, book: str, page: Page) -> None:
    page.goto(f"{book}/chapters/{chapter}.html")
    page.evaluate(READ_THROUGH)
    assert not page.locator(".widget-note", has_text="could not be started").all_inner_texts()
    from playwright.sync_api import expect

    figure = page.locator(".w2v:has([role=slider], input[type=range])").first
    shown = figure.inner_text()
    figure.get_by_role("slider").last.press("ArrowRight")
    expect(figure).not_to_have_text(shown, use_inner_text=True)
    fonts = "[...document.fonts].filter((one) => one.status === 'loaded').map((one) => one.family)"
    assert {"Source Serif 4", "STIX Two Math"} <= {name.strip('"') for name in page.evaluate(fonts)}
    unloaded = "all => all.filter((one) => one.complete && !one.naturalWidth).map((one) => one.src)"
    assert not page.eval_on_selector_all("article img", unloaded)


@pytest.mark.browser
def test_search_finds_pages_without_a_server(book: str, page: Page) -> None:
    page.goto(f"{book}/chapters/cover.html")
    page.goto(f"{book}/search.html?q=eigenvector")
    page.locator("#search-results", has_text="Search finished").wait_for()
    found = page.locator("#search-results li a")
    assert found.count() > 10
    found.filter(has_text="Glossary").first.click()
    page.wait_for_url("**/glossary.html*")


@pytest.mark.browser
def test_slides_work_as_files(book: str, page: Page) -> None:
    page.goto(f"{book}/chapters/{ALIVE[0]}.html?slides")
    assert page.inner_text(".slide-count").startswith("1 / ")
    page.keyboard.press("ArrowRight")
    assert page.inner_text(".slide-count").startswith("2 / ")

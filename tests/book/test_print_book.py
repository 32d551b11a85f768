"""The book on paper: one page with all pages in it, and a PDF with bookmarks, links and fonts."""

from __future__ import annotations

import doctest
import os
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from scripts import ROOT, load_script

if TYPE_CHECKING:
    from playwright.sync_api import Browser

load_script("tools/picture_figures.py")  # which print_book imports
print_book = load_script("tools/print_book.py")


class Parts(HTMLParser):
    """Count a page's anchors; collect its links, pictures and elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: Counter[str] = Counter()
        self.links: list[str] = []
        self.pictures: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.add(tag)
        self.anchors.update([one] if (one := values.get("id")) else [])
        if tag == "a" and (target := values.get("href")):
            self.links.append(target)
        if tag == "img":
            self.pictures.append(values.get("src") or "")


@pytest.fixture(scope="module")
def book(site: Path) -> str:
    text: str = print_book.whole(site, ROOT / "_toc.yml")
    return text


def test_examples() -> None:
    assert doctest.testmod(print_book).failed == 0


def test_all_pages_are_there_in_their_order_and_hold_together(book: str, site: Path) -> None:
    toc = (ROOT / "_toc.yml").read_text("utf-8")
    names = [Path(one).name for one in re.findall(r"(?:root|file): (chapters/\S+)", toc)]
    assert re.findall(r'<article class="bd-article[^"]*" id="([^"]*)">', book) == names
    parts = Parts(book)
    assert not parts.tags & {"script", "noscript", "iframe"}
    within = [link for link in parts.links if not re.match(r"https?:|mailto:", link)]
    assert len(within) > 500
    assert [link for link in within if link[:1] != "#" or link[1:] not in parts.anchors] == []
    # Proofs name their insides all alike; a link must not lead there.
    twice = {f"#{anchor}" for anchor, count in parts.anchors.items() if count > 1}
    assert not twice & set(within)
    folder = site.parent / "pdf"
    # Resolved by name: the folder of the PDF need not be there yet.
    missing = [one for one in parts.pictures if not Path(os.path.normpath(folder / one)).is_file()]
    assert missing == []
    figures = sum("_static/figures/" in one for one in parts.pictures)
    assert figures == len([*(ROOT / "assets" / "figures").glob("fig-*.webp")])
    # An entry of the contents for each chapter and each of its numbered sections, with a number.
    assert book.count('class="page" data-to=') > 200


@pytest.mark.browser
def test_paper_has_bookmarks_links_fonts_and_page_numbers(
    browser: Browser, site: Path, tmp_path: Path
) -> None:
    toc = tmp_path / "_toc.yml"
    toc.write_text(
        "root: chapters/cover\nparts:\n- caption: Chapters\n  chapters:\n"
        "  - file: chapters/D_run_in_the_page\n  - file: chapters/E_mathematics\n",
        encoding="utf-8",
    )
    target = tmp_path / "book.pdf"
    print_book.print_pages(browser, site, toc, target)
    pdf = target.read_bytes()
    assert pdf.count(b"/Type /Page\n") > 5
    assert b"/Outlines" in pdf
    assert b"/MarkInfo" in pdf
    assert b"/Subtype /Link" in pdf
    # Type 3 is a drawing for each letter.
    assert b"/Subtype /Type3" not in pdf
    names = set(re.findall(rb"/FontName /\w+\+([\w-]+)", pdf))
    assert {b"SourceSerif4-Regular", b"SourceSans3-Roman", b"STIXTwoMath-Regular"} <= names
    assert len(re.findall(rb"/FontFile[23]? ", pdf)) == len(re.findall(rb"/FontName ", pdf))
    numbers = print_book.page_numbers(pdf)
    assert numbers["D_run_in_the_page"] == 3  # behind the cover and the contents
    assert numbers["D_run_in_the_page"] < numbers["E_mathematics"] < 10

"""The book as an EPUB: well-formed pages, nothing that leads nowhere, the same file twice."""

from __future__ import annotations

import doctest
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest
from scripts import ROOT, load_script

if TYPE_CHECKING:
    from playwright.sync_api import Browser

for _name in ("picture_figures", "print_book", "zip_book"):  # which epub_book imports
    load_script(f"tools/{_name}.py")
epub_book = load_script("tools/epub_book.py")
NAMES = {"x": "http://www.w3.org/1999/xhtml", "o": "http://www.idpf.org/2007/opf"}
MATH = "{http://www.w3.org/1998/Math/MathML}math"


@pytest.fixture(scope="module")
def packed(browser: Browser, site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the EPUB of the whole book."""
    path: Path = tmp_path_factory.mktemp("epub") / "book.epub"
    epub_book.write(browser, site, ROOT / "_toc.yml", path)
    return path


def test_examples() -> None:
    assert doctest.testmod(epub_book).failed == 0


@pytest.mark.browser
@pytest.mark.slow
def test_links_lead_within_the_book_and_everything_is_listed(packed: Path) -> None:
    with zipfile.ZipFile(packed) as book:
        first = book.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert book.read(first) == b"application/epub+zip"
        files = {name.removeprefix("book/") for name in book.namelist()[2:]}
        trees = {
            name: ElementTree.fromstring(book.read(f"book/{name}"))
            for name in files
            if name.endswith((".xhtml", ".opf"))
        }
    toc = (ROOT / "_toc.yml").read_text("utf-8")
    names = [Path(one).name for one in re.findall(r"(?:root|file): (chapters/\S+)", toc)]
    package = trees.pop("book.opf")
    listed = {item.get("id"): item for item in package.iterfind(".//o:item", NAMES)}
    assert {item.get("href") for item in listed.values()} == files - {"book.opf"}
    read = [listed[one.get("idref")].get("href") for one in package.iterfind(".//o:itemref", NAMES)]
    assert read == [f"{names[0]}.xhtml", "toc.xhtml", *(f"{name}.xhtml" for name in names[1:])]
    anchors = {
        name: [one for element in tree.iter() if (one := element.get("id"))]
        for name, tree in trees.items()
    }
    within = 0
    for name, tree in trees.items():
        assert len(anchors[name]) == len(set(anchors[name])), name
        assert not list(tree.iterfind(".//x:script", NAMES))
        assert all(one.get("src") in files for one in tree.iterfind(".//x:img", NAMES))
        marked = listed[next(k for k, v in listed.items() if v.get("href") == name)]
        kinds = (marked.get("properties") or "").split()
        assert ("mathml" in kinds) == (next(tree.iter(MATH), None) is not None), name
        for link in tree.iterfind(".//x:a", NAMES):
            page, _, anchor = (link.get("href") or "").partition("#")
            if page and not re.match("https?:|mailto:", page):
                within += 1
                assert not anchor or anchor in anchors[page], (name, link.get("href"))
    assert within > 1000
    chapters = [name for name in names if re.match(r"\d\d_", name)]
    figures = {
        one.get("src")
        for name in chapters
        for one in trees[f"{name}.xhtml"].iter()
        if one.get("src")
    }
    assert len(figures) > 80


@pytest.mark.browser
@pytest.mark.slow
def test_the_same_pages_give_the_same_file(
    packed: Path, browser: Browser, site: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again.epub"
    epub_book.write(browser, site, ROOT / "_toc.yml", again)
    assert again.read_bytes() == packed.read_bytes()

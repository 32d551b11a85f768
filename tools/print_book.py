"""Print the built book as one PDF. ``make pdf``.

The articles of all pages, in the order of ``_toc.yml``, go into one page without scripts, behind a
cover and a table of contents; Chromium prints it. Links from page to page lead within the PDF, its
bookmarks are the headings. An interactive figure is the picture that readers without scripts see,
with its text; solutions are open, and code that the site folds away is left out.

Fonts that can take any weight would become drawings, glyph by glyph; so two weights of each are
made for the paper. The page numbers of the contents are read from a first print.

    python tools/print_book.py [SITE [PDF]]
"""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont
from picture_figures import launch

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
TARGET = ROOT / "_build" / "w2v-book.pdf"
TITLE = "What Does word2vec Learn?"
#: Of the cover: its doors lead where the contents do, its hints are for who moves the clock.
OFF_THE_COVER = (
    r'<div class="cover-(?:doors|note)[^"]*">.*?</div>\s*(?=<div|<section|</section)'
    r"|<strong>Drag time\.</strong>\s*"
)

HEADING = r'<section[^>]*\bid="([^"]*)"[^>]*>\s*(?:<span[^>]*></span>\s*)*<h([12])>(.*?)</h\2>'
STYLE = Path(__file__).with_suffix(".css")


def order(toc: Path) -> list[tuple[str, list[str]]]:
    """Return the parts of the book, each with the names of its pages; the cover is the first.

    Assignments are left out: they are to be filled in, not to be read.
    """
    told = yaml.safe_load(toc.read_text(encoding="utf-8"))
    parts = [("", [Path(told["root"]).name])]
    for part in told["parts"]:
        pages = [Path(one["file"]) for one in part["chapters"]]
        if names := [one.name for one in pages if one.parent.name == "chapters"]:
            parts.append((part["caption"], names))
    return parts


def article(page: str) -> str:
    """Return the text of a built page: its article, without what only scripts bring to life."""
    found = re.search(r'<article class="bd-article[^>]*>(.*?)</article>', page, re.DOTALL)
    if not found:
        raise ValueError("a page without an article")
    text = re.sub(r"<script\b.*?</script>", "", found[1], flags=re.DOTALL)
    text = re.sub(r"</?noscript>", "", text)
    return text.replace(' loading="lazy"', "").replace("<img ", '<img decoding="sync" ')


def articles_of(pages: dict[str, str]) -> dict[str, str]:
    """Return the texts of built pages; the cover, the first, without its doors."""
    texts = {name: article(page) for name, page in pages.items()}
    cover = next(iter(texts))
    texts[cover] = re.sub(OFF_THE_COVER, "", texts[cover], flags=re.DOTALL)
    return texts


def anchored(text: str, name: str, names: set[str]) -> str:
    """Return a page's text with its anchors under its own name, and its links within the book.

    A link to what the PDF does not hold (the index, a notebook to download) becomes plain text.

    Examples
    --------
    >>> anchored('<p id="a"><a href="#a">1</a><a href="b.html">2</a></p>', "c", {"b", "c"})
    '<p id="c--a"><a href="#c--a">1</a><a href="#b">2</a></p>'
    >>> anchored('<a href="b.html#x">1</a><a href="../search.html">2</a>', "c", {"b", "c"})
    '<a href="#b--x">1</a><a>2</a>'
    """

    def link(found: re.Match[str]) -> str:
        address, _, anchor = found[1].partition("#")
        if re.match(r"[a-z]+:", address):
            return found[0]
        page = address.removesuffix(".html") if address else name
        if page not in names or "/" in page:
            return ""
        return f' href="#{page}{"--" + anchor if anchor else ""}"'

    def own(found: re.Match[str]) -> str:
        return f'{found[1]}="{" ".join(f"{name}--{one}" for one in found[2].split())}"'

    def tag(found: re.Match[str]) -> str:
        text = re.sub(r'(?<=\s)(id|for|aria-(?:labelledby|describedby))="([^"]*)"', own, found[0])
        text = re.sub(r"url\(#", f"url(#{name}--", text)
        return re.sub(r'\shref="([^"]*)"', link, text) if text.startswith("<a ") else text

    return re.sub(r"<[a-z](?:[^<>\"]|\"[^\"]*\")*>", tag, text)


def headings(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield level, anchor and words of the headings of a page down to the second level."""
    sections = re.finditer(HEADING, text, re.DOTALL)
    for found in sections:
        words = re.sub(r'<a class="headerlink".*?</a>', "", found[3], flags=re.DOTALL)
        yield (
            int(found[2]),
            found[1],
            re.sub(r"<annotation.*?</annotation>", "", words, flags=re.DOTALL),
        )


def entry(anchor: str, words: str) -> str:
    """Return an entry of the contents, with room for a number."""
    number = f'<span class="page" data-to="{anchor}">000</span>'
    return f'<a href="#{anchor}"><span>{words}</span>{number}</a>'


def contents(parts: list[tuple[str, list[str]]], articles: dict[str, str]) -> str:
    """Return the table of contents."""
    made = ['<nav class="book-contents"><h1>Contents</h1><div class="columns">']
    for caption, names in parts[1:]:
        made.append(f"<p>{html.escape(caption)}</p><ol>")
        for name in names:
            (_, _, title), *sections = headings(articles[name])
            made.append(f"<li>{entry(name, title)}")
            numbered = [one for one in sections if "section-number" in one[2]]
            rows = "".join(f"<li>{entry(at, words)}</li>" for _, at, words in numbered)
            made.append(f"<ol>{rows}</ol></li>" if rows else "</li>")
        made.append("</ol>")
    return "".join([*made, "</div></nav>"])


def whole(site: Path, toc: Path) -> str:
    """Return the book as one page, whose place is a folder beside the site's."""
    parts = order(toc)
    names = [name for _, part in parts for name in part]
    pages = {name: (site / "chapters" / f"{name}.html").read_text("utf-8") for name in names}
    texts = articles_of(pages)
    articles = {name: anchored(text, name, set(names)) for name, text in texts.items()}
    cover = names[0]
    sheets = dict.fromkeys(
        found
        for page in pages.values()
        for found in re.findall(r'<link[^>]*rel="stylesheet"[^>]*>', page)
        if not re.search(r"/(cover|fonts)\.css", found)
    )
    body = []
    for name in names:
        kind = " cover" if name == cover else ""
        body.append(f'<article class="bd-article{kind}" id="{name}">{articles[name]}</article>')
    body.insert(1, contents(parts, articles))
    styles = f'<link rel="stylesheet" href="fonts.css"><style>{STYLE.read_text("utf-8")}</style>'
    head = f'<meta charset="utf-8"><title>{TITLE}</title>{"".join(sheets)}{styles}'
    text = f'<!DOCTYPE html><html lang="en" data-theme="light"><head>{head}</head><body>'
    text += "".join(body) + "</body></html>"
    return re.sub(r'\b(src|href)="\.\./', rf'\1="../{site.name}/', text)


WEIGHTS = {"200 549": 400, "550 900": 650}  # of fonts.css -> the one that stands for them


def write_fonts(static: Path, place: Path) -> None:
    """Write the site's fonts in two weights each, and the style sheet that names them."""
    faces = []
    for face in re.findall(r"@font-face \{.*\}", (static / "fonts.css").read_text("utf-8")):
        name = re.findall(r'url\("fonts/([\w-]+)\.woff2"\)', face)[0]
        variable = "font-weight: 200 900" in face
        for wide, weight in WEIGHTS.items() if variable else [("400", 400)]:
            font = TTFont(static / "fonts" / f"{name}.woff2")
            if variable:
                font = instantiateVariableFont(font, {"wght": weight})
            font.flavor = None
            font.save(place / f"{name}-{weight}.ttf")
            made = re.sub(r"src:[^;]*;", f'src: url("{name}-{weight}.ttf");', face)
            faces.append(re.sub(r"font-weight: [^;]*;", f"font-weight: {wide};", made))
    (place / "fonts.css").write_text("\n".join(faces), encoding="utf-8")


def page_numbers(pdf: bytes) -> dict[str, int]:
    r"""Return the page of each place that a link of a PDF by Chromium leads to.

    Examples
    --------
    >>> pages = b"9 0 obj\n<</Type /Pages\n/Count 2\n/Kids [2 0 R 8 0 R]>>\nendobj\n"
    >>> page_numbers(pages + b"14 0 obj\n<</x--y [8 0 R /XYZ 6 579 0]>>\nendobj")
    {'x--y': 2}
    """
    kids = {
        int(found[1]): [int(one) for one in re.findall(rb"(\d+) 0 R", found[3])]
        for found in re.finditer(
            rb"\b(\d+) 0 obj\n<</Type /Pages\b(.*?)/Kids \[([^\]]*)\]", pdf, re.DOTALL
        )
    }
    inner = {one for group in kids.values() for one in group}

    def leaves(at: int) -> list[int]:
        return [leaf for one in kids[at] for leaf in leaves(one)] if at in kids else [at]

    order = [leaf for at in kids if at not in inner for leaf in leaves(at)]
    return {
        re.sub(r"#([0-9a-fA-F]{2})", lambda code: chr(int(code[1], 16)), found[1].decode()): (
            order.index(int(found[2])) + 1
        )
        for found in re.finditer(rb"/([^\s/<>\[\]()]+) \[(\d+) 0 R /XYZ", pdf)
        if int(found[2]) in order
    }


NUMBER = """numbers => {
  for (const place of document.querySelectorAll(".book-contents .page")) {
    place.textContent = numbers[place.dataset.to] ?? "";
  }
}"""
READY = """async () => {
  await Promise.all([...document.images].map((one) => one.decode().catch(() => {})));
  await document.fonts.ready;
  const lost = [...document.images].filter((one) => !one.naturalWidth).map((one) => one.src);
  for (const cell of document.querySelectorAll(".cell_input, .cell_output, .admonition")) {
    cell.classList.toggle("long", cell.offsetHeight > 500);
  }
  return lost;
}"""


def print_pages(browser: Any, site: Path, toc: Path, target: Path) -> None:
    """Print the pages that a table of contents names."""
    place = site.parent / "pdf" / "book.html"
    place.parent.mkdir(exist_ok=True)
    write_fonts(site / "_static", place.parent)
    place.write_text(whole(site, toc), encoding="utf-8")
    page = browser.new_page(color_scheme="light", viewport={"width": 720, "height": 1000})
    page.set_default_timeout(300_000)
    page.goto(place.as_uri())
    page.emulate_media(media="print")
    if lost := page.evaluate(READY):
        raise ValueError(f"pictures that did not load: {', '.join(lost)}")
    numbers = page_numbers(page.pdf(prefer_css_page_size=True))
    page.evaluate(NUMBER, numbers)
    page.pdf(path=target, prefer_css_page_size=True, outline=True, tagged=True)
    page.close()


def make(write: Callable[[Any, Path, Path, Path], None], default: Path) -> None:
    """Have a file written of the built book, with a browser at hand, and say where it is.

    Site and file may be named on the command line.
    """
    from playwright.sync_api import sync_playwright

    given = [Path(one) for one in sys.argv[1:3]]
    site, target = given + [SITE, default][len(given) :]
    if not (site / "index.html").is_file():
        sys.exit(f"{site} holds no book yet; run: make book")
    with sync_playwright() as playwright:
        browser = launch(playwright)
        write(browser, site, ROOT / "_toc.yml", target)
        browser.close()
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    make(print_pages, TARGET)

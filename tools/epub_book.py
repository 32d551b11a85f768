"""Make an EPUB 3 of the built book, for readers of paper's size and dark rooms. ``make epub``.

Each page is a chapter; formulas stay MathML, which readers set in their own type. As on paper
(``print_book.py``) an interactive figure is its picture with its words, solutions are open, and
code that the site folds away is left out. Chromium turns the pages' HTML into XHTML, since it reads
them as every browser does. The same pages give the same file, byte for byte.

    python tools/epub_book.py [SITE [EPUB]]
"""

from __future__ import annotations

import base64
import html
import re
import zipfile
from pathlib import Path
from typing import Any

import yaml
from print_book import TITLE, articles_of, headings, make, order
from zip_book import DATE

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "_build" / "w2v-book.epub"
STYLE = Path(__file__).with_suffix(".css")
KINDS = {".webp": "image/webp", ".png": "image/png", ".svg": "image/svg+xml"}

# Makes a page's text plain: no links out of the book's pages, no colours of code, no controls.
PLAIN = """([name, names]) => {
  const text = document.body;
  const gone = ".headerlink, .toctree-wrapper, .strip, .widget-note, .cover-still-narrow, button, "
    + "input, .figure-data, details.hide, .tag_remove-input > .cell_input, link, style";
  for (const one of text.querySelectorAll(gone)) one.remove();
  for (const one of text.querySelectorAll("pre, .citation > .label")) {
    one.textContent = one.textContent;
  }
  for (const one of text.querySelectorAll("a[href]")) {
    const [address, anchor] = one.getAttribute("href").split("#");
    if (/^(https?|mailto):/.test(address)) {
      one.setAttribute("href", new URL(one.href).href.replace(/[<>]/g, encodeURIComponent));
      continue;
    }
    const page = address ? address.replace(/\\.html$/, "") : name;
    if (!names.includes(page)) one.removeAttribute("href");
    else one.setAttribute("href", page + ".xhtml" + (anchor ? "#" + anchor : ""));
  }
  for (const one of text.querySelectorAll("annotation")) one.remove();
  // MathML Core allows it everywhere, the format's own list only there.
  for (const one of text.querySelectorAll("[scriptlevel]:not(mstyle)")) {
    one.removeAttribute("scriptlevel");
  }
  // Two elements of one name: the first has it, as in a browser.
  const seen = new Set();
  for (const one of text.querySelectorAll("[id]")) {
    if (seen.has(one.id)) one.removeAttribute("id");
    seen.add(one.id);
  }
  const pictures = [];
  for (const one of text.querySelectorAll("img")) {
    pictures.push(one.dataset.src);
    one.setAttribute("src", "pictures/" + one.dataset.src.split("/").at(-1));
    one.removeAttribute("data-src");
    one.removeAttribute("decoding");
  }
  const written = [...text.children].map((one) => new XMLSerializer().serializeToString(one));
  return {
    text: written.join("\\n"),
    anchors: [...seen],
    pictures,
    mathml: text.querySelector("math") !== null,
    svg: text.querySelector("svg") !== null,
  };
}"""
PAGE = (
    '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n'
    '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" '
    'lang="en" xml:lang="en"><head><title>{title}</title>'
    '<link rel="stylesheet" type="text/css" href="book.css"/></head><body>{body}</body></html>\n'
)
CONTAINER = (
    '<?xml version="1.0"?>\n'
    '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="book/book.opf" media-type="application/oebps-package+xml"/>'
    "</rootfiles></container>\n"
)
COVER = """<body style="margin: 0; width: 800px; height: 1200px; box-sizing: border-box;
  padding: 110px 70px; font-family: 'Source Sans 3', 'DejaVu Sans', sans-serif; color: #22262b">
  <h1 style="font-size: 76px; line-height: 1.1; margin: 0 0 40px">{title}</h1>
  <p style="font-size: 30px">A book that you can run</p>
  <img style="width: 660px; margin-top: 120px" src="{picture}"></body>"""


def words_of(heading: str) -> str:
    """Return a heading without its markup.

    Examples
    --------
    >>> words_of('<span class="section-number">4. </span>From <em>loss</em> to <math>M</math>')
    '4. From loss to M'
    """
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", heading))).strip()


def contents(parts: list[tuple[str, list[str]]], pages: dict[str, str]) -> str:
    """Return the page of contents, which the reader's menu is made of."""
    rows = []
    for caption, names in parts:
        entries = []
        for name in names:
            (_, _, title), *sections = headings(pages[name])
            inner = "".join(
                f'<li><a href="{name}.xhtml#{at}">{html.escape(words_of(words))}</a></li>'
                for _, at, words in sections
                if "section-number" in words
            )
            inner = f"<ol>{inner}</ol>" if inner else ""
            link = f'<a href="{name}.xhtml">{html.escape(words_of(title))}</a>'
            entries.append(f"<li>{link}{inner}</li>")
        made = "".join(entries)
        rows.append(f"<li><span>{caption}</span><ol>{made}</ol></li>" if caption else made)
    body = f'<nav epub:type="toc" id="toc"><h1>Contents</h1><ol>{"".join(rows)}</ol></nav>'
    return PAGE.format(title="Contents", body=body)


def package(pages: dict[str, dict[str, Any]], pictures: list[str], cited: dict[str, Any]) -> str:
    """Return the list of all files, their order, and who made the book (from CITATION.cff)."""
    files = [
        '<item id="toc" href="toc.xhtml" media-type="application/xhtml+xml" properties="nav"/>',
        '<item id="style" href="book.css" media-type="text/css"/>',
        '<item id="cover-picture" href="cover.png" media-type="image/png" '
        'properties="cover-image"/>',
    ]
    for name, page in pages.items():
        has = " ".join(kind for kind in ("mathml", "svg") if page[kind])
        has = f' properties="{has}"' if has else ""
        files.append(
            f'<item id="page-{name}" href="{name}.xhtml" media-type="application/xhtml+xml"{has}/>'
        )
    for at, name in enumerate(pictures):
        kind = KINDS[Path(name).suffix]
        files.append(f'<item id="picture-{at}" href="pictures/{name}" media-type="{kind}"/>')
    first, *rest = [f'<itemref idref="page-{name}"/>' for name in pages]
    spine = "".join([first, '<itemref idref="toc"/>', *rest])
    authors = "".join(
        f"<dc:creator>{html.escape(one['name'])}</dc:creator>" for one in cited["authors"]
    )
    features = "".join(
        f'<meta property="schema:accessibilityFeature">{one}</meta>'
        for one in ("MathML", "alternativeText", "structuralNavigation", "tableOfContents")
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" '
        'xml:lang="en"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<dc:identifier id="id">urn:w2v-book:{cited["version"]}</dc:identifier>'
        f"<dc:title>{TITLE}</dc:title><dc:language>en</dc:language>{authors}"
        f"<dc:rights>CC BY 4.0</dc:rights><dc:date>{cited['date-released']}</dc:date>"
        f'<meta property="dcterms:modified">{cited["date-released"]}T00:00:00Z</meta>{features}'
        '<meta property="schema:accessMode">textual</meta>'
        '<meta property="schema:accessMode">visual</meta>'
        '<meta property="schema:accessibilityHazard">none</meta></metadata>'
        f"<manifest>{''.join(files)}</manifest><spine>{spine}</spine></package>\n"
    )


def cover(browser: Any) -> bytes:
    """Return a picture of a cover: the title, and the clock at four moments."""
    page = browser.new_page(viewport={"width": 800, "height": 1200}, device_scale_factor=2)
    picture = base64.b64encode((ROOT / "assets" / "figures" / "clock-light.webp").read_bytes())
    data = f"data:image/webp;base64,{picture.decode()}"
    page.set_content(COVER.format(title=TITLE, picture=data))
    page.evaluate("() => document.images[0].decode()")
    made: bytes = page.screenshot()
    page.close()
    return made


def chapters(browser: Any, site: Path, names: list[str]) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the articles of the pages, and what became of each: its text, its pictures."""
    pages = {name: (site / "chapters" / f"{name}.html").read_text("utf-8") for name in names}
    articles = articles_of(pages)
    reader = browser.new_page()
    made = {}
    for name in names:
        # The pages are only read: no picture is loaded.
        reader.set_content(f"<body>{articles[name].replace(' src=', ' data-src=')}</body>")
        made[name] = reader.evaluate(PLAIN, [name, names])
    reader.close()
    return articles, made


def write(browser: Any, site: Path, toc: Path, target: Path) -> None:
    """Write the EPUB of the pages that a table of contents names."""
    parts = order(toc)
    names = [name for _, part in parts for name in part]
    articles, made = chapters(browser, site, names)
    sources = {
        Path(one).name: site / "chapters" / one
        for page in made.values()
        for one in page["pictures"]
    }
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    files: dict[str, bytes | str] = {
        "META-INF/container.xml": CONTAINER,
        "book/book.opf": package(made, sorted(sources), cited),
        "book/toc.xhtml": contents(parts, articles),
        "book/book.css": STYLE.read_text("utf-8"),
        "book/cover.png": cover(browser),
    }
    for name, page in made.items():
        (_, _, title), *_ = headings(articles[name])
        files[f"book/{name}.xhtml"] = PAGE.format(
            title=html.escape(words_of(title)), body=page["text"]
        )
    for name, source in sorted(sources.items()):
        files[f"book/pictures/{name}"] = source.read_bytes()
    part = target.with_name(f"{target.name}.part")
    with zipfile.ZipFile(part, "w") as packed:
        # The first member, not compressed, says what the file is.
        packed.writestr(zipfile.ZipInfo("mimetype", DATE), "application/epub+zip")
        for name, content in files.items():
            kind = zipfile.ZIP_STORED if name.endswith((".png", ".webp")) else zipfile.ZIP_DEFLATED
            packed.writestr(zipfile.ZipInfo(name, DATE), content, kind)
    part.replace(target)


if __name__ == "__main__":
    make(write, TARGET)

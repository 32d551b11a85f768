"""Sphinx extension of this book: what a page loads, made small without a change to its look.

1. The pictures that the notebooks draw become WebP, without loss, at well under half the size. A
   browser loads those far below when the reader comes near; their place is kept.
2. Of the theme's icon font, 156 kB, a page gets the few icons that the book's pages use. What is
   not among them would come from the whole font, which stays in its place.
3. The fonts that a page needs are asked for with the page, not once its style sheets were read.
4. Each line of code is an element, so that a narrow page can wrap it without a script.
5. Of the theme's style sheets a page gets the rules for what the book's pages hold; and the theme's
   script no longer measures every box of a page after each of its changes (assets/book.js measures
   those near the reader).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from fontTools import subset
from PIL import Image
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms.images import BaseImageConverter
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

FONT = "vendor/fontawesome/webfonts/fa-solid-900.ttf"
ICONS = "icons.woff"  # assets/book.css names it
TRIMMED = (
    "styles/pydata-sphinx-theme.css",
    "styles/sphinx-book-theme.css",
    "sphinx-design.min.css",
)
SCRIPT = "scripts/pydata-sphinx-theme.js"
WATCH = ',"complete"===document.readyState?I():window.addEventListener("load",I)'


logger = logging.getLogger(__name__)


class PicturesAsWebP(BaseImageConverter):
    """Convert the PNG pictures of executed notebooks, after MyST-NB has chosen what is shown."""

    default_priority = 100

    def match(self, node: nodes.image) -> bool:
        """Tell whether a picture is one that a notebook drew."""
        html: bool = self.app.builder.format == "html"
        return html and node["uri"].endswith(".png") and "jupyter_execute" in node["uri"]

    def handle(self, node: nodes.image) -> None:
        """Put the smaller file in the picture's place."""
        source = Path(self.app.srcdir, node["uri"])
        target = Path(self.imagedir) / f"{source.stem}.webp"  # named by a hash of its contents
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            as_webp(source, target)
        uri = str(target)
        node["uri"] = uri
        node["candidates"] = {"*": uri}
        self.env.images.add_file(self.env.docname, uri)


def as_webp(source: Path, target: Path) -> None:
    """Save a picture as WebP, without loss."""
    with Image.open(source) as picture:
        opaque = picture.convert("RGBA").getchannel("A").getextrema() == (255, 255)
        picture.convert("RGB" if opaque else "RGBA").save(
            target, lossless=True, method=4, quality=50
        )


def visit_image(self: Any, node: nodes.image) -> None:
    """Open a picture; one that a notebook drew says its size and waits for the reader."""
    source = Path(node["uri"])
    start = len(self.body)
    HTML5Translator.visit_image(self, node)
    if source.suffix == ".webp" and source.is_absolute() and source.is_file():
        with Image.open(source) as picture:
            width, height = picture.size
        size = f'<img loading="lazy" width="{width}" height="{height}" '
        self.body[start:] = [part.replace("<img ", size, 1) for part in self.body[start:]]


def icons_used(site: Path) -> set[str]:
    """Return the characters of the icon font that pages, scripts and style sheets name."""
    static = site / "_static"
    styles = "".join(
        path.read_text(encoding="utf-8")
        for path in [*static.glob("*.css"), *static.glob("styles/*.css")]
    )
    texts = "".join(
        path.read_text(encoding="utf-8")
        for path in [*site.rglob("*.html"), *static.glob("*.js"), *static.glob("scripts/py*.js")]
    )
    characters = {
        name: chr(int(code, 16))
        for names, code in re.findall(r'((?:\.fa-[\w-]+:+before,?)+)\{content:"\\(f\w+)"\}', styles)
        for name in re.findall(r"\.fa-([\w-]+):", names)
    }
    named = {name for name in re.findall(r"\bfa-([a-z][\w-]*)", texts) if name in characters}
    return {characters[name] for name in named} | set(re.findall(r"[\ue000-\uf8ff]", styles))


def write_icons(app: Sphinx, exception: Exception | None) -> None:
    """Write the font of the icons that are used."""
    static = Path(app.outdir) / "_static"
    if exception is not None or app.builder.format != "html" or not (static / FONT).is_file():
        return
    options = subset.Options(flavor="woff", layout_features=[], hinting=False, notdef_outline=True)
    font = subset.load_font(str(static / FONT), options)
    chosen = subset.Subsetter(options)
    chosen.populate(text="".join(sorted(icons_used(Path(app.outdir)))))
    chosen.subset(font)
    subset.save_font(font, str(static / ICONS), options)


_CODE = re.compile(
    r'(<div class="(?!output )[^"]*\bhighlight-[^"]*"><div class="highlight"><pre>)(.*?)(?=</pre>)',
    re.DOTALL,
)


def code_lines(body: str) -> str:
    r"""Return a page whose lines of code are elements; what cells print keeps its columns.

    Pygments ends and begins its own elements with the lines, and the text stays as it is.

    Examples
    --------
    >>> page = '<div class="highlight-python"><div class="highlight"><pre>a\nb\n</pre>'
    >>> code_lines(page).split("<pre>")[1]
    '<span class="code-line">a\n</span><span class="code-line">b\n</span></pre>'
    """

    def wrap(found: re.Match[str]) -> str:
        *lines, rest = found[2].split("\n")
        return found[1] + "".join(f'<span class="code-line">{one}\n</span>' for one in lines) + rest

    return _CODE.sub(wrap, body)


def wrap_code(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.Node
) -> None:
    """Make elements of a page's lines of code."""
    if "body" in context:
        context["body"] = code_lines(context["body"])


_PART = re.compile(r"""/\*.*?\*/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[{};]""", re.DOTALL)


def _rules(css: str) -> Iterator[tuple[str, str | None]]:
    """Yield what stands before each block of a style sheet, and the block; None for a statement."""
    depth, start, inside = 0, 0, 0
    for part in _PART.finditer(css):
        if part[0] == "{":
            depth += 1
            if depth == 1:
                inside = part.end()
        elif part[0] == "}":
            depth -= 1
            if depth == 0:
                yield css[start : inside - 1], css[inside : part.start()]
                start = part.end()
        elif part[0] == ";" and depth == 0:
            yield css[start : part.end()], None
            start = part.end()


def trimmed(css: str, names: set[str]) -> str:
    """Return a style sheet without the rules for classes and ids that no page and no script names.

    What stands in brackets, as after ``:not``, is not looked at.

    Examples
    --------
    >>> trimmed(".a b,.c{x:y}.c:not(.a){x:y}@media print{.c{x:y}}@media print{#a{x:y}}", {"a"})
    '.a b{x:y}@media print{#a{x:y}}'
    """
    kept = []
    begins = tuple(name for name in names if name.endswith("-"))
    for before, block in _rules(css):
        head = re.sub(r"/\*.*?\*/", "", before, flags=re.DOTALL).strip()
        if block is None:
            kept.append(before)
        elif head.startswith(("@media", "@supports")):
            if inner := trimmed(block, names):
                kept.append(f"{head}{{{inner}}}")
        elif head.startswith("@"):
            kept.append(f"{head}{{{block}}}")
        else:
            used = [
                one for one in re.split(r",(?![^(\[]*[)\]])", head) if _is_named(one, names, begins)
            ]
            if used:
                kept.append(f"{','.join(used)}{{{block}}}")
    return "".join(kept)


def _is_named(selector: str, names: set[str], begins: tuple[str, ...]) -> bool:
    while (plain := re.sub(r"\([^()]*\)|\[[^\]]*\]", "", selector)) != selector:
        selector = plain
    return all(
        name in names or name.startswith(begins)
        for name in re.findall(r"[.#](-?[A-Za-z_][\w-]*)", selector)
    )


def names_used(site: Path) -> set[str]:
    """Return the classes and ids of all pages, and all words of scripts, which may set others.

    A word that ends with a hyphen, as scripts put names together, stands for all that begin so.
    """
    names: set[str] = set()
    for page in site.rglob("*.html"):
        for value in re.findall(r'\b(?:class|id)="([^"]*)"', page.read_text(encoding="utf-8")):
            names.update(value.split())
    for script in [*site.glob("_static/*.js"), *site.glob("_static/scripts/*.js")]:
        if script.name != "fontawesome.js":  # no page loads it
            words = re.findall(r"[\w-]+", script.read_text(encoding="utf-8"))
            names.update(word for word in words if not word.endswith("-") or len(word) > 4)
    return names


def trim_theme(app: Sphinx, exception: Exception | None) -> None:
    """Trim the theme's style sheets, and its script by what assets/book.js does instead."""
    static = Path(app.outdir) / "_static"
    if exception is not None or app.builder.format != "html" or not (static / SCRIPT).is_file():
        return
    names = names_used(Path(app.outdir))
    for name in TRIMMED:
        path = static / name
        if path.is_file():
            path.write_text(trimmed(path.read_text(encoding="utf-8"), names), encoding="utf-8")
    script = (static / SCRIPT).read_text(encoding="utf-8")
    if script.count(WATCH) != 1:
        logger.warning("%s has changed: see WATCH in %s", SCRIPT, __name__)
    (static / SCRIPT).write_text(script.replace(WATCH, ""), encoding="utf-8")


def preload_fonts(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.Node
) -> None:
    """Name the fonts in the head of a page that is sure to use them; others are warned of."""
    body = context.get("body", "")
    text = "<p>" in body
    needed = {"source-serif-4": text, "source-sans-3": text, "stix-two-math": "<math" in body}
    to_root = "../" * pagename.count("/")
    context["metatags"] = context.get("metatags", "") + "".join(
        f'<link rel="preload" href="{to_root}_static/fonts/{name}.woff2" as="font" '
        'type="font/woff2" crossorigin>\n'
        for name, wanted in needed.items()
        if wanted
    )


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect them to Sphinx."""
    app.add_post_transform(PicturesAsWebP)
    app.add_node(nodes.image, override=True, html=(visit_image, HTML5Translator.depart_image))
    app.connect("html-page-context", preload_fonts)
    app.connect("html-page-context", wrap_code)
    app.connect("build-finished", write_icons, priority=950)
    app.connect("build-finished", trim_theme, priority=960)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

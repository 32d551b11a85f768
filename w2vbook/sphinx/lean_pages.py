"""Sphinx extension of this book: what a page loads, made small without a change to its look.

1. The pictures that the notebooks draw become WebP, without loss, at well under half the size. A
   browser loads those far below when the reader comes near; their place is kept.
2. Of the theme's icon font, 156 kB, a page gets the few icons that the book's pages use. What is
   not among them would come from the whole font, which stays in its place.
3. What several figures of a page share (code, words, a matrix) is saved once in the page's state;
   the others say whose it is, and assets/widgets.js looks it up.
4. The fonts that a page needs are asked for with the page, not once its style sheets were read.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from fontTools import subset
from PIL import Image
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms.images import BaseImageConverter
from sphinx.writers.html5 import HTML5Translator

FONT = "vendor/fontawesome/webfonts/fa-solid-900.ttf"
STATE = "application/vnd.jupyter.widget-state+json"
SHORT = 1000  # characters that are not worth a look elsewhere
ICONS = "icons.woff"  # assets/book.css names it


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


def shared(saved: dict[str, Any]) -> dict[str, Any]:
    """Return the state of a page's widgets with each long value in it once.

    A value that another widget has under the same name becomes ``{"$same": ID}`` with that
    widget's id; a buffer gets ``"$same"`` instead of its data.

    Examples
    --------
    >>> code = "x" * SHORT
    >>> saved = {"state": {"a": {"state": {"_esm": code}}, "b": {"state": {"_esm": code}}}}
    >>> shared(saved)["state"]["b"]
    {'state': {'_esm': {'$same': 'a'}}}
    """
    first: dict[tuple[str, str], str] = {}

    def whose(name: str, value: str, model: str) -> str | None:
        owner = first.setdefault((name, value), model)
        return None if owner == model or len(value) < SHORT else owner

    models = {}
    for model, one in saved["state"].items():
        state = {}
        for name, value in one["state"].items():
            owner = whose(name, json.dumps(value), model)
            state[name] = {"$same": owner} if owner else value
        models[model] = {**one, "state": state}
        if "buffers" in one:
            models[model]["buffers"] = [
                {"path": part["path"], "encoding": part["encoding"], "$same": owner}
                if (owner := whose(str(part["path"]), part["data"], model))
                else part
                for part in one["buffers"]
            ]
    return {**saved, "state": models}


def whole(saved: dict[str, Any]) -> dict[str, Any]:
    """Return a state that `shared` has made as it was before.

    Examples
    --------
    >>> code = "x" * SHORT
    >>> saved = {"state": {"a": {"state": {"_esm": code}}, "b": {"state": {"_esm": code}}}}
    >>> whole(shared(saved)) == saved
    True
    """
    models = saved["state"]

    def buffer(part: dict[str, Any]) -> dict[str, Any]:
        if "$same" not in part:
            return part
        owner = models[part["$same"]]["buffers"]
        return next(other for other in owner if other["path"] == part["path"])

    made = {}
    for model, one in models.items():
        state = {
            name: models[value["$same"]]["state"][name]
            if isinstance(value, dict) and "$same" in value
            else value
            for name, value in one["state"].items()
        }
        made[model] = {**one, "state": state}
        if "buffers" in one:
            made[model]["buffers"] = [buffer(part) for part in one["buffers"]]
    return {**saved, "state": made}


def share_states(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.Node
) -> None:
    """Save in the page's state once what several figures share."""
    for script in context["script_files"]:
        attributes = getattr(script, "attributes", {})
        if attributes.get("type") == STATE:
            saved = shared(json.loads(attributes["body"]))
            # As MyST-NB does: the end of a script may not stand within one.
            attributes["body"] = json.dumps(saved).replace("</script>", r"<\/script>")


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
    app.connect("html-page-context", share_states)
    app.connect("html-page-context", preload_fonts)
    app.connect("build-finished", write_icons, priority=950)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

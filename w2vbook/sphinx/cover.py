"""Sphinx extension of this book: the start page is a cover.

1. Its clock is in the page as a picture, too, which shows it before any script has run.
2. It has the book's title, no column of contents beside it, and a style sheet of its own.

The words, and the clock with its numbers, are in the notebook ``chapters/cover.ipynb``.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from docutils import nodes
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform

from w2vbook.interactives.cover_clock import still
from w2vbook.sphinx.book import WIDGET_VIEW, model_of

COVER = "chapters/cover"
STYLES = "cover.css"


def saved_values(saved: dict[str, Any], model_id: str) -> dict[str, Any]:
    r"""Return the traits of a widget out of what a notebook saves of all its widgets.

    >>> packed = {"path": ["b"], "encoding": "base64", "data": "AQI="}
    >>> saved_values({"state": {"m": {"state": {"a": 1}, "buffers": [packed]}}}, "m")
    {'a': 1, 'b': b'\x01\x02'}
    """
    model = saved["state"][model_id]
    data = {one["path"][0]: base64.b64decode(one["data"]) for one in model.get("buffers", ())}
    return {**model["state"], **data}


class StillClock(SphinxPostTransform):
    """Put the picture of the clock before its view; assets/cover.css hides it once that lives."""

    default_priority = 3  # as TextForWidgets: before MyST-NB chooses what is shown of an output

    def run(self, **kwargs: Any) -> None:
        """Run the transform."""
        if self.env.docname != COVER:
            return
        scripts = NbMetadataCollector.get_js_files(self.env, COVER)
        if "ipywidgets_state" not in scripts:
            raise ExtensionError(f"{COVER} shows no clock")
        saved = json.loads(scripts["ipywidgets_state"][1]["body"])
        for bundle in self.document.findall(nodes.container):
            if bundle.get("nb_element") != "mime_bundle":
                continue
            for part in bundle.children:
                if part["mime_type"] == WIDGET_VIEW:
                    values = saved_values(saved, model_of(part))
                    part.insert(0, nodes.raw("", still(values), format="html"))


def dress(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.Node
) -> None:
    """Give the cover its title and its look."""
    if pagename != COVER:
        return
    app.add_css_file(STYLES, priority=900)  # after the styles that it changes
    context["title"] = app.config.html_title
    context["docstitle"] = ""
    context["meta"] = {**(context.get("meta") or {}), "html_theme.sidebar_secondary.remove": True}


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect both to Sphinx."""
    app.add_post_transform(StillClock)
    app.connect("html-page-context", dress)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

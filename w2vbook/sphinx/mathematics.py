r"""Sphinx extension of this book: formulas are typeset when the book is built.

A page gets MathML, which browsers draw and screen readers read, and loads no engine for it.
Temml (https://temml.org, MIT licence, in ``temml/``) turns LaTeX into MathML. It is JavaScript; the
V8 of the Python package mini-racer runs it, so no Node is needed. Each formula carries its LaTeX as
an annotation, which assets/book.js puts on the clipboard.
"""

from __future__ import annotations

import functools
import re
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from py_mini_racer import JSEvalException, MiniRacer
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

ENGINE = Path(__file__).resolve().parent / "temml" / "temml.min.js"
PUNCTUATION = re.compile(r" %[,.;:!?)\]’”…]*|[,.;:!?)\]’”…]+")
# Browsers hang a small root from the top of a low letter; as tall as a bracket, it stands upright.
STRUT = '<mspace height="0.8em" depth="0.2em"></mspace>'
OPENING = re.compile(r"[(\[“‘]+$")
PERCENT = re.compile(r"(?<=\d) %")
logger = logging.getLogger(__name__)


@functools.cache
def engine() -> MiniRacer:
    """Return a JavaScript engine that has read Temml."""
    racer = MiniRacer()
    racer.eval(ENGINE.read_text(encoding="utf-8"))
    return racer


@functools.lru_cache(maxsize=4096)
def mathml(latex: str, *, display: bool = False) -> str:
    r"""Return a formula as MathML.

    Parameters
    ----------
    latex : str
        The formula, without dollars.
    display : bool
        Typeset it as one that stands on a line of its own.

    Raises
    ------
    ValueError
        The formula cannot be read; the message says where.

    Examples
    --------
    >>> mathml("x_1")[:40]
    '<math><semantics><msub><mi>x</mi><mn>1</'
    >>> mathml(r"\lamda")
    Traceback (most recent call last):
    ...
    ValueError: ...Unsupported function name: \lamda...
    """
    options = {"displayMode": display, "annotate": True, "throwOnError": True, "wrap": "none"}
    try:
        made: str = engine().call("temml.renderToString", latex, options)
    except JSEvalException as error:
        reason = str(error).splitlines()
        raise ValueError(
            next((line for line in reason if "ParseError" in line), reason[0])
        ) from None
    return made.replace("<msqrt>", f"<msqrt>{STRUT}")


def typeset(self: Any, node: nodes.Element, *, display: bool) -> str:
    """Return a node's formula as MathML; warn, which stops the build, if it cannot be read."""
    # A per cent sign is one: in a formula of this book nothing is commented out.
    latex = re.sub(r"(?<!\\)%", r"\%", node.astext().strip())
    if display and r"\\" in latex and r"\begin" not in latex:
        latex = rf"\begin{{aligned}}{latex}\end{{aligned}}"
    try:
        return mathml(latex, display=display)
    except ValueError as error:
        logger.warning("formula %r: %s", latex, error, location=node)
        return f"<code>{escape(latex)}</code>"


def visit_math(self: Any, node: nodes.math) -> None:
    """Write a formula inside a line."""
    formula = f'<span class="math">{typeset(self, node, display=False)}</span>'
    before, after = (escape(node.get(side, "")) for side in ("before", "after"))
    joined = f"{before}{formula}{after}"
    self.body.append(f'<span class="together">{joined}</span>' if joined != formula else formula)
    raise nodes.SkipNode


def visit_displaymath(self: Any, node: nodes.math_block) -> None:
    """Write a formula on a line of its own, with its number."""
    self.body.append(self.starttag(node, "div", CLASS="math notranslate nohighlight"))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append(f'<div class="formula">{typeset(self, node, display=True)}</div></div>\n')
    raise nodes.SkipNode


class PunctuationStays(SphinxPostTransform):
    """Begin no line with what belongs to the number or the formula before it.

    Browsers may break a line on either side of a formula, so each is handed the punctuation behind
    it and the bracket before it. A per cent sign keeps its number by a space that does not break.
    """

    formats = ("html",)
    default_priority = 900

    def run(self, **kwargs: Any) -> None:
        """Run the transform."""
        for node in list(self.document.findall(nodes.math)):
            place = node.parent.index(node)
            before = node.parent[place - 1] if place else None
            if isinstance(before, nodes.Text) and (found := OPENING.search(before)):
                node["before"] = found[0]
                node.parent[place - 1] = nodes.Text(before[: found.start()])
            after = node.parent[place + 1] if place + 1 < len(node.parent) else None
            if isinstance(after, nodes.Text) and (found := PUNCTUATION.match(after)):
                node["after"] = found[0].replace(" ", "\N{NO-BREAK SPACE}")
                node.parent[place + 1] = nodes.Text(after[found.end() :])
        kept = (nodes.literal, nodes.FixedTextElement, nodes.raw, nodes.math)
        for parent in list(self.document.findall(nodes.TextElement)):
            for place, text in enumerate(parent if not isinstance(parent, kept) else ()):
                if isinstance(text, nodes.Text) and PERCENT.search(text):
                    parent[place] = nodes.Text(PERCENT.sub("\N{NO-BREAK SPACE}%", text))


def setup(app: Sphinx) -> dict[str, Any]:
    """Make this the way in which pages get their formulas."""
    app.add_post_transform(PunctuationStays)
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_displaymath, None))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

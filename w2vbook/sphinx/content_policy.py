"""Sphinx extension of this book: a page tells the browser what it may load and run.

A Content-Security-Policy in the head of each page allows what the book has and nothing else: files
of the same site, the figures' modules (imported from ``blob:``, see assets/widgets.js), and the
inline scripts that the theme wrote around the text, each by its hash. A script or a picture of a
foreign host, and a script that somebody slipped into the text, are blocked. Styles may be inline:
figures, formulas and Pygments have theirs in attributes. On pages with Python WebAssembly may be
compiled, which allows no JavaScript.

The policy is computed from the written page, when all other extensions are done with it.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)

SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.DOTALL | re.IGNORECASE)
TYPE = re.compile(r"""\btype=["']?([^"'\s>]*)""", re.IGNORECASE)
#: What a browser runs; scripts of other kinds hold data.
RUN = ("", "module", "text/javascript", "application/javascript")
PRINT = ' onclick="window.print()"'  # of the theme's button; assets/book.js prints instead
HANDLER = re.compile(
    r"""<[a-z][^<>]*\s(on[a-z]+)=["'][^<>]*>|\bhref=["']javascript:""", re.IGNORECASE
)
CHARSET = re.compile(r"""<meta charset=["']?utf-8["']?\s*/?>""", re.IGNORECASE)
TEXT = re.compile(r'<article class="bd-article.*?</article>', re.DOTALL)
META = '<meta http-equiv="Content-Security-Policy" content="{}">'


def inline_scripts(page: str) -> list[str]:
    """Return the scripts that stand in a page and are run.

    Examples
    --------
    >>> inline_scripts('<script src="a.js"></script><script type="x/y">{}</script>')
    []
    >>> inline_scripts('<script>f()</script><script type="module">g()</script>')
    ['f()', 'g()']
    """
    return [
        found[2]
        for found in SCRIPT.finditer(page)
        if not re.search(r"\bsrc=", found[1])
        and ((kind := TYPE.search(found[1])) is None or kind[1].lower() in RUN)
    ]


def policy(page: str) -> str:
    """Return the policy for a page.

    Examples
    --------
    >>> print(policy("<script>f()</script>").split("; ")[1])
    script-src 'self' blob: 'sha256-GcEEE0IkDzIP5EQ6DXZaDPORqT5RTBELX8Fyzyg9yvo='
    """
    hashes = dict.fromkeys(
        base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()
        for one in inline_scripts(TEXT.sub("", page))
    )
    scripts = ["'self'", "blob:", *(f"'sha256-{one}'" for one in hashes)]
    if 'class="live-bar"' in page:
        scripts.append("'wasm-unsafe-eval'")
    rules = {
        "default-src": "'none'",
        "script-src": " ".join(scripts),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "worker-src": "'self' blob:",
        "form-action": "'self'",
        "base-uri": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def guarded(page: str) -> str:
    r"""Return a page with its policy, right behind the line that says how its letters are coded.

    Examples
    --------
    >>> guarded('<head><meta charset="utf-8" /><title>t</title></head>')[:70]
    '<head><meta charset="utf-8" />\n<meta http-equiv="Content-Security-Poli'
    """
    page = page.replace(PRINT, "")
    meta = META.format(html.escape(policy(page)).replace("&#x27;", "'"))
    return CHARSET.sub(lambda found: f"{found[0]}\n{meta}", page, count=1)


def write_policies(app: Sphinx, exception: Exception | None) -> None:
    """Give each page its policy; one that already has it was not written anew."""
    if exception is not None or app.builder.format != "html":
        return
    site = Path(app.outdir)
    for path in sorted(site.rglob("*.html")):
        page = path.read_text(encoding="utf-8")
        name = path.relative_to(site).as_posix()
        if name.startswith("_static/") or META.split("content", maxsplit=1)[0] in page:
            continue
        page = guarded(page)
        blocked = [found[0] for found in HANDLER.finditer(SCRIPT.sub("", page))]
        blocked += [one for text in TEXT.findall(page) for one in inline_scripts(text)]
        for one in blocked:
            logger.warning("%s: the page's policy blocks %r", name, one[:80])
        path.write_text(page, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, object]:
    """Connect it to Sphinx, after all that changes pages."""
    app.connect("build-finished", write_policies, priority=990)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

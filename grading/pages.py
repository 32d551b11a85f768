"""The frame of the instructor's pages: no script, no foreign host, light and dark, any width."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 1rem auto; padding: 0 1rem; }
pre { overflow-x: auto; padding: .6rem; border: 1px solid #8886; border-radius: 4px;
      white-space: pre-wrap; overflow-wrap: anywhere; font-size: 14px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; }
caption { text-align: left; padding: .3rem 0; }
td, th { text-align: left; padding: .25rem 1rem .25rem 0; border-bottom: 1px solid #8886;
         vertical-align: top; overflow-wrap: break-word; }
td { overflow-wrap: anywhere; min-width: 3rem; }
.n { text-align: right; white-space: nowrap; }
.bar { display: inline-block; height: .8rem; background: #4477aa; }
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: 0 1rem; }
img { max-width: 100%; background: white; }
"""
_PNG = re.compile(r"[A-Za-z0-9+/=]+")


def frame(title: str, parts: Iterable[str]) -> Iterable[str]:
    """Yield a page piece by piece; the parts are HTML, the title is text."""
    yield '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield '<meta http-equiv="Content-Security-Policy" '
    yield "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n"
    yield f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head>\n"
    yield f"<body><main><h1>{html.escape(title)}</h1>\n"
    for part in parts:
        yield part + "\n"
    yield "</main></body></html>\n"


def table(caption: str, head: list[str], rows: list[list[str]], *, numbers: set[int]) -> str:
    """Return a table of HTML cells; the columns in ``numbers`` stand to the right."""
    kind = dict.fromkeys(numbers, ' class="n"')
    top = "".join(f'<th scope="col"{kind.get(i, "")}>{one}</th>' for i, one in enumerate(head))
    lines = []
    for row in rows:
        cells = [f'<th scope="row">{row[0]}</th>']
        cells += [f"<td{kind.get(i, '')}>{one}</td>" for i, one in enumerate(row) if i]
        lines.append(f"<tr>{''.join(cells)}</tr>")
    body = "\n".join(lines)
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{html.escape(caption)}">'
        f"<table><caption>{html.escape(caption)}</caption>\n<thead><tr>{top}</tr></thead>\n"
        f"<tbody>{body}</tbody></table></div>"
    )


def outputs(step: dict[str, object], most: int = 20_000) -> str:
    """Return what a step printed and drew, as HTML."""
    parts = []
    if text := str(step.get("text") or ""):
        parts.append(f"<pre>{html.escape(text[:most])}</pre>")
    return "\n".join([*parts, *pictures(step)])


def pictures(step: dict[str, object]) -> list[str]:
    """Return the figures that a step drew, as HTML."""
    figures = step.get("figures")
    return [
        f'<p><img alt="A figure drawn by this cell" src="data:image/png;base64,{figure}"></p>'
        for figure in (figures if isinstance(figures, list) else [])
        if isinstance(figure, str) and _PNG.fullmatch(figure)
    ]

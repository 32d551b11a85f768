"""Tables of what a figure shows: as HTML for readers, as CSV for programs.

Series that are drawn over the same values stand in one table, side by side; short ones of the same
columns, such as the groups of a scatter, below each other. A page shows at most ``SHOWN`` rows of a
table, and says so; the CSV has all that the kernel gave.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Any

from w2vbook.sphinx.figures.words import even
from w2vbook.sphinx.mathematics import mathml

SHOWN = 200  # rows of a table on a page
APART = ("image", "table")  # series that share a table with no other
SHORT = 40  # rows of a series that may share a table with others, below each other
Row = list[Any]


@dataclass
class Table:
    """A table: what it is about, its columns, its rows, and how many points were drawn."""

    caption: str
    head: list[str]
    rows: list[Row]
    total: int
    wide: int = 0
    notes: list[str] = field(default_factory=list)


def tables(numbers: dict[str, Any]) -> Iterator[Table]:
    """Yield the tables of a figure.

    Examples
    --------
    >>> one = {"kind": "line", "name": "a", "keys": 1, "columns": ["t", "s"], "total": 2, "wide": 0}
    >>> one["rows"] = [[0, 5], [1, 6]]
    >>> other = one | {"name": "b", "rows": [[0, 7], [1, 8]]}
    >>> panel = {"title": "growth", "x": "t", "y": "s", "log": [], "also": []}
    >>> table = next(tables({"panels": [panel | {"series": [one, other]}]}))
    >>> table.caption, table.head, table.rows
    ('growth: s by t', ['t', 'a', 'b'], [[0, 5, 7], [1, 6, 8]])
    """
    panels = numbers["panels"]
    for count, panel in enumerate(panels, 1):
        title = f"Panel {count} of {len(panels)}" if len(panels) > 1 else ""
        title = ", ".join(part for part in (title, panel["title"]) if part)
        made = [_table(title, group, panel) for group in groups(panel["series"])]
        if panel["log"]:
            made[-1].notes.append(f"Logarithmic axes: {', '.join(panel['log'])}.")
        made[-1].notes += [f"Also drawn: {one}." for one in panel["also"]]
        yield from made


def groups(series: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Return the series that share a table, in the order in which they are drawn."""
    beside = _gathered([[one] for one in series], _places)
    return _gathered(beside, _shape)


def _places(group: list[dict[str, Any]]) -> Any:
    """Return what series that stand side by side have in common: where their rows stand."""
    one, keys = group[0], group[0]["keys"]
    if one["kind"] in APART or keys == len(one["columns"]):
        return None
    return one["columns"][:keys], [row[:keys] for row in one["rows"]], one["total"]


def _shape(group: list[dict[str, Any]]) -> Any:
    """Return what series that stand below each other have in common: short, with these columns."""
    one = group[0]
    if len(group) > 1 or one["kind"] in (*APART, "line") or len(one["rows"]) > SHORT:
        return None
    return one["columns"]


def _gathered(
    found: list[list[dict[str, Any]]], common: Callable[[list[dict[str, Any]]], Any]
) -> list[list[dict[str, Any]]]:
    """Put groups that have the same in common together."""
    made: list[tuple[Any, list[dict[str, Any]]]] = []
    for group in found:
        mine = common(group)
        same = next(
            (other for other, _ in enumerate(made) if mine and made[other][0] == mine), None
        )
        if same is None:
            made.append((mine, list(group)))
        else:
            made[same][1].extend(group)
    return [group for _, group in made]


def _table(title: str, group: list[dict[str, Any]], panel: dict[str, Any]) -> Table:
    """Return the table of one group of series."""
    first, keys = group[0], group[0]["keys"]
    names, total = first["columns"], first["total"]
    if len(group) == 1:
        named = first["name"] if len(panel["series"]) > 1 or first["kind"] in APART else ""
        head, rows = names, first["rows"]
        values = " and ".join(names[1:]) if names[0] == "name" else names[-1]
        about = named or f"{values} by {names[0]}"
    elif (places := _places(group)) and places == _places(group[1:]):
        often = Counter(name for one in group for name in one["columns"][keys:])
        head = list(names[:keys])
        for one in group:
            for name in one["columns"][keys:]:
                alone = len(one["columns"]) == keys + 1
                head.append(
                    name if often[name] == 1 else one["name"] if alone else f"{one['name']}: {name}"
                )
        rows = [
            list(first["rows"][place][:keys])
            + [value for one in group for value in one["rows"][place][keys:]]
            for place in range(len(first["rows"]))
        ]
        about = f"{names[keys]} by {names[0]}"
        if len(often) > 1 and len(group) < len(panel["series"]):
            about = f"{first['name']}: {about}"
    else:
        head = ["series", *names]
        rows = [[one["name"], *row] for one in group for row in one["rows"]]
        about, total = f"{names[-1]} by series", sum(one["total"] for one in group)
    about = about.removesuffix(", from")  # of the edges of a bar
    caption = f"{title}: {about}" if title else about
    return Table(caption, head, [list(row) for row in rows], total, first["wide"])


def as_csv(table: Table) -> str:
    r"""Return a table as CSV, in full; formulas in its headings stay LaTeX.

    Examples
    --------
    >>> as_csv(Table("", ["word", "$x$, low"], [["a,b", 0.5], ["c", None]], 2))
    'word,"$x$, low"\r\n"a,b",0.5\r\nc,\r\n'
    """
    text = io.StringIO()
    csv.writer(text).writerows([table.head, *table.rows])
    return text.getvalue()


def as_html(table: Table, number: int, file: str) -> str:
    """Return a table in a box of its own that scrolls, with what must be said about it.

    Ends of rows and cells are left out, as HTML allows: they would be a third of a page.
    """
    named = [place for place, row in enumerate(table.rows) if table.head[0] == "name" and row[0]]
    kept = sorted({*even(len(table.rows), SHOWN), *named[:SHOWN]})
    notes = [*([left_out(table, len(kept))] if left_out(table, len(kept)) else []), *table.notes]
    heads = "".join(f'<th scope="col">{formulas(name)}' for name in table.head)
    body = "".join(
        f'<tr><th scope="row">{_cell(first)}' + "".join(f"<td>{_cell(one)}" for one in rest)
        for first, *rest in (table.rows[place] for place in kept)
    )
    said = "".join(f"<p>{formulas(note)}</p>" for note in notes)
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-labelledby="table-{number}">'
        f'<table><caption id="table-{number}">{formulas(table.caption)}</caption>'
        f"<thead><tr>{heads}</thead>\n<tbody>{body}</tbody></table></div>\n"
        f'{said}<p><a href="{file}" download>Table {number} as a CSV file</a></p>\n'
    )


def left_out(table: Table, shown: int) -> str:
    """Return a sentence on rows and columns that a page, or the file too, leaves out.

    Examples
    --------
    >>> left_out(Table("", ["t", "s"], [[0, 0]] * 400, 400), 200)
    'The table shows 200 of 400 rows, evenly spaced; the file has all of them.'
    >>> left_out(Table("", ["t", "s"], [[0, 0]] * 2000, 5000), 200)
    'The table shows 200 of 5,000 rows, evenly spaced; the file has 2,000.'
    """
    told = ""
    if shown < table.total:
        held = len(table.rows)
        file = "all of them" if held == table.total else f"{held:,}"
        told = f"The table shows {shown:,} of {table.total:,} rows, evenly spaced; "
        told += f"the file has {file}."
    if table.wide > len(table.head) - 1:
        told += f" Of {table.wide:,} columns both have {len(table.head) - 1:,}."
    return told.strip()


def _cell(value: Any) -> str:
    """Return a value as a page shows it."""
    if value is None:
        return "–"
    text = str(value)
    return formulas(text) if isinstance(value, str) else text.replace("-", "−")


def formulas(text: str) -> str:
    """Return a label of a figure as HTML, its formulas typeset.

    Examples
    --------
    >>> formulas("a < b"), formulas("$k$")[:29], formulas("5 $")
    ('a &lt; b', '<span class="math"><math><sem', '5 $')
    """

    def typeset(found: re.Match[str]) -> str:
        try:
            return f'<span class="math">{mathml(found[1].replace("%", chr(92) + "%"))}</span>'
        except ValueError:  # matplotlib reads a little that is no LaTeX
            return escape(found[1])

    parts = re.split(r"(\$[^$]+\$)", text)
    return "".join(
        re.sub(r"\$([^$]+)\$", typeset, part) if place % 2 else escape(part)
        for place, part in enumerate(parts)
    )

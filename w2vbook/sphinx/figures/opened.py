"""The numbers of an interactive figure as it opens, as they go into JSON.

Used in the kernel that shows the book's figures, see ``numbers.py`` beside this.
"""

from __future__ import annotations

from numbers import Integral
from typing import Any

from w2vbook.interactives._base import Interactive
from w2vbook.interactives._tables import Table
from w2vbook.sphinx.figures.words import Value, rounded


def read_interactive(figure: Interactive) -> dict[str, Any] | None:
    """Return the numbers of an interactive figure; None where it shows none.

    Examples
    --------
    >>> from w2vbook.interactives import WindowCounter
    >>> numbers = read_interactive(WindowCounter("a b a"))
    >>> [one["name"] for one in numbers["panels"][0]["series"]][0]
    'Counts so far'
    >>> numbers["opens"]
    'window L = 2, centre word 1 of 3'
    """
    shown = figure.numbers()
    if shown is None:
        return None
    series = [series_of(table) for table in shown.tables]
    panel = {"title": "", "x": "", "y": "", "log": [], "also": [], "series": series}
    return {"opens": shown.setting, "panels": [panel]}


def series_of(table: Table) -> dict[str, Any]:
    """Return a table as the series of a figure, which shares it with no other."""
    rows = list(zip(*(map(value_of, one) for one in table.columns.values()), strict=True))
    return {
        "kind": "table",
        "name": table.about,
        "keys": 1,
        "columns": list(table.columns),
        "rows": rows,
        "total": len(rows),
        "wide": 0,
    }


def value_of(value: Any) -> Value:
    """Return a text or a whole number as it is, another number with its first digits.

    Examples
    --------
    >>> import numpy as np
    >>> [value_of(one) for one in ("king", np.int64(1234567), 0.1234567, -np.inf, None)]
    ['king', 1234567, 0.12346, '−∞', None]
    """
    if value is None or isinstance(value, str):
        return value
    return int(value) if isinstance(value, Integral) else rounded(value)

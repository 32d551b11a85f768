"""Checkers of the book's exercises: they tell right from wrong and name the likely slip.

``check("ex-04-by-hand", p_ij=1/16)`` prints a verdict on each part of an answer. The right values
are computed, and so are the wrong ones that a slip would give: nothing here is a stored result.
``import w2vlib`` does not load this.
"""

from ._answers import Part, array, function, number, word
from ._check import check, labels, parts_of, verdict
from ._numbers import need_numbers

__all__ = [
    "Part",
    "array",
    "check",
    "function",
    "labels",
    "need_numbers",
    "number",
    "parts_of",
    "verdict",
    "word",
]

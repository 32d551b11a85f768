"""What the tests of an assignment can read: plain numbers, lists and arrays of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from w2vlib import W2VError

from ._answers import kind_of

PLAIN = bool, int, float, complex, list, tuple, range, np.ndarray, np.generic


def need_numbers(**answers: Any) -> None:
    """Refuse, by name, what an assignment's tests cannot read as numbers or arrays of them.

    Raises
    ------
    W2VError
        An answer is or holds another kind of object: a Fraction, a Decimal, a SymPy number,
        ``dict.values()``, a masked array.

    Examples
    --------
    >>> need_numbers(times=[1, 2.5], top=np.eye(2))
    """
    for name, answer in answers.items():
        try:
            array = np.asarray(answer)
        except ValueError:
            raise W2VError(f"{name}: its rows have different lengths; make them equal") from None
        odd = [x for x in array.ravel() if not isinstance(x, PLAIN)] if array.ndim else []
        if not isinstance(answer, PLAIN) and type(answer).__module__ != "torch":
            odd = [answer]
        elif array.dtype.kind in "SU":
            odd = ["text"]
        elif isinstance(answer, np.ma.MaskedArray):
            odd = [answer]
        if odd:
            raise W2VError(
                f"{name}: {kind_of(odd[0])} cannot be graded; give plain numbers, lists or arrays: "
                "float(x) of each number, list(x) of dict.values(), np.array(x) of a masked array"
            )

"""Find an exercise by its label and judge the parts of an answer."""

from __future__ import annotations

import difflib
import functools
import importlib
import pkgutil
import textwrap
from types import EllipsisType
from typing import Any

from w2vlib import W2VError
from w2vlib._support.validation import shown

from ._answers import RIGHT, Build, Part


@functools.cache
def _register() -> dict[str, Build]:
    """Return the exercises of all ``chapter_*.py`` beside this file: label -> its parts' maker."""
    found: dict[str, Build] = {}
    package = importlib.import_module(__package__ or "w2vbook.exercises")
    for info in pkgutil.iter_modules(package.__path__):
        if info.name.startswith(("chapter_", "appendix_")):
            found.update(importlib.import_module(f"{package.__name__}.{info.name}").EXERCISES)
    return found


def labels() -> list[str]:
    """Return the labels of all exercises that can be checked.

    Examples
    --------
    >>> "ex-04-by-hand" in labels()
    True
    """
    return sorted(_register())


def parts_of(label: str) -> tuple[Part, ...]:
    """Return the parts of an exercise's answer; the right values are computed at the first call.

    Raises
    ------
    W2VError
        No exercise has this label.
    """
    register = _register()
    if not isinstance(label, str) or label not in register:
        near = difflib.get_close_matches(str(label), register, n=3)
        hint = f"; near it: {', '.join(near)}" if near else ""
        raise W2VError(
            f"no exercise {shown(label)} among {len(register)}{hint}; "
            f"w2vbook.exercises.labels() lists them all"
        )
    return _made(label)


@functools.cache
def _made(label: str) -> tuple[Part, ...]:
    return tuple(_register()[label]())


def verdict(label: str, **answers: Any) -> dict[str, str]:
    """Return for each part of an exercise "right", what is wrong, or that no answer was given.

    Raises
    ------
    W2VError
        No exercise has this label, or it has no part of a given name.

    Examples
    --------
    >>> verdict("ex-04-by-hand", p_ij=1 / 8)["p_ij"]
    'twice too large: is something counted twice?'
    """
    parts = {part.name: part for part in parts_of(label)}
    unknown = [name for name in answers if name not in parts]
    if unknown:
        raise W2VError(f"{label} has no part {unknown[0]!r}; its parts are {', '.join(parts)}")
    said = {}
    for name, part in parts.items():
        answer = answers.get(name, ...)
        if isinstance(answer, EllipsisType) or answer is None:
            said[name] = f"to do: {part.about}"
        else:
            said[name] = part.judge(answer)
    return said


def check(label: str, **answers: Any) -> None:
    """Print a verdict on each part of an answer to an exercise.

    Parameters
    ----------
    label : str
        The exercise's label, as ``"ex-04-by-hand"``.
    **answers
        The parts of the answer by name; ``...`` or None stands for one that is not there yet.

    Raises
    ------
    W2VError
        No exercise has this label, or it has no part of a given name.

    Examples
    --------
    >>> check("ex-04-by-hand", p_ij=1 / 16, p_i_p_j=25 / 256, pmi=0.4463, m_star=...)
    ex-04-by-hand: 2 of 4 parts are right
      p_ij     right
      p_i_p_j  right
      pmi      the size is right, the sign is not
      m_star   to do: M* of cat and dog
    """
    said = verdict(label, **answers)
    right = sum(text == RIGHT for text in said.values())
    width = max(map(len, said))
    print(f"{label}: {right} of {len(said)} {'parts are' if len(said) > 1 else 'part is'} right")
    for name, text in said.items():
        start = " " * (width + 4)
        print(textwrap.fill(f"  {name:{width}}  {text}", 64, subsequent_indent=start))

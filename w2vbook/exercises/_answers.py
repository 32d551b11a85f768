"""The kinds of answers: a number, a word, an array, a function; and the slips that each knows."""

from __future__ import annotations

import copy
import functools
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

RIGHT = "right"
ALMOST = "close: you may have rounded too early"
Slips = Sequence[tuple[Any, str]]


@dataclass(frozen=True)
class Part:
    """One part of an exercise's answer.

    Attributes
    ----------
    name : str
        The keyword under which ``check`` takes it.
    about : str
        What is asked for, in words.
    kind : str
        ``"number"``, ``"word"``, ``"array"`` or ``"function"``.
    judge : callable
        Takes an answer, returns ``"right"`` or what is wrong with it.
    solve : callable
        Returns the right answer (of a function, the reference) and the slips, as pairs of a wrong
        answer and what to say then. It may take seconds, and is called when an answer is there.
    rtol : float
        How far off a number may be, as a share of the right one.
    atol : float
        How far off it may be in any case: a share that is printed as "0 %" may be 0.004.
    """

    name: str
    about: str
    kind: str
    judge: Callable[[Any], str]
    solve: Callable[[], tuple[Any, Slips]]
    rtol: float = 0.0
    atol: float = 0.0

    @property
    def value(self) -> Any:
        """The right answer."""
        return self.solve()[0]

    @property
    def slips(self) -> Slips:
        """Wrong answers, each with what it tells."""
        return self.solve()[1]


def close(answer: float, value: float, rtol: float, atol: float = 0.0) -> bool:
    """Say whether two numbers agree; a right answer of 0 must be met to within ``rtol``."""
    if not math.isfinite(value):
        return answer == value
    return abs(answer - value) <= max(rtol * (abs(value) or 1.0), atol)


def common_slips(value: float, *, logs: bool = False) -> list[tuple[float, str]]:
    """Return the slips that any number invites: sign, factor 2, per cent; with ``logs`` the base.

    Examples
    --------
    >>> common_slips(0.25)[0]
    (-0.25, 'the size is right, the sign is not')
    """
    if value == 0 or not math.isfinite(value):
        return []
    bases = [
        (value / math.log(base), f"that is with logarithms of base {base}; the book's are natural")
        for base in (2, 10)
    ]
    return [
        (-value, "the size is right, the sign is not"),
        (2 * value, "twice too large: is something counted twice?"),
        (value / 2, "half of the right answer: is one half missing?"),
        (100 * value, "100 times too large: give the share itself, not per cent"),
        (value / 100, "100 times too small: were per cent asked for?"),
        *(bases if logs else []),
        (1 / value, "that is one over the right answer"),
        (value * value, "that is the square of the right answer"),
        (math.sqrt(abs(value)), "that is the square root of the right answer"),
    ]


def number(
    name: str,
    about: str,
    value: float | Callable[[], float],
    *,
    slips: Slips | Callable[[], Slips] = (),
    rtol: float = 1e-2,
    atol: float = 0.0,
    invited: bool = True,
    logs: bool = False,
) -> Part:
    """Ask for a number; ``slips`` of the exercise come before those that any number invites.

    ``value`` and ``slips`` may be functions, where they take long to compute. Without ``invited``
    only the slips of the exercise are named: of a count, "half of the right answer" says too much.
    With ``logs`` the number is in logarithms, whose base may be wrong.
    """

    @functools.cache
    def solve() -> tuple[float, Slips]:
        right = float(value() if callable(value) else value)
        known = [*(slips() if callable(slips) else slips)]
        known += common_slips(right, logs=logs) if invited else []
        # A slip that cannot be told from the right answer, or from an earlier slip, says nothing.
        kept: list[tuple[Any, str]] = []
        for wrong, message in known:
            others = [right, *(earlier for earlier, _ in kept)]
            if not any(close(wrong, other, 2 * rtol, 2 * atol) for other in others):
                kept.append((float(wrong), message))
        return right, tuple(kept)

    def judge(answer: Any) -> str:
        if isinstance(answer, str | bool) or not _is_real(answer):
            return f"{kind_of(answer)}; give one number"
        answer = float(answer)
        if math.isnan(answer):
            return "NaN is no number: did you divide 0 by 0, or take the logarithm of one below 0?"
        right, known = solve()
        if close(answer, right, rtol, atol):
            return RIGHT
        for wrong, message in known:
            if close(answer, wrong, rtol, atol):
                return message
        # Nothing is near 0, and what is more than a tenth off was not rounded.
        return ALMOST if right and close(answer, right, min(10 * rtol, 0.1)) else "not yet"

    return Part(name, about, "number", judge, solve, rtol, atol)


def kind_of(answer: Any) -> str:
    """Return the kind of an answer, with its article."""
    kind = type(answer).__name__
    return f"{'an' if kind.startswith((*'aeio', 'nd')) else 'a'} {kind}"


def _is_real(answer: Any) -> bool:
    try:
        float(answer)
        return not np.ndim(answer) and not np.iscomplexobj(answer)
    except (TypeError, ValueError, OverflowError):
        return False


def word(name: str, about: str, accepted: Sequence[str], *, slips: Slips = ()) -> Part:
    """Ask for a word; capitals, blanks, punctuation and words in front (`LEAD`) do not matter."""
    right = {_plain(each) for each in accepted}
    wrong = {_plain(each): message for each, message in slips}

    def judge(answer: Any) -> str:
        if isinstance(answer, list | tuple) and all(isinstance(each, str) for each in answer):
            answer = " ".join(answer)  # a pair
        if not isinstance(answer, str):
            return f"{kind_of(answer)}; give one word, in quotation marks"
        for said in (_plain(answer), LEAD.sub("", _plain(answer))):
            if said in right:
                return RIGHT
            if said in wrong:
                return wrong[said]
        return "not yet"

    return Part(name, about, "word", judge, lambda: (tuple(sorted(right)), tuple(wrong.items())))


# Synonyms of words that several exercises ask for.
_IT_DOES = ("it is", "it does", "they do", "they are")
YES = ("yes", "y", "true", *(f"yes {it}" for it in _IT_DOES))
NO = ("no", "n", "false", *(f"no {it} not" for it in _IT_DOES))
_MORE = ("rise", "rises", "go up", "goes up", "up", "increase", "increases", "increasing", "grow")
RISE = (*_MORE, "rising", "grows", "larger", "gets larger", "higher")
_LESS = ("fall", "falls", "go down", "goes down", "down", "decrease", "decreases", "decreasing")
FALL = (*_LESS, "falling", "shrinks", "drops", "smaller", "gets smaller", "lower")
# The page's own judge (w2vbook/interactives/answer_box.js) does the same.
LEAD = re.compile(r"^((it|they|the|an?|at|from|is|are|about) )+")


def _plain(text: str) -> str:
    """Return an answer in lower case, its punctuation replaced by single blanks."""
    quiet = re.sub(r"""['"`‘’“”$]""", "", text.lower())
    return " ".join(re.sub(r"[\s.,;:!?()/&+–—-]+", " ", quiet).split())


def array(
    name: str,
    about: str,
    value: Any,
    *,
    slips: Slips = (),
    rtol: float = 1e-6,
    up_to_signs: bool = False,
) -> Part:
    """Ask for an array; with ``up_to_signs`` each column may have either sign."""
    expected = np.asarray(value, dtype=float)

    def same(answer: np.ndarray, other: np.ndarray) -> bool:
        if answer.shape != other.shape:
            return False
        if up_to_signs:
            answer = answer * np.where((answer * other).sum(axis=0) < 0, -1.0, 1.0)
        scale = float(np.abs(other).max(initial=0.0)) or 1.0
        return bool(np.allclose(answer, other, rtol=rtol, atol=rtol * scale, equal_nan=True))

    def judge(answer: Any) -> str:
        try:
            if np.iscomplexobj(answer):
                if np.imag(answer).any():
                    return "its numbers are complex; give real ones (of a symmetric matrix: eigh)"
                answer = np.real(answer)
            answer = np.asarray(answer, dtype=float)
        except (TypeError, ValueError, OverflowError):
            return f"{kind_of(answer)}; give an array of numbers"
        if same(answer, expected):
            return RIGHT
        for wrong, message in slips:
            if same(answer, np.asarray(wrong, dtype=float)):
                return message
        if answer.shape != expected.shape:
            return f"its shape is {answer.shape}, not {expected.shape}"
        if same(answer.T, expected):
            return "that is its transpose"
        if np.isnan(answer).any() and not np.isnan(expected).any():
            return f"{int(np.isnan(answer).sum())} of its entries are NaN"
        if expected.ndim == 2 and same(expected.T, expected) and not np.allclose(answer, answer.T):
            return "it is not symmetric, and the right one is: were both orders of a pair counted?"
        off = int((~np.isclose(answer, expected, rtol=rtol)).sum())
        return f"not yet: {off:,} of {expected.size:,} entries are off"

    return Part(name, about, "array", judge, lambda: (expected, tuple(slips)), rtol)


def function(
    name: str,
    about: str,
    reference: Callable[..., Any],
    cases: Sequence[Sequence[Any]],
    *,
    slips: Sequence[tuple[Callable[..., Any], str]] = (),
    rtol: float = 1e-5,
    products: bool = False,
) -> Part:
    """Ask for a function, which is called on each of ``cases`` (tuples of arguments).

    It gets copies, since it may write into its arguments. ``rtol`` leaves room for float32. With
    ``products`` it is W W^T that is asked for, and who returns a W of it hears so.
    """

    def same(one: Any, other: Any) -> bool:
        try:
            one, other = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
        except (TypeError, ValueError, OverflowError):
            return False
        return one.shape == other.shape and bool(
            np.allclose(one, other, rtol=rtol, atol=rtol, equal_nan=True)
        )

    def agrees(results: Sequence[Any], other: Callable[..., Any]) -> bool:
        return all(same(got, other(*case)) for got, case in zip(results, cases, strict=True))

    def judge(answer: Any) -> str:
        if not callable(answer):
            return f"{kind_of(answer)}; give the function itself, without calling it"
        results = []
        for case in cases:
            try:
                results.append(answer(*copy.deepcopy(case)))
            except Exception as error:
                return f"{_call(case)} stops with {type(error).__name__}: {error}"
        if agrees(results, reference):
            return RIGHT
        for wrong, message in slips:
            if agrees(results, wrong):
                return message
        if products and agrees([_square(result) for result in results], reference):
            return "that is W, and it is right; give W W^T"
        if all(result is None for result in results):
            return "it returns nothing: is `return` missing?"
        for got, case in zip(results, cases, strict=True):
            expected = reference(*case)
            if same(got, expected):
                continue
            if _shape(got) != _shape(expected):
                return f"{_call(case)} has shape {_shape(got)}, not {_shape(expected)}"
            return f"not yet: {_call(case)} is off"
        raise AssertionError("unreachable")  # some case differs, or agrees() had been true

    return Part(name, about, "function", judge, lambda: (reference, tuple(slips)), rtol)


def _square(result: Any) -> Any:
    """Return W W^T of a table of numbers W; anything else as it is."""
    try:
        W = np.asarray(result, dtype=float)
    except (TypeError, ValueError, OverflowError):
        return result
    return W @ W.T if W.ndim == 2 else result


def _shape(result: Any) -> tuple[int, ...] | str:
    try:
        return tuple(np.shape(result))
    except ValueError:
        return "with rows of different lengths"


def _call(case: Sequence[Any]) -> str:
    """Return how a call looks, arrays by their shape."""
    shown = [f"{float(each):g}" if _is_real(each) else f"array{np.shape(each)}" for each in case]
    return f"its value at ({', '.join(shown)})"


Build = Callable[[], Sequence[Part]]

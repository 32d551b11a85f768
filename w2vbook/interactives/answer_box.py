"""Below an exercise: fields for its answers, and a verdict on each as soon as it is typed."""

from __future__ import annotations

from typing import Any

import traitlets

from w2vlib import W2VError

from ..exercises import parts_of
from ._base import Interactive


class AnswerBox(Interactive):
    """Take the numbers and words that an exercise asks for, and tell right from wrong.

    The verdicts are those of `w2vbook.exercises.check`, slips included. Fractions and per cent are
    read as well: ``1/16``, ``25 %``.

    Parameters
    ----------
    label : str
        The exercise's label.

    Raises
    ------
    W2VError
        No exercise has this label, or it asks for arrays or functions, which need Python.

    Examples
    --------
    >>> AnswerBox("ex-04-by-hand")
    AnswerBox(ex-04-by-hand: p_ij, p_i_p_j, pmi, m_star)
    """

    label = traitlets.Unicode().tag(sync=True)
    parts = traitlets.List(traitlets.Dict()).tag(sync=True)
    answers = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(self, label: str) -> None:
        parts = parts_of(label)
        code = [part.name for part in parts if part.kind not in ("number", "word")]
        if code:
            raise W2VError(
                f"{len(code)} of the {len(parts)} parts of {label} cannot be typed into a field: "
                f"{', '.join(code)}; use check({label!r}, ...) from w2vbook.exercises"
            )
        keys = ("name", "about", "kind", "value", "slips", "rtol", "atol")
        super().__init__(
            label=label,
            parts=[{key: _plain(getattr(part, key)) for key in keys} for part in parts],
            answers=["" for _ in parts],
        )

    @traitlets.validate("answers")
    def _check_answers(self, proposal: Any) -> list[str]:
        answers: list[str] = proposal["value"]
        if len(answers) != len(self.parts):
            raise W2VError(
                f"{len(answers)} answers for {len(self.parts)} questions of {self.label}"
            )
        return answers

    def __repr__(self) -> str:
        """Return what is asked for, without an address."""
        return f"AnswerBox({self.label}: {', '.join(part['name'] for part in self.parts)})"

    def text_alternative(self) -> str:
        """Return what is asked for, in words."""
        asked = "; ".join(part["about"] for part in self.parts)
        return (
            f"Interactive figure: fields that check your answer ({asked}). In Python: "
            f"w2vbook.exercises.check({self.label!r}, "
            f"{', '.join(part['name'] + '=...' for part in self.parts)})."
        )


def _plain(value: Any) -> Any:
    """Return tuples as lists: a model's state is JSON."""
    return [_plain(each) for each in value] if isinstance(value, tuple) else value

"""Data of one's own for every student of the course: public, seeded, and without answers."""

from __future__ import annotations

import hashlib
import re

import numpy as np

from ._checks import shown
from ._errors import W2VError

_STUDENT = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
_ASSIGNMENT = re.compile(r"[a-z][a-z0-9_]{0,63}")


def personal_rng(student: str, assignment: str) -> np.random.Generator:
    """Return the random generator of one student in one assignment.

    Its seed is the SHA-256 of ``assignment:student``: the same on every machine, and another for
    another student or assignment. Anyone can compute it, so it hides nothing.

    Parameters
    ----------
    student
        The id that the instructor goes by: 1 to 64 letters, digits and ``. _ @ -``, a letter or
        digit first. Spaces around it and capitals do not count.
    assignment
        The name of the assignment, such as ``a1_counts_and_pmi``.

    Raises
    ------
    W2VError
        One of the two is not of that form.

    Examples
    --------
    >>> personal_rng("ada", "a1_counts_and_pmi").integers(100, size=5)
    array([68, 48, 83, 69, 70])
    >>> first = personal_rng(" Ada ", "a1_counts_and_pmi").random()
    >>> bool(first == personal_rng("ada", "a1_counts_and_pmi").random())
    True
    """
    name = student.strip().lower() if isinstance(student, str) else ""
    if not _STUDENT.fullmatch(name) or name == "your-id":
        raise W2VError(
            f"STUDENT is {shown(student)}; write the id that your instructor knows you by: 1 to 64 "
            "letters, digits, dots, hyphens, underscores or @"
        )
    if not isinstance(assignment, str) or not _ASSIGNMENT.fullmatch(assignment):
        raise W2VError(
            f"assignment is {shown(assignment)}; name one as in "
            "'a1_counts_and_pmi': small letters, digits and underscores"
        )
    digest = hashlib.sha256(f"{assignment}:{name}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))

"""The late policy: one small file, ``OUT/late.toml``, checked before anything is graded.

penalty = 10            # per cent of the points reached, for each day begun
most = 50               # per cent at most; left out: 100
grace = 15              # minutes that do not count; left out: 0
file_times = true       # where nothing else says when: the file's time (Moodle's zip keeps it)

[due]
a1_counts_and_pmi = 2026-10-05T23:59:00+02:00

[extensions.a1_counts_and_pmi]      # days, by student
"4711" = 3

[handed_in.a1_counts_and_pmi]       # by hand; goes before what any file says
"4712" = 2026-10-06T08:00:00+02:00
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from .submissions import clean_id
from .tables import ReportError

_KINDS = {"penalty": "numbers", "most": "numbers", "grace": "numbers", "file_times": "bool"}
_KINDS |= dict.fromkeys(("due", "extensions", "handed_in"), "table")


@dataclass(frozen=True)
class Late:
    """What being late costs one student: days begun, the share taken off, and why, in words."""

    days: int = 0
    share: float = 0.0
    says: str = ""


@dataclass(frozen=True)
class Policy:
    """The policy for one assignment."""

    penalty: float = 0.0
    most: float = 100.0
    grace: float = 0.0
    file_times: bool = False
    due: datetime | None = None
    extensions: dict[str, float] = field(default_factory=dict)
    handed_in: dict[str, datetime] = field(default_factory=dict)

    def of(self, result: dict[str, Any]) -> Late:
        """Return what being late costs the student of a result; an unknown time costs nothing."""
        if self.due is None or result["status"] != "graded":
            return Late()
        student = result["student"]
        written = result.get("handed_in") or (self.file_times and result.get("modified"))
        when = self.handed_in.get(student) or (datetime.fromisoformat(written) if written else None)
        if when is None:
            return Late(says="when it was handed in is not known: nothing is taken off")
        late = when - self.due - timedelta(days=self.extensions.get(student, 0))
        if late <= timedelta(minutes=self.grace):
            return Late()
        days = math.ceil(late / timedelta(days=1))
        share = min(self.most, self.penalty * days) / 100
        begun = "1 day" if days == 1 else f"{days} days"
        return Late(days, share, f"{begun} late: {100 * share:g} % of the points are taken off")


def read_policy(path: Path, assignment: str, known: set[str]) -> Policy | None:
    """Return the policy that a file holds for an assignment; None where there is no file.

    Raises
    ------
    ReportError
        It is no TOML, or a name, number or time in it cannot be used.
    """
    if not path.exists():
        return None
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise ReportError(f"{path} cannot be read: {error}") from None

    def fault(what: str) -> ReportError:
        return ReportError(f"{path}: {what}")

    for name, value in given.items():
        if name not in _KINDS:
            raise fault(f"{name!a} is unknown; write one of {', '.join(_KINDS)}")
        if _KINDS[name] == "numbers" and not _is_number(value, 10**6 if name == "grace" else 100):
            limit = "a number of minutes" if name == "grace" else "per cent, from 0 to 100"
            raise fault(f"{name} = {value!r}; write {limit}")
        if _KINDS[name] == "bool" and not isinstance(value, bool):
            raise fault(f"{name} = {value!r}; write true or false")
        if _KINDS[name] == "table" and not isinstance(value, dict):
            raise fault(f"{name} = {value!r}; begin a line with [{name}]")
    for table in ("due", "extensions", "handed_in"):
        strange = sorted(set(given.get(table, {})) - known)
        if strange:
            raise fault(f"[{table}] names {strange[0]!a}, which is no assignment")
    for name, when in given.get("due", {}).items():
        if not _is_time(when):
            raise fault(f"due.{name} = {when!s}; write {_TIME}")
    by_student: dict[str, Any] = {}
    for table in ("extensions", "handed_in"):
        for name, rows in given.get(table, {}).items():
            if not isinstance(rows, dict):
                raise fault(f"{table}.{name} = {rows!r}; begin a line with [{table}.{name}]")
            for written, value in rows.items():
                where = f"{table}.{name}, {written!a} = {value!s}"
                if (student := clean_id(written)) is None:
                    raise fault(f"{where}: that is no student id")
                if table == "extensions" and not _is_number(value, 366):
                    raise fault(f"{where}; write a number of days")
                if table == "handed_in" and not _is_time(value):
                    raise fault(f"{where}; write {_TIME}")
                if name == assignment:
                    mine = by_student.setdefault(table, {})
                    if student in mine:
                        raise fault(f"{where}: {student} comes twice")
                    mine[student] = value
    settings: dict[str, Any] = {k: v for k, v in given.items() if _KINDS[k] != "table"}
    return Policy(**settings, due=given.get("due", {}).get(assignment), **by_student)


_TIME = "date, time and offset from UTC, such as 2026-10-05T23:59:00+02:00"


def _is_number(value: object, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most


def _is_time(value: object) -> bool:
    return isinstance(value, datetime) and value.tzinfo is not None

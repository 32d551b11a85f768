"""Check a master: its own answers must get all points that tests give, a blank notebook none."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from .answers import Answers
from .box import Limits
from .grade import Result, blank_answers, grade_answers, own_answers
from .masters import MasterError, read

STUDENTS = ("ada", "student-17")


@dataclass(frozen=True)
class Check:
    """What the check of a master found."""

    name: str
    report: str
    faults: tuple[str, ...]


def check_master(path: Path, *, boxed: bool, students: tuple[str, ...] = STUDENTS) -> Check:
    """Grade a master's own answers for several students, and a blank notebook."""
    try:
        master = read(path)
    except MasterError as error:
        return Check(path.stem, "", (str(error),))
    head = f"{master.name}: {master.max_auto:g} points by test, {master.max_manual:g} by hand"
    lines, faults = [head], []
    for answers, who, want in (
        *((own_answers(master), student, master.max_auto) for student in students),
        (blank_answers(master), students[0], 0.0),
    ):
        result, seconds = _timed(path, answers, who, boxed)
        kind = "blank" if want == 0 else f"full, as {who}"
        lines.append(f"  {kind}: {result['auto']:g} points in {seconds:.1f} s")
        if result["trouble"]:
            faults.append(f"{master.name}, {kind}: {result['trouble']}")
            continue
        for step in result["steps"]:
            if (fault := _fault(step, want)) is not None:
                faults.append(
                    f"{master.name}, {kind}, {step['grade_id'] or 'a course cell'}: {fault}"
                )
        faults += [f"{master.name}, {kind}: {note}" for note in result["notes"]]
    return Check(master.name, "\n".join(lines), tuple(faults))


def _timed(path: Path, answers: Answers, student: str, boxed: bool) -> tuple[Result, float]:
    started = time.monotonic()
    result = grade_answers(read(path), answers, student, limits=Limits(), boxed=boxed)
    return result, time.monotonic() - started


def _fault(step: Result, want: float) -> str | None:
    """Say what is wrong with a step of a master's run, if anything is."""
    if step["kind"] == "test":
        if want and not step.get("passed"):
            return f"the master's own answer fails: {step.get('message')} [{step.get('detail')}]"
        if not want and step.get("passed"):
            return "a blank notebook passes; let the test look at the answer"
    elif (error := step.get("error")) and (want or step["kind"] in ("setup", "student")):
        return f"raises {error['name']}: {error['message']} (line {error['line']})"
    return None

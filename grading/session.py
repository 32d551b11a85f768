"""``make grade``: find the submissions, grade each, keep every result, write tables and a log."""

from __future__ import annotations

import hashlib
import platform
import sys
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from . import manual, report
from .box import Limits, nobody_can_run
from .feedback import points_text
from .grade import grade_all, need_box, need_privacy
from .late import read_policy
from .masters import ROOT, Master, find, known, read
from .roster import Roster, Worksheet, read_roster, read_worksheet
from .submissions import (
    Submission,
    SubmissionError,
    clean_id,
    known_by,
    read_bytes,
    unpacked,
)
from .submissions import find as find_submissions
from .tables import read_table

Result = dict[str, Any]


@dataclass(frozen=True)
class Wish:
    """What to grade, and how."""

    assignment: str
    submissions: Path
    out: Path
    no_box: bool = False
    resume: bool = False
    jobs: int = 2
    roster: Path | None = None
    student: str = ""  # this one alone
    anonymous: bool | None = None  # None: as before
    limits: Limits = field(default_factory=Limits)


def grade(wish: Wish) -> int:
    """Grade as wished, and say so line by line; return the exit status.

    Raises
    ------
    MasterError, SubmissionError, NoBoxError, ReportError
        Before anything is graded: there is no such assignment, nothing to grade, no box, or a
        table or late policy that was filled in wrongly.
    """
    with unpacked(wish.submissions) as (there, passed):
        return _grade(wish, there, passed)


def _grade(wish: Wish, there: Path, passed: list[str]) -> int:
    master_path = find(wish.assignment)
    master = read(master_path)
    submissions, more = find_submissions(there, master.name, set(known()))
    table = read_table(wish.roster) if wish.roster else None
    worksheet = read_worksheet(table, master) if table else None
    submissions = known_by(submissions, worksheet.students if worksheet else {})
    wanted, passed = _wanted(submissions, wish.student), [*passed, *more]
    policy = read_policy(wish.out / "late.toml", master.name, set(known()))
    folder = wish.out / master.name
    _, by_hand = manual.read_manual(folder, master)  # a fault in it is better found now
    earlier = report.read_results(folder)
    roster: Roster | Worksheet | None = worksheet
    if wish.roster is not None and worksheet is None:
        who = {*earlier, *(one.student for one in submissions)}
        roster = read_roster(wish.roster, master, sorted(who), table)
    if not wish.no_box:
        private = {"the course": ROOT, "the master": master_path, "OUT": wish.out}
        private |= {"SUBMISSIONS": wish.submissions}
        need_privacy(private | ({"ROSTER": wish.roster} if wish.roster else {}))
    boxed = need_box(wish.no_box)
    digest = hashlib.sha256(master_path.read_bytes()).hexdigest()
    log = [_head(master, digest, boxed, wish), *(f"passed over: {line}" for line in passed)]
    log += [roster.says] if roster else []
    for line in log:
        print(line)
    todo, kept = wanted, []  # type: list[Submission], list[str]
    if wish.resume and not wish.student:
        todo, kept = _still_to_do(submissions, earlier, digest)
    log += [f"{student}: kept from before (RESUME=yes)" for student in kept]
    results = dict(earlier)
    try:
        graded = grade_all(master, todo, limits=wish.limits, boxed=boxed, jobs=wish.jobs)
        for number, result in enumerate(graded, 1):
            result["master"] = digest
            report.write_result(folder, result)
            results[result["student"]] = report.slim(result)
            line = _line(master, result)
            log.append(line)
            print(f"[{number}/{len(todo)}] {line}", flush=True)
    except KeyboardInterrupt:
        log.append("INTERRUPTED: what was graded is kept; the same command with RESUME=yes goes on")
        print(log[-1])
        report.write_all(wish.out, master, results, log, roster, policy, wish.anonymous)
        return 130
    idle = manual.idle_rows(master, by_hand, results)
    log += [*_remarks(results, submissions), *idle]
    strangers = report.write_all(wish.out, master, results, log, roster, policy, wish.anonymous)
    done = [results[one.student] for one in wanted]
    print("".join(f"{line}\n" for line in idle), end="")
    return _farewell(folder, done, strangers, len(passed))


def _wanted(submissions: list[Submission], student: str) -> list[Submission]:
    """Return the submissions to grade: all, or that of the one student who was asked for."""
    wanted = [one for one in submissions if not student or one.student == clean_id(student)]
    if not wanted:
        some = ", ".join(one.student for one in submissions[:20])
        raise SubmissionError(f"STUDENT={student!a} handed in nothing; among those who did: {some}")
    return wanted


def _still_to_do(
    submissions: list[Submission], earlier: dict[str, Result], digest: str
) -> tuple[list[Submission], list[str]]:
    """Return what an earlier run has not graded as it is now, and the other students."""
    todo, kept = [], []
    for one in submissions:
        old = earlier.get(one.student, {})
        try:
            same = hashlib.sha256(read_bytes(one.path)).hexdigest() == old.get("sha256")
        except SubmissionError:
            same = False
        if same and not one.trouble and old.get("master") == digest and old["status"] == "graded":
            kept.append(one.student)
        else:
            todo.append(one)
    return todo, kept


def _head(master: Master, digest: str, boxed: bool, wish: Wish) -> str:
    box = "boxed by bubblewrap"
    if not boxed:
        box = "NOT BOXED (BOX=no), as " + ("nobody" if nobody_can_run() else "the user that grades")
    return (
        f"{master.name} ({points_text(master.max_auto)} points by test, "
        f"{points_text(master.max_manual)} by hand), master {digest[:12]}; "
        f"{datetime.now().astimezone().isoformat(timespec='seconds')}; {box}; "
        f"Python {platform.python_version()}, NumPy {np.__version__}, {sys.platform}; "
        f"{wish.limits.cell_seconds:g} s a cell, {wish.limits.total_seconds:g} s a notebook"
    )


def _line(master: Master, result: Result) -> str:
    points = f"{points_text(result['auto'])} of {points_text(master.max_auto)} by test"
    parts = [f"{result['student']}: {result['status']}, {points}, {result['seconds']} s"]
    if result["trouble"]:
        parts.append(result["trouble"])
    return "; ".join(parts + result["notes"])


def _remarks(results: dict[str, Result], submissions: list[Submission]) -> list[str]:
    """Return what a person should look at: other people's ids, the same file twice, old results."""
    now, lines, by_digest = {one.student for one in submissions}, [], {}  # type: Any, list[str], Any
    for student, result in sorted(results.items()):
        typed = clean_id(result["typed"]) or result["typed"]
        if typed and typed not in (student, "your-id"):
            whose = ", which is another student's" if typed in results else ""
            lines.append(f"{student}: the notebook says STUDENT = {typed!a}{whose}")
        if result.get("sha256"):
            by_digest.setdefault(result["sha256"], []).append(student)
        if student not in now:
            lines.append(f"{student}: no file this time; the earlier result is kept")
    lines += [f"{one.student}: handed in late, says Canvas" for one in submissions if one.late]
    for students in by_digest.values():
        if len(students) > 1:
            lines.append(f"the same file, byte for byte: {', '.join(students)}")
    return lines


def _farewell(folder: Path, results: list[Result], strangers: list[str], passed: int) -> int:
    faults = sum(result["status"] == "fault" for result in results)
    graded = sum(result["status"] == "graded" for result in results)
    no_page = [r["student"] for r in results if r["status"] == "graded" and r["trouble"]]
    also = f", {passed} passed over" if passed else ""
    print(f"{graded} graded, {len(results) - graded} not{also}; see {folder}/grading.log")
    print(f"scores: {folder}/scores.csv, the class: {folder}/class.html")
    for_platforms = [f"{folder}/{name}" for name in ("canvas.csv", "moodle.csv")]
    print(f"for the platform: {', '.join(path for path in for_platforms if Path(path).is_file())}")
    print(f"for the students: {folder}/feedback/")
    print(f"points by hand: read {folder}/by_hand/, fill in {folder}/manual.csv, then the same")
    print("  command with RESUME=yes")
    if strangers:
        print(f"not in the roster: {', '.join(strangers)}")
    if faults:
        print(f"{faults} could not be graded through a fault of the course; see the log")
    if no_page:
        print(f"graded, but a page could not be written: {', '.join(no_page)}; see the log")
    if not graded:
        print("nothing was graded: each file's trouble is in the log")
    return 1 if faults or no_page or not graded else 0

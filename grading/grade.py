"""Grade submissions: each in a process of its own, none able to touch another's result."""

from __future__ import annotations

import hashlib
import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import w2vlib

from .answers import Answers, match, read_cells, steps, written
from .box import Limits, why_no_box
from .bubblewrap import exposed
from .masters import ROOT, Cell, Master
from .submissions import Submission, SubmissionError, in_words, modified, read_bytes

SILENCE = 150.0  # seconds without a word after which a runner is ended, beyond a cell's time
RERUNS = 2

Result = dict[str, Any]


class NoBoxError(RuntimeError):
    """Submissions cannot be boxed here, and nobody said to go on without."""


def need_box(no_box: bool) -> bool:
    """Return whether submissions will be boxed; refuse where they cannot be.

    Raises
    ------
    NoBoxError
        There is no box and ``no_box`` is false.
    """
    why = why_no_box()
    if why is None:
        return not no_box
    if no_box:
        return False
    raise NoBoxError(
        f"Submissions are programs by strangers, and cannot be boxed on this machine: {why}. "
        "Remedy: grade on Linux with bubblewrap; or, on a machine that holds nothing worth "
        "stealing or breaking (no gradebook, no keys, no other master), add BOX=no"
    )


def need_privacy(paths: dict[str, Path]) -> None:
    """Refuse to grade where a box would show submissions what is not theirs to see.

    Raises
    ------
    NoBoxError
        One of the paths, named by what it is, lies where the box shows files to submissions.
    """
    if seen := exposed(paths):
        raise NoBoxError(
            "Every submission could read what it must not see, since a box shows where Python and "
            f"the system are installed: {'; '.join(seen)}. Remedy: move it out of there, or grade "
            "with an environment that is a folder of its own (make grade VENV=.venv makes one in "
            "the course's folder)"
        )


def grade_answers(
    master: Master,
    answers: Answers,
    student: str,
    *,
    limits: Limits,
    boxed: bool,
    stop: threading.Event | None = None,
) -> Result:
    """Run and test the answers of one submission; return what came of each step."""
    plan = steps(master, answers, student)
    job = {"steps": plan, "student": student, "limits": asdict(limits), "boxed": boxed}
    reports, fault = _run_job(job, limits, stop or threading.Event())
    points = {cell.grade_id: cell.points for cell in master.of_role("test")}
    scores = dict.fromkeys(points, 0.0)
    shown = []
    for number, step in enumerate(plan):
        report = reports.get(number, {"passed": False, "message": "Not run."})
        if step["kind"] == "test" and report.get("passed") is True:
            scores[step["grade_id"]] = points[step["grade_id"]]
        shown.append({**step, **report})
    return {
        "assignment": master.name,
        "student": student,
        "status": "fault" if fault else "graded",
        "trouble": fault,
        "typed": answers.typed,
        "notes": answers.notes,
        "boxed": boxed,
        "steps": shown,
        "written": written(master, answers),
        "scores": scores,
        "auto": sum(scores.values()),
    }


def not_graded(master: Master, submission: Submission, trouble: str) -> Result:
    """Return the result of a submission that could not be opened: no points, and why."""
    return {
        "assignment": master.name,
        "student": submission.student,
        "status": "not graded",
        "trouble": trouble,
        "typed": "",
        "notes": [],
        "boxed": True,
        "steps": [],
        "written": {cell.grade_id: "" for cell in master.of_role("manual")},
        "scores": {cell.grade_id: 0.0 for cell in master.of_role("test")},
        "auto": 0.0,
    }


def grade_one(
    master: Master,
    submission: Submission,
    *,
    limits: Limits,
    boxed: bool,
    stop: threading.Event | None = None,
) -> Result:
    """Grade one file, whatever is in it; what nobody foresaw is this student's fault row."""
    digest, started = "", time.time()
    try:
        if submission.trouble:
            raise SubmissionError(submission.trouble)
        data = read_bytes(submission.path)
        digest = hashlib.sha256(data).hexdigest()
        answers = match(master, read_cells(data))
        result = grade_answers(
            master, answers, submission.student, limits=limits, boxed=boxed, stop=stop
        )
    except SubmissionError as error:
        result = not_graded(master, submission, str(error))
    except Exception as error:
        trouble = f"the grader failed here: {in_words(error)}"
        result = not_graded(master, submission, trouble) | {"status": "fault"}
    named = {"name": submission.name, "file": ascii(submission.path.name)[1:-1], "sha256": digest}
    named |= {"came_as": submission.came_as, "handed_in": submission.handed_in}
    named |= {"modified": modified(submission.path)}
    return result | named | {"seconds": round(time.time() - started, 1)}


def grade_all(
    master: Master,
    submissions: list[Submission],
    *,
    limits: Limits,
    boxed: bool,
    jobs: int,
) -> Iterator[Result]:
    """Grade submissions, ``jobs`` at a time, and yield each result as soon as it is there."""
    stop = threading.Event()
    with ThreadPoolExecutor(max_workers=jobs) as pool:

        def one(submission: Submission) -> Result:
            return grade_one(master, submission, limits=limits, boxed=boxed, stop=stop)

        try:
            for done in as_completed([pool.submit(one, each) for each in submissions]):
                yield done.result()
        finally:  # also when whoever reads the results was interrupted
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)


def own_answers(master: Master) -> Answers:
    """Return the master's own answers."""
    return match(master, [_handed_in(cell, filled=True) for cell in master.cells])


def blank_answers(master: Master) -> Answers:
    """Return the answers of a student who opened the notebook and handed it in."""
    return match(master, [_handed_in(cell, filled=False) for cell in master.cells])


def _handed_in(cell: Cell, *, filled: bool) -> Cell:
    answers = filled and cell.role in ("solution", "manual")
    return replace(cell, source=cell.source if answers else cell.released)


def _run_job(
    job: dict[str, Any], limits: Limits, stop: threading.Event
) -> tuple[dict[int, Any], str]:
    """Run a job in a process; where one hangs or dies, go on in a new one behind that step."""
    reports: dict[int, Any] = {}
    for _ in range(RERUNS + 1):
        begun, finished, words = _run_once(job, reports, limits.cell_seconds + SILENCE, stop)
        if finished or stop.is_set():
            return reports, words if finished else "interrupted"
        if begun < 0:
            return reports, f"the grader could not start: {words}"
        reports.setdefault(
            begun, {"passed": False, "message": "This took too long, or too much memory, to test."}
        )
        job = {**job, "done": begun + 1, "dead": sorted({*job.get("dead", []), begun})}
    return reports, ""


def _run_once(
    job: dict[str, Any], reports: dict[int, Any], silence: float, stop: threading.Event
) -> tuple[int, bool, str]:
    """Run a job once; return the step begun last, whether it ended, and what went wrong."""
    path = dict.fromkeys([str(Path(w2vlib.__file__).parent.parent), str(ROOT)])
    settings = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path),
        "MPLBACKEND": "agg",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "grading.runner"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env=settings,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    said: list[bytes] = []
    errors = process.stderr
    listener = threading.Thread(target=lambda: said.extend(errors.readlines()[-30:]), daemon=True)
    listener.start()
    begun, finished, fault, rest, heard = -1, False, "", b"", time.monotonic()
    try:
        process.stdin.write(json.dumps({**job, "grader": os.getpid()}).encode("ascii"))
        process.stdin.close()
        while not finished and not stop.is_set() and time.monotonic() - heard < silence:
            if not select.select([process.stdout], [], [], 0.5)[0]:
                continue
            part = os.read(process.stdout.fileno(), 1 << 20)
            if not part:
                break
            heard = time.monotonic()
            *lines, rest = (rest + part).split(b"\n")
            for line in lines:
                event = json.loads(line)
                begun = event.get("begin", begun)
                finished = finished or "finished" in event or "fault" in event
                fault = event.get("fault", fault)
                if "step" in event:
                    reports.setdefault(event.pop("step"), event)
    except BrokenPipeError:
        pass
    finally:
        process.kill()
        process.wait()
        listener.join(1)
        process.stdout.close()
    words = b"".join(said).decode("utf-8", "replace").strip()[-600:]
    return begun, finished, fault if finished else words

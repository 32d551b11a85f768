"""Grade one submission: its cells run in the box, the master's tests run here.

A process of its own, started by `grade`, which reads the job from its standard input and the
outcome, a line for each step, from its standard output. So a value that makes a test hang or eat
the memory costs this submission a test, and nobody else anything.
"""

from __future__ import annotations

import base64
import ctypes
import json
import math
import os
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import w2vlib

from .box import Box, DiedError, Limits
from .boxed.limits import die_with_parent
from .boxed.worker import MAX_FIGURE, MAX_FIGURES, MAX_MESSAGE, MAX_TEXT
from .masters import HIDDEN, region_lines
from .png import MAX_PIXELS, only_pixels
from .proxies import AnswerError, StudentError, opened
from .testing import Outcome, explain, names_used, run_test

RESTARTS = 3
RUNNER_MEMORY = 8 << 30
TEST_SECONDS = 60.0
FETCH_SECONDS = 30.0
# Of a whole notebook, whatever its cells show: characters of output, figures, bytes of figures.
NOTEBOOK_TEXT = 200_000
NOTEBOOK_FIGURES = 24
NOTEBOOK_BYTES = 4_500_000

Emit = Callable[[dict[str, Any]], None]


class SetUpError(Exception):
    """The course's own cells fail: nobody can be graded."""


class BoxlessError(Exception):
    """The box did not start."""


class Runner:
    """The steps of one submission, the box they run in, and what the tests may trust."""

    def __init__(self, job: dict[str, Any], emit: Emit) -> None:
        self.steps: list[dict[str, Any]] = job["steps"]
        self.limits = Limits(**job["limits"])
        self.boxed: bool = job["boxed"]
        self.done: int = job.get("done", 0)  # steps reported by an earlier process
        self.dead: set[int] = set(job.get("dead", []))
        self.emit = emit
        self.box: Box | None = None
        self.closed = False  # a hidden test has run, see testing.explain
        self.full = False  # a cell has left no memory for the next one
        self.room = Room()
        self.death: DiedError | None = None  # in a call that a test made
        self.ended = time.monotonic() + self.limits.total_seconds
        self.trusted = {"np": np, "math": math, "w2vlib": w2vlib, "STUDENT": job["student"]}

    def run(self) -> None:
        """Run all steps, each reported once."""
        restarts = 0
        self.start()
        self.set_up()
        for number in range(len(self.steps)):
            self.emit({"begin": number})
            if self.full and self.steps[number]["kind"] != "test" and restarts < RESTARTS:
                restarts += 1
                self.replay(number)
            try:
                self.report(number, self.step(number))
                if self.full and self.steps[number]["kind"] != "test":
                    self.dead.add(number)
            except DiedError as error:
                restarts += 1
                self.dead.add(number)
                self.report(
                    number, _not_run("The kernel died", f"The kernel died here: {error}.", error)
                )
                if restarts > RESTARTS or time.monotonic() > self.ended:
                    self.give_up(number + 1)
                    break
                self.replay(number + 1)
        self.stop()

    def report(self, number: int, report: dict[str, Any]) -> None:
        """Report a step, unless an earlier process did."""
        if number >= self.done:
            self.emit({"step": number, **self.room.fit(report)})

    def give_up(self, number: int) -> None:
        """Report a step, and all that follow, as not run."""
        why = "Not run: the kernel had died too often, or the time for the whole notebook was up."
        for later in range(number, len(self.steps)):
            self.report(later, _not_run("Not run", why))

    def start(self) -> None:
        """Start a box in which nothing has run yet."""
        try:
            self.box = Box(self.limits, boxed=self.boxed)
        except DiedError as error:
            raise BoxlessError(f"no kernel could be started: {error}") from None

    def stop(self) -> None:
        """End the box."""
        if self.box is not None:
            self.box.close()
        self.box = None

    def set_up(self) -> None:
        """Run the course's own set-up here, where no submission can reach it."""
        for step in self.steps:
            if step["kind"] == "setup":
                lines = step["source"].split("\n")
                source = "\n".join("" if line.lstrip().startswith("%") else line for line in lines)
                try:
                    exec(compile(source, "<set-up>", "exec"), self.trusted)
                except Exception as error:
                    says = f"{type(error).__name__}: {error}"
                    raise SetUpError(f"the assignment's set-up raises {says}") from None

    def replay(self, number: int) -> None:
        """Start a new box and run again in it what ran before, without what killed the last one."""
        self.stop()
        self.start()
        self.full = False
        for earlier in range(number):
            if self.steps[earlier]["kind"] != "test" and earlier not in self.dead:
                try:
                    self.cell(self.steps[earlier])
                except DiedError:
                    self.dead.add(earlier)
                    self.stop()
                    self.start()

    def seconds(self, most: float) -> float:
        """Return the time that a step may take."""
        left = self.ended - time.monotonic()
        if left <= 0:
            raise DiedError(
                f"the time for the whole notebook, {self.limits.total_seconds:g} s, is up"
            )
        return min(most, left)

    def step(self, number: int) -> dict[str, Any]:
        """Run a step and return what is to be said about it."""
        step = self.steps[number]
        if number in self.dead:
            return {"passed": False, "message": "This test took too long, or too much memory."}
        if step["kind"] != "test":
            return self.cell(step)
        if number < self.done:
            return {}
        outcome = self.test(step["source"])
        return {"passed": outcome.passed, "message": outcome.message, "detail": outcome.detail}

    def ask(self, do: str, most: float, **more: Any) -> dict[str, Any]:
        """Ask the box; whatever comes back that is no dict is treated as a death."""
        assert self.box is not None
        answer = self.box.ask(do, self.seconds(most), **more)
        if not isinstance(answer, dict):
            self.box.close()
            raise DiedError("the kernel answered with what is no answer")
        self.full = self.full or answer.get("full") is True
        return answer

    def cell(self, step: dict[str, Any]) -> dict[str, Any]:
        """Run a cell in the box; return what it showed, cut to size and checked."""
        seconds = self.seconds(self.limits.cell_seconds)
        answer = self.ask("run", seconds, source=step["source"], seconds=seconds)
        figures = answer.get("figures")
        given = [
            figure
            for figure in (figures if isinstance(figures, list) else [])[:MAX_FIGURES]
            if isinstance(figure, bytes) and len(figure) <= MAX_FIGURE
        ]
        kept = [picture for picture in map(only_pixels, given) if picture is not None]
        text = _text(answer.get("text"), MAX_TEXT + 100)
        if len(kept) < len(given):
            text += (
                f"[a figure was dropped: no PNG, or over {MAX_PIXELS // 10**6} million pixels]\n"
            )
        return {
            "text": text,
            "figures": [base64.b64encode(picture).decode("ascii") for picture in kept],
            "error": self.error(answer.get("error"), seconds),
        }

    def error(self, value: object, seconds: float) -> dict[str, Any] | None:
        """Return an exception in the box as plain data; of time that was up we say it ourselves."""
        error = _error(value)
        if error is not None and error["name"] == "OutOfTimeError":
            whole = seconds < min(self.limits.cell_seconds, TEST_SECONDS)
            error["message"] = (
                f"stopped: the time for the whole notebook, {self.limits.total_seconds:g} s, was up"
                if whole
                else f"stopped after {seconds:g} s"
            )
            error["ours"] = True
        return error

    def call(self, number: int, args: list[Any], keywords: dict[str, Any]) -> dict[str, Any]:
        """Call a function of the submission."""
        seconds = self.seconds(min(self.limits.cell_seconds, TEST_SECONDS))
        request = {"number": number, "args": args, "keywords": keywords, "seconds": seconds}
        try:
            answer = self.ask("call", seconds, **request)
        except DiedError as died:  # the test must not take it for an exception of the function
            self.death = died
            raise StudentError("the function", "the end of the kernel", str(died)) from None
        error = self.error(answer.get("error"), seconds)
        return {"value": answer.get("value")} if error is None else {"error": error}

    def test(self, source: str) -> Outcome:
        """Fetch what a test cell reads of the submission, and run it."""
        namespace = dict(self.trusted)
        for name in names_used(source):
            if name in self.trusted:
                continue
            answer = self.ask("name", FETCH_SECONDS, name=name)
            if answer.get("found") is True:
                try:
                    namespace[name] = opened(answer.get("value"), name, self.call)
                except AnswerError as error:
                    return explain(error, source, closed=self.closed)
        outcome = run_test(source, namespace, TEST_SECONDS * 2, closed=self.closed)
        self.closed = self.closed or bool(region_lines(source, HIDDEN))
        if outcome.detail == "time":  # an answer may be on its way still
            self.death = DiedError("the test took too long")
        if self.death is not None:
            death, self.death = self.death, None
            raise death
        return outcome


def _not_run(name: str, message: str, why: object = "") -> dict[str, Any]:
    error = {"name": name, "message": str(why), "line": None, "ours": True}
    return {"passed": False, "message": message, "error": error}


class Room:
    """What a notebook may still show: limits of a cell alone let five hundred cells fill a disk."""

    def __init__(self) -> None:
        self.text, self.figures, self.bytes = NOTEBOOK_TEXT, NOTEBOOK_FIGURES, NOTEBOOK_BYTES

    def fit(self, report: dict[str, Any]) -> dict[str, Any]:
        """Return the report of a step with what there is still room for, and a note of the rest."""
        figures: list[str] = report.get("figures", [])
        kept = []
        for figure in figures:
            if self.figures and len(figure) * 3 // 4 <= self.bytes:
                self.figures -= 1
                self.bytes -= len(figure) * 3 // 4
                kept.append(figure)
        text = report.get("text", "")
        shown = text[: self.text]
        self.text -= len(shown)
        if len(kept) < len(figures) or len(shown) < len(text):
            shown += "\n[the rest was dropped: the whole notebook shows too much]"
        return {**report, "text": shown, "figures": kept} if "text" in report else report


def _text(value: object, most: int) -> str:
    return value[:most] if isinstance(value, str) else ""


def _error(value: object) -> dict[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        return {"name": "Exception", "message": "", "line": None, "ours": False}
    line = value.get("line")
    return {
        "name": _text(value.get("name"), 100),
        "message": _text(value.get("message"), MAX_MESSAGE),
        "line": line if type(line) is int and 0 < line < 100_000 else None,
        "ours": False,
    }


def main() -> None:
    """Read the job, run it, write a line for each step."""
    die_with_parent()
    job = json.load(sys.stdin)
    if os.getppid() != job["grader"]:
        return  # it ended before this process was tied to it
    # What a submission says may hold lone surrogates, which no file and no page can: "?" is sent.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="replace")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (RUNNER_MEMORY, RUNNER_MEMORY))
        ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)  # no other process of this user may read its memory

    def emit(event: dict[str, Any]) -> None:
        out.write(json.dumps(event, ensure_ascii=False) + "\n")
        out.flush()

    runner = Runner(job, emit)
    try:
        runner.run()
        emit({"finished": True})
    except (BoxlessError, SetUpError) as error:
        emit({"fault": str(error)})
    finally:
        runner.stop()


if __name__ == "__main__":
    main()

"""Run one test cell of a master, and say what came of it: to the student, and to the instructor."""

from __future__ import annotations

import ast
import builtins
import contextlib
import io
import signal
import symtable
import traceback
from dataclasses import dataclass
from types import FrameType
from typing import Any

from .masters import HIDDEN, region_lines
from .proxies import EXPECTED, AnswerError, StudentError, TestError

FILE = "<test>"
MAX_MESSAGE = 500


class TestTimeError(BaseException):
    """A test took too long."""

    __test__ = False


@dataclass(frozen=True)
class Outcome:
    """What a test cell gave: ``message`` is for the student, ``detail`` for the instructor."""

    passed: bool
    message: str = ""
    detail: str = ""


def names_used(source: str) -> list[str]:
    r"""Return the global names that a test cell reads, sorted, without Python's own.

    >>> names_used("key = 2\nassert all(f(x) == key for x in xs)")
    ['f', 'key', 'xs']
    """
    found: set[str] = set()
    tables = [symtable.symtable(source, FILE, "exec")]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        for symbol in table.get_symbols():
            top = table.get_type() == "module"
            if symbol.is_referenced() and (top or symbol.is_global()):
                found.add(symbol.get_name())
    return sorted(found - set(dir(builtins)))


def run_test(
    source: str, namespace: dict[str, Any], seconds: float, *, closed: bool = False
) -> Outcome:
    """Run a test cell in a copy of ``namespace``; ``closed``: a hidden test has run before."""

    def alarm(number: int, frame: FrameType | None) -> None:
        raise TestTimeError

    try:
        signal.signal(signal.SIGALRM, alarm)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            exec(compile(source, FILE, "exec"), {**namespace, "__name__": "test"})
    except TestTimeError:
        return Outcome(False, f"The test was stopped after {seconds:g} s.", "time")
    except Exception as error:
        return explain(error, source, closed=closed)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return Outcome(True)


def explain(error: Exception, source: str, *, closed: bool = False) -> Outcome:
    """Say why a test failed; of a hidden test the student learns the assert's message, no more.

    Once a hidden test has run (``closed``), a function may have kept what it was called with, so
    from then on no words that the submission chose are passed on, such as an exception's message.
    """
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno or 0 for frame in frames if frame.filename == FILE]
    region = region_lines(source, HIDDEN)
    hidden = bool(set(lines) & region) or not lines
    closed = closed or hidden or (bool(region) and max(lines) > min(region))
    plain = isinstance(error, AssertionError) and bool(frames) and frames[-1].filename == FILE
    line = lines[-1] if lines else 0
    detail = f"line {line}: {type(error).__name__}: {_text(error)}"
    if plain and _text(error):
        message = _text(error)
    elif isinstance(error, NameError) and error.name:
        message = f"{error.name} is not defined: its cell was left open, or raised an exception."
    elif isinstance(error, AnswerError):
        message = f"{error.name} is no plain data; {EXPECTED}." if closed else _text(error)
    elif isinstance(error, StudentError):
        message = _student_error(error, hidden=hidden, closed=closed)
    elif isinstance(error, TestError):
        message = "This test could not run; the fault is the course's. Tell the instructor."
    elif hidden:
        message = "A hidden test failed." if plain else "A hidden test could not use your answer."
    elif plain:
        message = f"This does not hold: {_statement(source, line)}"
    else:
        says = "" if closed else f": {_text(error)}"
        message = f"{_statement(source, line)} raises {type(error).__name__}{says}"
    return Outcome(False, message[:MAX_MESSAGE], detail[: 4 * MAX_MESSAGE])


def _student_error(error: StudentError, *, hidden: bool, closed: bool) -> str:
    if error.kind == "NotImplementedError":
        return f"{error.function}() is not written yet."
    if error.kind == "OutOfTimeError":
        return f"{error.function}() was {error.message}."
    if error.kind == "MemoryError":
        return f"{error.function}() ran out of memory."
    if hidden:
        return f"{error.function}() raised an exception in a hidden test."
    return f"{error.function}() raised an exception." if closed else _text(error)


def _text(error: Exception) -> str:
    try:
        return str(error)
    except Exception:
        return ""


def _statement(source: str, line: int) -> str:
    """Return the condition of the assert at a line, or the line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assert) and node.lineno <= line <= (node.end_lineno or node.lineno):
            return ast.unparse(node.test)
    return source.split("\n")[line - 1].strip()

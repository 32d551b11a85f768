"""The kernel in the box: runs cells, hands out values, calls functions, on request.

It reads requests from its standard input and answers on its standard output, each a length and a
packed dict. It lives in one process with the student's code, which can therefore make it say
anything; whoever reads the answers must not believe more than "this is what the submission says".
"""

from __future__ import annotations

import contextlib
import gc
import io
import mmap
import os
import signal
import struct
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

LENGTH = struct.Struct(">Q")
MAX_TEXT = 20_000  # characters of output kept, of each cell
MAX_FIGURES = 8
MAX_FIGURE = 1_500_000  # bytes
MAX_MESSAGE = 600
ROOM = 512 << 20  # bytes without which the next cell would fail, too


class OutOfTimeError(BaseException):
    """Raised in the student's code when its time is up; no `except Exception` holds it."""


class Capped(io.TextIOBase):
    """A text stream that keeps the beginning and counts the rest."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.kept = self.dropped = 0

    def writable(self) -> bool:
        """Return True, as a stream to print to."""
        return True

    def write(self, text: str) -> int:
        """Keep what there is still room for."""
        part = text[: max(0, MAX_TEXT - self.kept)]
        if part:
            self.parts.append(part)
            self.kept += len(part)
        self.dropped += len(text) - len(part)
        return len(text)

    def take(self) -> str:
        """Return what was kept since the last time, and a note of what was not."""
        text = "".join(self.parts)
        if self.dropped:
            text += f"\n[{self.dropped:,} more characters of output were dropped]"
        self.parts, self.kept, self.dropped = [], 0, 0
        return text


def _explain(error: BaseException) -> dict[str, Any]:
    """Return an exception as plain data: name, message, the line of the cell."""
    if isinstance(error, OutOfTimeError):
        return {"name": "OutOfTimeError", "message": str(error), "line": None}
    line = None
    if isinstance(error, SyntaxError):
        line = error.lineno
    else:
        for frame in traceback.extract_tb(error.__traceback__):
            if "/w2v-cell" in frame.filename or "ipython-input" in frame.filename:
                line = frame.lineno
    try:
        message = str(error)[:MAX_MESSAGE]
    except BaseException:
        message = "(the exception has no message)"
    return {"name": type(error).__name__[:100], "message": message, "line": line}


def _has_room() -> bool:
    """Whether the next cell can have some memory."""
    gc.collect()
    try:
        mmap.mmap(-1, ROOM).close()
    except (OSError, MemoryError):
        return False
    return True


class Kernel:
    """An IPython shell and the answers to the grader's requests."""

    def __init__(self) -> None:
        from IPython.core.displayhook import DisplayHook
        from IPython.core.displaypub import DisplayPublisher
        from IPython.core.interactiveshell import InteractiveShell

        kernel = self

        class Publisher(DisplayPublisher):
            def publish(self, data: Any, metadata: Any = None, *more: Any, **also: Any) -> None:
                kernel.show(data)

        class Hook(DisplayHook):
            def write_output_prompt(self) -> None:
                pass

        class Shell(InteractiveShell):
            def enable_gui(self, gui: Any = None) -> None:
                pass

            def enable_matplotlib(self, gui: Any = None) -> Any:
                return "agg", "agg"  # figures are drawn when the cell ends, see collect_figures

            def showtraceback(self, *args: Any, **keywords: Any) -> None:
                pass  # the exception is sent as data, and nothing may hold on to its variables

            showsyntaxerror = showtraceback

        settings = {"display_pub_class": Publisher, "displayhook_class": Hook, "colors": "nocolor"}
        self.out = Capped()
        self.figures: list[bytes] = []
        self.functions: list[Any] = []
        self.shell: Any = Shell.instance(**settings)
        if self.shell.history_manager is not None:
            self.shell.history_manager.enabled = False
        self.shell.compile.get_code_name = lambda *args: "/w2v-cell"

    def show(self, data: Any) -> None:
        """Keep what a cell displays: a picture, or its text."""
        image = data.get("image/png")
        if isinstance(image, bytes):
            self.keep_figure(image)
        else:
            self.out.write(str(data.get("text/plain", "")) + "\n")

    def keep_figure(self, image: bytes) -> None:
        """Keep a picture, unless there are many or it is large."""
        if len(self.figures) < MAX_FIGURES and len(image) <= MAX_FIGURE:
            self.figures.append(image)
        else:
            self.out.write("[a figure was dropped: too many, or too large]\n")

    def collect_figures(self) -> None:
        """Draw the figures that a cell left open, as Jupyter does."""
        plt = sys.modules.get("matplotlib.pyplot")
        if plt is None:
            return
        for number in plt.get_fignums():
            buffer = io.BytesIO()
            if len(self.figures) < MAX_FIGURES:
                plt.figure(number).savefig(buffer, format="png", dpi=80, bbox_inches="tight")
            self.keep_figure(buffer.getvalue())
        plt.close("all")

    @contextlib.contextmanager
    def watched(self, seconds: float) -> Iterator[None]:
        """Give the student's code its time, and its own output."""

        def alarm(number: int, frame: FrameType | None) -> None:
            raise OutOfTimeError(f"stopped after {seconds:g} s")

        signal.signal(signal.SIGALRM, alarm)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            with contextlib.redirect_stdout(self.out), contextlib.redirect_stderr(self.out):
                yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def run(self, source: str, seconds: float) -> dict[str, Any]:
        """Run a cell; return its output, figures and exception."""
        self.figures, error, result = [], None, None
        try:
            with self.watched(seconds):
                result = self.shell.run_cell(source, store_history=False)
                error = result.error_before_exec or result.error_in_exec
                self.collect_figures()
        except BaseException as caught:
            error = caught
        explained = None if error is None else _explain(error)
        full = isinstance(error, MemoryError)
        # An exception holds the local variables of what raised it.
        self.shell.last_execution_result = result = error = None
        shown = {"error": explained, "text": self.out.take(), "figures": self.figures}
        return shown | {"full": full and not _has_room()}

    def handle(self, value: Any) -> dict[str, Any] | None:
        """Name a function by a number, so that it can be called; None for all else."""
        if not callable(value) or isinstance(value, type):
            return None
        self.functions.append(value)
        return {"function": len(self.functions) - 1}

    def name(self, name: str) -> dict[str, Any]:
        """Return what a name holds, packed, where it exists."""
        from .values import Opaque, pack

        if name not in self.shell.user_ns:
            return {"found": False}
        value = self.shell.user_ns[name]
        try:
            return {"found": True, "value": pack(value, self.handle)}
        except Exception as error:
            return {"found": True, "value": pack(Opaque(f"{type(value).__name__}, {error}"[:200]))}

    def call(self, number: int, args: Any, keywords: Any, seconds: float) -> dict[str, Any]:
        """Call a function; return its packed result or its exception."""
        from .values import pack

        try:
            with self.watched(seconds):
                value = pack(self.functions[number](*args, **keywords), self.handle)
            return {"error": None, "value": value}
        except BaseException as error:
            explained, full = _explain(error), isinstance(error, MemoryError)
        finally:
            self.out.take()
        return {"error": explained, "full": full and not _has_room()}


def serve(kernel: Kernel, requests: io.BufferedReader, answers: io.BufferedWriter) -> None:
    """Answer requests until there are no more."""
    from .values import pack, unpack

    while True:
        head = requests.read(LENGTH.size)
        if len(head) < LENGTH.size:
            return
        request = unpack(requests.read(LENGTH.unpack(head)[0]))
        actions: dict[str, Any] = {"run": kernel.run, "name": kernel.name, "call": kernel.call}
        action = actions[request.pop("do")]
        try:
            answer = pack(action(**request))
        except BaseException as error:  # no memory left, or a late alarm
            answer = pack({"error": _explain(error), "text": "", "figures": []})
        answers.write(LENGTH.pack(len(answer)) + answer)
        answers.flush()


def main(memory: int, seconds: int, file_size: int) -> None:
    """Set the limits, then serve."""
    from . import limits
    from .values import pack

    limits.die_with_parent()
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    cache = os.environ.get("W2V_FONT_CACHE")
    if cache and Path(cache).is_file():  # Matplotlib writes beside it, so it gets a copy
        (Path(os.environ["MPLCONFIGDIR"]) / Path(cache).name).write_bytes(Path(cache).read_bytes())
    kernel = Kernel()
    limits.set_limits(memory, seconds, file_size)
    filtered = limits.filter_system_calls()
    hello = pack({"ready": True, "filtered": filtered})
    answers.write(LENGTH.pack(len(hello)) + hello)
    answers.flush()
    serve(kernel, requests, answers)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:4]))

"""What the tests' own drivers of browsers have in common (firefox.py, webkit.py)."""

from __future__ import annotations

import contextlib
import subprocess
import time
from typing import Any


def end(*processes: subprocess.Popen[str]) -> None:
    """End programs, also one that does not want to."""
    for process in processes:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()
        process.wait(20)


class Remote:
    """One window of a browser that is spoken to over the wire."""

    def __init__(self, program: str) -> None:
        self.program = program

    def open(self, url: str) -> None:
        """Go to a page, and wait until it is loaded."""
        raise NotImplementedError

    def evaluate(self, script: str) -> Any:
        """Return what an expression gives in the page, by way of JSON."""
        raise NotImplementedError

    def until(self, script: str, seconds: float = 450) -> None:
        """Ask until it is true."""
        last = time.monotonic() + seconds
        while not self.evaluate(script):
            assert time.monotonic() < last, f"{script} is still false"
            time.sleep(0.2)

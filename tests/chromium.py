"""Chromium for the tests, and a watch over it: one that hangs is ended, and the test is run again.

Playwright waits without end for what a page is asked to compute. Where Chromium answers no more,
the test, its process and in the end the whole run would wait with it. So a browser test that lasts
too long loses its browser: what waited for an answer then raises an error, the test's name stands
in the terminal at once, and the next test starts another browser.
"""

from __future__ import annotations

import contextlib
import os
import threading
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from scripts import load_script

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

DEADLINE = 240  # s for a test, unless its file has a DEADLINE of its own
LONGEST = 560  # s: below the 600 after which pytest ends the whole process (pyproject.toml)
MOST = 3  # hangs in a process of the tests; after them its browser tests fail at once


class Chromium:
    """Starts when it is first asked for a page, and again after it was ended."""

    def __init__(self, playwright: Playwright) -> None:
        self.playwright = playwright
        self.running: Browser | None = None
        self.processes: set[psutil.Process] = set()
        self.hung: list[str] = []

    # Playwright waits for a condition by evaluating a string, which the policy of the book's pages
    # forbids. Tests that look at what it blocks say bypass_csp=False, and wait otherwise.

    def new_context(self, **options: Any) -> Any:
        """Return a new context, as Playwright's browser does."""
        return self._started().new_context(**{"bypass_csp": True, **options})

    def new_page(self, **options: Any) -> Any:
        """Return a page in a context of its own, as Playwright's browser does."""
        return self._started().new_page(**{"bypass_csp": True, **options})

    def _started(self) -> Browser:
        if len(self.hung) >= MOST:
            pytest.fail(f"Chromium has hung {MOST} times: in {', '.join(self.hung)}")
        if self.running is None:
            others = set(psutil.Process().children(recursive=True))
            self.running = load_script("tools/picture_figures.py").launch(self.playwright)
            self.processes = set(psutil.Process().children(recursive=True)) - others
        return self.running

    def close(self) -> None:
        """End it as one that works is ended."""
        if self.running is not None:
            self.running.close()

    def end(self, test: str) -> None:
        """End it from another thread because a test hangs: nobody asks it whether it agrees."""
        self.hung.append(test)
        self.running = None
        for process in self.processes:
            with contextlib.suppress(psutil.NoSuchProcess):  # it went with another
                process.kill()


class Watch:
    """Ends a browser once a test has lasted too long."""

    def __init__(self) -> None:
        self.browser: Chromium | None = None
        self.timer: threading.Timer | None = None
        self.terminal = 2  # a file's descriptor; conftest.py puts in one that is not captured

    def begin(self, test: str, seconds: float) -> None:
        """Give a test its time."""
        self.timer = threading.Timer(seconds, self._late, (test, seconds))
        self.timer.daemon = True
        self.timer.start()

    def stop(self) -> None:
        """Say that the test has ended."""
        if self.timer is not None:
            self.timer.cancel()

    def _late(self, test: str, seconds: float) -> None:
        os.write(
            self.terminal, f"\n{test} hangs: its browser is ended after {seconds:.0f} s\n".encode()
        )
        if self.browser is not None:
            self.browser.end(test)


watch = Watch()  # of this process: it runs one test at a time

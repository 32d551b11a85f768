"""Chapters that are run in a browser (w2vbook/live), for the tests of it."""

from __future__ import annotations

import functools
import http.server
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

PATIENCE = 450_000  # ms that a chapter may take on a machine that is busy
ROOT = Path(__file__).resolve().parent.parent
FOUND = ROOT / "_build" / "live_chapters"
LIBRARY = ROOT / "w2vbook" / "live" / "library.txt"
CHAPTERS = [f"{number:02}" for number in range(1, 15)] + ["A", "B"]
# (chapter, cell): why it does not run in the page, or gives something else there.
EXCEPT = {
    ("12", "f8fad59a"): "gensim is not in the page; the cell says so",
}
# What each cell gave, and the memory that Python holds, which never becomes less.
GIVEN = "w2vLive.cells.map(c => ({ id: c.id, memory: w2vLive.memory, ...c.record }))"
# What the pages need in any case, and 'wasm-unsafe-eval', which Python needs.
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline' blob: 'wasm-unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; worker-src 'self'"
)


class _Handler(http.server.SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


class _SlowHandler(_Handler):
    """Gives all that it is asked for together no more than 20 Mbit a second."""

    turn = threading.Lock()

    def copyfile(self, source: Any, outputfile: Any) -> None:
        while piece := source.read(25_000):
            with self.turn:
                time.sleep(len(piece) * 8 / 20e6)
            outputfile.write(piece)


@contextmanager
def served(folder: Path, *, slowly: bool = False) -> Iterator[str]:
    """Serve a folder under the policy above, without any other special header."""
    handler = functools.partial(_SlowHandler if slowly else _Handler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def check_built(site: Path) -> None:
    """Skip, or fail where it was promised, unless the site has Python for its pages."""
    if not (site / "live" / "manifest.json").is_file():
        reason = "the book was built without Python in its pages; run: make live"
        if os.environ.get("W2V_REQUIRE_LIVE") == "1":
            pytest.fail(f"W2V_REQUIRE_LIVE=1, but {reason}")
        pytest.skip(reason)


class LivePage:
    """A chapter in a browser, with what it asked for and what went wrong."""

    def __init__(self, page: Any, address: str, name: str, folder: str = "chapters") -> None:
        self.page = page
        self.asked: list[str] = []
        self.wrong: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on(
            "console",
            lambda said: self.wrong.append(said.text) if said.type == "error" else None,
        )
        page.goto(f"{address}/{folder}/{name}.html")
        page.wait_for_selector(".live-bar:not([hidden])")

    def start(self) -> None:
        """Press the button, and wait until Python is ready."""
        self.page.click(".live-bar button")
        self.until("window.w2vLive?.python.ready")

    def wait(self) -> None:
        """Wait until nothing runs any more."""
        self.until("!w2vLive.running")

    def until(self, script: str) -> None:
        """Ask until it is true: the policy forbids what Playwright's own waiting does."""
        last = time.monotonic() + PATIENCE / 1000
        while not self.page.evaluate(script):
            assert time.monotonic() < last, f"{script} is still false; the bar: {self.said()}"
            self.page.wait_for_timeout(100)

    def at(self, cell: str) -> int:
        """Return the place of a cell among the code cells."""
        return int(self.page.evaluate("id => w2vLive.cells.findIndex(c => c.id === id)", cell))

    def write(self, cell: str, code: str) -> None:
        """Put code into a cell's editor."""
        self.page.evaluate("([i, c]) => w2vLive.cells[i].editor.set(c)", [self.at(cell), code])

    def run(self, cell: str, code: str | None = None) -> dict[str, Any]:
        """Run a cell by its button, alone if those above have run, and return what it gave."""
        if code is not None:
            self.write(cell, code)
        self.page.evaluate("i => w2vLive.cells[i].runButton.click()", self.at(cell))
        self.wait()
        return self.record(cell)

    def record(self, cell: str) -> dict[str, Any]:
        """Return what a cell gave when it ran last."""
        script = "i => ({...w2vLive.cells[i].record, state: w2vLive.cells[i].state})"
        return dict(self.page.evaluate(script, self.at(cell)))

    def said(self) -> str:
        """Return what the bar says to everyone."""
        return str(self.page.inner_text(".live-state"))


def stored(notebook: Path) -> dict[str, tuple[str, list[str]]]:
    """Return for each code cell that is not empty what is stored: what it prints, what it shows."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    found = {}
    for cell in cells:
        if cell["cell_type"] != "code" or not "".join(cell["source"]).strip():
            continue
        outputs = cell["outputs"]
        text = "".join("".join(one["text"]) for one in outputs if one.get("name") == "stdout")
        data = [one["data"] for one in outputs if "data" in one]
        shown = ["".join(one.get("text/markdown", one.get("text/plain", ""))) for one in data]
        found[cell["id"]] = (text, shown)
    return found


def check_library(live: LivePage, name: str) -> None:
    """Expect what a page has imported in the part of the library that it brings along.

    The files' names are left for ``tools/live_table.py``, which writes ``library.txt``.
    """
    used = live.page.evaluate("w2vLive.python.ask('modules')")
    (FOUND / "library").mkdir(parents=True, exist_ok=True)
    (FOUND / "library" / f"{name}.txt").write_text("\n".join(used), encoding="utf-8")
    missing = set(used) - set(LIBRARY.read_text(encoding="utf-8").split())
    assert not missing, f"{missing} are not in {LIBRARY.name}; see tools/live_table.py"
    assert not [url for url in live.asked if "/rest-" in url], "8 MB more were fetched"


def differing(notebook: Path, given: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return what was given by cells that did not print and show what is stored."""
    differs = {}
    for cell, (text, shown) in stored(notebook).items():
        here = given[cell]
        if not here["ok"] or (here["text"], here["plain"]) != (text, shown) or here.get("errors"):
            differs[cell] = here["error"] or (here["text"], text, here["plain"], here.get("errors"))
    return differs


def known(chapter: str) -> set[str]:
    """Return the cells of a chapter that are known to give something else in the page."""
    return {cell for number, cell in EXCEPT if number == chapter}


def keep(
    notebook: Path,
    given: dict[str, dict[str, Any]],
    differs: dict[str, Any],
    browser: str = "Chromium",
) -> str:
    """Leave a row for ``tools/live_table.py``, and return it."""
    row = {"page": notebook.stem, "cells": len(given), "equal": len(given) - len(differs)}
    row["seconds"] = round(sum(cell["ms"] for cell in given.values()) / 1000)
    row["MB"] = round(max(cell["memory"] for cell in given.values()) / 1e6)
    (FOUND / browser).mkdir(parents=True, exist_ok=True)
    (FOUND / browser / f"{notebook.stem}.json").write_text(json.dumps(row), encoding="utf-8")
    return json.dumps(row)

"""What several test files share: one thread for linear algebra, the built site, a browser."""

from __future__ import annotations

import functools
import http.server
import json
import os
import re
import threading
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from accessibility import NEWEST
from chromium import DEADLINE, Chromium, watch
from interactive_pages import address, fullest, open_page  # noqa: F401 (fixtures)
from scripts import load_script

# Before NumPy is imported, and inherited by the kernels that run the notebooks.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

# Displayed and inline mathematics, fenced code, labels and options of directives.
NO_PROSE = re.compile(
    r"\$\$.*?\$\$|\$[^$]*\$|```.*?```|^:{1,6}[^\n]*$|`[^`]*`", re.DOTALL | re.MULTILINE
)

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
STARTED = time.time()


def pytest_configure() -> None:
    """Let the watch speak to the terminal at once: from now on what is said there is captured."""
    watch.terminal = os.dup(2)


def pytest_report_header() -> str:
    """Say which release judges the pages' accessibility."""
    newest = NEWEST.parent.name
    return f"accessibility: {newest if NEWEST.is_file() else f'older than {newest}'}"


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print how long each chapter is, and what ran in the page: numbers to look at."""
    if rows := ran_in_the_page():
        terminalreporter.section("run in the page: cells, equal, seconds, MB")
        for row in rows:
            terminalreporter.write_line(row)
    if not any("chapters" in one for one in config.args):
        return
    import nbformat

    terminalreporter.section("chapters")
    for path in sorted((ROOT / "chapters").glob("*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        words = len(re.findall(r"[^\W\d_]{2,}", NO_PROSE.sub(" ", text)))
        code = sum(cell.cell_type == "code" for cell in cells)
        terminalreporter.write_line(f"{path.name}: {words} words of prose, {code} code cells")


def ran_in_the_page() -> list[str]:
    """Return a line for each page that this run has run in a browser, and compared."""
    found = []
    for path in sorted((ROOT / "_build" / "live_chapters").glob("*/*.json")):
        if path.stat().st_mtime > STARTED:
            row = json.loads(path.read_text(encoding="utf-8"))
            numbers = "".join(f"{row[key]:6d}" for key in ("cells", "equal", "seconds", "MB"))
            found.append(f"{path.parent.name:10}{row['page']:32}{numbers}")
    return found


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let a test in the browser fail twice before it counts: a starved machine misses frames.

    What is wrong fails three times out of three; the summary lists what was run again. One that
    runs a whole page has two tries, as each may last minutes.

    Of the pages that Python runs in, one of each kind stands for all: together they take half an
    hour. W2V_LIVE=chapters runs each chapter, W2V_LIVE=all also each assignment, and each chapter
    in other browsers.
    """
    wanted = os.environ.get("W2V_LIVE")
    for item in items:
        page = item.get_closest_marker("every_page")
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1 if page else 2))
        if page and wanted not in ("all", *page.args):
            reason = f"one page of this kind is run: W2V_LIVE={'chapters' if page.args else 'all'}"
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """Watch over a test in the browser, and over what it needs."""
    if item.get_closest_marker("browser"):
        module = item.getparent(pytest.Module)
        watch.begin(item.nodeid, getattr(module and module.obj, "DEADLINE", DEADLINE))
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown() -> Generator[None]:
    """End the watch."""
    try:
        return (yield)
    finally:
        watch.stop()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what holds for every interactive figure for each name in the test file's ``NAMES``."""
    if metafunc.function.__module__ == "interactive_pages":
        metafunc.parametrize("name", metafunc.module.NAMES)


def missing(reason: str) -> None:
    """Skip, or fail where a browser and a site were promised."""
    if os.environ.get("W2V_REQUIRE_BROWSER") == "1":
        pytest.fail(f"W2V_REQUIRE_BROWSER=1, but {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def text_data() -> Path:
    """Return the folder of the big texts, which are not part of the project; skip without them."""
    folder = Path(os.environ.get("W2V_TEXT_DATA", ROOT.parent / "shared" / "data"))
    if not list(folder.glob("enwiki-part*.txt.xz")):
        pytest.skip("no big texts: set W2V_TEXT_DATA to the folder of enwiki-part*.txt.xz")
    return folder


@pytest.fixture(scope="session")
def site() -> Path:
    """Return the folder of the built book."""
    if not (SITE / "index.html").is_file():
        missing("the book is not built; run: make book")
    return SITE


class _SilentHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def serve() -> Iterator[object]:
    """Return a function that serves a folder on this machine and gives its address."""
    servers = []

    def start(folder: Path) -> str:
        handler = functools.partial(_SilentHandler, directory=str(folder))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    # All at once: each looks up twice a second.
    ending = [threading.Thread(target=server.shutdown) for server in servers]
    for thread in ending:
        thread.start()
    for thread, server in zip(ending, servers, strict=True):
        thread.join()
        server.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Chromium]:
    """Return Chromium: the system's, or the one that `playwright install` brought."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = load_script("tools/picture_figures.py").find_chromium()
        candidates = (found, playwright.chromium.executable_path)
        if not any(path and Path(path).exists() for path in candidates):
            missing("no Chromium was found; run: .venv/bin/playwright install chromium")
        watch.browser = Chromium(playwright)
        yield watch.browser
        watch.browser.close()

"""What each page of the built site weighs over the wire, at first view, in Chromium.

Usage: page_weight.py [PAGE ...], as in page_weight.py chapters/06_one_concept_at_a_time.html; all
pages by default. A server of our own writes down which files the browser asks for; each counts as
many bytes as gzip leaves of it (pictures and fonts are packed already: whatever is less).
"""

from __future__ import annotations

import functools
import gzip
import http.server
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

SITE = Path(__file__).resolve().parent.parent / "_build" / "html"
READY = "document.fonts.ready"
KINDS = {
    ".html": "page",
    ".css": "styles",
    ".js": "scripts",
    ".woff": "fonts",
    ".woff2": "fonts",
    ".png": "pictures",
    ".svg": "pictures",
    ".webp": "pictures",
    ".gif": "pictures",
}


def packed(path: Path) -> int:
    """Return how many bytes of a file travel."""
    data = path.read_bytes()
    return min(len(data), len(gzip.compress(data, 6)))


def weigh(browser: Any, site: Path, pages: Iterable[str]) -> dict[str, dict[str, int]]:
    """Return page -> file -> bytes, for all that the browser loads without being touched."""
    asked: list[str] = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            asked.append(self.path)
            super().do_GET()

    handler = functools.partial(Handler, directory=str(site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    weights: dict[str, dict[str, int]] = {}
    sizes: dict[str, int] = {}
    try:
        for name in pages:
            asked.clear()
            context = browser.new_context(viewport={"width": 1280, "height": 800})
            page = context.new_page()
            page.goto(f"http://127.0.0.1:{server.server_port}/{name}", wait_until="networkidle")
            page.evaluate(READY)
            context.close()
            files = {path.split("?")[0].lstrip("/") for path in asked}
            for file in files - set(sizes):
                sizes[file] = packed(site / file) if (site / file).is_file() else 0
            weights[name] = {file: sizes[file] for file in sorted(files)}
    finally:
        server.shutdown()
        server.server_close()
    return weights


def by_kind(files: dict[str, int]) -> dict[str, int]:
    """Return how much of a page's weight is text, styles, scripts, fonts and pictures."""
    total = dict.fromkeys(("page", "styles", "scripts", "fonts", "pictures", "other"), 0)
    for file, size in files.items():
        total[KINDS.get(Path(file).suffix, "other")] += size
    return total


def main(pages: list[str]) -> None:
    """Print a table, and the heaviest files."""
    from playwright.sync_api import sync_playwright

    chromium = next(
        (name for name in ("/usr/bin/chromium", "/usr/bin/google-chrome") if Path(name).exists()),
        None,
    )
    pages = pages or sorted(
        path.relative_to(SITE).as_posix() for path in (SITE / "chapters").glob("*.html")
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        weights = weigh(browser, SITE, pages)
        browser.close()
    kinds = list(by_kind({}))
    print(f"{'kB, gzip':<42}{''.join(f'{kind:>9}' for kind in [*kinds, 'all'])}")
    for name, files in weights.items():
        row = by_kind(files)
        cells = [f"{size / 1000:9.0f}" for size in [*row.values(), sum(row.values())]]
        print(f"{name.removeprefix('chapters/'):<42}{''.join(cells)}")
    heaviest = {file: size for files in weights.values() for file, size in files.items()}
    for file, size in sorted(heaviest.items(), key=lambda item: -item[1])[:12]:
        print(f"{size / 1000:9.0f}  {file}")


if __name__ == "__main__":
    main(sys.argv[1:])

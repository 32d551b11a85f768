"""How long each page takes to load, and to answer, on a slow machine.

    python benchmarks/page_load.py [PAGE.html ...] [--slower 4] [--repeats 3]

Chromium opens each page of the built site with its processor slowed, at a phone's size, with an
empty cache. Printed are the median milliseconds until the load event, the longest and the sum of
what blocked the page for more than 50 ms (until two seconds after loading), and the bytes that
travelled, compressed.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from page_weight import SITE, weigh

WATCH = """() => {
  window.blocked = [];
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) window.blocked.push(task.duration);
  }).observe({ type: "longtask", buffered: true });
}"""
TOLD = """() => [performance.getEntriesByType("navigation")[0].loadEventEnd, window.blocked]"""


def measure(browser: Any, address: str, slower: float) -> tuple[float, float, float]:
    """Return milliseconds until loaded, of the longest block, and of all blocks."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    page.add_init_script(f"({WATCH})()")
    page.goto(address, wait_until="load")
    page.wait_for_timeout(2000)
    loaded, blocked = page.evaluate(TOLD)
    context.close()
    return loaded, max(blocked, default=0.0), sum(blocked)


def main() -> None:
    """Print a table of all pages, or of those named."""
    import functools
    import http.server
    import threading

    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="*")
    parser.add_argument("--slower", type=float, default=4)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    pages = options.pages or sorted(
        path.relative_to(SITE).as_posix() for path in (SITE / "chapters").glob("*.html")
    )

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    handler = functools.partial(Handler, directory=str(SITE))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    chromium = next(
        (p for p in ("/usr/bin/chromium", "/usr/bin/google-chrome") if Path(p).exists()), None
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        weights = weigh(browser, SITE, pages)
        print(f"{'page':44}{'load ms':>9}{'longest':>9}{'blocked':>9}{'kB gzip':>9}")
        for name in pages:
            address = f"http://127.0.0.1:{server.server_port}/{name}"
            runs = [measure(browser, address, options.slower) for _ in range(options.repeats)]
            load, longest, total = (statistics.median(column) for column in zip(*runs, strict=True))
            size = sum(weights[name].values()) / 1000
            print(f"{name:44}{load:9.0f}{longest:9.0f}{total:9.0f}{size:9.0f}", flush=True)
        browser.close()


if __name__ == "__main__":
    main()

"""How long each page takes to load, and to answer, on a slow machine.

    python benchmarks/page_load.py [PAGE.html ...] [--slower 4] [--repeats 5]

Chromium opens each page of the built site with its processor slowed, at a phone's size, with an
empty cache. Printed are the milliseconds until the load event and the longest task that kept the
page from answering (until two seconds after loading), by the clock and by the time that the page's
main thread had a processor: on a busy machine the clock counts what others do, too. Of the repeats
each number is the least, which others disturbed least. Last come the bytes that travelled,
compressed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from page_weight import SITE, weigh

TASK = "ThreadControllerImpl::RunTask"


def measure(browser: Any, address: str, slower: float) -> tuple[float, float, float, float]:
    """Return ms until loaded and of the longest task, by the clock; and both of the main thread."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    events: list[dict[str, Any]] = []
    ended: list[object] = []
    session.on("Tracing.dataCollected", lambda found: events.extend(found["value"]))
    session.on("Tracing.tracingComplete", lambda found: ended.append(found))
    session.send(
        "Tracing.start",
        {"categories": "toplevel,blink.user_timing", "transferMode": "ReportEvents"},
    )
    page.goto(address, wait_until="load")
    page.wait_for_timeout(2000)
    loaded = page.evaluate('performance.getEntriesByType("navigation")[0].loadEventEnd')
    session.send("Tracing.end")
    while not ended:
        page.wait_for_timeout(50)
    context.close()
    begin = [one for one in events if one["name"] == "navigationStart" and _is_of(one, address)][-1]
    thread = [one for one in events if (one["pid"], one["tid"]) == (begin["pid"], begin["tid"])]
    end = max(one["ts"] for one in thread if one["name"] == "loadEventEnd")
    tasks = [one for one in thread if one["name"] == TASK and one["ts"] >= begin["ts"]]
    own = sum(one.get("tdur", 0) for one in tasks if one["ts"] < end)
    longest = (max(one.get(kind, 0) for one in tasks) for kind in ("dur", "tdur"))
    by_clock, by_thread = (size / 1000 for size in longest)
    return loaded, by_clock, own / 1000, by_thread


def _is_of(event: dict[str, Any], address: str) -> bool:
    url: str = event["args"].get("data", {}).get("documentLoaderURL", "")
    return url.startswith(address)


def main() -> None:
    """Print a table of all pages, or of those named."""
    import functools
    import http.server
    import threading

    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="*")
    parser.add_argument("--slower", type=float, default=4)
    parser.add_argument("--repeats", type=int, default=5)
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
        print(f"{'':44}{'by the clock':>18}{'main thread':>18}")
        print(f"{'page':44}{'load ms':>9}{'longest':>9}{'load ms':>9}{'longest':>9}{'kB gzip':>9}")
        for name in pages:
            address = f"http://127.0.0.1:{server.server_port}/{name}"
            runs = [measure(browser, address, options.slower) for _ in range(options.repeats)]
            times = [min(column) for column in zip(*runs, strict=True)]
            size = sum(weights[name].values()) / 1000
            print(f"{name:44}{''.join(f'{one:9.0f}' for one in [*times, size])}", flush=True)
        browser.close()


if __name__ == "__main__":
    main()

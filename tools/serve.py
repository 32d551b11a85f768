"""Serve the built book on this machine. ``make serve``, then Ctrl-C to stop."""

from __future__ import annotations

import functools
import http.server
import sys
import webbrowser
from pathlib import Path

SITE = Path(__file__).resolve().parent.parent / "_build" / "html"


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serve files, print only what failed."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Keep silent about requests; errors still go through ``log_error``."""


def main(port: int) -> None:
    """Serve the site on ``port``, or on the next free one."""
    if not (SITE / "index.html").is_file():
        sys.exit(f"{SITE} holds no book yet; run: make book")
    handler = functools.partial(QuietHandler, directory=str(SITE))
    for candidate in range(port, port + 20):
        try:
            server = http.server.ThreadingHTTPServer(("127.0.0.1", candidate), handler)
        except OSError:
            continue
        break
    else:
        sys.exit(f"ports {port} to {port + 19} are all taken; run: make serve PORT=9000")
    url = f"http://127.0.0.1:{server.server_port}/"
    print(f"The book is at {url} (Ctrl-C stops)", flush=True)
    webbrowser.open(url)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()
    finally:
        server.server_close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8000)

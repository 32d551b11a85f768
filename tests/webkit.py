"""WebKit, which Safari is made of, by WebKitGTK's own WebDriver."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any

from remote import Remote, end

# Debian: webkit2gtk-driver, xvfb.
BROWSERS = ("/usr/lib/*/webkit2gtk-4.1/MiniBrowser", "/usr/lib*/webkit2gtk-4.1/MiniBrowser")
SETTINGS = {
    "GDK_BACKEND": "x11",
    "LIBGL_ALWAYS_SOFTWARE": "1",
    "NO_AT_BRIDGE": "1",
    "WEBKIT_DISABLE_COMPOSITING_MODE": "1",
    "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",  # it reads our pages alone
}


def found() -> str | None:
    """Return where WebKit's browser is, if its driver and a screen for it are here, too."""
    browser = next((str(p) for b in BROWSERS for p in Path("/").glob(b[1:])), None)
    return browser if shutil.which("WebKitWebDriver") and shutil.which("Xvfb") else None


class WebKit(Remote):
    """One window of WebKit on a screen of its own; use it in a ``with``."""

    def __enter__(self) -> WebKit:
        read, write = os.pipe()
        screen = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1400x1000x24"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._screen = subprocess.Popen(screen, pass_fds=[write], **quiet)
        os.close(write)
        assert select.select([read], [], [], 60)[0], "Xvfb gives no screen"
        with os.fdopen(read) as pipe:
            display = pipe.readline().strip()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        settings = {**os.environ, **SETTINGS, "DISPLAY": f":{display}"}
        command = ["WebKitWebDriver", f"--port={port}"]
        self._driver = subprocess.Popen(command, env=settings, **quiet)
        self._session = f"http://127.0.0.1:{port}/session"
        options = {"binary": self.program, "args": ["--automation"]}
        asked = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}}
        last = time.monotonic() + 30
        while True:
            try:
                answer = self.ask("POST", "", asked)
                break
            except urllib.error.URLError:  # the driver does not listen yet
                if time.monotonic() > last:
                    raise
                time.sleep(0.2)
        self._session += f"/{answer['sessionId']}"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError, RuntimeError):  # it may have gone already
            self.ask("DELETE", "")
        end(self._driver, self._screen)

    def ask(self, method: str, path: str, values: dict[str, Any] | None = None) -> Any:
        """Send a command of WebDriver, and return what it gives."""
        body = None if values is None else json.dumps(values).encode()
        kind = {"Content-Type": "application/json"}
        request = urllib.request.Request(self._session + path, body, kind, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as response:
                return json.load(response)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {json.load(error)['value']['message']}") from None

    def open(self, url: str) -> None:
        """Go to a page, and wait until it is loaded."""
        self.ask("POST", "/url", {"url": url})

    def evaluate(self, script: str) -> Any:
        """Return what an expression gives in the page, by way of JSON."""
        values = {"script": f"return JSON.stringify({script})", "args": []}
        return json.loads(self.ask("POST", "/execute/sync", values) or "null")

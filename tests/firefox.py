"""Firefox without another driver: WebDriver BiDi over its own WebSocket."""

from __future__ import annotations

import itertools
import json
import queue
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

from remote import Remote, end

PROGRAMS = ("firefox", "firefox-esr", "/Applications/Firefox.app/Contents/MacOS/firefox")
# Nothing of its own over the network.
PREFERENCES = {
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "browser.safebrowsing.downloads.remote.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.enabled": False,
}


def found() -> str | None:
    """Return where Firefox is."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class Firefox(Remote):
    """One window of Firefox, with a new profile; use it in a ``with``."""

    def __init__(self, program: str) -> None:
        super().__init__(program)
        self._numbers = itertools.count(1)

    def __enter__(self) -> Firefox:
        import websocket

        self._profile = tempfile.TemporaryDirectory()
        lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in PREFERENCES.items()]
        Path(self._profile.name, "user.js").write_text("\n".join(lines), encoding="utf-8")
        command = [self.program, "--headless", "--no-remote", "--remote-debugging-port=0"]
        self._process = subprocess.Popen(
            [*command, "--profile", self._profile.name], stderr=subprocess.PIPE, text=True
        )
        options = {"suppress_origin": True, "timeout": 120}
        self._socket = websocket.create_connection(f"{self._address()}/session", **options)
        self.ask("session.new", capabilities={})
        (window,) = self.ask("browsingContext.getTree")["contexts"]
        self._window = window["context"]
        return self

    def _address(self) -> str:
        """Return where it says that it listens."""
        said: queue.Queue[str | None] = queue.Queue()

        def listen(lines: Iterable[str]) -> None:
            for line in lines:  # to its end: what it says later must not fill the pipe
                said.put(line)
            said.put(None)

        threading.Thread(target=listen, args=[self._process.stderr], daemon=True).start()
        while line := said.get(timeout=120):
            if found := re.search(r"BiDi listening on (ws://\S+)", line):
                return found[1]
        raise RuntimeError("Firefox ended before it could be spoken to")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._socket.close()
        end(self._process)
        self._profile.cleanup()

    def ask(self, method: str, **params: Any) -> Any:
        """Send a command, and return its result."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while (answer := json.loads(self._socket.recv())).get("id") != number:
            pass  # an event
        if answer["type"] != "success":
            raise RuntimeError(f"{method}: {answer.get('message')}")
        return answer["result"]

    def open(self, url: str) -> None:
        """Go to a page, and wait until it is loaded."""
        self.ask("browsingContext.navigate", context=self._window, url=url, wait="complete")

    def evaluate(self, script: str) -> Any:
        """Return what an expression gives in the page, by way of JSON."""
        given = self.ask(
            "script.evaluate",
            expression=f"JSON.stringify({script})",
            target={"context": self._window},
            awaitPromise=False,
        )
        if given["type"] == "exception":
            raise RuntimeError(given["exceptionDetails"]["text"])
        return json.loads(given["result"].get("value", "null"))

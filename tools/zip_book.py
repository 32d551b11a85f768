"""Pack the built book into one file that needs no server and no network. ``make offline``.

Unpacked, the book opens by a double click on ``index.html``. The same pages give the same file,
byte for byte: names are sorted, and all carry one date. Two things stay out, since browsers refuse
them to a page that was opened as a file: Python for the pages (``make live``), which weighs 100 MB,
and the hints in a page's head that ask for its fonts early, which would be errors in the console.
And a page's policy names files beside "this site": Chromium takes them for the same, other browsers
need not.

    python tools/zip_book.py [SITE [ZIP]]
"""

from __future__ import annotations

import re
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
TARGET = ROOT / "_build" / "w2v-book.zip"
FOLDER = "w2v-book"  # the one folder that unpacking makes
LEFT_OUT = ("live",)
DATE = (1980, 1, 1, 0, 0, 0)  # the first that a zip can hold
POLICY = re.compile(rb'(?<=<meta http-equiv="Content-Security-Policy" content=")[^"]*')
HINT = re.compile(rb'<link rel="preload"[^>]*>\n?')


def members(site: Path) -> list[str]:
    """Return the files of a site that a reader needs, sorted by name.

    Hidden files are the builder's notes; pages work without them.
    """
    names = [path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()]
    return sorted(
        name
        for name in names
        if name.split("/")[0] not in LEFT_OUT
        and not any(part.startswith(".") for part in name.split("/"))
    )


def content(path: Path) -> bytes:
    """Return what the zip holds of a file."""
    data = path.read_bytes()
    if path.suffix != ".html":
        return data
    return POLICY.sub(
        lambda found: found[0].replace(b"'self'", b"'self' file:"), HINT.sub(b"", data)
    )


def pack(site: Path, target: Path) -> int:
    """Write the zip; return how many files it holds."""
    names = members(site)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    with zipfile.ZipFile(part, "w") as packed:
        for name in names:
            one = zipfile.ZipInfo(f"{FOLDER}/{name}", DATE)
            one.create_system = 3  # wherever it is packed: the rights below are read as Unix's
            one.external_attr = 0o100644 << 16
            packed.writestr(one, content(site / name), zipfile.ZIP_DEFLATED, 9)
    part.replace(target)
    return len(names)


def main(site: Path = SITE, target: Path = TARGET) -> None:
    """Pack the book and say where it is."""
    if not (site / "index.html").is_file():
        sys.exit(f"{site} holds no book yet; run: make book")
    count = pack(site, target)
    size = target.stat().st_size / 1e6
    print(f"{target}: {count} files, {size:.1f} MB. Unpacked, {FOLDER}/index.html is the book.")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))

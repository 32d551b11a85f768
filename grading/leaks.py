"""Look for solutions and hidden tests where they must not be, by fragments of their text.

The fragments come from the masters' text alone, not from what the release step made of it: what it
forgets to cut is found here.
"""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

from .masters import HIDDEN, SOLUTION, Cell, Master, region_lines, without

SHORTEST = 12  # characters of a line that is told from others
SHORTEST_IN_SITE = 30  # a book shows much code: only longer pieces of it say where they are from
SUFFIXES = {".html", ".js", ".json", ".txt", ".md", ".ipynb", ".xml", ".csv", ".py"}
_SPACE = re.compile(r"\s+")
_BLOB = re.compile(r"\S{400,}")  # base64
_TAG = re.compile(r"<[^<>]{1,400}>")


def _flat(text: str) -> str:
    return _SPACE.sub(" ", text).strip()


def _secret_lines(cell: Cell, what: str) -> list[str]:
    lines = cell.source.split("\n")
    inside = region_lines(cell.source, what)
    if what == SOLUTION and not inside and cell.role in ("solution", "manual"):
        inside = set(range(1, len(lines) + 1))  # the whole cell is the solution
    kept = [line for number, line in enumerate(lines, 1) if number in inside and "###" not in line]
    return [line for line in map(_flat, kept) if line]


def visible(master: Master) -> str:
    """Return all that a student may see of a master, on one line."""
    sources = (cell.source for cell in master.cells)
    return _flat(" ".join(without(without(source, SOLUTION), HIDDEN) for source in sources))


def fragments(master: Master) -> set[str]:
    """Return the lines of solutions, rubrics and hidden tests that no visible text holds."""
    lines = {
        line for c in master.cells for what in (SOLUTION, HIDDEN) for line in _secret_lines(c, what)
    }
    shown = visible(master)
    return {line for line in lines if len(line) >= SHORTEST and line not in shown}


def site_fragments(master: Master) -> set[str]:
    """Return what would be a leak on a page of the book: hidden asserts, and runs of lines.

    A chapter may well hold a line that a solution or a test holds, too: it teaches it. So runs are
    looked for, of three lines of a solution and two of a hidden test, and rubrics line by line.
    """
    found = set()
    for cell in master.cells:
        hidden, solution = _secret_lines(cell, HIDDEN), _secret_lines(cell, SOLUTION)
        found |= {line for line in hidden if line.startswith("assert ")}
        found |= _runs(hidden, 2) | _runs(solution, 3 if cell.is_code else 1)
    shown = visible(master)
    return {piece for piece in found if len(piece) >= SHORTEST_IN_SITE and piece not in shown}


def _runs(lines: list[str], width: int) -> set[str]:
    width = min(width, max(2, len(lines))) if width > 1 else 1
    return {" ".join(lines[i : i + width]) for i in range(len(lines) - width + 1)}


def text_of(path: Path) -> str:
    """Return the text of a file as a reader would see it, on one line."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text += " ".join(f" {''.join(cell['source'])} " for cell in cells)
    text = _BLOB.sub(" ", text)
    if path.suffix in (".html", ".xml", ".js", ".json"):
        plain = html.unescape(_TAG.sub("", text))
        unquoted = plain.replace("\\n", " ").replace('\\"', '"')
        text = f"{text} {plain} {unquoted}"
    return _flat(text)


def leaks_in_files(masters: list[Master], folder: Path, *, released: bool) -> list[str]:
    """Return a line for each file below ``folder`` and fragment in it.

    In a released notebook, text that its own master shows to students is no leak of another's.
    """
    own = {master.name: visible(master) for master in masters}
    wanted = [
        (m.name, line) for m in masters for line in (fragments if released else site_fragments)(m)
    ]
    found = []
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.suffix in SUFFIXES and path.is_file():
            text, shown = text_of(path), own.get(path.stem, "") if released else ""
            for name, fragment in sorted(wanted):
                if fragment in text and fragment not in shown:
                    found.append(f"{path.relative_to(folder)}: of {name}: {fragment[:100]}")
    return found

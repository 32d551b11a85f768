"""Put into Appendix D what each chapter took in the page, and when the book was built.

``tests/book/test_live*.py`` run every cell of every page in three browsers and leave what they
found in ``_build/live_chapters``; the seconds of the build stand in the built Appendix C. The
table goes between two comments of the page, which this script finds. Which files of the library
the pages imported goes into ``w2vbook/live/library.txt``.
"""

from __future__ import annotations

import html
import json
import os
import platform
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOUND = ROOT / "_build" / "live_chapters"
PAGE = ROOT / "chapters" / "D_run_in_the_page.md"
LIBRARY = ROOT / "w2vbook" / "live" / "library.txt"
BROWSERS = ("Chromium", "Firefox", "WebKit")
COMMAND = "make live && W2V_LIVE=all .venv/bin/python -m pytest -n 2 --dist worksteal"
COMMAND += " tests/book/test_live*.py"
ALIVE = re.compile(r"file: (?:chapters|assignments)/((?:\d\d|[AB]|a\d)_\w+|try)\b")
BUILT = ROOT / "_build" / "html" / "chapters" / "C_notation_and_setup.html"
CELL = r"(?:(?!</td>).)*</td>"
ROW = re.compile(rf'<td><p><a [^>]*href="(\w+)\.html"{CELL}\s*<td><p>(\d+)</p></td>', re.S)
PLACE = re.compile(r"(<!-- measured by tools/live_table.py -->\n).*?(<!-- end -->)", re.S)


def seconds_of_the_build(page: str) -> dict[str, str]:
    """Return the seconds that each notebook took, from the table of Appendix C.

    >>> seconds_of_the_build('<tr><td><p><a href="04_x.html">4</a></p></td> <td><p>7</p></td></tr>')
    {'04_x': '7'}
    """
    return dict(ROW.findall(page))


def title(notebook: Path) -> str:
    """Return what a notebook is called."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    lines = "".join("".join(cell["source"]) + "\n" for cell in cells).splitlines()
    return html.escape(next(line[2:] for line in lines if line.startswith("# ")), quote=False)


def table(rows: dict[str, dict[str, dict[str, int]]], built: dict[str, str]) -> str:
    """Return the table in Markdown; ``rows[page][browser]`` is what was found."""
    seconds = [f"seconds in {browser}" for browser in BROWSERS]
    often = {
        browser: [found[browser]["seconds"] / int(built[page]) for page, found in rows.items()]
        for browser in BROWSERS
    }
    ratios = [f"{min(x):.1f} to {max(x):.1f} in {browser}" for browser, x in often.items()]
    head = ["chapter", "cells", "equal in all", *seconds, "seconds of the build", "memory, MB"]
    lines = [f"| {' | '.join(head)} |", "| --- |" + " ---: |" * (len(head) - 1)]
    for page, found in rows.items():
        name = f"{page.partition('_')[0].removeprefix('0')} {title(PAGE.parent / f'{page}.ipynb')}"
        first = found[BROWSERS[0]]
        numbers = [first["cells"], min(each["equal"] for each in found.values())]
        numbers += [found[browser]["seconds"] for browser in BROWSERS]
        cells = [*map(str, numbers), built[page], f"{first['MB']:,}"]
        lines.append(f"| [{name}]({page}.ipynb) | {' | '.join(cells)} |")
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    told = f"Seconds in the page for a second of the build: {', '.join(ratios)}. {machine}."
    return "\n".join(lines) + f"\n\n{told}\n\n"


def started(found: dict[str, float]) -> str:
    """Say how long the first output takes.

    >>> one = {"first_seconds": 9.5, "first_bytes": 37e6, "second_seconds": 4, "second_bytes": 4e5}
    >>> one["slow_seconds"] = 17
    >>> started(one).split(":")[0]
    'From the press of the button to the first output, from a server on the same machine'
    """
    return (
        "From the press of the button to the first output, from a server on the same machine: "
        f"{found['first_seconds']:.0f} s and {found['first_bytes'] / 1e6:.1f} MB at the first "
        f"visit, {found['second_seconds']:.0f} s and {found['second_bytes'] / 1e6:.1f} MB at the "
        "second, when the browser has kept the files. At 20 Mbit/s the first visit takes "
        f"{found['slow_seconds']:.0f} s.\n\n"
    )


def library() -> None:
    """Write the list of the library's files that the pages import, if all pages were run."""
    paths = sorted((FOUND / "library").glob("*.txt"))
    contents = (ROOT / "_toc.yml").read_text(encoding="utf-8")
    if missing := set(ALIVE.findall(contents)) - {path.stem for path in paths}:
        print(f"{LIBRARY.name} stays as it is; not run: {', '.join(sorted(missing))}")
        return
    names = {name for path in paths for name in path.read_text(encoding="utf-8").split()}
    LIBRARY.write_text("".join(f"{name}\n" for name in sorted(names)), encoding="utf-8")


def main() -> int:
    """Read what was measured, and write it into the page."""
    library()
    rows: dict[str, dict[str, dict[str, int]]] = {}
    for browser in BROWSERS:
        for path in sorted((FOUND / browser).glob("*_*.json")):
            rows.setdefault(path.stem, {})[browser] = json.loads(path.read_text(encoding="utf-8"))
    complete = rows and all(len(found) == len(BROWSERS) for found in rows.values())
    if not complete or not BUILT.is_file():
        sys.exit(f"first, where {', '.join(BROWSERS)} are installed: {COMMAND}")
    begin = FOUND / "start.txt"
    made = started(json.loads(begin.read_text(encoding="utf-8"))) if begin.is_file() else ""
    made += table(rows, seconds_of_the_build(BUILT.read_text(encoding="utf-8")))
    text, places = PLACE.subn(lambda m: m[1] + made + m[2], PAGE.read_text(encoding="utf-8"))
    if not places:
        sys.exit(f"{PAGE.name} has no place for the table")
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

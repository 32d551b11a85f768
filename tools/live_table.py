"""Put into Appendix D what each chapter took in the page, and when the book was built.

``tests/book/test_live_chapters.py`` runs every cell of every chapter in a browser and leaves what
it found in ``_build/live_chapters``; the seconds of the build stand in the built Appendix C. The
table goes between two comments of the page, which this script finds.
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


def table(rows: list[dict[str, int | str]], built: dict[str, str]) -> str:
    """Return the table in Markdown."""
    lines = ["| chapter | cells | equal | seconds in the page | seconds of the build |"]
    lines.append("| --- | --- | --- | --- | --- |")
    for row in rows:
        page = str(row["page"])
        name = f"{page.partition('_')[0].removeprefix('0')} {title(PAGE.parent / f'{page}.ipynb')}"
        numbers = row["cells"], row["equal"], row["seconds"], built.get(page, "unknown")
        lines.append(f"| [{name}]({page}.ipynb) | " + " | ".join(map(str, numbers)) + " |")
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    return "\n".join(lines) + f"\n\n{machine}, other programs at work beside it.\n\n"


def started(found: dict[str, float]) -> str:
    """Say how long the first output takes.

    >>> one = {"first_seconds": 9.5, "first_bytes": 37e6, "second_seconds": 4, "second_bytes": 4e5}
    >>> started(one).split(":")[0]
    'From the press of the button to the first output, from a server on the same machine'
    """
    return (
        "From the press of the button to the first output, from a server on the same machine: "
        f"{found['first_seconds']:.0f} s and {found['first_bytes'] / 1e6:.1f} MB at the first "
        f"visit, {found['second_seconds']:.0f} s and {found['second_bytes'] / 1e6:.1f} MB at the "
        "second, when the browser has kept the files.\n\n"
    )


def main() -> int:
    """Read what was measured, and write it into the page."""
    paths = sorted(FOUND.glob("*.json"))
    if not paths or not BUILT.is_file():
        sys.exit("first: make live && .venv/bin/python -m pytest tests/book/test_live_chapters.py")
    rows = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
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

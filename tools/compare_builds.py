"""Build the book twice and compare the two, file by file. ``make reproducible``.

The same sources give the same pages. What may differ is named in ``MAY_DIFFER``, with the reason,
and made alike before two files are compared. Every other difference is listed, and the status is 1.

    python tools/compare_builds.py ONE OTHER    compare two built sites
    python tools/compare_builds.py              build it twice, in two folders, and compare
    python tools/compare_builds.py --page chapters/05_factorising_m_star.ipynb [--page ...]
                                                these pages alone

A build here is a clean one, and executes all notebooks: all of it takes twice as long as `make
book`. The two have other hash seeds, time zones and places on the disk.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from build_page import contents

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("_config.yml", "_toc.yml", "references.bib", "pyproject.toml")
FOLDERS = ("assets", "assignments", "benchmarks/results", "chapters", "w2vbook", "w2vlib")
SHOWN = 12  # lines of a file's difference
LONGEST = 200  # characters of such a line


@dataclass(frozen=True)
class Allowed:
    """What may differ between two builds."""

    files: str
    found: re.Pattern[str]
    reason: str


MAY_DIFFER = (
    Allowed(
        r"chapters/C_notation_and_setup\.html",
        re.compile(r'(?<=id="seconds-and-memory").*?</table>', re.DOTALL),
        "seconds and memory of each notebook, measured at the build",
    ),
)


def alike(name: str, text: str) -> str:
    """Return a file's text without what may differ."""
    for one in MAY_DIFFER:
        if re.fullmatch(one.files, name):
            text = one.found.sub(f"({one.reason})", text)
    return text


def files(site: Path) -> set[str]:
    """Return the names of a site's files."""
    return {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}


def differences(one: Path, other: Path) -> Iterator[str]:
    """Yield a line or a few for each file that only one site has, or that is not the same."""
    names = files(one), files(other)
    for name in sorted(names[0] ^ names[1]):
        yield f"{name}: only in the {'first' if name in names[0] else 'second'}"
    for name in sorted(names[0] & names[1]):
        data = (one / name).read_bytes(), (other / name).read_bytes()
        if data[0] == data[1]:
            continue
        try:
            first, second = (alike(name, each.decode("utf-8")) for each in data)
        except UnicodeDecodeError:
            yield f"{name}: {len(data[0])} and {len(data[1])} bytes, not the same"
            continue
        if first != second:
            yield "\n".join([f"{name}:", *changed_lines(first, second)])


def changed_lines(first: str, second: str) -> list[str]:
    """Return the first lines that differ, cut around the place where they do."""
    lines = unified_diff(first.split("\n"), second.split("\n"), lineterm="", n=0)
    changed = [line for line in lines if not re.match(r"---|\+\+\+|@@", line)]
    place = 0
    if len(changed) == 2:  # one line for another: what is alike before the difference says nothing
        pairs = enumerate(zip(*changed, strict=False))
        place = max(0, next((at for at, (a, b) in pairs if at and a != b), 0) - 61)
    shown = [f"  {line[0]} {line[1 + place :][:LONGEST]}" for line in changed[:SHOWN]]
    left = len(changed) - len(shown)
    return [*shown, f"  and {left} lines more"] if left else shown


def build(folder: Path, seed: int, pages: list[str]) -> Path:
    """Build the book from a copy of its sources in ``folder``; return the site."""
    for name in FOLDERS:
        leave = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
        shutil.copytree(ROOT / name, folder / name, ignore=leave)
    for name in SOURCES:
        shutil.copy(ROOT / name, folder)
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", str(folder), "--all"]
    if pages:
        (folder / "_toc.yml").write_text(contents(pages), encoding="utf-8")
    else:
        command += ["-W", "-n", "--keep-going"]
    changes = {
        "PYTHONPATH": str(folder),
        "PYTHONHASHSEED": str(seed),
        "TZ": f"UTC{seed}",
        "JUPYTER_PREFER_ENV_PATH": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
    with (folder / "build.log").open("w", encoding="utf-8") as log:
        done = subprocess.run(
            command,
            env={**os.environ, **changes},
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        told = (folder / "build.log").read_text(encoding="utf-8").splitlines()[-30:]
        sys.exit("\n".join([*told, f"a build failed with status {done.returncode}"]))
    return folder / "_build" / "html"


def compare(one: Path, other: Path) -> int:
    """Print what differs; return the status."""
    found = list(differences(one, other))
    for each in found:
        print(each)
    count = len(files(one) | files(other))
    print(f"{count} files compared, {len(found)} differ. Not compared:")
    for exception in MAY_DIFFER:
        print(f"  {exception.reason}")
    return 1 if found else 0


def main() -> int:
    """Read the command line and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sites", nargs="*", type=Path, help="two built sites")
    parser.add_argument("--page", action="append", default=[], help="build this page alone")
    asked = parser.parse_args()
    if len(asked.sites) == 2:
        for site in asked.sites:
            if not site.is_dir():
                parser.error(f"{site}: no such folder")
        return compare(*asked.sites)
    if asked.sites:
        parser.error("name two built sites, or none to build them")
    with tempfile.TemporaryDirectory() as folder:
        places = [Path(folder, "a"), Path(folder, "another", "place")]
        sites = []
        for seed, place in enumerate(places, 1):
            place.mkdir(parents=True)
            print(f"build {seed} of 2", flush=True)
            sites.append(build(place, seed, asked.page))
        return compare(*sites)


if __name__ == "__main__":
    sys.exit(main())

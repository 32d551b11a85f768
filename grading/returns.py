"""Feedback back to Canvas and Moodle: a zip whose names are those of their download."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

from .files import atomic_write

_DATE = (1980, 1, 1, 0, 0, 0)


def write_zips(folder: Path, results: dict[str, dict[str, Any]]) -> None:
    """Write ``feedback-canvas.zip`` and ``feedback-moodle.zip``, of those who came from there."""
    names: dict[str, dict[str, Path]] = {"canvas": {}, "moodle": {}}
    for student, result in sorted(results.items()):
        page, came_as = folder / "feedback" / f"{student}.html", result.get("came_as", "")
        if came_as and page.is_file():
            kind = "moodle" if "_assignsubmission_" in came_as.casefold() else "canvas"
            names[kind][back_name(came_as, result["assignment"])] = page
    for kind, pages in names.items():
        if pages:
            with (
                atomic_write(folder / f"feedback-{kind}.zip") as out,
                zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
            ):
                for name, page in pages.items():
                    archive.writestr(zipfile.ZipInfo(name, _DATE), page.read_bytes())


def back_name(came_as: str, assignment: str) -> str:
    r"""Return the name in the zip of the feedback on what came under a name.

    >>> back_name("roejane_4711_99_a1 (2).ipynb", "a1")
    'roejane_4711_99_a1 (2).html'
    >>> back_name("Jane Roe_4711_assignsubmission_file_", "a1")
    'Jane Roe_4711_assignsubmission_file_/a1.html'
    """
    came_as = re.sub(r"[\x00-\x1f\\/:\ud800-\udfff]", "-", came_as)
    if came_as.lower().endswith(".ipynb"):
        return f"{came_as[:-6]}.html"
    return f"{came_as}/{assignment}.html"

"""What compares two builds sees each kind of difference, and nothing where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from scripts import load_script

load_script("tools/build_page.py")  # which compare_builds imports
compare_builds = load_script("tools/compare_builds.py")

TABLE = '<section id="seconds-and-memory"><table><td><p>{}</p></td></table>{}</section>'
PAGES = {
    "chapters/01.html": "<p>\nsame\n</p>",
    "chapters/C_notation_and_setup.html": TABLE.format(12, "after"),
    "_images/one.webp": b"\xff\x00one",
}


def write(folder: Path, **changes: str | bytes | None) -> Path:
    for name, content in {**PAGES, **changes}.items():
        if content is not None:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, []),
        ({"chapters/C_notation_and_setup.html": TABLE.format(13, "after")}, []),
        (
            {"chapters/C_notation_and_setup.html": TABLE.format(13, "later")},
            ["chapters/C_notation_and_setup.html:"],
        ),
        ({"chapters/01.html": "<p>\nother\n</p>"}, ["chapters/01.html:\n  - same\n  + other"]),
        ({"_images/one.webp": b"\xff\x00two"}, ["_images/one.webp: 5 and 5 bytes, not the same"]),
        ({"chapters/01.html": None}, ["chapters/01.html: only in the first"]),
        ({"new.js": "x"}, ["new.js: only in the second"]),
    ],
)
def test_differences_are_found(
    change: dict[str, str | bytes | None], told: list[str], tmp_path: Path
) -> None:
    one, other = write(tmp_path / "one"), write(tmp_path / "other", **change)
    found = list(compare_builds.differences(one, other))
    assert len(found) == len(told)
    assert all(text.startswith(start) for text, start in zip(found, told, strict=True))
    assert compare_builds.compare(one, other) == bool(told)


def test_a_long_line_is_shown_where_it_differs() -> None:
    same = "x" * 5000
    assert compare_builds.changed_lines(f"{same}abc{same}", f"{same}abd{same}")[0].endswith(
        "x" * 58 + "abc" + "x" * 139
    )

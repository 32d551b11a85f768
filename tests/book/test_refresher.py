"""The mathematics refresher: its examples are run, so that none can be wrong."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "chapters" / "E_mathematics.md"


def test_every_example_prints_what_it_says() -> None:
    failed, run = doctest.testfile(str(PAGE), module_relative=False)
    assert run > 30
    assert failed == 0


def test_every_section_has_a_check_and_names_its_chapters() -> None:
    _, *sections = PAGE.read_text(encoding="utf-8").split("\n## ")
    for text in sections:
        title = text.partition("\n")[0]
        assert ">>> print" in text or ">>>     print" in text or "...     print" in text, title
        assert re.search(r"\(Chapters? \d", text), title

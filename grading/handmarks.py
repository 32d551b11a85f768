"""Which text a mark by hand was given for: what was rewritten since is to be looked at again.

``OUT/NAME/graded_texts.json`` holds, for each student and cell that people grade, a digest of the
text as it was last shown, the mark as it was last read, and a digest of the text that it was given
for: the one shown before the mark appeared, or changed.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from .files import atomic_write

FILE = "graded_texts.json"


def changed_since_graded(
    folder: Path,
    results: dict[str, dict[str, Any]],
    marks: dict[str, dict[str, tuple[float, str]]],
) -> dict[str, list[str]]:
    """Return by student the cells whose mark was given for another text, and keep what is known.

    A mark that is changed, be it in its comment alone, is one for the text shown last.
    """
    known, changed = _known(folder / FILE), {}  # type: dict[str, Any], dict[str, list[str]]
    for student, result in results.items():
        if result["status"] != "graded":
            continue
        for grade_id, text in result["written"].items():
            now = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
            before = known.setdefault(student, {}).get(grade_id, {})
            mark = list(marks.get(student, {}).get(grade_id, ()))
            seen = before.get("text" if mark != before.get("mark") else "graded") or now
            known[student][grade_id] = {"text": now, "mark": mark, "graded": mark and seen}
            if mark and seen != now:
                changed.setdefault(student, []).append(grade_id)
    folder.mkdir(parents=True, exist_ok=True)
    with atomic_write(folder / FILE) as file:
        file.write((json.dumps(known, indent=1, sort_keys=True) + "\n").encode("ascii"))
    return changed


def _known(path: Path) -> dict[str, Any]:
    try:
        known = json.loads(path.read_text(encoding="ascii"))
        return known if isinstance(known, dict) else {}
    except (OSError, ValueError):
        return {}

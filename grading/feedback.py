"""One page for each student, and a fuller one for the instructor: self-contained, nothing to run.

Whatever comes from a submission is escaped, and cut where it is longer than people read. The
student's page holds no line of a hidden test. It shows what cells printed up to the first hidden
test; after that a cell may have seen with what a hidden test called its functions, so of a later
answer it says only whether it ran, in one of a few fixed sentences, and of added cells nothing.
"""

from __future__ import annotations

import html
from typing import Any

from .masters import HIDDEN, Master, without
from .pages import pictures

Result = dict[str, Any]
MAX_SHOWN = 20_000  # characters of one cell
MAX_WRITTEN = 50_000  # characters of one answer that people grade
_CLOSED = (
    "A hidden test has run. From here on a cell may know what a hidden test passes to your "
    "functions, so its output is not repeated; run it yourself to see it."
)
_CHANGED = (
    "Text changed since graded: these points were given for an earlier text. To keep them, "
    "say so in the comment of manual.csv; to change them, change them there."
)
_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 1rem auto; padding: 0 1rem; }
pre { overflow-x: auto; padding: .6rem; border: 1px solid #8886; border-radius: 4px;
      white-space: pre-wrap; overflow-wrap: anywhere; font-size: 14px; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #8886;
         vertical-align: top; }
h1, h2, h3, p, li, td.says { overflow-wrap: anywhere; }
td.points { white-space: nowrap; }
@media (max-width: 34rem) {
  tr { display: flex; flex-wrap: wrap; border-bottom: 1px solid #8886; }
  td, th { border: 0; }
  td:first-child, th:first-child { flex: 1; }
  td.says { flex: 0 0 100%; padding-top: 0; }
  td.says:empty, th.says { display: none; }
}
img { max-width: 100%; background: white; }
"""


def points_text(points: float) -> str:
    """Return points as people write them.

    >>> points_text(2.0), points_text(1.25)
    ('2', '1.25')
    """
    return f"{points:.2f}".rstrip("0").rstrip(".")


def page(
    master: Master,
    result: Result,
    marks: dict[str, tuple[float, str]],
    *,
    full: bool,
    late: str = "",
) -> str:
    """Return the page of a result; ``marks`` holds the points and comments given by hand."""
    esc = html.escape
    title = f"{master.name}: {result['student']}"
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">",
        f"<title>{esc(title)}</title><style>{_STYLE}</style></head><body><main><h1>{esc(title)}</h1>",
    ]
    if result["status"] == "graded":
        parts.append(_summary(master, result, marks))
        parts.append(f"<p><strong>{esc(late)}</strong></p>" if late else "")
    if result["trouble"]:
        parts.append(f"<p><strong>Not graded:</strong> {esc(result['trouble'])}</p>")
    if result["notes"]:
        notes = "".join(f"<li>{esc(note)}</li>" for note in result["notes"])
        parts.append(f"<h2>Noticed</h2><ul>{notes}</ul>")
    if result["status"] == "graded":
        parts += [_table(master, result), _by_hand(master, result, marks, full=full)]
    if result["steps"]:
        parts += ["<h2>Cell by cell</h2>", *_cells(master, result, full=full)]
    return "\n".join([*parts, "</main></body></html>", ""])


def _summary(master: Master, result: Result, marks: dict[str, tuple[float, str]]) -> str:
    by_hand = sum(points for points, _ in marks.values())
    total = result["auto"] + by_hand
    open_points = sum(c.points for c in master.of_role("manual") if c.grade_id not in marks)
    text = f"{points_text(total)} of {points_text(master.max_auto + master.max_manual)} points"
    if open_points:
        text += f" so far; {points_text(open_points)} are still to be given by hand"
    return f"<p><strong>{text}</strong></p>"


def _shown(text: str, most: int = MAX_SHOWN) -> str:
    """Return a text as a preformatted block, cut to size."""
    if len(text) > most:
        text = f"{text[:most]}\n[{len(text) - most:,} more characters are in the notebook]"
    return f"<pre>{html.escape(text, quote=False)}</pre>"


def _table(master: Master, result: Result) -> str:
    titles = master.titles
    outcomes = {step["grade_id"]: step for step in result["steps"] if step["kind"] == "test"}
    rows = []
    for cell in master.of_role("test"):
        step = outcomes.get(cell.grade_id, {})
        score = result["scores"].get(cell.grade_id, 0.0)
        verdict = "passed" if step.get("passed") else "failed" if step else "not run"
        points = f"{points_text(score)} / {points_text(cell.points)}"
        message = html.escape(step.get("message") or "")
        name = html.escape(titles[cell.grade_id])
        rows.append(
            f"<tr><td>{name}</td><td>{verdict}</td>"
            f'<td class="points">{points}</td><td class="says">{message}</td></tr>'
        )
    head = '<tr><th>test</th><th></th><th>points</th><th class="says">what it says</th></tr>'
    return f"<h2>Tests</h2><table>{head}{''.join(rows)}</table>"


def _by_hand(
    master: Master, result: Result, marks: dict[str, tuple[float, str]], *, full: bool
) -> str:
    parts, titles = [], master.titles
    for cell in master.of_role("manual"):
        points, comment = marks.get(cell.grade_id, (None, ""))
        given = "not graded yet" if points is None else f"{points_text(points)} points"
        name = html.escape(titles[cell.grade_id])
        parts.append(f"<h3>{name}: {given}, of {points_text(cell.points)}</h3>")
        parts.append(f"<p>{html.escape(comment)}</p>" if comment else "")
        text = result["written"].get(cell.grade_id, "")
        if full and cell.grade_id in result.get("changed", ()):
            parts.append(f"<p><strong>{_CHANGED}</strong></p>")
        parts.append(_shown(text, MAX_WRITTEN) if text else "<p>Left blank.</p>")
        if full:
            source = _shown(cell.source)
            parts.append(f"<details><summary>The master</summary>{source}</details>")
    return f"<h2>Graded by hand</h2>{''.join(parts)}" if parts else ""


def _cells(master: Master, result: Result, *, full: bool) -> list[str]:
    parts, hidden, titles = [], False, master.titles
    released = {cell.grade_id: cell.released for cell in master.of_role("test")}
    last = {step["grade_id"]: number for number, step in enumerate(result["steps"])}
    for number, step in enumerate(result["steps"]):
        source = step["source"] if full else released.get(step["grade_id"], step["source"])
        what = {"answer": "your cell", "extra": "a cell you added", "test": "test"}.get(
            step["kind"]
        )
        if full or what:
            name = titles.get(step["grade_id"], step["grade_id"])
            name = html.escape(f"{what or 'the course'}{': ' if name else ''}{name}")
            parts.append(f"<h3>{name}</h3>{_shown(source)}")
        if step["kind"] == "test":
            says = "passed" if step.get("passed") else step.get("message") or "failed"
            detail = f" [{step.get('detail')}]" if full and step.get("detail") else ""
            parts.append(f"<p>{html.escape(says + detail)}</p>")
            if not hidden and without(step["source"], HIDDEN) != step["source"]:
                hidden = True
                parts += [] if full else [f"<p><em>{_CLOSED}</em></p>"]
        elif full or (what and not hidden):
            parts += _outputs(step)
        elif step["kind"] == "answer" and last[step["grade_id"]] == number:  # of copies one speaks
            parts.append(f"<p><strong>{html.escape(became_of(step))}</strong></p>")
    return parts


def became_of(step: Result) -> str:
    """Say in one of a few fixed sentences what became of a cell that may know a hidden test.

    A submission chooses which of them is said: that is all that it can tell by a cell.

    >>> became_of({"error": {"name": "Told_1_2_3", "message": "4", "line": 56, "ours": False}})
    'It raised an exception.'
    """
    error = step.get("error")
    if not error:
        return "It ran."
    if error["name"] == "OutOfTimeError" and error.get("ours"):
        return f"It was {error['message']}."
    if error["name"] in ("The kernel died", "Not run") and error.get("ours"):
        return f"{error['name']}."
    return "It ran out of memory." if error["name"] == "MemoryError" else "It raised an exception."


def _outputs(step: Result) -> list[str]:
    parts, error = [], step.get("error")
    parts += [_shown(step["text"], 2 * MAX_SHOWN)] if step.get("text") else []
    parts += pictures(step)
    if error:
        where = f" in line {error['line']}" if error.get("line") else ""
        says = f": {error['message']}" if error["message"] else ""
        parts.append(f"<p><strong>{html.escape(error['name'] + where + says)}</strong></p>")
    return parts

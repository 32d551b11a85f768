"""The class on one page: its scores, what each test tells apart, and the commonest slips.

The page names no student.
"""

from __future__ import annotations

import html
import math
from collections import Counter
from typing import Any

import numpy as np

from .feedback import points_text
from .masters import Cell, Master
from .pages import frame, table

Result = dict[str, Any]
Marks = dict[str, dict[str, tuple[float, str]]]
MOST_SLIPS = 15
BINS = 10


def class_page(master: Master, results: dict[str, Result], marks: Marks) -> str:
    """Return the page; ``marks`` holds the points by hand, late days are not taken off."""
    graded = {who: one for who, one in results.items() if one["status"] == "graded"}
    others = len(results) - len(graded)
    parts = [f"<p>{len(graded)} graded, {others} not. Only the graded count below.</p>"]
    if graded:
        tests, manual = master.of_role("test"), master.of_role("manual")
        points = {
            cell.grade_id: np.array(
                [one["scores"].get(cell.grade_id, 0.0) for one in graded.values()]
            )
            for cell in tests
        }
        for cell in manual:
            given = [marks.get(who, {}).get(cell.grade_id, (math.nan, ""))[0] for who in graded]
            points[cell.grade_id] = np.array(given, dtype=float)
        total = np.nansum(list(points.values()), axis=0)
        waiting = int(sum(np.isnan(points[cell.grade_id]).sum() for cell in manual))
        parts += _scores(total, master.max_auto + master.max_manual, waiting)
        parts += [_items(master, tests, manual, points, total), *_slips(master, graded)]
    return "".join(frame(f"{master.name}: the class", parts))


def _scores(total: np.ndarray, most: float, waiting: int) -> list[str]:
    n = len(total)
    says = f"Mean {points_text(total.mean())} of {points_text(most)} points"
    if n > 1:
        says += f" (standard deviation {points_text(total.std(ddof=1))})"
    says += (
        f", median {points_text(float(np.median(total)))}, "
        f"from {points_text(total.min())} to {points_text(total.max())}; "
        "nothing is taken off for lateness."
    )
    if waiting:
        says += f" {waiting} answers wait for points by hand, and count as 0 here."
    counts, edges = np.histogram(total, bins=BINS, range=(0, most))
    rows = []
    for k, count in enumerate(counts):
        last = " to " if k == len(counts) - 1 else " to below "
        bar = f'<span class="bar" style="width:{10 * count / max(counts):.2f}rem"></span>'
        rows.append(
            [
                f"{points_text(edges[k])}{last}{points_text(edges[k + 1])}",
                str(count),
                bar if count else "",
            ]
        )
    head = ["points", "students", "as a bar"]
    return [
        f"<h2>Scores</h2><p>{says}</p>",
        table("How many students have how many points", head, rows, numbers={1}),
    ]


def discrimination(item: np.ndarray, rest: np.ndarray) -> float:
    """Return the correlation of an item's points with the points of all the rest; NaN if none.

    >>> round(discrimination(np.array([0.0, 1, 1, 0]), np.array([1.0, 4, 3, 2])), 2)
    0.89
    """
    known = ~np.isnan(item)
    item, rest = item[known], rest[known]
    if len(item) < 3 or np.ptp(item) == 0 or np.ptp(rest) == 0:
        return math.nan
    return float(np.corrcoef(item, rest)[0, 1])


def by_chance(n: int) -> float:
    """Return within what bound 95 % of the correlations of n unrelated pairs lie (Fisher's z).

    >>> round(by_chance(100), 2), by_chance(3)
    (0.2, 1.0)
    """
    return math.tanh(1.96 / math.sqrt(n - 3)) if n > 3 else 1.0


def _items(
    master: Master,
    tests: list[Cell],
    manual: list[Cell],
    points: dict[str, np.ndarray],
    total: np.ndarray,
) -> str:
    n, rows = len(total), []
    for cell in [*tests, *manual]:
        mine = points[cell.grade_id]
        known = mine[~np.isnan(mine)]
        r = discrimination(mine, total - np.nan_to_num(mine))
        if cell.role == "test":
            passed = int((known > 0).sum())
            rate = f"{passed} of {n} pass ({100 * passed / n:.0f} %)"
        else:
            rate = (
                f"mean {points_text(known.mean())}, {len(known)} of {n} graded"
                if len(known)
                else "not graded yet"
            )
        rows.append(
            [
                html.escape(master.titles[cell.grade_id]),
                points_text(cell.points),
                rate,
                "none" if math.isnan(r) else f"{r:.2f}",
            ]
        )
    bound = by_chance(n)
    says = (
        "Discrimination is the correlation of a test's points with the points of all the rest: "
        "high where those who pass do well elsewhere. "
    )
    if bound < 1:
        says += (
            f"Among {n} students chance alone keeps 95 % of such numbers between −{bound:.2f} and "
            f"{bound:.2f}: read nothing into what lies there. A test far below 0 deserves a look: "
            "it may punish a right answer."
        )
    else:
        says += "With so few students it says nothing."
    head = ["test or question", "points", "result", "discrimination"]
    return f"<h2>Tests and questions</h2><p>{says}</p>" + table(
        "What each test and question tells apart", head, rows, numbers={1, 3}
    )


def _slips(master: Master, graded: dict[str, Result]) -> list[str]:
    tests = {cell.grade_id for cell in master.of_role("test")}
    counts = Counter(
        (step["grade_id"], str(step.get("message") or "failed")[:300])
        for one in graded.values()
        for step in one["steps"]
        if step.get("kind") == "test" and not step.get("passed") and step.get("grade_id") in tests
    )
    least = 2 if len(graded) > 1 else 1
    rows = [
        [html.escape(master.titles[name]), f"{count} of {len(graded)}", html.escape(says)]
        for (name, says), count in counts.most_common(MOST_SLIPS)
        if count >= least
    ]
    if not rows:
        return ["<h2>Commonest slips</h2><p>No two students were told the same.</p>"]
    head = ["test", "students", "what they were told"]
    return [
        "<h2>Commonest slips</h2>",
        table("What tests said most often", head, rows, numbers={1}),
    ]

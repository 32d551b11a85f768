"""A small course for the tests of the grader: one master, and what students make of it."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest

from grading import grade, masters, png, submissions
from grading.masters import HIDDEN, without

NAME = "a0_small"
SETUP = """\
import numpy as np

import w2vlib
from w2vbook.course import personal_rng

counts = personal_rng(STUDENT, "a0_small").integers(1, 50, size=(4, 4))
counts = counts + counts.T"""
SHARES = '''\
def shares(counts, *, axis=None):
    """Return the counts as shares."""
    ### BEGIN SOLUTION
    return counts / counts.sum(axis=axis, keepdims=axis is not None)
    ### END SOLUTION'''
SHARES_TEST = """\
p = shares(counts)
assert p.shape == (4, 4), "shares() returns one share for each count"
assert np.isclose(p.sum(), 1)
### BEGIN HIDDEN TESTS
secret = np.arange(6.0).reshape(2, 3) + 1
assert np.allclose(shares(secret, axis=1), secret / secret.sum(axis=1, keepdims=True)), (
    "with axis=1 each row sums to 1"
)
### END HIDDEN TESTS"""
TOP = """\
# The first eigenvector of counts, of length 1.
### BEGIN SOLUTION
top = np.linalg.eigh(counts)[1][:, -1]
### END SOLUTION"""
TOP_TEST = """\
assert top.shape == (4,), "top has one entry for each word"
### BEGIN HIDDEN TESTS
key = np.linalg.eigh(counts)[1][:, -1]
assert np.isclose(abs(top @ key), 1), "top is not the first eigenvector; its sign does not count"
assert np.isclose(top @ top, 1)
### END HIDDEN TESTS"""
BIG = """\
# The factorial of 30 as an int, and the smallest share.
### BEGIN SOLUTION
import math
big = math.factorial(30)
smallest = {"share": shares(counts).min(), "words": ("a", None)}
### END SOLUTION"""
BIG_TEST = """\
assert isinstance(big, int), "big is a whole number"
### BEGIN HIDDEN TESTS
assert big == math.factorial(30)
assert smallest["share"] == (counts / counts.sum()).min()
### END HIDDEN TESTS"""
FIGURE = """\
# A figure of counts.
### BEGIN SOLUTION
import matplotlib.pyplot as plt
plt.imshow(counts)
plt.show()
### END SOLUTION"""
ESSAY = """\
### BEGIN SOLUTION
Rubric: two points for the word eigenvalue anywhere.
### END SOLUTION"""


def cell(source: str, kind: str = "code", **given: Any) -> dict[str, Any]:
    """Return a cell in nbgrader's format, or a plain one."""
    metadata: dict[str, Any] = {}
    if given:
        defaults = {"grade": False, "solution": False, "locked": False, "task": False}
        metadata["nbgrader"] = defaults | {"schema_version": 3, "cell_type": kind} | given
    made = {"cell_type": kind, "id": given.get("grade_id", "prose"), "metadata": metadata}
    made["source"] = source
    return made | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def cells() -> list[dict[str, Any]]:
    """Return the cells of the master."""

    def solution(grade_id: str, source: str) -> dict[str, Any]:
        return cell(source, grade_id=grade_id, solution=True)

    def test(grade_id: str, source: str, points: float) -> dict[str, Any]:
        return cell(source, grade_id=grade_id, grade=True, locked=True, points=points)

    return [
        cell("# A small assignment", "markdown"),
        solution("student", 'STUDENT = "your-id"'),
        cell(SETUP, grade_id="set-up", locked=True),
        solution("shares", SHARES),
        test("shares-test", SHARES_TEST, 2),
        solution("top", TOP),
        test("top-test", TOP_TEST, 3),
        solution("big", BIG),
        test("big-test", BIG_TEST, 1),
        cell(FIGURE, grade_id="figure", solution=True, grade=True, points=2),
        cell(ESSAY, "markdown", grade_id="essay", solution=True, grade=True, points=2),
    ]


def notebook(its_cells: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a notebook of these cells."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": its_cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def write(path: Path, its_cells: list[dict[str, Any]]) -> Path:
    """Write a notebook of these cells."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook(its_cells)), encoding="utf-8")
    return path


def answered(**sources: str) -> list[dict[str, Any]]:
    """Return the cells of a right submission, with other sources for some cells."""
    result = cells()
    for one in result:
        grade_id = one["metadata"].get("nbgrader", {}).get("grade_id", "")
        source = sources.get(grade_id.replace("-", "_"), one["source"])
        source = "I say eigenvalue." if grade_id == "essay" else without(source, HIDDEN)
        one["source"] = "\n".join(line for line in source.split("\n") if "### " not in line)
    return result


def picture(width: int, height: int, *more: tuple[bytes, bytes]) -> bytes:
    """Return a small PNG that says it is of this size; ``more`` chunks stand before its pixels."""
    size = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0" * (1 + width // 8))
    data = png.SIGNATURE
    for kind, body in ((b"IHDR", size), *more, (b"IDAT", pixels), (b"IEND", b"")):
        data += (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )
    return data


def only_master(folder: Path, monkeypatch: pytest.MonkeyPatch) -> masters.Master:
    """Write the small master, make it the only one that the course knows, and return it."""
    monkeypatch.setattr(masters, "SOURCE", folder / "source")
    return masters.read(write(folder / "source" / NAME / f"{NAME}.ipynb", cells()))


def result_of(master: masters.Master, student: str, **more: Any) -> dict[str, Any]:
    """Return a result with 3 points by test."""
    submission = submissions.Submission(student, Path(f"{student}.ipynb"))
    graded = {"status": "graded", "auto": 3.0, "sha256": student, "seconds": 0.0}
    return grade.not_graded(master, submission, "") | graded | more

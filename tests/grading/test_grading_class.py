"""What the instructor reads of a class: statistics, questions by hand, answers that are alike."""

from __future__ import annotations

import doctest
import re
from pathlib import Path
from typing import Any

import grading_course as course
import numpy as np
import pytest

from grading import alike, by_hand, classpage, manual, masters, report
from grading.alike import likeness, pieces
from grading.tables import ReportError


@pytest.fixture
def master(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> masters.Master:
    """Return the small master, the only one that the course knows."""
    return course.only_master(tmp_path, monkeypatch)


def result_of(master: masters.Master, student: str, **passed: bool) -> dict[str, Any]:
    """Return a result whose tests passed or failed as said."""
    points = {cell.grade_id: cell.points for cell in master.of_role("test")}
    steps = [
        {"kind": "test", "grade_id": name, "source": "", "passed": ok, "message": f"<{name}> off"}
        for name, ok in ((name.replace("_", "-"), ok) for name, ok in passed.items())
    ]
    scores = {step["grade_id"]: points[step["grade_id"]] * step["passed"] for step in steps}
    written = {"figure": "plt.plot()", "essay": f"I am {student}."}
    more = {"steps": steps, "scores": scores, "auto": sum(scores.values()), "written": written}
    return course.result_of(master, student, **more)


def cells_of(page: str, name: str) -> list[str]:
    row = re.search(rf'<th scope="row">{re.escape(name)}</th>(.*?)</tr>', page)
    assert row, name
    return re.findall(r"<td[^>]*>(.*?)</td>", row[1])


# The class


@pytest.mark.parametrize("students", [0, 1, 2, 12])
def test_class_page_works_for_classes_of_any_size(master: masters.Master, students: int) -> None:
    results = {
        f"s{i}": result_of(master, f"s{i}", shares_test=i % 2 == 0, top_test=i % 3 == 0)
        for i in range(students)
    }
    results["lost"] = result_of(master, "lost") | {"status": "not graded"}
    page = classpage.class_page(master, results, {})
    assert f"{students} graded, 1 not." in page
    assert ("Mean" in page) is (students > 0)
    assert ("With so few students it says nothing" in page) is (0 < students < 4)
    assert "nan" not in page
    assert "s1<" not in page


def test_numbers_of_the_class_page(master: masters.Master) -> None:
    right = [(True, True), (True, True), (True, False), (True, False), (False, False)]
    results = {
        f"s{i}": result_of(master, f"s{i}", shares_test=a, top_test=b)
        for i, (a, b) in enumerate(right)
    }
    marks = {"s0": {"essay": (2.0, "")}, "s1": {"essay": (1.0, "")}}
    page = classpage.class_page(master, results, marks)
    total = np.array([7, 6, 2, 2, 0])
    assert (
        f"Mean {total.mean():g} of 10 points (standard deviation {total.std(ddof=1):.2f})" in page
    )
    assert "median 2, from 0 to 7" in page
    assert "8 answers wait for points by hand" in page
    titles = master.titles
    rest = total - np.array([2, 2, 2, 2, 0])
    r = np.corrcoef([1, 1, 1, 1, 0], rest)[0, 1]
    assert cells_of(page, titles["shares-test"]) == ["2", "4 of 5 pass (80 %)", f"{r:.2f}"]
    assert cells_of(page, titles["big-test"])[1:] == ["0 of 5 pass (0 %)", "none"]
    assert cells_of(page, titles["essay"])[1] == "mean 1.5, 2 of 5 graded"
    assert cells_of(page, "2 to below 3")[0] == "2"
    slips = page[page.index("Commonest slips") :]
    assert cells_of(slips, titles["top-test"]) == ["3 of 5", "&lt;top-test&gt; off"]
    assert "shares-test&gt; off" not in slips  # of one student alone


def test_chance_bound_holds_what_chance_makes() -> None:
    rng = np.random.default_rng(0)
    found = [
        classpage.discrimination(rng.standard_normal(30), rng.standard_normal(30))
        for _ in range(2000)
    ]
    assert 0.93 < np.mean(np.abs(found) < classpage.by_chance(30)) < 0.97


# By hand


def test_questions_are_graded_one_after_the_other_under_codes(
    master: masters.Master, tmp_path: Path
) -> None:
    results = {name: result_of(master, name) for name in ("ada", "bob", "cleo")}
    evil = {"kind": "answer", "grade_id": "figure", "source": "", "text": "<b>", "figures": ['">']}
    below = evil | {"kind": "extra", "grade_id": "", "text": "below", "figures": ["aGk="]}
    results["ada"]["steps"] = [evil, below, evil | {"grade_id": "top", "text": "another"}]
    report.write_all(tmp_path, master, results, [], anonymous=True)
    folder = tmp_path / master.name
    codes = {student: code for code, student in by_hand.read_codes(folder).items()}
    assert set(codes) == set(results)
    lines = (folder / "manual.csv").read_text(encoding="utf-8").splitlines()
    order = sorted(codes.values())
    assert [line.split(",")[:2] for line in lines[1:]] == [
        *([code, "figure"] for code in order),
        *([code, "essay"] for code in order),
    ]
    page = (folder / "by_hand" / "figure.html").read_text(encoding="utf-8")
    assert re.findall(r"<h2>(.*?)</h2>", page) == order
    assert not any(name in page for name in results)
    assert "&lt;b&gt;" in page
    assert "below" in page
    assert "data:image/png;base64,aGk=" in page
    assert "another" not in page
    assert 'base64,"' not in page
    essay = (folder / "by_hand" / "essay.html").read_text(encoding="utf-8")
    assert "Rubric: two points for the word eigenvalue anywhere." in essay
    assert "I am cleo." in essay

    text = (folder / "manual.csv").read_text(encoding="utf-8")
    (folder / "manual.csv").write_text(
        text.replace(f"{codes['bob']},essay,,", f"{codes['bob'].upper()},essay,1.5,fine"),
        encoding="utf-8",
    )
    before = (folder / "codes.csv").read_bytes()
    results["dan"] = result_of(master, "dan")
    report.write_all(tmp_path, master, results, [])  # still under codes
    assert manual.read_manual(folder, master)[0] == {"bob": {"essay": (1.5, "fine")}}
    assert (folder / "codes.csv").read_bytes().startswith(before)
    assert "dan" not in (folder / "manual.csv").read_text(encoding="utf-8")
    assert "Given so far: 1.5 points: fine" in (folder / "by_hand" / "essay.html").read_text(
        encoding="utf-8"
    )
    report.write_all(tmp_path, master, results, [], anonymous=False)
    shown = (folder / "by_hand" / "essay.html").read_text(encoding="utf-8")
    assert re.findall(r"<h2>(.*?)</h2>", shown) == ["ada", "bob", "cleo", "dan"]
    assert manual.read_manual(folder, master)[0] == {"bob": {"essay": (1.5, "fine")}}


@pytest.mark.parametrize(
    "rows", ["ada,anon-b\nbob,anon-b", "ada,anon-b\nada,anon-c", "ada,", ",anon-b"]
)
def test_damaged_codes_are_refused(master: masters.Master, tmp_path: Path, rows: str) -> None:
    (tmp_path / "codes.csv").write_text(f"student_id,code\n{rows}\n")
    with pytest.raises(ReportError, match=r"codes.csv, line .*restore it"):
        by_hand.read_codes(tmp_path)


def test_two_rows_with_points_for_one_answer_are_refused(
    master: masters.Master, tmp_path: Path
) -> None:
    (tmp_path / "codes.csv").write_text("student_id,code\nada,anon-b\n")
    head = "student_id,grade_id,points,comment\n"
    (tmp_path / "manual.csv").write_text(head + "ada,essay,,\nanon-b,essay,1,\n")
    assert manual.read_manual(tmp_path, master)[0] == {"ada": {"essay": (1.0, "")}}
    (tmp_path / "manual.csv").write_text(head + "ada,essay,2,\nanon-b,essay,1,\n")
    with pytest.raises(ReportError, match="lines 2 and 3: both give ada points for essay"):
        manual.read_manual(tmp_path, master)


# Alike

# Each answer is a few steps, and there are several ways to take each of them.
WAYS = {
    "shares": [
        ["s = counts.sum(axis=axis)", "s = np.sum(counts, axis)", "s = sum(counts) if axis else 1"],
        ["if axis: s = s[:, None]", "s = np.expand_dims(s, -1) if axis == 1 else s"],
        ["return counts / s", "return np.divide(counts, s)", "return (counts.T / s.T).T"],
    ],
    "top": [
        ["w, v = np.linalg.eigh(counts)", "v = np.linalg.svd(counts)[0][:, ::-1]"],
        ["k = np.argmax(w)", "k = len(counts) - 1", "k = list(w).index(max(w))", "k = -1"],
        ["top = v[:, k]", "top = v.T[k]", "top = np.take(v, k, axis=1).ravel()"],
    ],
    "big": [
        ["big = 1", "import math; big = math.prod([1])", "numbers = list(range(1, 31)); big = 1"],
        ["for i in range(30): big *= i + 1", "i = 1\nwhile i <= 30:\n    big *= i\n    i += 1"],
        [
            "smallest = dict(share=shares(counts).min())",
            "smallest = {'share': shares(counts).min()}",
        ],
    ],
}
WORDS = "an eigenvalue is the factor by which a matrix stretches a direction of its own"


def honest_class(rng: np.random.Generator, n: int) -> dict[str, dict[str, str]]:
    """Return answers of students who each find their own ways, and their own words."""
    return {
        f"s{i}": {
            **{cell: "\n".join(rng.choice(way) for way in ways) for cell, ways in WAYS.items()},
            "essay": " ".join(rng.permutation(WORDS.split())),
        }
        for i in range(n)
    }


def disguised(answers: dict[str, str]) -> dict[str, str]:
    """Return a copy with other names of variables, other spacing and comments."""
    names = re.compile(r"\b([swvki]|numbers)\b")
    other = {
        cell: "# mine\n" + names.sub(r"my_\1", source).replace(", ", " ,")
        for cell, source in answers.items()
    }
    return {**other, "essay": answers["essay"].upper().replace(" ", "\n")}


def test_honest_classes_are_rarely_listed_and_a_disguised_copy_is(master: masters.Master) -> None:
    rng, listed, missed = np.random.default_rng(1), 0, 0
    for _ in range(15):
        answers = honest_class(rng, 12)
        found = likeness(master, answers)
        assert found is not None
        listed += bool(found.pairs)
        copied = answers | {"copy": disguised(answers["s3"])}
        again = likeness(master, copied)
        assert again is not None
        missed += ("copy", "s3") not in {pair.students for pair in again.pairs}
    assert listed <= 3  # by the null: one class in twenty
    assert missed <= 1


def test_what_the_notebook_gave_does_not_count(master: masters.Master) -> None:
    given = next(cell.source for cell in master.cells if cell.grade_id == "set-up")
    answers = {f"s{i}": {"top": f"x = {'+'.join('1' * (i + 2))}"} for i in range(8)}
    for who in ("s0", "s1"):
        answers[who] = {"top": given, "big": given}
    found = likeness(master, answers)
    assert found is not None
    assert found.pairs == ()


def test_small_classes_are_not_compared(master: masters.Master) -> None:
    answers = honest_class(np.random.default_rng(0), alike.FEWEST - 1)
    assert likeness(master, answers) is None
    assert "too few to tell" in alike.alike_page(master, None, answers)


def test_page_of_pairs_shows_both_and_accuses_nobody(master: masters.Master) -> None:
    answers = honest_class(np.random.default_rng(2), 12)
    answers["copy"] = disguised(answers["s3"]) | {"essay": answers["s3"]["essay"] + " <script>"}
    page = alike.alike_page(master, likeness(master, answers), answers)
    assert "copy and s3:" in page
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert not re.search("plagiar|cheat|dishonest|guilty|suspect|fraud", page, re.IGNORECASE)


@pytest.mark.parametrize(
    "source",
    [" " * 10**6, '"' * 10**6, '\\"' * 10**6, "a" * 10**6, "'''" + '"' * 10**6, ". " * 10**6],
)
def test_hostile_sources_are_cut_to_pieces_soon(source: str) -> None:
    more = " for x in range(3): if x > 2: return x + 1"
    assert pieces(source + more, is_code=True) == pieces(source, is_code=True)


def test_pages_that_fail_cost_nothing_else(
    master: masters.Master, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "likeness", lambda *args: 1 / 0)
    report.write_all(tmp_path, master, {"ada": result_of(master, "ada")}, ["log"])
    folder = tmp_path / master.name
    assert "no page of alike: ZeroDivisionError" in (folder / "grading.log").read_text()
    assert (folder / "class.html").is_file()
    assert "ada" in (folder / "scores.csv").read_text()


def test_examples_in_docstrings() -> None:
    for module in (alike, classpage):
        found = doctest.testmod(module)
        assert found.attempted > 0
        assert found.failed == 0

"""Assignments in the page: filled in, checked, downloaded, graded; and no solution in the site."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from accessibility import faults
from chromium import LONGEST
from conftest import ROOT
from live_pages import LivePage, check_built, check_library, served

from grading import __main__ as commands
from grading import bookpages, masters
from grading.box import why_no_box
from grading.leaks import leaks_in_files
from grading.release import student_file

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = bookpages.listed((ROOT / "_toc.yml").read_text(encoding="utf-8"))
FOLDER = bookpages.FOLDER
SMALL = "a1_counts_and_pmi"
STUDENT = "student-17"
IN_WORDS = "Seltene Paare: $\\sigma$ ist groß ✓\n\nUnd noch ein Absatz."
DEADLINE = LONGEST
CHECKED = "!w2vLive.running && document.querySelector('.live-tests').open"


pytestmark = pytest.mark.skipif(SMALL not in NAMES, reason="_toc.yml leaves assignments out")


# ---- what is in the site ----


def test_pages_are_of_the_courses_assignments() -> None:
    # A course may leave pages out, not name others.
    assert set(NAMES) <= set(masters.known())
    assert len(NAMES) == len(set(NAMES))


@pytest.mark.parametrize("name", NAMES)
def test_the_page_is_the_students_notebook_and_was_not_run(site: Path, name: str) -> None:
    page = site / FOLDER / f"{name}.html"
    text = page.read_text(encoding="utf-8")
    notebook = site / "_sources" / FOLDER / f"{name}.ipynb"
    path = masters.find(name)
    assert notebook.read_bytes() == student_file(path)
    assert "YOUR CODE HERE" in text
    assert "traceback" not in text, "it was executed"
    answers = [cell for cell in masters.read(path).of_role("manual") if not cell.is_code]
    assert text.count('class="live-answer') == len(answers) > 0


@pytest.mark.parametrize("folder", [FOLDER, f"_sources/{FOLDER}"])
def test_no_line_of_a_solution_or_a_hidden_test_is_in_a_page(site: Path, folder: str) -> None:
    # Shorter pieces than those that the whole site is searched for (tests/grading/test_grading.py).
    every = [masters.read(path) for path in masters.known().values()]
    assert {path.stem for path in (site / folder).iterdir()} >= set(NAMES)
    assert leaks_in_files(every, site / folder, released=True) == []


@pytest.mark.parametrize("what", ["BEGIN SOLUTION", "BEGIN HIDDEN TESTS"])
def test_a_solution_in_a_page_would_be_found(tmp_path: Path, what: str) -> None:
    path = masters.find(SMALL)
    cell = next(cell for cell in masters.read(path).cells if what in cell.source)
    body = "".join(f"<span>{line}</span>\n" for line in cell.source.split("\n"))
    (tmp_path / "page.html").write_text(f"<pre>{body}</pre>", encoding="utf-8")
    assert leaks_in_files([masters.read(path)], tmp_path, released=True)


def book(folder: Path, toc: str) -> Path:
    (folder / FOLDER).mkdir()
    (folder / "_toc.yml").write_text(toc, encoding="utf-8")
    return folder


def test_pages_are_written_as_the_contents_say(tmp_path: Path) -> None:
    line = f"  - file: {FOLDER}/{{}}\n".format
    there = book(tmp_path, line("index") + line("a4_staircase") + line(SMALL))
    names = [path.stem for path in bookpages.write_pages(there)]
    assert names == ["a4_staircase", SMALL]
    (there / "_toc.yml").write_text(line(SMALL), encoding="utf-8")
    before = (there / FOLDER / f"{SMALL}.ipynb").stat().st_mtime_ns
    assert len(bookpages.write_pages(there)) == 1
    (left,) = (there / FOLDER).iterdir()
    assert (left.stem, left.stat().st_mtime_ns) == (SMALL, before)
    (there / "_toc.yml").write_text("root: chapters/cover\n", encoding="utf-8")
    assert bookpages.write_pages(there) == list((there / FOLDER).iterdir()) == []


def test_a_leak_stops_the_build_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = book(tmp_path, f"- file: {FOLDER}/{SMALL}\n")
    monkeypatch.setattr(bookpages, "student_file", Path.read_bytes)
    with pytest.raises(masters.MasterError, match=f"would be in the book:\n  {SMALL}"):
        bookpages.write_pages(there)
    assert list((there / FOLDER).iterdir()) == []


# ---- in a browser ----


def solved(name: str) -> dict[str, str]:
    """Return cell id -> the master's answer, without the marks around it."""
    answers = {}
    for cell in masters.read(masters.find(name)).of_role("solution", "manual", "student"):
        lines = [line for line in cell.source.split("\n") if "### " not in line]
        answers[cell.cell_id] = "\n".join(lines) if cell.is_code else IN_WORDS
        if cell.role == "student":
            answers[cell.cell_id] = f'STUDENT = "{STUDENT}"'
    return answers


def check_all(live: LivePage) -> dict[str, str]:
    """Press the button that runs and checks all, and return what the list says of each test."""
    live.page.evaluate("document.querySelector('.live-tests').open = false")
    live.page.click("text=Run all and check")
    live.until(CHECKED)
    rows = live.page.locator(".live-tests tbody tr").all()
    return {row.locator("th").inner_text(): row.locator("td").inner_text() for row in rows}


def write_answers(live: LivePage, name: str) -> None:
    texts = live.page.evaluate("w2vLive.texts.map(({ id }) => id)")
    for cell, answer in solved(name).items():
        if cell in texts:
            script = "([i, text]) => w2vLive.texts[i].editor.set(text)"
            live.page.evaluate(script, [texts.index(cell), answer])
        else:
            live.write(cell, answer)


def downloaded(live: LivePage, name: str, target: Path) -> dict[str, Any]:
    with live.page.expect_download() as expected:
        live.page.click("text=Download to hand in")
    assert expected.value.suggested_filename == f"{name}.ipynb"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(Path(expected.value.path()).read_bytes())
    return dict(json.loads(target.read_text(encoding="utf-8")))


def graded(name: str, folder: Path) -> tuple[dict[str, str], str]:
    """Grade a folder as ``make grade`` does; return the student's row, and the log."""
    box = "no" if why_no_box() else "yes"
    command = ["grade", name, str(folder / "in"), "--out", str(folder / "out"), "--box", box]
    assert commands.main([*command, "--jobs", "1"]) == 0
    with (folder / "out" / name / "scores.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    return row, (folder / "out" / name / "grading.log").read_text(encoding="utf-8")


@pytest.fixture
def open_assignment(site: Path, browser: Browser) -> Iterator[Any]:
    """Return a function that opens an assignment, with Python running, under the pages' policy."""
    check_built(site)
    context = browser.new_context(
        bypass_csp=False, viewport={"width": 1280, "height": 900}, reduced_motion="reduce"
    )
    opened: list[LivePage] = []
    with served(site) as address:

        def start(name: str) -> LivePage:
            live = LivePage(context.new_page(), address, name, FOLDER)
            opened.append(live)
            live.start()
            return live

        yield start
        context.close()
        for live in opened:
            assert not live.wrong
            ours = (address, "blob:", "data:")
            assert not [url for url in live.asked if not url.startswith(ours)]


@pytest.mark.browser
@pytest.mark.parametrize(
    "name",
    [pytest.param(one, marks=pytest.mark.every_page) if one != SMALL else one for one in NAMES],
)
def test_answers_of_the_page_pass_its_tests_and_get_full_marks(
    name: str, open_assignment: Any, tmp_path: Path
) -> None:
    live = open_assignment(name)
    tests = masters.read(masters.find(name)).of_role("test")
    write_answers(live, name)
    found = check_all(live)
    assert list(found) == [cell.cell_id for cell in tests]
    hidden = {cell.cell_id for cell in tests if cell.released.startswith("# Hidden test")}
    assert found == {
        cell.cell_id: "hidden until grading" if cell.cell_id in hidden else "passes"
        for cell in tests
    }
    n = len(tests) - len(hidden)
    assert live.said() == f"{n} of {n} visible tests pass. This is no grade."
    seconds = live.page.evaluate("w2vLive.cells.reduce((sum, c) => sum + c.record.ms, 0) / 1000")
    print(f"{name}: {seconds:.0f} s in the page")
    check_library(live, name)

    notebook = downloaded(live, name, tmp_path / "in" / f"{STUDENT}.ipynb")
    handed_out = json.loads(student_file(masters.find(name)))
    for ours, theirs in zip(notebook["cells"], handed_out["cells"], strict=True):
        kept = ("id", "cell_type", "metadata")
        assert [ours[key] for key in kept] == [theirs[key] for key in kept]
    row, log = graded(name, tmp_path)
    assert float(row["auto"]) == sum(cell.points for cell in tests), log
    assert "changed" not in log
    assert "label" not in log


@pytest.mark.browser
def test_an_open_assignment_says_what_is_missing(open_assignment: Any) -> None:
    live = open_assignment(SMALL)
    found = check_all(live)
    assert live.said().startswith("STUDENT is 'your-id'; write the id that your instructor knows")
    assert live.said().endswith("0 of 7 visible tests pass. This is no grade.")
    assert found["test-by-hand-form"].startswith("FAILS: by_hand is not defined: its cell was left")
    # With an id, parts that are open do not hold up those behind them.
    live.write("student", f'STUDENT = "{STUDENT}"')
    assert "changed something since" in live.page.inner_text(".live-tests summary")
    live.write("answer-pmi", solved(SMALL)["answer-pmi"])
    live.run("test-m-star")
    assert live.page.text_content("#a1_counts_and_pmi-test-m-star .live-said") == "passes"
    live.run("answer-by-hand", "by_hand = np.ones((2, 2))")
    live.run("test-by-hand-form")
    found = check_all(live)
    assert found["test-pmi"] == found["test-m-star"] == "passes"
    assert found["test-by-hand-form"].startswith("FAILS: by_hand must be 5 by 5, a row")
    assert found["test-count-simple"] == "FAILS: a function that it calls is not written yet"
    assert live.said() == "2 of 7 visible tests pass. This is no grade."
    # What is no longer defined does not pass because it was once.
    live.write("answer-pmi", "pmi = 1")
    assert check_all(live)["test-m-star"].startswith("FAILS: m_star is not defined")


@pytest.mark.browser
def test_answers_and_added_cells_last_and_are_handed_in(
    open_assignment: Any, tmp_path: Path
) -> None:
    name = SMALL
    live = open_assignment(name)
    # Cells of the course and tests cannot be written to.
    locked = "w2vLive.cells.filter(c => !c.editor).map(c => c.id)"
    of_the_course = masters.read(masters.find(name)).of_role("course", "test")
    assert live.page.evaluate(locked) == [cell.cell_id for cell in of_the_course]
    field = live.page.get_by_label("Your answer in words")
    field.fill(IN_WORDS)
    live.write("student", f'STUDENT = "{STUDENT}"')
    # The later one comes to stand above the earlier one.
    for code in ("mine += ', then second'\nprint(mine)\n", "mine = 'first'\n"):
        live.page.click("#a1_counts_and_pmi-setup button:text-is('Add a cell')")
        live.page.keyboard.insert_text(code)
    live.page.click("#a1_counts_and_pmi-answer-errors button:text-is('Add a cell')")
    assert live.page.locator(".live-added").count() == 3
    live.page.locator(".live-added").last.locator("button:text-is('Remove')").click()

    live.page.reload()
    live.start()
    assert live.page.evaluate("w2vLive.texts[0].code") == IN_WORDS
    second = live.page.locator(".live-added").last
    second.locator("button:text-is('Run')").click()
    live.wait()
    assert second.locator(".live-output").inner_text().strip() == "first, then second"

    notebook = downloaded(live, name, tmp_path / "in" / f"{STUDENT}.ipynb")
    ids = [cell["id"] for cell in notebook["cells"]]
    at = ids.index("setup")
    assert [one.startswith("added-") for one in ids[at + 1 : at + 4]] == [True, True, False]
    assert "".join(notebook["cells"][at + 1]["source"]) == "mine = 'first'\n"
    assert "".join(notebook["cells"][ids.index("in-words")]["source"]) == IN_WORDS
    import nbformat

    nbformat.validate(notebook)
    row, _ = graded(name, tmp_path)
    assert float(row["auto"]) == 0
    by_hand = (tmp_path / "out" / name / "by_hand" / "in-words.html").read_text(encoding="utf-8")
    assert "ist groß ✓" in by_hand

    live.page.on("dialog", lambda dialog: dialog.accept())
    live.page.click("text=Reset all")
    assert live.page.locator(".live-added").count() == 0
    assert live.page.evaluate("w2vLive.texts[0].code") == masters.TEXT_STUB
    kept = "Object.keys(localStorage).filter(k => k.startsWith('w2v-live'))"
    assert live.page.evaluate(kept) == []


@pytest.mark.browser
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_open_page_is_accessible_and_fits_a_phone(open_assignment: Any, theme: str) -> None:
    live = open_assignment(SMALL)
    live.page.emulate_media(color_scheme=theme)
    check_all(live)
    live.page.click("#a1_counts_and_pmi-setup button:text-is('Add a cell')")
    live.page.evaluate("document.querySelector('.live-prose').scrollIntoView()")
    live.page.wait_for_timeout(300)
    assert live.page.get_attribute("html", "data-theme") == theme
    assert not faults(live.page)
    live.page.set_viewport_size({"width": 360, "height": 780})
    assert not live.page.evaluate("document.documentElement.scrollWidth > innerWidth")

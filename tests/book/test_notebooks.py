"""The chapters are notebooks: each has its parts, and none escapes the comparison of its outputs.

Running them and comparing every stored output is nbval's work, in the same run of pytest (see
``addopts`` in pyproject.toml). Here stands what nbval does not see: it skips cells that were never
run, and it is content with a notebook that has nothing to compare.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path

import nbformat
import pytest
import yaml

CHAPTERS = Path(__file__).resolve().parents[2] / "chapters"
NOTEBOOKS = sorted(CHAPTERS.glob("*.ipynb"))
PAGES = {"cover.ipynb", "scaling.ipynb", "try.ipynb"}  # no derivation, so no exercises
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*$", re.MULTILINE)
NUMBERED_EQUATION = re.compile(r"\$\$\s*\(([\w:.-]+)\)")
NUMBER = re.compile(r"\d")
MAX_LINES, SETUP_LINES = 25, 5
UNCOMPARED = {"nbval-ignore-output", "nbval-skip", "nbval-raises-exception", "raises-exception"}

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
each_chapter = pytest.mark.parametrize(
    "path", [path for path in NOTEBOOKS if path.name not in PAGES], ids=lambda path: path.stem
)


@functools.cache
def read(path: Path) -> nbformat.NotebookNode:
    """Read a notebook, once for all tests."""
    return nbformat.read(path, as_version=4)


def code_cells(path: Path) -> list[tuple[int, nbformat.NotebookNode]]:
    """Return the cells that hold code, with their place in the notebook."""
    return [
        (number, cell)
        for number, cell in enumerate(read(path).cells)
        if cell.cell_type == "code" and cell.source.strip()
    ]


@functools.cache
def prose(path: Path) -> str:
    """Return all Markdown of a notebook, fenced code left out (a # in it is no heading)."""
    text = "\n\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    return re.sub(r"^```(?!\{).*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def section(path: Path, title: str) -> str:
    """Return the text under a heading, up to the next heading of the same level."""
    match = re.search(rf"^##\s+{title}\s*$(.*?)(?=^##\s|\Z)", prose(path), re.M | re.S)
    assert match, f"{path.name} has no section '## {title}'"
    return match.group(1)


def listed_pages() -> list[str]:
    """Return the pages of this folder that _toc.yml names; assignments have tests of their own."""
    toc = yaml.safe_load((CHAPTERS.parent / "_toc.yml").read_text(encoding="utf-8"))
    parts = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    return [toc["root"], *(page for page in parts if page.startswith("chapters/"))]


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS, f"no notebooks in {CHAPTERS}"


def test_every_page_is_in_the_table_of_contents_once_and_exists() -> None:
    pages = [
        f"chapters/{path.stem}" for path in CHAPTERS.iterdir() if path.suffix in (".ipynb", ".md")
    ]
    assert sorted(pages) == sorted(listed_pages())


def test_chapters_are_in_the_order_of_their_numbers() -> None:
    numbers = [int(Path(page).name[:2]) for page in listed_pages() if Path(page).name[:2].isdigit()]
    assert numbers == sorted(set(numbers))
    assert len(numbers) == sum(path.name[:2].isdigit() for path in NOTEBOOKS)


def test_nbval_compares_strictly(pytestconfig: pytest.Config) -> None:
    assert pytestconfig.getoption("nbval")
    assert not pytestconfig.getoption("nbval_lax")


@each_notebook
def test_every_cell_was_run_and_is_compared(path: Path) -> None:
    # nbval passes over a cell without execution count, and over one that is marked so.
    for number, cell in code_cells(path):
        assert cell.execution_count is not None, (
            f"{path.name}, cell {number} was never run; run: make outputs PAGE=chapters/{path.name}"
        )
        marks = UNCOMPARED & set(cell.metadata.get("tags", []))
        assert not marks, f"{path.name}, cell {number} escapes comparison by {marks}"
        assert "NBVAL_" not in cell.source, f"{path.name}, cell {number} escapes comparison"


@each_notebook
def test_cells_were_run_in_order(path: Path) -> None:
    counts = [cell.execution_count for _, cell in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1)), "run: make outputs"


@each_notebook
def test_some_numbers_are_stored(path: Path) -> None:
    stored = [
        text
        for _, cell in code_cells(path)
        for output in cell.outputs
        for text in [output.get("text", ""), output.get("data", {}).get("text/plain", "")]
        if NUMBER.search(text) and not text.startswith("<")
    ]
    assert stored, f"{path.name} has no stored number that a later run could be compared with"


@each_notebook
def test_cells_that_print_have_stored_output(path: Path) -> None:
    for number, cell in code_cells(path):
        if re.search(r"^print\(", cell.source, re.MULTILINE):
            assert cell.outputs, f"{path.name}, cell {number} prints, but nothing is stored"


@each_notebook
def test_no_errors_warnings_or_pictures_are_stored(path: Path) -> None:
    for number, cell in code_cells(path):
        for output in cell.outputs:
            place = f"{path.name}, cell {number}"
            assert output.output_type != "error", f"{place} stores an error"
            assert output.get("name") != "stderr", f"{place} writes to stderr"
            pictures = [kind for kind in output.get("data", {}) if kind.startswith("image/")]
            assert not pictures, f"{place} stores {pictures}; run: make outputs"
    assert "widgets" not in read(path).metadata, f"{path.name} stores widget states"


@each_notebook
def test_code_cells_are_short(path: Path) -> None:
    cells = code_cells(path)
    for number, cell in cells:
        lines = len(cell.source.strip().splitlines())
        assert lines <= MAX_LINES, f"{path.name}, cell {number} has {lines} lines"
    # ruff divides imports from what follows by blank lines, which are not counted here.
    first = sum(bool(line.strip()) for line in cells[0][1].source.splitlines())
    assert first <= SETUP_LINES, f"{path.name}: the set-up cell has {first} lines"


@each_notebook
def test_there_is_one_title_without_a_number(path: Path) -> None:
    titles = re.findall(r"^#\s+(.+)$", prose(path), re.MULTILINE)
    assert len(titles) == 1, f"{path.name} has the titles {titles}"
    assert not re.match(r"(chapter\s*)?\d", titles[0], re.IGNORECASE), (
        f"{path.name}: the number comes from the file name, leave it out of '{titles[0]}'"
    )


@pytest.mark.parametrize("path", [*NOTEBOOKS, *CHAPTERS.glob("*.md")], ids=lambda path: path.stem)
def test_titles_have_no_mathematics(path: Path) -> None:
    # A title is shown in places where mathematics is not set: the tab, the sidebar, the search.
    text = path.read_text(encoding="utf-8") if path.suffix == ".md" else prose(path)
    assert "$" not in re.search(r"^#\s+(.+)$", text, re.MULTILINE).group(1)


@each_chapter
def test_a_chapter_has_its_parts_in_order(path: Path) -> None:
    text = prose(path)
    parts = [
        "What you will be able to do",
        "## Summary",
        "## Questions",
        "## Exercises",
        "## Further reading",
    ]
    places = [text.find(part) for part in parts]
    assert -1 not in places, f"{path.name} lacks '{parts[places.index(-1)]}'"
    assert places == sorted(places), f"{path.name} has its parts in another order than {parts}"
    assert ":class: predict" in text, f"{path.name} never asks the reader to predict"


@each_chapter
def test_summary_says_what_each_claim_rests_on(path: Path) -> None:
    assert "{claim}`" in section(path, "Summary"), f"{path.name}: no claim marks in the summary"


@each_chapter
def test_exercises_have_folded_solutions(path: Path) -> None:
    text = section(path, "Exercises")
    exercises = re.findall(r"\{exercise\}.*?\n:label:\s*(\S+)", text)
    solutions = re.findall(r"\{solution(?:-start)?\}\s*(\S+)\s*\n:class:\s*dropdown", text)
    assert 3 <= len(exercises) <= 5, f"{path.name} has {len(exercises)} exercises"
    assert sorted(exercises) == sorted(solutions)


@each_chapter
def test_there_are_five_to_eight_questions(path: Path) -> None:
    count = len(re.findall(r"^\s{0,1}\d+\.\s", section(path, "Questions"), re.MULTILINE))
    assert 5 <= count <= 8, f"{path.name} has {count} numbered questions"


@each_chapter
def test_further_reading_cites(path: Path) -> None:
    assert "{cite" in section(path, "Further reading")


@each_notebook
def test_every_numbered_equation_is_checked_by_a_cell(path: Path) -> None:
    waiting: list[str] = []
    for cell in read(path).cells:
        if cell.cell_type == "code":
            waiting = []
            continue
        # Headings and equations in the order in which they stand.
        marks = [(match.start(), "") for match in HEADING.finditer(cell.source)]
        marks += [(m.start(), m.group(1)) for m in NUMBERED_EQUATION.finditer(cell.source)]
        for _, label in sorted(marks):
            if label:
                waiting.append(label)
            else:
                assert not waiting, f"{path.name}: no cell checks {waiting} before the next heading"
    assert not waiting, f"{path.name}: no cell checks {waiting}"


@each_notebook
def test_figures_have_number_caption_and_alt_text(path: Path) -> None:
    for number, cell in code_cells(path):
        if not re.search(r"\bplt\.show\(\)", cell.source):
            continue
        options = cell.metadata.get("mystnb", {})
        place = f"{path.name}, cell {number}"
        assert options.get("figure", {}).get("name", "").startswith("fig-"), f"{place}: no name"
        assert options["figure"].get("caption", "").strip(), f"{place}: no caption"
        assert options.get("image", {}).get("alt", "").strip(), f"{place}: no alt text"

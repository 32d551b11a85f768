"""Break the book's equations one by one, and see the cells fail that check them. ``make breaks``.

A check that would pass if its equation were wrong is no check. ``tests/broken_equations.toml``
lists small faults: a factor, an index, a sign, an exchanged symbol, a null replaced. This runs each
chapter once, cell by cell; where a fault is listed, a forked child runs the broken cell in place of
the whole one, and the cells after it up to the one that holds the check. The fault is seen if an
assertion fails, or if what is printed is not what the notebook stores. Cells as they are must do
neither.

    python tools/break_equations.py                 all chapters, the table to standard output
    python tools/break_equations.py 06 B --jobs 2   two of them, at the same time
"""

from __future__ import annotations

import argparse
import ast
import configparser
import contextlib
import functools
import io
import json
import os
import re
import signal
import subprocess
import sys
import tomllib
import traceback
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import nbformat

from w2vbook.sphinx.cell_labels import cell_label

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "tests" / "broken_equations.toml"
SANITIZE = ROOT / "tests" / "nbval_sanitize.cfg"
LEDGER_CELL = re.compile(r"\{ref\}`[^`<]+<([\w-]+)>`")
SECONDS = 900  # for one broken cell and those after it
# One thread: no print may depend on their number, and a fork must not meet threads at work.
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
ENVIRONMENT = dict.fromkeys(THREADS, "1") | {"MPLBACKEND": "Agg"}


@dataclass(frozen=True)
class Break:
    """One fault: ``old`` becomes ``new`` in a cell, and ``what`` says so in words.

    ``of`` are the labels of the equations and theorems that it breaks. The cells from ``cell``
    to ``through`` are run; ``seen`` is how the last one fails: it ``raises`` or ``prints``. Where
    torch's autograd has run before ``cell``, no forked process can use it, and the child has to
    begin at the cell ``since``, before.
    """

    cell: str
    what: str
    old: str
    new: str
    seen: str
    of: tuple[str, ...] = ()
    through: str = ""
    since: str = ""

    @property
    def begins_at(self) -> str:
        """Return the label of the first cell that a child runs."""
        return self.since or self.cell

    @property
    def checked_by(self) -> str:
        """Return the label of the cell that fails."""
        return self.through or self.cell


@dataclass
class Cell:
    """A code cell: its label, its source, and the text that is stored below it."""

    label: str
    source: str
    stored: str


@dataclass
class Outcome:
    """What a break did: how it was seen (``""`` if not at all), and the trace of it."""

    fault: Break
    seen: str
    trace: str

    @property
    def as_listed(self) -> bool:
        """Return whether the check failed in the way that the list says."""
        return self.seen == self.fault.seen


def read_list(path: Path = LIST) -> tuple[list[Break], dict[str, str]]:
    """Return the faults, and the labels that need none and why."""
    listed = tomllib.loads(path.read_text(encoding="utf-8"))
    reasons = {entry["label"]: entry["reason"] for entry in listed.get("unbroken", [])}
    return [as_break(entry) for entry in listed["break"]], reasons


def as_break(entry: dict[str, Any]) -> Break:
    """Return an entry of the list as a fault."""
    return Break(**{**entry, "of": tuple(entry.get("of", ()))})


def read_cells(notebook: Path) -> list[Cell]:
    """Return the code cells of a chapter."""
    return [
        Cell(cell_label(notebook.name, cell.id), cell.source, stored_text(cell.outputs))
        for cell in nbformat.read(notebook, as_version=4).cells
        if cell.cell_type == "code" and cell.source.strip()
    ]


def stored_text(outputs: Iterable[Any]) -> str:
    """Return what a cell printed and what its last line shows, pictures left out."""
    texts = []
    for output in outputs:
        if output.output_type == "stream" and output.name == "stdout":
            texts.append(output.text)
        elif output.output_type == "execute_result":
            texts.append(output.data.get("text/markdown", output.data.get("text/plain", "")) + "\n")
    return "".join(texts)


@functools.cache
def rules() -> list[tuple[str, str]]:
    """Return nbval's rules: what differs from run to run, and what stands for it."""
    read = configparser.ConfigParser()
    read.read(SANITIZE)
    return [(read[name]["regex"], read[name]["replace"]) for name in read.sections()]


def sanitized(text: str) -> str:
    """Return the text as nbval compares it."""
    for pattern, other in rules():
        text = re.sub(pattern, other, text)
    return text.rstrip()


class Printed(io.StringIO):
    """What a cell prints; with the stored text, the cell ends where a whole line differs."""

    class DiffersError(Exception):
        """The difference has been seen; what follows need not be computed."""

    def __init__(self, stored: str | None = None) -> None:
        super().__init__()
        self.stored = stored

    def write(self, text: str) -> int:
        """Print, and compare the lines so far."""
        size = super().write(text)
        if self.stored is not None and "\n" in text:
            whole = sanitized(self.getvalue().rpartition("\n")[0])
            if not sanitized(self.stored).startswith(whole):
                raise self.DiffersError
        return size


def execute(source: str, names: dict[str, Any], printed: Printed) -> str:
    """Run a cell, and return what it prints and shows."""
    from IPython.lib.pretty import pretty

    tree = ast.parse(source)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = ast.Expression(tree.body.pop().value)  # type: ignore[attr-defined]
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
        exec(compile(tree, "<cell>", "exec"), names)
        shown = eval(compile(last, "<cell>", "eval"), names) if last else None
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
    if shown is None:
        return printed.getvalue()
    as_markdown = getattr(shown, "_repr_markdown_", lambda: pretty(shown))
    return f"{printed.getvalue()}{as_markdown()}\n"


def difference(stored: str, printed: str) -> str:
    """Return the first lines that differ, or ``""``."""
    old, new = sanitized(stored), sanitized(printed)
    if old == new:
        return ""
    lines = old.splitlines(), new.splitlines()
    longest = max(map(len, lines))
    padded = (part + [""] * (longest - len(part)) for part in lines)
    before, after = next(pair for pair in zip(*padded, strict=True) if pair[0] != pair[1])
    return f"{before.strip()} → {after.strip()}"


def try_break(fault: Break, cells: list[Cell], names: dict[str, Any]) -> tuple[str, str]:
    """Run a broken cell and those up to its check; return how it was seen, and the trace."""
    [first] = [number for number, cell in enumerate(cells) if cell.label == fault.begins_at]
    [last] = [number for number, cell in enumerate(cells) if cell.label == fault.checked_by]
    for cell in cells[first : last + 1]:
        source = cell.source
        if cell.label == fault.cell:
            if source.count(fault.old) != 1:
                return "", f"`old` occurs {source.count(fault.old)} times"
            source = source.replace(fault.old, fault.new)
        printed = Printed(cell.stored if fault.seen == "prints" else None)
        try:
            text = execute(source, names, printed)
        except Printed.DiffersError:
            text = printed.getvalue()
        except AssertionError as error:
            return here("raises", cell, fault), failed_line(error, source)
        except Exception as error:  # a fault of the fault, not of the equation
            return "", f"{type(error).__name__}: {error}"
        if found := difference(cell.stored, text):
            return here("prints", cell, fault), found
    return "", "all assertions hold, all prints are the same"


def here(seen: str, cell: Cell, fault: Break) -> str:
    """Say how a break was seen, and where, if that is not the cell that is said to check it."""
    return seen if cell.label == fault.checked_by else f"{seen} in {cell.label}"


def failed_line(error: AssertionError, source: str) -> str:
    """Return the line of the cell whose assertion failed."""
    lines = [
        source.splitlines()[(frame.lineno or 1) - 1].strip()
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == "<cell>"
    ]
    return lines[-1] if lines else "assert"


def in_a_child(fault: Break, cells: list[Cell], names: dict[str, Any]) -> Outcome:
    """Try a break in a forked copy of this process, so that the next one starts whole."""
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(receiving)
        signal.alarm(SECONDS)
        try:
            answer = try_break(fault, cells, names)
        except BaseException as error:  # nothing may go on in the copy
            answer = "", f"{type(error).__name__}: {error}"
        with os.fdopen(sending, "w", encoding="utf-8") as pipe:
            json.dump(answer, pipe)
        os._exit(0)
    os.close(sending)
    with os.fdopen(receiving, encoding="utf-8") as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    seen, trace = json.loads(text) if text else ("", f"no answer within {SECONDS} s")
    print(f"{fault.checked_by}: {fault.what}: {seen or 'NOT SEEN'}", file=sys.stderr, flush=True)
    return Outcome(fault, seen, trace)


def run_chapter(notebook: Path, faults: list[Break]) -> tuple[list[Outcome], list[str]]:
    """Run a chapter with its faults; return their outcomes, and what is wrong without a fault."""
    cells, names, outcomes, wrong = read_cells(notebook), {"__name__": "__main__"}, [], []
    os.chdir(notebook.parent)
    waiting = [fault for fault in faults if fault.cell in {cell.label for cell in cells}]
    for cell in cells:
        now = [fault for fault in waiting if fault.begins_at == cell.label]
        outcomes += [in_a_child(fault, cells, names) for fault in now]
        waiting = [fault for fault in waiting if fault.begins_at != cell.label]
        if not waiting:
            break
        try:
            found = difference(cell.stored, execute(cell.source, names, Printed()))
        except Exception as error:
            wrong.append(f"{cell.label}: {type(error).__name__}: {error}")
            break
        if found:
            wrong.append(f"{cell.label} prints something else without a break: {found}")
    return outcomes, wrong


def chapters(wanted: Iterable[str] = ()) -> Iterator[Path]:
    """Yield the notebooks whose names begin so, all of them by default."""
    starts = tuple(wanted)
    for path in sorted((ROOT / "chapters").glob("*_*.ipynb")):
        if not starts or path.name.startswith(starts):
            yield path


def shortened(text: str, width: int = 100) -> str:
    """Return text of limited length as code in a cell of a Markdown table."""
    text = text if len(text) <= width else text[: width - 1] + "…"
    return "`` " + text.replace("|", "\\|") + " ``" if text else ""


def table(outcomes: Iterable[Outcome], ledger: set[str]) -> str:
    """Return the outcomes as a Markdown table."""
    rows = ["| Equation | Broken on purpose | Cell | How it failed |", "| --- | --- | --- | --- |"]
    for outcome in outcomes:
        fault, (old, arrow, new) = outcome.fault, outcome.trace.partition(" → ")
        of = ", ".join([*fault.of, *(["claim"] if fault.checked_by in ledger else [])])
        how = outcome.seen.replace("raises", "assertion").replace("prints", "print")
        trace = shortened(old) + (arrow and f" became {shortened(new)}")
        place = fault.checked_by + (f" (broken in {fault.cell})" if fault.through else "")
        rows.append(f"| {of} | {fault.what} | {place} | {how or '**NOT SEEN**'}: {trace} |")
    return "\n".join(rows)


def in_a_process(notebook: Path, only: str) -> tuple[list[Outcome], list[str]]:
    """Run a chapter in a process of its own."""
    command = [sys.executable, __file__, "--notebook", str(notebook), "--only", only]
    environment = os.environ | ENVIRONMENT
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    found, wrong = json.loads(done.stdout)
    return [Outcome(as_break(fault), seen, trace) for fault, seen, trace in found], wrong


def main(arguments: list[str] | None = None) -> int:
    """Break what is listed; return 1 where a break was not seen as the list says."""
    parser = argparse.ArgumentParser(description="Break the book's equations on purpose.")
    parser.add_argument("chapters", nargs="*", help="starts of file names, such as 06 or B")
    parser.add_argument("--jobs", type=int, default=1, help="chapters at the same time")
    parser.add_argument("--only", default="", help="only breaks of this cell")
    parser.add_argument("--out", type=Path, help="file for the table")
    parser.add_argument("--notebook", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.notebook:
        faults = [fault for fault in read_list()[0] if options.only in ("", fault.cell)]
        found, wrong = run_chapter(options.notebook, faults)
        print(json.dumps([[(asdict(one.fault), one.seen, one.trace) for one in found], wrong]))
        return 0
    with ThreadPoolExecutor(options.jobs) as pool:
        paths = list(chapters(options.chapters))
        results = list(pool.map(in_a_process, paths, [options.only] * len(paths)))
    outcomes = [outcome for found, _ in results for outcome in found]
    wrong = [fault for _, found in results for fault in found]
    ledger = set(LEDGER_CELL.findall((ROOT / "chapters/claims.md").read_text(encoding="utf-8")))
    seen = sum(bool(outcome.seen) for outcome in outcomes)
    text = table(outcomes, ledger)
    text += f"\n\n{len(outcomes)} breaks, {seen} seen, {len(outcomes) - seen} not seen.\n"
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(text, encoding="utf-8")
    else:
        print(text)
    for outcome in outcomes:
        if not outcome.as_listed:
            wrong.append(
                f"{outcome.fault.cell}, {outcome.fault.what}: listed as {outcome.fault.seen}, "
                f"{outcome.seen or 'not seen'} ({outcome.trace})"
            )
    print(f"{len(outcomes)} breaks, {seen} seen; {len(wrong)} not as listed", file=sys.stderr)
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

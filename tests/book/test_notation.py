"""The table of notation: it has what the equations use and what the library is asked for."""

from __future__ import annotations

import inspect
import json
import re
from collections import Counter

from conftest import ROOT

import w2vlib

TABLE = re.compile(r"\| symbol \| meaning \| in code \|\n(.*?)\n\n", re.DOTALL)
#: Arguments that name no quantity: data, words, and how a function works.
HOUSEKEEPING = {"stats", "words", "emb", "progress", "source"}
#: Names in the table that are written in cells alone.
IN_CELLS = {
    "L",
    "V",
    "W",
    "x",
    "A",
    "B",
    "C",
    "G",
    "s",
    "q",
    "share",
    "pmi",
    "sigmoid(x)",
    "emb.vectors",
}
#: Letters that mean what their chapter says, as the text below the table admits.
LOCAL = set("abcfmrNFRE")
COMMANDS = r"\\(?:text|textrm|operatorname|label|begin|end|mathrm)\s*\{[^}]*\}|\\mathrm\s*d"
LETTER = re.compile(r"\\mathbb\{E\}|\\[A-Za-z]+|[A-Za-z]")
GREEK = {
    "\\eta",
    "\\lambda",
    "\\Lambda",
    "\\sigma",
    "\\tau",
    "\\Psi",
    "\\alpha",
    "\\rho",
    "\\theta",
}


def letters(formula: str) -> set[str]:
    """Return the letters of a formula: Latin ones, Greek ones, and the sign of a mean."""
    found = set(LETTER.findall(re.sub(COMMANDS, " ", formula)))
    return {one for one in found if len(one) == 1 or one in GREEK | {"\\mathbb{E}"}}


def rows() -> list[list[str]]:
    """Return the rows of the table, each as its three cells."""
    text = (ROOT / "chapters" / "C_notation_and_setup.md").read_text(encoding="utf-8")
    body = TABLE.search(text)[1].splitlines()[1:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in body]


def used() -> Counter[str]:
    """Count in how many chapters the displayed equations use each letter."""
    found: Counter[str] = Counter()
    for path in sorted((ROOT / "chapters").glob("[0-9AB]*_*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
        shown = re.findall(r"\$\$(.+?)\$\$", text, re.DOTALL)
        found.update(set().union(*map(letters, shown)))
    return found


def arguments() -> Counter[str]:
    """Count how many public functions of the library take an argument of each name."""
    found: Counter[str] = Counter()
    for name in w2vlib.__all__:
        public = getattr(w2vlib, name)
        if callable(public) and not (inspect.isclass(public) and issubclass(public, Exception)):
            found.update(list(inspect.signature(public).parameters))
    return found


def test_letters_of_many_chapters_are_explained() -> None:
    explained = set().union(*(letters(symbol + meaning) for symbol, meaning, _ in rows()))
    common = {letter for letter, chapters in used().items() if chapters >= 4}
    assert len(common) > 15
    assert common - explained - LOCAL == set()
    assert common >= LOCAL  # none is admitted that is not there


def test_arguments_of_many_functions_are_explained() -> None:
    named = {name for _, _, code in rows() for name in re.findall(r"`([^`]+)`", code)}
    common = {name for name, functions in arguments().items() if functions >= 3}
    assert len(common) > 10
    assert common - named - HOUSEKEEPING == set()


def test_names_in_code_exist() -> None:
    named = {name for _, _, code in rows() for name in re.findall(r"`([^`]+)`", code)}
    known = set(arguments()) | set(dir(w2vlib.CorpusStatistics)) | set(w2vlib.__all__)
    assert named - known - IN_CELLS == set()

"""No stored output depends on how a processor rounds.

The notebooks are compared on every processor. A printed rounding error, digits beyond those that
are stable, or the sign of a zero would make them fail on another one.
"""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "chapters").glob("*.ipynb"))
FRAGILE = {
    # A power of ten is a bound or a setting; any other tiny number was measured.
    "a rounding error; print whether it is below a bound": r"(?!1e)\d(\.\d+)?e-[1-9]\d\b",
    "more digits than are stable; print six or fewer": r"\d\.\d{9,}",
    "a zero with a sign; round the number, then add 0.0": r"(?<![\w.])[-−]0(\.0*)?(?![\w.,])",
}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_outputs_do_not_depend_on_rounding(path: Path) -> None:
    for number, cell in enumerate(nbformat.read(path, as_version=4).cells):
        for output in cell.get("outputs", []):
            text = output.get("text", "") + output.get("data", {}).get("text/plain", "")
            for fault, pattern in FRAGILE.items():
                found = re.search(rf"(?<![\w.]){pattern}", text)
                assert not found, f"{path.name}, cell {number} prints {found.group()}: {fault}"

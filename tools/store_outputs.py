"""Run the notebooks and store their text outputs in place. ``make outputs``.

`make test` compares these outputs with what a fresh run gives. Pictures and widget states are left
out: they are made anew by every build, and would fill the history of the repository.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = ROOT / "chapters"
ADDRESS = re.compile(r"0x[0-9a-f]{6,}")
UNSTORED = ("image/", "application/vnd.jupyter.widget")


def store(path: Path) -> list[str]:
    """Run one notebook, keep its text outputs, return what is wrong with it."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,  # else the same run is stored in other pieces each time
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    faults = []
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        for output in cell.outputs:
            if output.output_type == "stream" and output.name == "stderr":
                faults.append(f"{path.name}, cell {number} writes to stderr: {output.text[:200]}")
            if "data" in output:
                output.data = {
                    kind: ADDRESS.sub("0x0", value) if kind == "text/plain" else value
                    for kind, value in output.data.items()
                    if not kind.startswith(UNSTORED)
                }
                output.metadata = {}
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    nbformat.write(notebook, path)
    return faults


def main(names: list[str]) -> int:
    """Store the outputs of the named notebooks, or of all."""
    paths = [Path(name).resolve() for name in names] or sorted(CHAPTERS.glob("*.ipynb"))
    faults = []
    for path in paths:
        print(path.name, flush=True)
        faults += store(path)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

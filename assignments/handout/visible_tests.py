"""Run the notebook in this folder from top to bottom, and say which visible tests pass.

What passes here may still fail a hidden check; nothing is graded here.
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

CELL_SECONDS = 60  # as in grading


def main(path: Path) -> int:
    """Run the notebook at ``path``; return 1 if a visible test fails, else 0."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        allow_errors=True,
        interrupt_on_timeout=True,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        resources={"metadata": {"path": str(path.parent)}},
    )
    failed = 0
    try:
        client.execute()
    except (CellTimeoutError, DeadKernelError) as error:
        print(f"The run ended early, the tests after this did not run: {str(error).strip()[:300]}")
        failed += 1
    for cell in notebook.cells:
        given = cell.metadata.get("nbgrader", {})
        if cell.cell_type != "code" or not given.get("grade") or given.get("solution"):
            continue
        errors = [one for one in cell.outputs if one.output_type == "error"]
        if all(line.strip()[:1] in ("", "#") for line in cell.source.split("\n")):
            says = "hidden until grading"
        elif errors:
            says = f"FAILS: {errors[0].ename}: {errors[0].evalue}"
        elif cell.execution_count is None:
            says = "FAILS: not run"
        else:
            says = "passes"
        failed += says.startswith("FAILS")
        print(f"{given['grade_id']}: {says}")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) > 1:
        found = [Path(name) for name in sys.argv[1:]]
    else:
        found = sorted(Path(__file__).resolve().parent.glob("*.ipynb"))
    sys.exit(max([main(path) for path in found], default="There is no notebook in this folder."))

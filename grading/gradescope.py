"""A zip for Gradescope's autograder, the same byte for byte each time, and what runs there.

Gradescope gives every submission a container of its own, which holds no other student's work. In
it, bubblewrap boxes the submission where the container allows that; where it does not, the kernel
runs as the user nobody, under the same limits and filter of system calls, and the course's files
belong to root alone.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from .box import Limits, nobody_can_run, why_no_box
from .files import atomic_write
from .grade import Result, grade_one
from .handout import pinned
from .masters import ROOT, Master, MasterError, find, read
from .submissions import Submission, clean_id

PACKED = ROOT / "_build" / "gradescope"
ALSO_NEEDED = ("ipython", "torch")
_DATE = (1980, 1, 1, 0, 0, 0)

SETUP = """\
#!/bin/sh
# Runs once, when Gradescope builds the image.
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends bubblewrap
apt-get install -q -y --no-install-recommends python3.11 python3.11-venv ||
  apt-get install -q -y --no-install-recommends python3 python3-venv
python=$(command -v python3.11 || command -v python3)
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  { echo "Python 3.11 or later is needed; choose a newer base image" >&2; exit 1; }
"$python" -m venv /opt/w2v-venv
cd /autograder/source
/opt/w2v-venv/bin/pip install -q --no-deps --index-url https://download.pytorch.org/whl/cpu \\
  "$(grep '^torch==' requirements.txt)" || echo "taking torch from the usual index"
/opt/w2v-venv/bin/pip install -q -r requirements.txt
chmod -R a+rX /opt/w2v-venv
"""
RUN = """\
#!/bin/sh
# Runs for every submission, as root, in a container of its own.
set -eu
base=${AUTOGRADER:-/autograder}
mkdir -p "$base/results"
chmod 700 "$base/source" "$base/results" "$base/submission"
cd "$base/source"
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1
python=${W2V_PYTHON:-/opt/w2v-venv/bin/python}
PYTHONPATH=$PWD exec "$python" -m grading autograde @NAME@ "$base"
"""


def build(name: str, folder: Path = PACKED) -> Path:
    """Write the zip of an assignment; its bytes depend on the course's files alone."""
    master = read(find(name))
    files = {
        "setup.sh": SETUP.encode(),
        "run_autograder": RUN.replace("@NAME@", master.name).encode(),
        "requirements.txt": pinned(ALSO_NEEDED).encode(),
        f"assignments/source/{name}/{name}.ipynb": find(name).read_bytes(),
    }
    for top in ("grading", "w2vbook", "w2vlib"):
        for path in (ROOT / top).rglob("*"):
            inner = path.relative_to(ROOT)
            if path.is_file() and not any(p == "__pycache__" or p[0] == "." for p in inner.parts):
                files[inner.as_posix()] = path.read_bytes()
    target = folder / f"{name}.zip"
    target.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(target) as out, zipfile.ZipFile(out, "w") as archive:
        for inner_name in sorted(files):
            info = zipfile.ZipInfo(inner_name, _DATE)
            info.create_system = 3  # Unix, wherever it is built
            executable = inner_name in ("setup.sh", "run_autograder")
            info.external_attr = (0o100755 if executable else 0o100644) << 16
            # Stored: what zlib makes of the same bytes depends on its version.
            archive.writestr(info, files[inner_name], zipfile.ZIP_STORED)
    return target


def autograde(name: str, base: Path) -> int:
    """Grade the one submission of a Gradescope container and write its results.json."""
    try:
        results = _results(read(find(name)), base)
    except (MasterError, OSError) as error:
        results = {"output": f"This could not be graded; tell the instructor. {error}", "score": 0}
    target = base / "results" / "results.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(target) as file:
        file.write((json.dumps(results, indent=1) + "\n").encode("utf-8"))
    return 0


def _results(master: Master, base: Path) -> dict[str, Any]:
    boxed = why_no_box() is None
    if not boxed and not nobody_can_run():
        raise MasterError(f"No box ({why_no_box()}), and no other user to run the submission as.")
    notebooks = sorted((base / "submission").glob("*.ipynb"))
    trouble = "" if len(notebooks) == 1 else f"hand in one notebook; {len(notebooks)} were found"
    path = notebooks[0] if notebooks else base / "submission" / f"{master.name}.ipynb"
    submission = Submission(_student(base), path, trouble)
    return as_results(master, grade_one(master, submission, limits=Limits(), boxed=boxed))


def _student(base: Path) -> str:
    """Return the e-mail address of the first student, which is the id on Gradescope."""
    try:
        users = json.loads((base / "submission_metadata.json").read_text(encoding="utf-8"))["users"]
        student = clean_id(str(users[0]["email"]))
    except (OSError, ValueError, LookupError, TypeError):
        student = None
    return student or "student"


def as_results(master: Master, result: Result) -> dict[str, Any]:
    """Return a result in the form of Gradescope's results.json, without hidden tests."""
    outcomes = {step["grade_id"]: step for step in result["steps"] if step["kind"] == "test"}
    titles = master.titles
    tests = [
        {
            "name": titles[cell.grade_id],
            "score": result["scores"].get(cell.grade_id, 0.0),
            "max_score": cell.points,
            "output": outcomes.get(cell.grade_id, {}).get("message", ""),
            "visibility": "visible",
        }
        for cell in master.of_role("test")
    ]
    lines = [result["trouble"], *result["notes"], f"Your id here is {result['student']}."]
    return {
        "score": result["auto"],
        "output": "\n".join(line for line in lines if line),
        "stdout_visibility": "hidden",
        "tests": tests,
    }

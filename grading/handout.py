"""What students get beside each notebook, so that they need neither make nor the repository.

README.md            how to set up on Windows, macOS and Linux; what to do; what may go wrong
requirements.txt     the course's versions of what the assignments import, and the wheel
w2vlib-...whl        the library and the students' data, built from this repository
visible_tests.py     runs the notebook and lists the visible tests
.github/workflows/   the same at every push, for GitHub Classroom
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from pathlib import Path

from .files import atomic_write
from .leaks import leaks_in_files
from .masters import ROOT, Master, MasterError, read
from .release import RELEASED

TEMPLATES = ROOT / "assignments" / "handout"
ALSO_NEEDED = ("ipykernel", "jupyterlab")
_PACKED = ("w2vlib", "w2vbook", "pyproject.toml", "README.md", "LICENSE")
_ADDRESS = re.compile(
    r"https://github\.com/(?P<repo>[\w-]+/[\w.{}-]+?)(?:/tree/(?P<branch>[\w./-]+))?/?"
)


def hand_out(paths: list[Path], address: str = "", folder: Path = RELEASED) -> None:
    """Write the files beside the released notebooks of ``paths``.

    Parameters
    ----------
    address
        Where each folder is published, with ``{name}`` for the assignment, such as
        ``https://github.com/OWNER/w2v-{name}``; empty: no links to Colab and Binder.

    Raises
    ------
    MasterError
        The address is of another form, or the wheel cannot be built.
    """
    masters = [read(path) for path in paths]
    cloud = {master.name: _cloud(address, master.name) for master in masters}
    with tempfile.TemporaryDirectory() as scratch:
        wheel = build_wheel(Path(scratch), masters)
        for master in masters:
            target = folder / master.name
            for old in target.glob("w2vlib-*.whl"):
                old.unlink()
            shutil.copyfile(wheel, target / wheel.name)
            for name, text in _texts(master, wheel.name, cloud[master.name]).items():
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                with atomic_write(target / name) as file:
                    file.write(text.encode("utf-8"))


def _texts(master: Master, wheel: str, cloud: str) -> dict[str, str]:
    title = next((c.source for c in master.of_role("prose") if c.source.startswith("# ")), "")
    readme = (TEMPLATES / "README.md").read_text(encoding="utf-8")
    for mark, text in (
        ("@TITLE@", title.split("\n")[0].removeprefix("# ") or master.name),
        ("@NOTEBOOK@", f"{master.name}.ipynb"),
        ("@CLOUD@\n", cloud.replace("@WHEEL@", wheel)),
    ):
        readme = readme.replace(mark, text)
    return {
        "README.md": readme,
        "requirements.txt": (
            "# What the assignments need, in the versions that they are graded with.\n"
            f"./{wheel}\n{pinned(ALSO_NEEDED)}"
        ),
        "visible_tests.py": (TEMPLATES / "visible_tests.py").read_text(encoding="utf-8"),
        ".github/workflows/classroom.yml": (TEMPLATES / "classroom.yml").read_text("utf-8"),
    }


def _cloud(address: str, name: str) -> str:
    """Return the README's section on Colab and Binder; nothing where there is no address.

    >>> "colab.research.google.com/github/me/w2v-a1_x/blob/main/a1_x.ipynb" in _cloud(
    ...     "https://github.com/me/w2v-{name}", "a1_x"
    ... )
    True
    """
    if not address:
        return ""
    found = _ADDRESS.fullmatch(address)
    if (
        found is None
        or "{name}" not in found["repo"]
        or re.search(r"[{}]", address.format(name=""))
    ):
        raise MasterError(
            f"ADDRESS={address} is not of the form https://github.com/OWNER/w2v-{{name}} or "
            "https://github.com/OWNER/w2v-{name}/tree/BRANCH, with {name} for the assignment"
        )
    repo, branch = found["repo"].format(name=name), found["branch"] or "main"
    colab = f"https://colab.research.google.com/github/{repo}/blob/{branch}/{name}.ipynb"
    binder = f"https://mybinder.org/v2/gh/{repo}/{branch}?labpath={name}.ipynb"
    raw = f"https://raw.githubusercontent.com/{repo}/{branch}/@WHEEL@"
    return (
        "\n## Or without installing anything\n\n"
        f"* [Open in Binder]({binder}): everything is installed. It forgets you after some minutes "
        "without input: download your notebook often.\n"
        f"* [Open in Colab]({colab}) (needs a Google account): add a cell at the top, run it once, "
        "and delete it before you hand in:\n"
        f"  `%pip install {raw}`\n\n"
    )


def build_wheel(folder: Path, masters: Iterable[Master] = ()) -> Path:
    """Build the wheel in ``folder`` from a copy of the two packages; the same bytes each time.

    Raises
    ------
    MasterError
        pip fails, or a solution stands in what would be packed.
    """
    copy, built = folder / "copy", folder / "built"
    copy.mkdir(parents=True)
    ignored = shutil.ignore_patterns("__pycache__", ".*")
    for name in _PACKED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=ignored)
        else:
            shutil.copyfile(ROOT / name, copy / name)
    leaks = leaks_in_files(list(masters), copy, released=False)
    if leaks:
        raise MasterError("solutions or hidden tests would be packed:\n  " + "\n  ".join(leaks))
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    done = subprocess.run(
        [*command, "--no-index", "-w", str(built), str(copy)],
        env={**os.environ, "SOURCE_DATE_EPOCH": "315532800"},
        capture_output=True,
        text=True,
        errors="replace",
    )
    wheels = list(built.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        raise MasterError(
            "the wheel for the students cannot be built (pip and setuptools, as `make setup` "
            f"installs them, are needed): {done.stderr.strip()[-600:]}"
        )
    return wheels[0]


def pinned(also: Iterable[str] = ()) -> str:
    """Return the course's versions of what w2vlib imports, and of ``also``, a line each."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = {re.split(r"[<>=\[]", line)[0].lower() for line in project["project"]["dependencies"]}
    wanted |= set(also)
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return "".join(f"{line}\n" for line in lines if line.split("==")[0].lower() in wanted)

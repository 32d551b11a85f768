"""The repository as a whole: nothing stray in it, and what is said twice is said the same."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
LARGEST_FILE = 13_000_000  # the bundled statistics
LARGEST_OTHER = 1_000_000
TEXT = {".py", ".md", ".toml", ".yml", ".cff", ".txt", ".css", ".js", ".html", ".bib", ".ipynb", ""}
PERSONAL_PATH = re.compile(r"(?<![\w.])/(?:home|root|Users|tmp)/\w+|[A-Z]:\\\\Users")
MODULES = sorted(path for path in (ROOT / "w2vlib").rglob("*.py"))


@pytest.fixture(scope="module")
def files() -> list[Path]:
    """Return the files that belong to the repository."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [path for line in done.stdout.splitlines() if (path := ROOT / line).is_file()]


@pytest.fixture(scope="module")
def project() -> dict:
    """Return the contents of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def pins() -> dict[str, str]:
    """Return the pinned versions of requirements.txt."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted = [line for line in lines if line.strip() and not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in wanted), "pin with =="
    return {name.lower(): version for name, version in (line.split("==") for line in wanted)}


def test_no_large_files(files: list[Path]) -> None:
    large = {path.name: path.stat().st_size for path in files}
    limits = {name: LARGEST_FILE if name.endswith(".npz") else LARGEST_OTHER for name in large}
    assert {name: size for name, size in large.items() if size > limits[name]} == {}


def test_nothing_built_is_kept(files: list[Path]) -> None:
    built = re.compile(r"(^|/)(_build|\.venv|__pycache__|\.ipynb_checkpoints|.*\.egg-info)(/|$)")
    names = [path.relative_to(ROOT).as_posix() for path in files]
    assert [name for name in names if built.search(name)] == []


def test_no_paths_of_somebodys_machine(files: list[Path]) -> None:
    found = []
    for path in files:
        if path.suffix in TEXT and path != Path(__file__):
            text = path.read_text(encoding="utf-8")
            found += [f"{path.name}: {match.group()}" for match in PERSONAL_PATH.finditer(text)]
    assert found == []


def test_every_dependency_is_pinned(project: dict, pins: dict[str, str]) -> None:
    extras = project["project"]["optional-dependencies"].values()
    wanted = project["project"]["dependencies"] + [name for extra in extras for name in extra]
    assert {re.split(r"[<>=\[]", line)[0].lower() for line in wanted} <= set(pins)


def test_installed_versions_are_the_pinned_ones(pins: dict[str, str]) -> None:
    from importlib.metadata import version

    installed = {name: version(name).split("+")[0] for name in pins}
    assert installed == pins


def test_version_is_the_same_everywhere(project: dict) -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == project["project"]["version"]


def test_readme_names_only_make_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for name in ("README.md", "CONTRIBUTING.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        named = set(re.findall(r"\bmake ([a-z]+)\b", text)) - {"it", "sure"}
        assert named <= targets, f"{name} names {named - targets}"


def test_public_names_are_documented() -> None:
    import w2vlib

    page = (ROOT / "chapters" / "library.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\.\. auto\w+:: (?:w2vlib\.)?(\w+)", page, re.MULTILINE))
    assert set(w2vlib.__all__) <= documented | {"plotting"}


def _imports(path: Path) -> set[str]:
    """Return the modules of w2vlib that a module imports when it is itself imported."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom):
            parts = (node.module or "").split(".")
            if node.level:
                found.update(parts[:1] if node.module else [alias.name for alias in node.names])
            elif parts[0] == "w2vlib":
                found.update(parts[1:2] or [alias.name for alias in node.names])
    return found


def test_modules_do_not_import_each_other_in_circles() -> None:
    graph = {path.stem: _imports(path) for path in MODULES if path.parent.name == "w2vlib"}
    del graph["__init__"]
    while graph:
        free = [name for name, needs in graph.items() if not needs & set(graph)]
        assert free, f"these import each other: {graph}"
        for name in free:
            del graph[name]


def test_library_imports_without_torch_and_without_writing() -> None:
    code = "import sys, w2vlib; sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr or "import w2vlib imports torch"
    assert done.stdout == done.stderr == ""

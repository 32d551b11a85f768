"""The repository as a whole: nothing stray in it, and what is said twice is said the same."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
LARGEST_FILE = 13_000_000  # the bundled statistics
LARGEST_OTHER = 1_000_000
TEXT = {".py", ".md", ".toml", ".yml", ".cff", ".txt", ".css", ".js", ".html", ".bib", ".ipynb", ""}
PERSONAL_PATH = re.compile(r"(?<![\w.])/(?:home|root|Users|tmp)/\w+|[A-Z]:\\\\Users")
MODULES = sorted(
    path for top in ("w2vlib", "w2vbook", "grading") for path in (ROOT / top).rglob("*.py")
)


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
    found = [re.fullmatch(r"([\w.-]+)==([\w.]+)(; python_version < .*)?", line) for line in wanted]
    assert all(found), "pin with =="
    return {pin[1].lower(): pin[2] for pin in found if pin}


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


def test_lock_holds_what_is_pinned(pins: dict[str, str]) -> None:
    """A pin that was changed alone: `make lock` writes the lock anew."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", "")
    locked, bare = {}, []
    for line in text.splitlines():
        name, version, rest = re.fullmatch(r"([\w.-]+)==([\w.+]+)(.*)", line).groups()
        locked[name.lower()] = version
        bare += [] if re.search(r"--hash=sha256:[0-9a-f]{64}\b", rest) else [name]
    assert bare == []
    wanted = {name: version for name, version in pins.items() if name != "torch"}
    assert {name: locked.get(name) for name in wanted} == wanted


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


def test_figure_of_the_readme_is_of_the_stored_measurements() -> None:
    """Where this fails: `python tools/readme_figure.py`."""
    bench = json.loads((ROOT / "benchmarks" / "results" / "bench.json").read_text("utf-8"))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for tone in ("light", "dark"):
        name = f"assets/figures/accuracy-{tone}.svg"
        assert name in readme
        assert f"bench.json {bench['sha256']}" in (ROOT / name).read_text(encoding="utf-8")
    said = re.search(r'accuracy-light\.svg" alt="([^"]+)"', readme)[1]
    rows = bench["stages"]["vectors"]["rows"]
    best = max(rows, key=lambda row: row["analogies"])
    assert f"{best['analogies']:.0f} % after {best['processor_seconds']:.0f} seconds" in said


def test_public_names_are_documented() -> None:
    import w2vlib

    page = (ROOT / "chapters" / "library.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\.\. auto\w+:: (?:w2vlib\.)?(\w+)", page, re.MULTILINE))
    assert set(w2vlib.__all__) <= documented | {"plotting"}


#: Floors of the library: a stage imports from its own floor and from those before it. The container
#: of word vectors stands before the two routes, closed form and training, that both end in it.
FLOORS = (
    "_support", "plotting", "corpus", "targets", "vectors", "spectral", "flow", "training",
    "forecasting", "meaning",
)  # fmt: skip


def _module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _run_time_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Walk a module, inside functions too, but not into ``if TYPE_CHECKING``, which never runs."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        yield from _run_time_nodes(node)


def _imports(path: Path, modules: set[str]) -> set[str]:
    """Return which of the modules one of them imports, at once or later, in a function."""
    here = _module_name(path).split(".")
    package = here if path.stem == "__init__" else here[:-1]
    found = set()
    for node in _run_time_nodes(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            name = ".".join([*base, *([node.module] if node.module else [])])
            inner = [f"{name}.{alias.name}" for alias in node.names]
            found |= {one if one in modules else name for one in inner}
    return (found & modules) - {_module_name(path)}


def _import_graph() -> dict[str, set[str]]:
    names = {_module_name(path) for path in MODULES}
    return {_module_name(path): _imports(path, names) for path in MODULES}


def _circle(graph: dict[str, set[str]]) -> dict[str, set[str]]:
    """Return what is left when modules that import nothing that is left are taken away."""
    graph = dict(graph)
    while free := [name for name, needs in graph.items() if not needs & set(graph)]:
        for name in free:
            del graph[name]
    return {name: needs & set(graph) for name, needs in graph.items()}


def test_modules_do_not_import_each_other_in_circles() -> None:
    assert _circle(_import_graph()) == {}


def test_a_lazy_circle_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "w2vlib"
    package.mkdir()
    (package / "a.py").write_text("from . import b\n")
    (package / "b.py").write_text("def late():\n    from .a import x\n    return x\n")
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    monkeypatch.setitem(globals(), "MODULES", sorted(package.glob("*.py")))
    assert set(_circle(_import_graph())) == {"w2vlib.a", "w2vlib.b"}


def test_arrows_run_one_way() -> None:
    wrong = []
    for name, needs in _import_graph().items():
        stage = name.split(".")[1:2]
        if name.startswith("w2vlib.") and stage[0] in FLOORS:
            above = set(FLOORS[FLOORS.index(stage[0]) + 1 :])
            wrong += [f"{name} imports {other}" for other in needs if other.split(".")[1] in above]
    assert wrong == []


def test_every_stage_has_a_floor() -> None:
    stages = {path.parent.name for path in (ROOT / "w2vlib").glob("*/__init__.py")}
    assert stages == set(FLOORS)


def test_packages_keep_their_distance() -> None:
    allowed = {"w2vlib": {"w2vlib"}, "w2vbook": {"w2vbook", "w2vlib"}}
    for path in MODULES:
        top = path.relative_to(ROOT).parts[0]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in filter(None, names):
                first, *rest = name.split(".")
                if first in ("w2vlib", "w2vbook", "grading", "tools"):
                    assert first in allowed.get(top, {"grading", "w2vlib", "w2vbook"}), path
                if top == "grading" and first in ("w2vlib", "w2vbook"):
                    assert not any(part.startswith("_") for part in rest), f"{path}: {name}"


def test_no_module_has_the_name_of_a_public_function() -> None:
    import w2vlib

    modules = {part for path in MODULES for part in _module_name(path).split(".")[1:]}
    assert modules & set(w2vlib.__all__) == set()


def test_files_are_short() -> None:
    limit = 330  # lines: "not much above 300"
    lines = {_module_name(path): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {name: n for name, n in lines.items() if n > limit and "data" not in name} == {}


@pytest.mark.slow
def test_wheel_runs_the_example_of_the_readme(tmp_path: Path) -> None:
    """Install the built wheel, alone, beside the pinned dependencies, far from the checkout."""
    source = tmp_path / "source"
    shutil.copytree(
        ROOT, source, ignore=shutil.ignore_patterns(".*", "_build", "chapters", "tests")
    )
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    wheel = [*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(tmp_path), str(source)]
    subprocess.run(wheel, check=True, capture_output=True)
    built = next(tmp_path.glob("*.whl"))
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    inside = subprocess.run([python, "-c", ask], check=True, capture_output=True, text=True)
    site = Path(inside.stdout.strip())
    with zipfile.ZipFile(built) as archive:
        archive.extractall(site)
    # Dependencies are borrowed. A .pth adds a folder but not that folder's own .pth files, so the
    # checkout's editable install stays out of reach.
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    example = re.search(r"```python\n(.*?)```", readme, re.DOTALL)
    assert example, "README.md shows no Python"
    topics = ["king queen crown throne", "bread butter salt spoon"]
    (tmp_path / "my_text.txt").write_text("\n".join(20 * topics))
    code = (
        example.group(1)
        .replace("vocab_size=5000", "vocab_size=8")
        .replace("(mine, d=100)", "(mine, d=2)")
    )
    code += "\nimport w2vbook.interactives, w2vbook.exercises, w2vbook.course\n"
    code += "w2vlib.forecast(stats.truncate(200), d=3).save_html('page.html')\n"
    code += "w2vbook.interactives.LossParabola(stats.truncate(200))\nprint(w2vlib.__file__)\n"
    done = subprocess.run(
        [python, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.splitlines()[-1]).is_relative_to(site)
    assert (tmp_path / "page.html").stat().st_size > 5_000


def test_types_go_with_the_wheel() -> None:
    assert all((ROOT / package / "py.typed").is_file() for package in ("w2vlib", "w2vbook"))


def test_library_imports_without_torch_and_without_writing() -> None:
    code = "import sys, w2vlib; sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr or "import w2vlib imports torch"
    assert done.stdout == done.stderr == ""


def test_the_tests_of_a_file_share_a_process(tmp_path: Path) -> None:
    # Else what a file sets up is set up twice, a notebook's cells run in two kernels, and two tests
    # that use one folder or one port meet. A version of xdist or pytest may end it without a word.
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (way,) = re.findall(r"^SHARED = .*--dist (\w+)$", makefile, re.MULTILINE)
    body = (
        "import os, pathlib, time, pytest\n"
        "@pytest.mark.parametrize('n', range(8))\n"
        "def test_one(n):\n"
        "    time.sleep(0.02)\n"
        "    worker = os.environ['PYTEST_XDIST_WORKER']\n"
        "    pathlib.Path(__file__).with_suffix(f'.{worker}').touch()\n"
    )
    for name in "abc":
        (tmp_path / f"test_{name}.py").write_text(body, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", way, "."]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert "24 passed" in ran.stdout, ran.stdout + ran.stderr
    workers = {one: len(list(tmp_path.glob(f"test_{one}.gw*"))) for one in "abc"}
    assert workers == dict.fromkeys("abc", 1)

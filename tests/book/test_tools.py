"""The tools that set the tests up: axe-core, another processor's kernels, the oldest versions."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import accessibility
import pytest
from scripts import ROOT, load_script

if TYPE_CHECKING:
    from playwright.sync_api import Browser

fetch = load_script("tools/fetch_axe.py")
processor = load_script("tools/second_processor.py")
bounds = load_script("tools/lower_bounds.py")


def test_only_the_pinned_archive_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as package:
        entry = tarfile.TarInfo("package/axe.min.js")
        entry.size = 3
        package.addfile(entry, io.BytesIO(b"axe"))
    data = archive.getvalue()
    with pytest.raises(ValueError, match=r"SHA-512 is .* was pinned"):
        fetch.script_of(data)
    pinned = base64.b64encode(hashlib.sha512(data).digest()).decode()
    monkeypatch.setattr(fetch, "SHA512", pinned)
    assert fetch.script_of(data) == b"axe"


def test_axe_that_cannot_be_had_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fetch, "AXE", tmp_path / "axe.min.js")
    monkeypatch.setattr(fetch, "npm", lambda folder: [str(tmp_path / "no-npm")])
    assert fetch.main() == 1
    assert "axe-core 4" in capsys.readouterr().err
    assert not fetch.AXE.exists()


PAGE = """<!DOCTYPE html><html lang="en"><head><title>t</title></head><body><main><h1>t</h1>
<button aria-label="Search">Find in the book</button></main></body></html>"""


@pytest.mark.browser
def test_newest_axe_is_used_and_told_apart(browser: Browser) -> None:
    if not accessibility.NEWEST.is_file():
        accessibility.axe()  # fails where it was promised
        pytest.skip("the older axe-core alone; run: python tools/fetch_axe.py")
    page = browser.new_page()
    page.set_content(PAGE)
    [fault] = accessibility.faults(page)
    assert fault.startswith("label-content-name-mismatch")
    assert accessibility.faults(page, accessibility.OF_COLOURS) == []
    assert page.evaluate("axe.version") == fetch.VERSION
    page.close()


def test_environment_of_another_processor() -> None:
    found = processor.environment("x86_64", ["X86_V3", "X86_V4"])
    assert found["NPY_DISABLE_CPU_FEATURES"] == "X86_V3,X86_V4"
    assert found["OPENBLAS_CORETYPE"] == "Prescott"
    assert "NPY_DISABLE_CPU_FEATURES" not in processor.environment("x86_64", [])
    assert processor.environment("aarch64", ["SVE"]) == processor.THREADS


SEEN = """
import json, numpy as np, threadpoolctl
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
np.ones((9, 9)) @ np.ones((9, 9))
print(json.dumps([[one["num_threads"] for one in threadpoolctl.threadpool_info()
                   if one["internal_api"] == "openblas"],
                  [name for name in __cpu_dispatch__ if __cpu_features__[name]]]))
"""


def test_what_the_tool_prints_reaches_numpy() -> None:
    command = f'env $("{sys.executable}" tools/second_processor.py) "{sys.executable}" -W error -c'
    done = subprocess.run(
        ["sh", "-c", f'{command} "$1"', "sh", SEEN], cwd=ROOT, capture_output=True, check=True
    )
    threads, extensions = json.loads(done.stdout)
    # Two, or all that there are: a process may be held to one core.
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert threads == [min(2, cores)] * len(threads)
    assert not extensions


def test_threads_that_the_caller_chose_are_kept(tmp_path: Path) -> None:
    # Or the second processor's two threads would be one again.
    (tmp_path / "test_threads.py").write_text(
        "import os\n\n\ndef test_it():\n    assert os.environ['OPENBLAS_NUM_THREADS'] == '2'\n"
    )
    (tmp_path / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text("utf-8"))
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "2", "PYTHONPATH": str(ROOT / "tests")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_oldest_versions_are_those_declared() -> None:
    project = """[project]
dependencies = ["numpy>=1.26"]
[project.optional-dependencies]
train = ["torch>=2.2"]
"""
    assert bounds.oldest(project) == ["numpy==1.26", "torch==2.2"]
    assert bounds.oldest((ROOT / "pyproject.toml").read_text("utf-8"))
    with pytest.raises(ValueError, match=r"'numpy<3' is not of the form"):
        bounds.oldest(project.replace(">=1.26", "<3"))

"""Measurements that the book shows are kept in files: small, unchanged, and saying where from."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "benchmarks" / "results").glob("*.json"))


@pytest.fixture(scope="module")
def stored() -> ModuleType:
    spec = importlib.util.spec_from_file_location("stored", ROOT / "benchmarks" / "stored.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_result_is_small_unchanged_and_says_where_from(path: Path, stored: ModuleType) -> None:
    result = stored.read(path.stem)
    assert path.stat().st_size < 50_000
    assert result["machine"]["processor"]
    assert result["machine"]["versions"]["numpy"]
    assert result["machine"]["shared_with_other_work"] in (True, False)


def test_there_are_results() -> None:
    assert FILES


def test_a_changed_result_is_refused(stored: ModuleType, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(stored, "RESULTS", tmp_path)
    stored.write("one", {"seconds": 1.5, "machine": stored.machine(shared=False)})
    assert stored.read("one")["seconds"] == 1.5
    changed = json.loads((tmp_path / "one.json").read_text("utf-8")) | {"seconds": 0.5}
    (tmp_path / "one.json").write_text(json.dumps(changed), encoding="utf-8")
    with pytest.raises(ValueError, match="its checksum is wrong"):
        stored.read("one")

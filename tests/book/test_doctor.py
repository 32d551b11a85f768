"""The report on an environment: what is wrong is said with its remedy, and nobody is named."""

from __future__ import annotations

import shutil
from importlib import metadata
from pathlib import Path

import pytest
from scripts import load_script

doctor = load_script("tools/doctor.py")


@pytest.mark.parametrize(
    ("version", "mark"), [((3, 10, 9), "WRONG"), ((3, 11, 0), "ok"), ((3, 14, 0), "note")]
)
def test_python(version: tuple[int, ...], mark: str) -> None:
    found, sentence = doctor.python(version)
    assert found.strip() == mark
    assert sentence.startswith("Python " + ".".join(map(str, version)))


def test_packages_are_compared_with_their_pins() -> None:
    here = {"numpy": "2.0", "torch": "2.13.0+cpu"}

    def version_of(name: str) -> str:
        if name not in here:
            raise metadata.PackageNotFoundError(name)
        return here[name]

    def found(requirements: str) -> tuple[str, str]:
        return doctor.packages(requirements, version_of)

    assert (
        found("# pins\nnumpy==2.0\ntorch==2.13.0\nold==1.0; python_version < '3.12'\n")[0]
        == doctor.OK
    )
    mark, sentence = found("numpy==2.0\nscipy==1.17\n")
    assert mark == doctor.WRONG
    assert "scipy" in sentence
    assert "make distclean setup" in sentence
    mark, sentence = found("numpy==2.1\n")
    assert mark == doctor.NOTE
    assert "numpy 2.0 instead of 2.1" in sentence


def test_what_fails_is_told_in_its_last_line_without_folders() -> None:
    mark, sentence = doctor.runs("it", "raise OSError(__import__('os').getcwd())", "do this")
    assert mark == doctor.WRONG
    assert sentence == "it: OSError: BOOK. do this"
    assert doctor.runs("it", "print(6 * 7)", "") == (doctor.OK, "it: 42")
    assert doctor.tilde(str(Path.home() / "x")) == "~/x"


def test_a_full_disk_and_a_missing_browser(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    full = shutil.disk_usage(tmp_path)._replace(free=10**9)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: full)
    assert doctor.space(tmp_path)[0] == doctor.WRONG
    assert doctor.browser(lambda name: None)[0] == doctor.NOTE


def test_the_report(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.main() == 0  # these tests run in the book's own environment
    said = capsys.readouterr().out
    assert said.endswith("Ready: make book\n")
    assert "torch" in said
    assert str(Path.home()) not in said
    monkeypatch.setattr(doctor, "checks", lambda: iter([(doctor.WRONG, "no sun")]))
    assert doctor.main() == 1
    assert "WRONG no sun" in capsys.readouterr().out

"""Files appear whole or not at all, and errors are those of the file that is written."""

import os
import stat
import subprocess
import sys

import pytest

from w2vlib import W2VError
from w2vlib._support.files import atomic_write, check_readable


def write(path, content=b"new"):
    with atomic_write(path) as file:
        file.write(content)


@pytest.mark.parametrize("name", ["plain", "n" * 250, "ü" * 125])
def test_a_file_has_its_name_and_content_and_no_other_is_left(tmp_path, name):
    write(tmp_path / name)
    write(tmp_path / name, b"newer")
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes() == b"newer"


def test_a_name_beyond_what_the_disk_allows_should_be_shorter(tmp_path):
    with pytest.raises(W2VError, match=r"cannot write .*; choose a shorter name$"):
        write(tmp_path / ("n" * 300))


def test_folders_that_cannot_hold_files_are_refused(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    for path in (tmp_path / "file" / "v", tmp_path / "missing" / "v"):
        with pytest.raises(W2VError, match=r"cannot write .*; choose a folder that exists"):
            write(path)
    with pytest.raises(W2VError, match="it is a folder; name a file"):
        write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_content_is_on_the_disk_before_the_name_is(tmp_path, monkeypatch):
    done = []
    for name in ("fsync", "replace"):
        really = getattr(os, name)

        def step(*args, name=name, really=really):
            done.append((name, next(tmp_path.iterdir()).stat().st_size))
            really(*args)

        monkeypatch.setattr(os, name, step)
    write(tmp_path / "v")
    assert done == [("fsync", 3), ("replace", 3)]


@pytest.mark.parametrize("error", [FileNotFoundError(2, "no source"), KeyboardInterrupt()])
def test_an_error_of_the_block_passes_and_the_old_file_stays(tmp_path, error):
    path = tmp_path / "v"
    path.write_text("old")

    def write_half():
        with atomic_write(path) as file:
            file.write(b"half")
            raise error

    with pytest.raises(type(error)) as caught:
        write_half()
    assert caught.value is error
    assert [p.name for p in tmp_path.iterdir()] == ["v"]
    assert path.read_text() == "old"


def full(*args):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, step):
    path = tmp_path / "v"
    path.write_text("old")
    monkeypatch.setattr(os, step, full)
    with pytest.raises(W2VError, match=r"No space left on device; .* has room"):
        write(path)
    assert [p.name for p in tmp_path.iterdir()] == ["v"]
    assert path.read_text() == "old"


LIMITED = """
import resource, signal, sys
from w2vlib._support.files import atomic_write
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
with atomic_write(sys.argv[1]) as file:
    for _ in range(100):
        file.write(bytes(1000))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the limit of a file's size is one of POSIX")
def test_what_cannot_be_written_inside_the_block_is_named(tmp_path):
    run = [sys.executable, "-c", LIMITED, str(tmp_path / "v")]
    found = subprocess.run(run, capture_output=True, text=True)
    assert "W2VError: cannot write" in found.stderr.splitlines()[-1]
    assert "File too large; choose a folder" in found.stderr.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="permissions and links are those of POSIX")
def test_permissions_are_the_usual_ones_or_those_of_the_file_replaced(tmp_path):
    (tmp_path / "plain").write_text("")
    write(tmp_path / "v")
    assert (tmp_path / "v").stat().st_mode == (tmp_path / "plain").stat().st_mode
    (tmp_path / "v").chmod(0o640)
    (tmp_path / "link").symlink_to("v")
    write(tmp_path / "link", b"through the link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "v").read_bytes() == b"through the link"
    assert stat.S_IMODE((tmp_path / "v").stat().st_mode) == 0o640


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are those of POSIX")
def test_pipes_are_neither_written_nor_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(W2VError, match="it is a pipe; name a file"):
        write(tmp_path / "pipe")
    with pytest.raises(W2VError, match="is a pipe; take a file"):
        check_readable(tmp_path / "pipe", "take a file")


def test_what_cannot_be_read_is_named_and_a_long_text_cut_short(tmp_path):
    with pytest.raises(W2VError, match=r"nowhere' does not exist; look"):
        check_readable(tmp_path / "nowhere", "look")
    with pytest.raises(W2VError, match=r"is a folder; look"):
        check_readable(tmp_path, "look")
    for path in (None, 5, "a\0b", ""):
        with pytest.raises(W2VError, match=r"is no path; look"):
            check_readable(path, "look")
    with pytest.raises(W2VError, match=r"cannot be read|does not exist") as caught:
        check_readable("a text, not a name " * 1000, "look")
    assert len(str(caught.value)) < 300

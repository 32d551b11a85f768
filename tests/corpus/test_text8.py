"""Fetching text8, from a server on this machine that can misbehave in every way we know."""

import gzip
import hashlib
import http.server
import io
import socket
import threading
import time
import zipfile

import pooch
import pytest
import requests

import w2vlib
from w2vlib import W2VError
from w2vlib.corpus import _text8

TEXT = b"anarchism originated as a term of abuse " * 5000
MD5 = hashlib.md5(TEXT).hexdigest()


def zipped(content=TEXT):
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("text8", content)
    return memory.getvalue()


def with_header(archive, local, central, value):
    """Change one byte of both headers of the only file."""
    changed = bytearray(archive)
    changed[local] = changed[archive.index(b"PK\x01\x02") + central] = value
    return bytes(changed)


ZIP = zipped()
EMPTY_ZIP = b"PK\x05\x06" + bytes(18)
SHA256 = hashlib.sha256(ZIP).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    asked = 0

    def do_GET(self):
        type(self).asked += 1
        kind = self.path.strip("/")
        body = {
            "zip": ZIP,
            "gz": gzip.compress(TEXT),
            "other": zipped(b"another text"),
            "cutzip": ZIP[: len(ZIP) // 2],
            "emptyzip": EMPTY_ZIP,
            "encrypted": with_header(ZIP, 6, 8, 1),
            "method": with_header(ZIP, 8, 10, 99),
            "cut": ZIP,
        }.get(kind)
        if kind == "nowhere":
            self.send_response(302)
            self.send_header("Location", "http://[bad")
            self.end_headers()
            return
        if kind == "silent":
            time.sleep(1.5)
            return
        if body is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if kind == "cut" else body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def host():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def fetch(host, monkeypatch, tmp_path):
    """Fetch as `fetch_text8` does, from this machine and a smaller text."""

    def run(*kinds, sha256=SHA256, progress=False):
        sources = tuple(
            (f"{host}/{kind}", sha256 if i == 0 else None) for i, kind in enumerate(kinds)
        )
        monkeypatch.setattr(_text8, "TEXT8_SOURCES", sources)
        monkeypatch.setattr(_text8, "TEXT8_MD5", MD5)
        return w2vlib.fetch_text8(cache_dir=tmp_path / "cache", progress=progress)

    run.folder = tmp_path / "cache"
    run.left = lambda: [p.name for p in run.folder.iterdir()] if run.folder.exists() else []
    return run


def test_fetched_once_and_kept(fetch):
    path = fetch("zip")
    assert path.read_bytes() == TEXT
    assert fetch.left() == ["text8"]
    before = Handler.asked
    assert fetch("zip") == path
    assert Handler.asked == before
    stats = w2vlib.count_cooccurrences(path, vocab_size=5)
    assert stats.words[0] == "anarchism"


def test_a_spoilt_copy_is_fetched_again(fetch):
    path = fetch("zip")
    path.write_bytes(TEXT[:-1])
    assert fetch("zip").read_bytes() == TEXT


def test_the_second_host_serves_where_the_first_fails(fetch):
    assert fetch("missing", "gz").read_bytes() == TEXT


@pytest.mark.parametrize("kind", ["emptyzip", "encrypted", "method", "nowhere"])
def test_the_second_host_serves_where_the_first_sends_what_cannot_be_unpacked(fetch, kind):
    assert fetch(kind, "gz", sha256=None).read_bytes() == TEXT


def test_another_process_may_fetch_at_the_same_time(fetch, monkeypatch):
    unpack = _text8._unpack

    def interrupted(packed, target):
        monkeypatch.setattr(_text8, "_unpack", unpack)
        fetch("zip")  # the other one, from its beginning to its end
        unpack(packed, target)

    monkeypatch.setattr(_text8, "_unpack", interrupted)
    assert fetch("zip").read_bytes() == TEXT
    assert fetch.left() == ["text8"]


def test_what_a_killed_run_left_is_not_trusted(fetch):
    fetch.folder.mkdir()
    (fetch.folder / "text8.download").write_bytes(gzip.compress(TEXT)[:-9])
    assert fetch("gz", sha256=None).read_bytes() == TEXT


def test_only_a_wrong_checksum_is_called_one(fetch, monkeypatch):
    def fails(*_, **__):
        raise ValueError("something else")

    monkeypatch.setattr(pooch, "retrieve", fails)
    with pytest.raises(W2VError, match="something else") as error:
        fetch("zip")
    assert "SHA-256" not in str(error.value)


def test_a_folder_that_is_none():
    with pytest.raises(W2VError, match="5 is no path"):
        w2vlib.fetch_text8(cache_dir=5)


def test_progress_bar_only_where_asked_for(fetch, capsys):
    fetch("zip")
    captured = capsys.readouterr()
    assert captured.err == captured.out == ""
    (fetch.folder / "text8").unlink()
    fetch("zip", progress=True)
    assert "100%" in capsys.readouterr().err


FAULTS = {
    "missing": ("missing", {}, "404"),
    "wrong checksum": ("zip", {"sha256": "0" * 64}, "not match the known hash: expected 0000"),
    "another text": ("other", {"sha256": None}, "the text has MD5"),
    "cut connection": ("cut", {}, "cut the connection|known hash"),  # by urllib3 2 or 1
    "half a zip": ("cutzip", {"sha256": None}, "damaged|another"),
    "empty zip": ("emptyzip", {"sha256": None}, "the text has MD5"),
    "encrypted zip": ("encrypted", {"sha256": None}, "cannot unpack the zip archive that it sent"),
    "unknown method": ("method", {"sha256": None}, "cannot unpack the zip archive that it sent"),
    "redirection to nowhere": ("nowhere", {}, "cannot be reached|not kept"),
    "silent host": ("silent", {}, "sent nothing for 0.3 seconds"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_of_the_host(fetch, monkeypatch, fault):
    monkeypatch.setattr(_text8, "_TIMEOUT", 0.3)
    kind, options, message = FAULTS[fault]
    with pytest.raises(W2VError, match=message) as error:
        fetch(kind, **options)
    assert f"put it, unpacked, at {fetch.folder / 'text8'}" in str(error.value)
    assert "load_statistics()" in str(error.value)
    assert fetch.left() == []


def test_dead_host(fetch, monkeypatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    monkeypatch.setattr(_text8, "TEXT8_SOURCES", ((f"http://127.0.0.1:{port}/x", None),))
    with pytest.raises(W2VError, match="cannot be reached"):
        w2vlib.fetch_text8(cache_dir=fetch.folder, progress=False)
    assert fetch.left() == []


def test_full_disk_while_downloading(fetch, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(requests.Response, "iter_content", full)
    with pytest.raises(W2VError, match=r"No space left on device; free 150 MB"):
        fetch("zip")
    assert fetch.left() == []


def test_full_disk_while_unpacking(fetch, monkeypatch):
    def full(packed):
        yield TEXT[:100]
        raise OSError(28, "No space left on device")  # as from writing it

    monkeypatch.setattr(_text8, "_unpacked", full)
    with pytest.raises(W2VError, match="No space left on device"):
        fetch("zip")
    assert fetch.left() == []


def test_no_folder_to_write_to(fetch):
    fetch.folder.parent.joinpath("cache").write_text("a file, not a folder")
    with pytest.raises(W2VError, match="cannot write"):
        fetch("zip")


def test_the_real_sources_are_what_the_documentation_says():
    (url, sha256), _ = _text8.TEXT8_SOURCES
    assert url.endswith("text8.zip")
    assert len(sha256) == 64
    assert len(_text8.TEXT8_MD5) == 32

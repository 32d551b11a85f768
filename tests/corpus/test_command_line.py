"""The commands ``count`` and ``vectors``, and what all commands share."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import w2vlib
from w2vlib import CorpusStatistics, __main__, count_cooccurrences
from w2vlib.__main__ import main
from w2vlib.corpus import BUNDLED, _tokens

PACKAGE = Path(w2vlib.__file__).resolve().parent


@pytest.fixture
def text(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("text").write_text("a b a\nb c\n")
    return Path("text")


def error_of(capsys, *arguments):
    """Run a command that fails; return what it says."""
    assert main([*map(str, arguments)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    return said


def run_python(code, **environment):
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent), **environment}
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True)


def test_count(text, capsys):
    assert main(["count", "text", "--vocab-size", "2", "--window", "3", "--out", "o.npz"]) == 0
    assert "V=2, window=3" in capsys.readouterr().out
    found = CorpusStatistics.load("o.npz")
    expected = count_cooccurrences(["a b a", "b c"], vocab_size=2, window=3)
    assert found.words == expected.words
    assert np.array_equal(found.pair_counts, expected.pair_counts)


def test_lines_of_a_book_are_joined_where_asked_for(text, capsys):
    count = ["count", "text", "text", "--vocab-size", "3", "--out", "o.npz"]
    assert main(count) == 0
    assert "a line holds 2 words on average" in capsys.readouterr().out
    assert main([*count, "--whole"]) == 0
    assert "a line holds" not in capsys.readouterr().out
    whole = count_cooccurrences([text.read_text()] * 2, vocab_size=3)  # two files, two articles
    assert np.array_equal(CorpusStatistics.load("o.npz").pair_counts, whole.pair_counts)


@pytest.mark.parametrize("method", ["pca", "sgns"])
@pytest.mark.parametrize("name", ["v.txt", "v.bin.gz"])
def test_vectors(text, capsys, method, name):
    rng = np.random.default_rng(0)
    text.write_text("\n".join(" ".join(rng.choice(list("abcdefgh"), 30)) for _ in range(99)))
    command = ["vectors", "text", "--vocab-size", "8", "--window", "2", "--dim", "3"]
    assert main([*command, "--method", method, "--out", name]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in said] == ["counts", "vectors", "->"]
    stats = count_cooccurrences("text", vocab_size=8, window=2)
    expected = (
        w2vlib.pca_embeddings(stats, 3, weights="word2vec")
        if method == "pca"
        else w2vlib.sgns_embeddings(stats, 3)
    )
    found = w2vlib.Embeddings.load_word2vec_format(name, binary=".bin" in name)
    assert found.words == expected.words
    np.testing.assert_array_equal(found.vectors, expected.vectors)


def test_vectors_that_cannot_be_had_leave_no_file(text, capsys):
    out = ("--vocab-size", 3, "--out", "v.txt")
    assert "positive eigenvalue" in error_of(capsys, "vectors", "text", *out, "--dim", 3)
    assert "d=200; choose" in error_of(capsys, "vectors", "text", *out)
    assert not Path("v.txt").exists()


@pytest.mark.parametrize("command", ["count", "forecast", "vectors"])
@pytest.mark.parametrize("name", ["-", "none", "folder", "pipe"])
def test_what_is_no_file_gets_a_remedy_for_a_shell(text, capsys, command, name):
    Path("folder").mkdir()
    os.mkfifo("pipe")
    said = error_of(capsys, command, name, "--out", "o")
    assert f"{name!r} " in said
    assert "name a text file (save what comes from a pipe" in said
    assert "[text]" not in said


@pytest.mark.parametrize("command", ["count", "forecast", "vectors"])
def test_an_empty_text_is_called_so(text, capsys, command):
    text.write_text("")
    assert "the text has no words" in error_of(capsys, command, "text", "--out", "o")


def test_bad_settings_are_refused_before_the_reading(text, capsys, monkeypatch):
    monkeypatch.setattr(_tokens, "tokenized", None)  # not reached
    out = ("--out", "o")
    assert "window=0" in error_of(capsys, "count", "text", *out, "--window", 0)
    assert "vocab_size=3,000,000,000 exceeds" in error_of(
        capsys, "count", "text", *out, "--vocab-size", 3_000_000_000
    )


def test_many_words_are_counted_sparsely(text, monkeypatch):
    monkeypatch.setattr(__main__, "_SPARSE_ABOVE", 2)
    for size in (2, 3):
        assert main(["count", "text", "--vocab-size", str(size), "--out", "o.npz"]) == 0
        assert CorpusStatistics.load("o.npz").is_sparse == (size == 3)


def test_the_command_does_not_count_for_what_it_cannot_write(text, capsys, monkeypatch):
    Path("link").hardlink_to(text)
    os.mkfifo("pipe")
    monkeypatch.setattr(_tokens, "tokenized", None)  # not reached
    for out, message in {
        "text": "--out text is the text itself",
        "./text": "--out text is the text itself",
        "link": "--out link is the text itself",
        "pipe": "--out pipe is a pipe",
        "": "--out . is a folder",
        "none/out.npz": "in the folder none: it does not exist",
        "x" * 300: "too long",
    }.items():
        assert message in error_of(capsys, "count", "text", "--out", out)
    assert text.read_text() == "a b a\nb c\n"


def test_the_command_can_be_stopped(text, capsys, monkeypatch):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(_tokens, "tokenized", stopped)
    assert main(["count", "text", "--out", "out.npz"]) == 130
    assert capsys.readouterr().err == "stopped; nothing was written\n"


def test_a_terminal_that_lacks_letters_gets_them_escaped(text):
    code = (
        "from w2vlib.__main__ import main;"
        "raise SystemExit(main(['count', 'text', '--vocab-size', '2', '--out', 'o.npz',"
        "'--source', '\\u4f60\\u597d']))"
    )
    done = run_python(code, PYTHONIOENCODING="cp1252", PYTHONUTF8="0")
    assert done.returncode == 0, done.stderr
    assert rb"source='\u4f60\u597d'" in done.stdout


def test_kernels_are_compiled_without_a_cache_where_there_is_no_place_for_one(monkeypatch):
    from numba.core import caching

    from w2vlib._support.compiled import compiled

    monkeypatch.setattr(caching.CompileResultCacheImpl, "_locator_classes", [])
    assert compiled(nogil=True)(lambda x: x + 1)(1) == 2


def test_every_kernel_is_compiled_in_that_way():
    for path in PACKAGE.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and "njit" in ast.unparse(call.func):
                cached = any(keyword.arg == "cache" for keyword in call.keywords)
                assert not cached or path.name == "compiled.py", path


def test_the_library_loads_no_compiler_and_no_downloader():
    code = (
        "import sys; from w2vlib import load_statistics; load_statistics(20);"
        "print({'numba', 'pooch', 'requests', 'tqdm'} & set(sys.modules))"
    )
    assert run_python(code).stdout.strip() == b"set()"


@pytest.mark.text_data
@pytest.mark.slow
def test_bundled_statistics_rebuild_bit_for_bit(tmp_path, text_data):
    out = tmp_path / "rebuilt.npz"
    source = w2vlib.load_statistics(2).source
    parts = sorted(str(path) for path in Path(text_data).glob("enwiki-part*.txt.xz"))
    assert main(["count", *parts, "--source", source, "--out", str(out)]) == 0
    assert out.read_bytes() == BUNDLED.read_bytes()

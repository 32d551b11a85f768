"""Word vectors: lookups against sums written out, files against gensim, every message."""

import gzip
import os
import re
import stat
import struct
import sys

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from w2vlib import Embeddings, W2VError

WORDS = ("king", "queen", "man", "woman", "straße", "日本")


@pytest.fixture
def emb():
    vectors = np.random.default_rng(0).normal(size=(len(WORDS), 5)).astype(np.float32)
    return Embeddings(WORDS, vectors)


@pytest.fixture
def gensim_keyed_vectors():
    return pytest.importorskip(
        "gensim.models", reason="gensim is not installed: its oracle is left out"
    ).KeyedVectors


def cosine(x, y):
    return sum(a * b for a, b in zip(x, y, strict=True)) / (
        sum(a * a for a in x) ** 0.5 * sum(b * b for b in y) ** 0.5
    )


# ---------------------------------------------------------------- construction and lookup


def test_rows_belong_to_words(emb):
    assert len(emb) == 6
    assert list(emb) == list(WORDS)
    assert emb.index["woman"] == 3
    assert "king" in emb
    assert "prince" not in emb
    assert 0 not in emb
    np.testing.assert_array_equal(emb["日本"], emb.vectors[5])
    assert repr(emb) == "Embeddings(V=6, d=5, words: king, queen, man, ...)"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_vectors_are_a_read_only_copy(dtype):
    source = np.ones((2, 3), dtype=dtype)
    emb = Embeddings(["a", "b"], source)
    source[:] = 7
    assert emb.vectors.max() == 1
    with pytest.raises(ValueError, match="read-only"):
        emb.vectors[0, 0] = 2
    with pytest.raises(AttributeError):
        emb.words = ("c", "d")


@pytest.mark.parametrize(
    ("given_type", "kept"),
    [("f4", "f4"), ("f8", "f8"), ("f2", "f8"), (">f4", "f8"), ("i8", "f8"), ("?", "f8")],
)
def test_float32_and_float64_stay_and_all_else_becomes_float64(given_type, kept):
    assert Embeddings(["a"], np.ones((1, 2), dtype=given_type)).vectors.dtype == np.dtype(kept)


NAN = float("nan")
BAD_TABLES = {
    "one string": ("abc", [[1.0]], r"words is one string, 'abc'; pass a list"),
    "one word short": (["a"], [[1.0], [2.0]], r"1 words but 2 vectors; pass one row"),
    "one dimension": (["a", "b"], [1.0, 2.0], r"shape \(2,\) .* pass real numbers of shape"),
    "no words": ([], np.empty((0, 3)), r"shape \(0, 3\) .* V >= 1 and d >= 1"),
    "no dimensions": (["a"], np.empty((1, 0)), r"shape \(1, 0\)"),
    "complex": (["a"], [[1j]], r"type complex128"),
    "text": (["a"], [["1"]], r"type <U1"),
    "ragged": (["a", "b"], [[1.0], [1.0, 2.0]], r"not a table of numbers .* shape \(V, d\)"),
    "twice": (["a", "b", "a"], np.ones((3, 1)), r"'a' comes twice, in rows 0 and 2; keep one"),
    "no list": (None, [[1.0]], r"words is None; pass a list"),
    "unhashable": ([["a"]], [[1.0]], r"word 0 is \['a'\], list; pass strings"),
    "no string": (["a", 7], np.ones((2, 1)), r"word 1 is 7, int; pass strings"),
    "nan": (["a", "b"], [[1, 1], [NAN, 2]], r"NaN or infinity 1 times, first in row 1 \('b'\)"),
    "infinity": (["a"], [[-np.inf, np.inf]], r"NaN or infinity 2 times, first in row 0"),
}


@pytest.mark.parametrize(("words", "vectors", "message"), BAD_TABLES.values(), ids=BAD_TABLES)
def test_bad_tables_are_refused(words, vectors, message):
    with pytest.raises(W2VError, match=message):
        Embeddings(words, vectors)


# ---------------------------------------------------------------- nearest and analogy


def test_nearest_agrees_with_cosines_written_out(emb):
    expected = sorted(
        ((w, cosine(emb["king"], emb[w])) for w in WORDS if w != "king"), key=lambda pair: -pair[1]
    )
    found = emb.nearest("king")
    assert [w for w, _ in found] == [w for w, _ in expected]
    np.testing.assert_allclose([c for _, c in found], [c for _, c in expected], atol=1e-6)
    assert emb.nearest("king", n=2) == found[:2]


def test_nearest_to_a_vector_keeps_every_word(emb):
    assert emb.nearest(emb["king"], n=6)[0][0] == "king"
    # The length of the query does not matter, nor is it bound to the range of float32.
    assert [w for w, _ in emb.nearest(1e200 * emb["man"].astype(float))] == [
        w for w, _ in emb.nearest(emb["man"])
    ]


def test_analogy_agrees_with_the_formula_written_out(emb):
    unit = {w: emb[w] / np.linalg.norm(emb[w]) for w in WORDS}
    query = unit["woman"] - unit["man"] + unit["king"]
    expected = {w: cosine(query, unit[w]) for w in ("queen", "straße", "日本")}
    found = emb.analogy("man", "woman", "king")
    assert [w for w, _ in found] == sorted(expected, key=expected.get, reverse=True)
    for word, score in found:
        assert score == pytest.approx(expected[word], abs=1e-6)


def test_the_first_word_is_a_word_like_the_others():
    emb = Embeddings(["b", "a", "c"], [[1.0, 0.1], [1.0, 0.0], [0.0, 1.0]])
    assert emb.nearest("a", n=1)[0][0] == "b"


def test_equal_cosines_keep_the_order_of_the_words():
    emb = Embeddings([f"w{k}" for k in range(40)], np.ones((40, 2)))
    assert [w for w, _ in emb.nearest("w7", n=8)] == [f"w{k}" for k in (0, 1, 2, 3, 4, 5, 6, 8)]


def test_a_word_may_be_given_twice():
    emb = Embeddings(["a", "b", "c"], [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    assert [w for w, _ in emb.analogy("a", "b", "b")] == ["c"]


def test_no_other_word_gives_an_empty_answer():
    assert Embeddings(["a"], [[1.0]]).nearest("a") == []


def test_zero_vectors_have_no_direction():
    emb = Embeddings(["zero", "x", "y"], [[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0]])
    assert emb.nearest("x") == [("zero", 0.0), ("y", -1.0)]
    with pytest.raises(W2VError, match="vector of 'zero' is zero: it has no direction"):
        emb.nearest("zero")
    with pytest.raises(W2VError, match="vector of 'zero' is zero, no direction; choose another"):
        emb.analogy("x", "zero", "y")
    with pytest.raises(W2VError, match="the vector is zero"):
        emb.nearest([0, 0])


def test_an_analogy_that_cancels_out_has_no_answer():
    # b and c stand at 60 degrees on both sides of a, so that b + c = a in unit vectors.
    root = 3**0.5
    emb = Embeddings(["a", "b", "c", "d"], [[1, 0], [1, root], [1, -root], [0, 1]])
    assert emb.unit_vectors[1, 0] == 0.5
    with pytest.raises(W2VError, match=r"'b' - 'a' \+ 'c' is zero: it has no direction"):
        emb.analogy("a", "b", "c")


@pytest.mark.parametrize("size", [1e-40, 1e-30, 1e30, 3e38])
def test_tiny_and_huge_vectors_keep_their_direction(size):
    emb = Embeddings(["a", "b"], np.array([[size, size], [1, 0]], dtype=np.float32))
    assert emb.nearest("a")[0][1] == pytest.approx(0.5**0.5, abs=1e-4)


BAD_LOOKUPS = {
    "misspelt": (lambda e: e["quene"], r"'quene' is not among the 6 words .* mean 'queen'"),
    "capital": (lambda e: e.nearest("King"), r"'King' is not .* did you mean 'king'"),
    "unlike all": (lambda e: e["xxxxxx"], r"'xxxxxx' .*; choose one of \.words"),
    "in an analogy": (lambda e: e.analogy("man", "womann", "king"), r"'womann' .* mean 'woman'"),
    "row number": (lambda e: e[0], r"0 is not a word; pass a string"),
    "n zero": (lambda e: e.nearest("king", n=0), r"n=0 is not a number of words; .* n >= 1"),
    "n half": (lambda e: e.nearest("king", n=2.5), r"n=2\.5"),
    "n true": (lambda e: e.analogy("man", "woman", "king", n=True), r"n=True"),
    "long vector": (lambda e: e.nearest(np.ones(4)), r"shape \(4,\) with 4 finite .* d=5"),
    "nan vector": (lambda e: e.nearest([NAN] * 5), r"shape \(5,\) with 0 finite"),
    "no vector": (lambda e: e.nearest(["a", "b"]), r"neither a word nor a vector"),
}


@pytest.mark.parametrize(("look_up", "message"), BAD_LOOKUPS.values(), ids=BAD_LOOKUPS)
def test_bad_lookups_are_refused(emb, look_up, message):
    with pytest.raises(W2VError, match=message):
        look_up(emb)


def test_capitals_are_offered_where_the_vocabulary_has_them():
    with pytest.raises(W2VError, match="did you mean 'USA' or 'Usa'"):
        Embeddings(["USA", "Usa", "zzz"], [[1.0], [2.0], [3.0]])["usa"]


@settings(deadline=None)
@given(hnp.arrays(np.float64, (6, 3), elements=st.floats(-10, 10, width=32)), st.integers(1, 8))
def test_nearest_is_sorted_complete_and_blind_to_length(vectors, n):
    assume(vectors[0].any())
    emb = Embeddings(WORDS, vectors)
    found = emb.nearest("king", n=n)
    cosines = [c for _, c in found]
    assert len({w for w, _ in found} - {"king"}) == min(n, 5)
    assert cosines == sorted(cosines, reverse=True)
    assert all(-1 - 1e-9 <= c <= 1 + 1e-9 for c in cosines)
    # A power of two scales without rounding.
    assert Embeddings(WORDS, 8 * vectors).nearest("king", n=n) == found


# ---------------------------------------------------------------- word2vec's format

words_strategy = st.lists(
    st.text(st.characters(codec="utf-8"), min_size=1).filter(
        lambda w: w.encode().split() == [w.encode()]
    ),
    min_size=1,
    max_size=5,
    unique=True,
)


@settings(deadline=None)
@given(st.data(), words_strategy, st.booleans())
def test_any_words_and_float32_come_back_exactly(tmp_path_factory, data, words, binary):
    shape = (len(words), data.draw(st.integers(1, 4)))
    vectors = data.draw(
        hnp.arrays(
            np.float32, shape, elements=st.floats(width=32, allow_nan=False, allow_infinity=False)
        )
    )
    path = tmp_path_factory.mktemp("round") / "vectors"
    Embeddings(words, vectors).save_word2vec_format(path, binary=binary)
    back = Embeddings.load_word2vec_format(path, binary=binary)
    assert back.words == tuple(words)
    assert back.vectors.dtype == np.float32
    assert back.vectors.tobytes() == vectors.tobytes()  # also tells 0 from -0


@pytest.mark.parametrize("name", ["v.txt", "v.bin", "v.txt.gz"])
@pytest.mark.parametrize("binary", [False, True])
def test_the_variant_is_found_without_being_named(emb, tmp_path, name, binary):
    emb.save_word2vec_format(tmp_path / name, binary=binary)
    back = Embeddings.load_word2vec_format(str(tmp_path / name))
    assert back.words == emb.words
    np.testing.assert_array_equal(back.vectors, emb.vectors)


def test_text_is_as_the_format_says(tmp_path):
    Embeddings(["a", "ü"], [[1.0, -0.5], [0.1, 1e-9]]).save_word2vec_format(tmp_path / "v")
    expected = "2 2\na 1 -0.5\nü 0.100000001 9.99999972e-10\n"
    assert (tmp_path / "v").read_bytes() == expected.encode()


def test_binary_is_as_the_format_says(tmp_path):
    Embeddings(["a", "ü"], [[1.0], [-0.5]]).save_word2vec_format(tmp_path / "v", binary=True)
    expected = b"2 1\na " + struct.pack("<f", 1) + "\nü ".encode() + struct.pack("<f", -0.5) + b"\n"
    assert (tmp_path / "v").read_bytes() == expected


def test_compressed_files_are_the_same_each_time(emb, tmp_path):
    for name in ("a.gz", "b.gz"):
        emb.save_word2vec_format(tmp_path / name)
    data = (tmp_path / "a.gz").read_bytes()
    assert data == (tmp_path / "b.gz").read_bytes()
    assert gzip.decompress(data).startswith(b"6 5\nking ")


def test_blanks_at_line_ends_and_numbers_of_other_programs_are_read(tmp_path):
    path = tmp_path / "v"
    path.write_bytes(b"2 2 \r\na 1 2 \r\nb 3e0 +4.25 \r\n\r\n")
    emb = Embeddings.load_word2vec_format(path)
    assert emb.words == ("a", "b")
    assert emb.vectors.tolist() == [[1, 2], [3, 4.25]]


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("name", ["v", "v.gz"])
def test_gensim_reads_what_is_written_here(emb, tmp_path, gensim_keyed_vectors, name, binary):
    emb.save_word2vec_format(tmp_path / name, binary=binary)
    keyed = gensim_keyed_vectors.load_word2vec_format(str(tmp_path / name), binary=binary)
    assert tuple(keyed.index_to_key) == emb.words
    np.testing.assert_array_equal(keyed.vectors, emb.vectors)


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("name", ["v", "v.gz"])
def test_what_gensim_writes_is_read_here(emb, tmp_path, gensim_keyed_vectors, name, binary):
    keyed = gensim_keyed_vectors(vector_size=5)
    keyed.add_vectors(list(emb.words), emb.vectors)
    keyed.save_word2vec_format(str(tmp_path / name), binary=binary)
    back = Embeddings.load_word2vec_format(tmp_path / name)
    assert back.words == emb.words
    np.testing.assert_array_equal(back.vectors, emb.vectors)


def test_keyed_vectors_answer_as_we_do(emb, gensim_keyed_vectors):
    keyed = emb.to_keyed_vectors()
    assert isinstance(keyed, gensim_keyed_vectors)
    for ours, theirs in [
        (emb.nearest("king", n=5), keyed.most_similar("king", topn=5)),
        (
            emb.analogy("man", "woman", "king", n=3),
            keyed.most_similar(positive=["woman", "king"], negative=["man"], topn=3),
        ),
    ]:
        assert [w for w, _ in ours] == [w for w, _ in theirs]
        np.testing.assert_allclose([c for _, c in ours], [c for _, c in theirs], atol=1e-6)


def test_a_missing_gensim_is_named(emb, monkeypatch):
    monkeypatch.setitem(sys.modules, "gensim", None)
    monkeypatch.setitem(sys.modules, "gensim.models", None)
    with pytest.raises(W2VError, match="gensim is not installed; run: pip install gensim"):
        emb.to_keyed_vectors()


@pytest.mark.parametrize("word", ["new york", "", "tab\there", "line\n", " "])
@pytest.mark.parametrize("binary", [False, True])
def test_words_that_the_format_cannot_hold_are_refused(tmp_path, word, binary):
    with pytest.raises(W2VError, match=re.escape(f"{word!r} is empty or holds a blank")):
        Embeddings(["a", word], [[1.0], [2.0]]).save_word2vec_format(tmp_path / "v", binary=binary)
    assert list(tmp_path.iterdir()) == []


def test_half_a_surrogate_pair_is_refused(tmp_path):
    with pytest.raises(W2VError, match="cannot be written as UTF-8"):
        Embeddings(["\ud800"], [[1.0]]).save_word2vec_format(tmp_path / "v")


def test_numbers_beyond_float32_are_refused(tmp_path):
    emb = Embeddings(["a"], [[-1e39]])
    message = r"1e\+39, exceeds float32's 3\.4e\+38; rescale"
    with pytest.raises(W2VError, match=message):
        emb.save_word2vec_format(tmp_path / "v")
    pytest.importorskip("gensim", reason="gensim is not installed: its oracle is left out")
    with pytest.raises(W2VError, match=message):
        emb.to_keyed_vectors()


FLOAT = struct.pack("<f", 1.5)
BAD_FILES = {
    "empty": (b"", r"starts with b'' where word2vec's format has a line 'V d'"),
    "glove": (b"the 0.1 0.2\nof 0.3 0.4\n", r"b'the 0\.1 0\.2' .* GloVe.* first line"),
    "noise": (bytes(range(256)), r"word2vec's format has a line 'V d'"),
    "negative": (b"-1 2\na 1 2\n", r"line 'V d'"),
    "no words": (b"0 2\n", r"announces V=0 words, d=2 numbers each; it needs at least 1"),
    "huge": (b"99999999999 300\na 1 2\n", r"V=99999999999 words.* holds 6 bytes, too few"),
    "number too long": (b"9" * 5000 + b" 2\n", r"line 'V d'"),
    "text short": (b"3 2\na 1 2\nb 3 4\n", r"announces V=3 words.* has 2 lines of them; .*anew"),
    "text long": (b"1 2\na 1 2\nb 3 4\n", r"announces V=1 words.* has 2 lines"),
    "line cut off": (b"2 2\na 1 2\nb 3\n", r"line 3 has 2 fields, b'b 3'; .* damaged"),
    "no number": (b"2 2\na 1 2\nb 3 x\n", r"line 3 has 3 fields, b'b 3 x'"),
    "one word, no number": (b"1 1\na bad!\n", r"line 2 has 2 fields, b'a bad!' .*binary=True"),
    "hexadecimal": (b"1 1\na 0x10\n", r"line 2 has 2 fields, b'a 0x10'"),
    "comma": (b"2 1\na 1,25\nb 2,50\n", r"line 2 has 2 fields, b'a 1,25'"),
    "comma, more": (b"2 2\n\xc3\xa9b 0,12 0,5\nb 1 2\n", r"line 2 has 3 fields"),
    "underscore": (b"1 2\na_b 1 1_0\n", r"line 2 has 3 fields, b'a_b 1 1_0'"),
    "word with blank": (b"2 2\na 1 2\nb c 3 4\n", r"line 3 has 4 fields"),
    "nan": (b"1 2\na 1 nan\n", r"NaN or infinity 1 times"),
    "beyond float32": (b"1 2\na 1 1e300\n", r"NaN or infinity 1 times"),
    "twice": (b"2 1\na 1\na 2\n", r"'a' comes twice"),
    "latin-1 text": (b"1 1\n\xe9t\xe9 1\n", r"word 0 of .* is not UTF-8"),
    "binary cut off": (
        b"2 1\na " + FLOAT + b"\nb " + FLOAT[:2],
        r"ends after 1 of them; .*cut off",
    ),
    "binary long": (b"1 1\na " + FLOAT + b"\nb " + FLOAT, r"7 bytes follow the last of them"),
    "latin-1 binary": (b"1 1\n\xe9 " + FLOAT, r"word 0 of .* is not UTF-8"),
}


@pytest.mark.parametrize(("content", "message"), BAD_FILES.values(), ids=BAD_FILES)
def test_damaged_files_are_refused(tmp_path, content, message):
    path = tmp_path / "vectors.bin"
    path.write_bytes(content)
    with pytest.raises(W2VError, match=message) as caught:
        Embeddings.load_word2vec_format(path)
    assert "vectors.bin" in str(caught.value)


@pytest.mark.parametrize("binary", [False, True])
def test_a_file_cut_off_anywhere_is_refused(emb, tmp_path, binary):
    path = tmp_path / "v"
    emb.save_word2vec_format(path, binary=binary)
    whole = path.read_bytes()
    # The last line feed may go, and of a number as text the last digits cannot be missed.
    last = 1 if binary else whole[::-1].index(b" ")
    for length in range(len(whole) - last):
        path.write_bytes(whole[:length])
        with pytest.raises(W2VError):
            Embeddings.load_word2vec_format(path, binary=binary)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60), st.sampled_from([None, False, True]))
def test_no_garbage_ends_deep_inside(tmp_path_factory, content, binary):
    path = tmp_path_factory.getbasetemp() / "garbage"
    for data in (content, b"2 1\n" + content):
        path.write_bytes(data)
        try:
            emb = Embeddings.load_word2vec_format(path, binary=binary)
        except W2VError:
            continue
        assert emb.vectors.shape == (2, 1) or data is content


@pytest.mark.parametrize("damage", ["not gzip", "cut off", "flipped"])
def test_damaged_gzip_is_refused(emb, tmp_path, damage):
    path = tmp_path / "v.gz"
    emb.save_word2vec_format(path)
    whole = path.read_bytes()
    flipped = whole[:40] + bytes([whole[40] ^ 255]) + whole[41:]
    path.write_bytes({"not gzip": b"2 1\n", "cut off": whole[:-9], "flipped": flipped}[damage])
    with pytest.raises(W2VError, match=r"v\.gz is no whole gzip file \(.*\); fetch it anew"):
        Embeddings.load_word2vec_format(path)


def test_missing_files_and_folders_are_named(tmp_path):
    with pytest.raises(W2VError, match=r"nowhere' does not exist; check the path"):
        Embeddings.load_word2vec_format(tmp_path / "nowhere")
    with pytest.raises(W2VError, match="is a folder; check the path"):
        Embeddings.load_word2vec_format(tmp_path)
    for path in (None, 5, "a\0b"):
        with pytest.raises(W2VError, match="is no path"):
            Embeddings.load_word2vec_format(path)


# ---------------------------------------------------------------- writing whole or not at all


def test_a_folder_that_cannot_hold_files_is_refused(emb, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    for path in (tmp_path / "file" / "v", tmp_path / "missing" / "v"):
        with pytest.raises(W2VError, match=r"cannot write .*; choose a folder that exists"):
            emb.save_word2vec_format(path)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("name", ["v", "v.gz"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(emb, tmp_path, monkeypatch, name):
    path = tmp_path / name
    path.write_text("old")

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(W2VError, match=r"No space left on device; .* has room"):
        emb.save_word2vec_format(path)
    assert [p.name for p in tmp_path.iterdir()] == [name]
    assert path.read_text() == "old"


def test_an_interrupt_leaves_the_old_file_and_nothing_else(emb, tmp_path, monkeypatch):
    path = tmp_path / "v"
    path.write_text("old")

    def interrupted(*args, **kwargs):
        yield b"6 5\n"
        raise KeyboardInterrupt

    monkeypatch.setattr("w2vlib.vectors._word2vec_format._lines", interrupted)
    with pytest.raises(KeyboardInterrupt):
        emb.save_word2vec_format(path)
    assert [p.name for p in tmp_path.iterdir()] == ["v"]
    assert path.read_text() == "old"


def test_files_get_the_usual_permissions(emb, tmp_path):
    emb.save_word2vec_format(tmp_path / "v")
    (tmp_path / "plain").write_text("")
    assert stat.S_IMODE((tmp_path / "v").stat().st_mode) == stat.S_IMODE(
        (tmp_path / "plain").stat().st_mode
    )

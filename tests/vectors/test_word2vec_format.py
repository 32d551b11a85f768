"""Files in word2vec's format: round trips, gensim as oracle, what people's files look like."""

import bz2
import gzip
import io
import lzma
import pickle
import re
import struct
import tracemalloc
import warnings
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from w2vlib import Embeddings, W2VError

TEXT = b"3 2\nriver 0.25 -1.50\n\xc3\xa9t\xc3\xa9 1.00 2.00\nlantern 0.50 0.75\n"


def load(path, content, **options):
    """Load a file of this content; return the embeddings and the texts of all warnings."""
    path.write_bytes(content)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        emb = Embeddings.load_word2vec_format(path, **options)
    assert all(w.category is UserWarning and w.filename == __file__ for w in caught)
    return emb, [str(w.message) for w in caught]


def as_binary(rows, end=b"", header=None):
    """Write rows as binary: gensim ends no vector with a line feed, word2vec.c ends each."""
    d = len(rows[0][1])
    lines = [b"%b " % word + struct.pack(f"<{d}f", *row) + end for word, row in rows]
    return (header or b"%d %d\n" % (len(rows), d)) + b"".join(lines)


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


def test_numbers_of_the_last_row_may_hold_blanks(tmp_path):
    # Found by the test above: behind the last blank there are fewer bytes than a number has.
    vectors = np.frombuffer(b" 1 Y", dtype="<f4")[None]
    Embeddings(["0"], vectors).save_word2vec_format(tmp_path / "v.bin", binary=True)
    back = Embeddings.load_word2vec_format(tmp_path / "v.bin", binary=True)
    assert back.words == ("0",)
    np.testing.assert_array_equal(back.vectors, vectors)


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
    "glove": (b"the 0.1 0.2\nof 0.3 0.4\n", r"b'the 0\.1 0\.2' .* GloVe.* first line '.* 2'"),
    "no vectors": (
        b"eight words each\n",
        r"starts with b'eight.*; check that it is a file of word",
    ),
    "noise": (bytes(range(256)), r"word2vec's format has a line 'V d'"),
    "negative": (b"-1 2\na 1 2\n", r"line 'V d'.*; check that"),
    "no words": (b"0 2\n", r"starts with b'0 2' .* at least 1; check"),
    "header alone": (b"2 1", r"V=2 words.* number of rows is 0; correct"),
    "number too long": (b"9" * 5000 + b" 2\n", r"line 'V d'"),
    "V too large": (b"3 2\na 1 2\nb 3 4\n", r"V=3 words.* rows is 2; .* to '2 2', or fetch"),
    "V too small": (b"1 2\na 1 2\nb 3 4\n", r"V=1 words.* rows is 2; .* first line to '2 2'$"),
    "d too large": (b"2 3\na 1 2\nb 3 4\n", r"d=3 .* hold 2; correct the first line to '2 2'$"),
    "d too small": (b"2 1\na 1 2\nb 3 4\n", r"d=1 .* hold 2; correct the first line to '2 2'$"),
    "line cut off": (b"2 2\na 1 2\nb 3\n", r"line 3 has 2 fields, b'b 3.*'; .* damaged"),
    "no number": (b"2 2\na 1 2\nb 3 x\n", r"line 3 has 3 fields, b'b 3 x.*'"),
    "one word, no number": (b"1 1\na bad!\n", r"line 2 has 2 fields, b'a bad!.*' .*binary=True"),
    "hexadecimal": (b"1 1\na 0x10\n", r"line 2 has 2 fields, b'a 0x10"),
    "comma": (b"2 1\na 1,25\nb 2,50\n", r"line 2 has 2 fields, b'a 1,25"),
    "comma, more": (b"2 2\n\xc3\xa9b 0,12 0,5\nb 1 2\n", r"line 2 has 3 fields"),
    "underscore": (b"1 2\na_b 1 1_0\n", r"line 2 has 3 fields, b'a_b 1 1_0"),
    "line end lost": (b"3 3\na 1 2 3\nb 4 5 6c 7 8 9\nd 1 2 3\n", r"line 3 has 7 fields"),
    "line without end": (b"1 1\n" + b"a" * 99_999, r"line 2 has 1 fields"),
    "nan": (b"1 2\na 1 nan\n", r"NaN or infinity 1 times"),
    "beyond float32": (b"1 2\na 1 1e300\n", r"NaN or infinity 1 times"),
    "latin-1 text": (b"1 1\n\xe9t\xe9 1\n", r"word 0 of .* is not UTF-8.* encoding='latin-1'"),
    "latin-1 at the end": (b"1 1\ncaf\xe9 1\n", r"word 0 of .* is not UTF-8"),
    "latin-1 binary": (b"1 1\n\xe9 " + FLOAT, r"word 0 of .* is not UTF-8.* encoding='latin-1'"),
    "binary cut off": (
        b"2 1\na " + FLOAT + b"\nb " + FLOAT[:2],
        r"ends after 1 of them; .*cut off.* limit=",
    ),
    "binary long": (b"1 1\na " + FLOAT + b"\nb " + FLOAT, r"6 bytes .* follow the last of them"),
    "binary, d wrong": (b"2 2\na " + FLOAT + b"\nb " + FLOAT, r"ends after 1 of them"),
    "empty": (b"", r"vectors\.bin is empty"),
    "blank": (b" \r\n", r"vectors\.bin is empty"),
    "fastText": (b"\xba\x16\x4f\x2f\x0c\0\0\0", r"is a fastText model.* take the \.vec file"),
    "pickle": (pickle.dumps({"a": [1.0]}), r"is a Python pickle.* KeyedVectors\.load"),
    "web page": (b"\n<!DOCTYPE html>\n<html>", r"is a web page"),
    "git lfs": (b"version https://git-lfs.github.com/spec/v1\n", r"Git LFS.* git lfs pull"),
    "UTF-16": ("1 1\na 1\n".encode("utf-16"), r"is UTF-16 text.* save it as UTF-8"),
    "numpy": (b"\x93NUMPY\x01\0", r"is a NumPy array.* numpy\.load"),
    "7z": (b"7z\xbc\xaf\x27\x1c", r"is an archive.* unpack it"),
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


@pytest.mark.parametrize("damage", ["cut off", "flipped"])
@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_damaged_packed_files_are_refused(tmp_path, pack, damage):
    whole = pack(TEXT)
    flipped = whole[:40] + bytes([whole[40] ^ 255]) + whole[41:]
    (tmp_path / "v").write_bytes({"cut off": whole[:-9], "flipped": flipped}[damage])
    with pytest.raises(W2VError, match=r"v is cut off or damaged \(.*\); fetch it anew"):
        Embeddings.load_word2vec_format(tmp_path / "v")


def test_missing_files_and_folders_are_named(tmp_path):
    with pytest.raises(W2VError, match=r"nowhere' does not exist; check the path"):
        Embeddings.load_word2vec_format(tmp_path / "nowhere")
    with pytest.raises(W2VError, match="is a folder; check the path"):
        Embeddings.load_word2vec_format(tmp_path)
    for path in (None, 5, "a\0b"):
        with pytest.raises(W2VError, match="is no path"):
            Embeddings.load_word2vec_format(path)


# ---------------------------------------------------------------- people's files


def zipped(content):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("vectors.txt", content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        TEXT,
        b"\xef\xbb\xbf" + TEXT.replace(b"\n", b"\r\n"),
        TEXT.replace(b"\n", b" \n"),
        TEXT.replace(b" ", b"\t"),
        TEXT.rstrip(),
        gzip.compress(TEXT),
        bz2.compress(TEXT),
        bz2.compress(TEXT[:4]) + bz2.compress(TEXT[4:]),
        lzma.compress(TEXT),
        zipped(TEXT),
    ],
    ids=["plain", "mark", "blanks", "tabs", "no-end", "gzip", "bzip2", "two-bzip2s", "xz", "zip"],
)
@pytest.mark.parametrize("name", ["v.vec", "v.gz", "v.bin"])
def test_a_file_is_read_whatever_its_name_and_packing(tmp_path, content, name):
    emb, notices = load(tmp_path / name, content)
    assert emb.words == ("river", "été", "lantern")
    assert emb.vectors.tolist() == [[0.25, -1.5], [1, 2], [0.5, 0.75]]
    assert notices == []


_NUMBERS = np.random.default_rng(3).normal(size=(3, 6)).astype(np.float32).tolist()
ROWS = list(zip((b"river", b"harbour", b"lantern"), _NUMBERS, strict=True))


def variants(rows):
    """Return text and both kinds of binary with these rows."""
    text = b"%d %d\n" % (len(rows), len(rows[0][1]))
    text += b"".join(b"%b %b\n" % (w, b" ".join(b"%.9g" % x for x in row)) for w, row in rows)
    return [text, as_binary(rows), as_binary(rows, end=b"\n")]


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_of_a_word_twice_the_first_is_kept_with_a_warning(tmp_path, kind):
    emb, notices = load(tmp_path / "v", variants([*ROWS, (b"river", [9.0] * 6)])[kind])
    assert emb.words == ("river", "harbour", "lantern")
    assert emb.vectors.tolist() == [row for _, row in ROWS]
    [notice] = notices
    assert re.search(r"rows whose word came before: 1, first that of 'river'; they were", notice)


CUT_WORDS = {
    "two bytes": ("перехватывает".encode() + b"\xd1", "перехватывает\ufffd"),
    "three bytes": ("日本".encode() + b"\xe3\x81", "日本\ufffd"),
    "after ASCII": (b"x" * 98 + b"\xc3", "x" * 98 + "\ufffd"),
    "in a phrase": ("пере".encode() + b"\xd1_" + "сло".encode(), "пере\ufffd_сло"),
}


@pytest.mark.parametrize(("written", "read"), CUT_WORDS.values(), ids=CUT_WORDS)
@pytest.mark.parametrize("kind", [0, 1, 2])
def test_a_word_cut_inside_a_letter_is_read_with_a_warning(tmp_path, kind, written, read):
    emb, notices = load(tmp_path / "v", variants([ROWS[0], (written, ROWS[1][1]), ROWS[2]])[kind])
    assert emb.words == ("river", read, "lantern")
    np.testing.assert_array_equal(emb[read], ROWS[1][1])
    [notice] = notices
    assert "cut inside a letter: 1, first" in notice


def test_a_word_that_is_the_mark_for_a_letter_is_no_cut_word(tmp_path):
    assert load(tmp_path / "v", "1 1\n\ufffd 1.5\n".encode())[1] == []


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("word", [b"a b", b"my name", b". . .", b"at name@example.org", b"my abc"])
@pytest.mark.parametrize("limit", [None, 1, 2, 3])
def test_words_with_blanks_are_read_as_text_and_as_binary(tmp_path, word, place, limit):
    rows = list(ROWS)
    rows[place] = (word, rows[place][1])
    for content in variants(rows):
        emb, notices = load(tmp_path / "v", content, limit=limit)
        assert emb.words == tuple(w.decode() for w, _ in rows[:limit])
        assert emb.vectors.tolist() == [row for _, row in rows[:limit]]
        assert notices == []


def test_a_word_with_a_blank_shows_by_the_word_after_it_where_the_numbers_do_not(tmp_path):
    # Two bytes further on these numbers are usual ones, too, but what follows is not UTF-8.
    usual = struct.unpack("<f", b"\xbe" * 4)
    emb, _ = load(tmp_path / "v", as_binary([(b"a b", usual * 6), ROWS[1], (b"c d", usual * 6)]))
    assert emb.words == ("a b", "harbour", "c d")


def test_words_with_blanks_that_gensim_writes_are_read(tmp_path, gensim_keyed_vectors):
    words = ["new york", "river", "rio de janeiro", "san josé", "end"]
    vectors = np.random.default_rng(1).normal(size=(5, 30)).astype(np.float32)
    keyed = gensim_keyed_vectors(vector_size=30)
    keyed.add_vectors(words, vectors)
    for binary in (False, True):
        keyed.save_word2vec_format(str(tmp_path / "v"), binary=binary)
        emb = Embeddings.load_word2vec_format(tmp_path / "v")
        assert list(emb) == words
        np.testing.assert_array_equal(emb.vectors, vectors)


@pytest.mark.parametrize(
    ("end", "doubtful"),
    [
        (b"0.5", True),  # of 0.506292, for example
        (b"3", True),
        (b"0.506292", False),
        (b"0.5 ", False),
        (b"0.5\n", False),
    ],
)
def test_a_last_number_that_may_be_cut_deserves_a_warning(tmp_path, end, doubtful):
    emb, notices = load(tmp_path / "v", b"2 2\na 1.250000 2.500000\nb 0.250000 " + end)
    assert emb.vectors[1, 1] == np.float32(end)
    assert len(notices) == doubtful
    assert all(
        "the last line has no end" in notice and "fetch it anew" in notice for notice in notices
    )
    assert load(tmp_path / "v", (tmp_path / "v").read_bytes(), limit=1)[1] == []


# ---------------------------------------------------------------- parts, and memory


@pytest.mark.parametrize("kind", [0, 1, 2])
@pytest.mark.parametrize("limit", [1, 2, 3, 99])
def test_limit_reads_the_first_words_as_gensim_does(tmp_path, gensim_keyed_vectors, kind, limit):
    emb, _ = load(tmp_path / "v", variants(ROWS)[kind], limit=limit)
    keyed = gensim_keyed_vectors.load_word2vec_format(
        str(tmp_path / "v"), binary=kind > 0, limit=limit
    )
    assert list(emb) == keyed.index_to_key
    np.testing.assert_array_equal(emb.vectors, keyed.vectors)


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_limit_reads_what_is_left_of_a_file_cut_off(tmp_path, kind):
    emb, _ = load(tmp_path / "v", variants(ROWS)[kind][:-3], limit=2)
    assert emb.words == ("river", "harbour")


@pytest.mark.parametrize("limit", [0, -1, 2.5, True, "3"])
def test_a_limit_is_a_whole_number(tmp_path, limit):
    with pytest.raises(W2VError, match=r"limit=.*; choose a whole number, 1 or more"):
        load(tmp_path / "v", TEXT, limit=limit)


@pytest.mark.parametrize("binary", [False, True])
def test_a_file_takes_little_more_memory_than_its_table(tmp_path, binary):
    V, d = 20_000, 100
    vectors = np.random.default_rng(2).normal(size=(V, d)).astype(np.float32)
    Embeddings(map(str, range(V)), vectors).save_word2vec_format(tmp_path / "v", binary=binary)
    tracemalloc.start()
    try:
        Embeddings.load_word2vec_format(tmp_path / "v")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # Words, their dictionary and the buffers come to some 4 MB; a second table would be 8 MB.
    assert peak < vectors.nbytes + 6e6


@pytest.mark.parametrize("V", [10**13, 10**15 - 1])
def test_more_than_the_memory_is_named_with_its_size(tmp_path, V):
    content = b"%d 300000\na 1 2\n" % V
    with pytest.raises(W2VError, match=r"words take [\d,.]+ GB of memory, .* pass limit="):
        load(tmp_path / "v", content, binary=True)

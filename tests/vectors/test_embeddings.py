"""Word vectors: lookups against sums written out, gensim as oracle, every message."""

import sys

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from w2vlib import Embeddings, W2VError


def cosine(x, y):
    return sum(a * b for a, b in zip(x, y, strict=True)) / (
        sum(a * a for a in x) ** 0.5 * sum(b * b for b in y) ** 0.5
    )


# ---------------------------------------------------------------- construction and lookup


def test_rows_belong_to_words(emb):
    assert len(emb) == 6
    assert list(emb) == ["king", "queen", "man", "woman", "straße", "日本"]
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
    "one word short": (
        ["a"],
        [[1.0], [2.0]],
        r"shape \(2, 1\) .* for 1 words; .* one row for each",
    ),
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
        ((w, cosine(emb["king"], emb[w])) for w in emb if w != "king"), key=lambda pair: -pair[1]
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
    unit = {w: emb[w] / np.linalg.norm(emb[w]) for w in emb}
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
    "n zero": (lambda e: e.nearest("king", n=0), r"n=0; choose a whole number, 1 or more"),
    "n half": (lambda e: e.nearest("king", n=2.5), r"n=2\.5"),
    "n true": (lambda e: e.analogy("man", "woman", "king", n=True), r"n=True"),
    "long vector": (lambda e: e.nearest(np.ones(4)), r"shape \(4,\); pass d=5 numbers"),
    "nan vector": (lambda e: e.nearest([NAN] * 5), r"5 of the 5 entries of the vector are NaN"),
    "no vector": (lambda e: e.nearest(["a", "b"]), r"the vector is not an array of real numbers"),
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
    words = ["king", *"abcde"]
    emb = Embeddings(words, vectors)
    found = emb.nearest("king", n=n)
    cosines = [c for _, c in found]
    assert len({w for w, _ in found} - {"king"}) == min(n, 5)
    assert cosines == sorted(cosines, reverse=True)
    assert all(-1 - 1e-9 <= c <= 1 + 1e-9 for c in cosines)
    # A power of two scales without rounding.
    assert Embeddings(words, 8 * vectors).nearest("king", n=n) == found


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

"""Analogy questions against one by one answers, ratings against SciPy, every message."""

import itertools
import json
import lzma
import os
from collections import Counter
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import rankdata, spearmanr

import w2vlib
from w2vlib import (
    AnalogyResult,
    Embeddings,
    W2VError,
    analogy_accuracy,
    analogy_families,
    analogy_table,
    similarity_correlation,
)


def text_data(name):
    """A file of the big text data, or skip the test."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "data"
    path = Path(os.environ.get("W2V_TEXT_DATA", beside)) / name
    if not path.is_file():
        pytest.skip(f"{name} is not at hand; set W2V_TEXT_DATA to the folder that holds it")
    return path


SUMS = {  # by hand, for each rule
    "b - a + c": lambda a, b, c: b - a + c,
    "b + c": lambda a, b, c: b + c,
    "c": lambda a, b, c: c,
    "a - b + c": lambda a, b, c: a - b + c,
}


def one_by_one(emb, families, *, exclude_inputs=True, rule="b - a + c"):
    """Right answers and questions of each family, a question at a time."""
    unit = emb.vectors / np.linalg.norm(emb.vectors, axis=1, keepdims=True)
    result = {}
    for family, pairs in families.items():
        known = [(a, b) for a, b in pairs if a in emb.words and b in emb.words]
        right = n = 0
        for (a, b), (c, d) in itertools.permutations(known, 2):
            a, b, c, d = map(emb.words.index, (a, b, c, d))
            scores = [x @ SUMS[rule](unit[a], unit[b], unit[c]) for x in unit]
            if exclude_inputs:
                for row in (a, b, c):
                    scores[row] = -np.inf
            right += scores.index(max(scores)) == d
            n += 1
        if n:
            result[family] = (right / n, n)
    return result


# ---------------------------------------------------------------- the word pairs

SIZES = {
    "capital-common-countries": 23,
    "capital-world": 116,
    "currency": 30,
    "city-in-state": 68,
    "family": 23,
    "gram1-adjective-to-adverb": 32,
    "gram2-opposite": 29,
    "gram3-comparative": 37,
    "gram4-superlative": 34,
    "gram5-present-participle": 33,
    "gram6-nationality-adjective": 41,
    "gram7-past-tense": 40,
    "gram8-plural": 37,
    "gram9-plural-verbs": 30,
}


def test_the_families_are_whole_lower_case_and_without_repetition():
    families = analogy_families()
    assert {family: len(pairs) for family, pairs in families.items()} == SIZES
    for family, pairs in families.items():
        assert len(set(pairs)) == len(pairs), family
        assert all(word == word.lower().strip() != "" for pair in pairs for word in pair), family


@pytest.mark.text_data
def test_the_families_are_those_of_google():
    google = {}
    for line in text_data("questions-words.txt").read_text("utf-8").lower().splitlines():
        if line.startswith(":"):
            pairs = google.setdefault(line[1:].strip(), {})
        else:
            a, b, c, d = line.split()
            pairs |= {(a, b): None, (c, d): None}
    assert {family: list(pairs) for family, pairs in google.items()} == analogy_families()
    assert list(google) == list(analogy_families())


def test_the_data_file_names_its_source_and_licence():
    card = json.loads(files("w2vlib").joinpath("data/analogy_families.json").read_text("utf-8"))
    assert "questions-words.txt" in card["source"]
    assert "Mikolov" in card["reference"]
    assert "Apache" in card["licence"]
    assert (card["n_families"], card["n_pairs"]) == (14, sum(SIZES.values()))


def test_changing_the_answer_does_not_change_the_next():
    analogy_families()["family"].clear()
    assert len(analogy_families()["family"]) == 23


# ---------------------------------------------------------------- analogies


@pytest.mark.parametrize(
    ("exclude_inputs", "dtype", "rule"),
    [
        *itertools.product([True, False], [np.float32, np.float64], ["b - a + c"]),
        *itertools.product([True], [np.float64], [rule for rule in SUMS if rule != "b - a + c"]),
    ],
)
def test_accuracy_agrees_with_a_question_at_a_time(exclude_inputs, dtype, rule):
    rng = np.random.default_rng(1)
    families = {"animals": [(f"a{k}", f"b{k}") for k in range(7)], "shared": []}
    # Pairs that share words, on the left, on the right, and across.
    families["shared"] = [("a0", "b0"), ("a1", "b0"), ("a0", "b2"), ("b2", "a3"), ("x", "a5")]
    words = [f"{side}{k}" for k in range(7) for side in "ab"] + ["other", "more"]
    vectors = rng.normal(size=(len(words), 6))
    vectors[1:14:2] = vectors[0:14:2] + rng.normal(size=6) + 0.6 * rng.normal(size=(7, 6))
    emb = Embeddings(words, vectors.astype(dtype))
    how = {"exclude_inputs": exclude_inputs, "rule": rule}
    result = analogy_accuracy(emb, families, **how)
    expected = one_by_one(emb, families, **how)
    table = analogy_table(emb, families["animals"], **how)
    assert table.sum() == round(expected["animals"][0] * 42)
    assert result.by_family == expected
    assert result.n_questions == 7 * 6 + 4 * 3
    assert result.overall == pytest.approx(
        sum(share * n for share, n in expected.values()) / result.n_questions
    )
    assert 0 < expected["animals"][0] < 1  # a case that tells right from wrong


def test_accuracy_agrees_with_the_analogy_method():
    emb = Embeddings(list("abcdefgh"), np.random.default_rng(5).normal(size=(8, 2)))
    pairs = [("a", "b"), ("c", "d"), ("e", "f"), ("g", "h")]
    right = [
        emb.analogy(a, b, c, n=1)[0][0] == d for (a, b), (c, d) in itertools.permutations(pairs, 2)
    ]
    assert analogy_accuracy(emb, {"letters": pairs}).overall == sum(right) / 12
    assert 0 < sum(right) < 12


def test_the_first_word_of_the_vocabulary_takes_part():
    emb = Embeddings(["low", "lower", "high", "higher"], [[3, 1], [2, 2], [1, 1], [0, 4]])
    families = {"comparative": [("low", "lower"), ("high", "higher")]}
    assert analogy_accuracy(emb, families).by_family == {"comparative": (1.0, 2)}


def test_an_answer_among_the_inputs_counts_and_is_wrong():
    # Two cities, one state: "houston is to texas as dallas is to ?" cannot be answered "texas".
    emb = Embeddings(["houston", "dallas", "texas", "other"], [[1, 0], [1, 0.1], [1, 1], [0, 1]])
    families = {"city-in-state": [("houston", "texas"), ("dallas", "texas")]}
    assert analogy_accuracy(emb, families).by_family == {"city-in-state": (0.0, 2)}
    assert analogy_accuracy(emb, families, exclude_inputs=False).overall == 1.0


def test_repeated_pairs_are_asked_once_and_iterators_will_do():
    emb = Embeddings(["low", "lower", "high", "higher"], [[3, 1], [2, 2], [1, 1], [0, 4]])
    pairs = (pair for pair in [["low", "lower"], ["high", "higher"], ["low", "lower"]])
    assert analogy_accuracy(emb, {"comparative": pairs}).n_questions == 2


def test_zero_vectors_answer_nothing():
    emb = Embeddings(["a", "b", "c", "d"], np.zeros((4, 2)))
    assert analogy_accuracy(emb, {"zero": [("a", "b"), ("c", "d")]}).overall == 0
    # Nor does a family lose its other questions to one zero vector: x is zero, and y is where
    # "low is to lower as x is to ?" would point without x.
    emb = Embeddings(
        ["low", "lower", "high", "higher", "x", "y"],
        [[3, 1], [2, 2], [1, 1], [0, 4], [0, 0], [-1, 1.6]],
    )
    families = {"comparative": [("low", "lower"), ("high", "higher"), ("x", "y")]}
    assert analogy_accuracy(emb, families).by_family == {"comparative": (2 / 6, 6)}


@settings(deadline=None)
@given(
    hnp.arrays(np.int64, (10, 3), elements=st.integers(-3, 3)),
    st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), min_size=2, max_size=6),
)
def test_any_families_agree_with_a_question_at_a_time(table, rows):
    # Noise breaks the ties that small integers make, on which rounding would decide.
    vectors = table + 1e-3 * np.random.default_rng(0).normal(size=table.shape)
    emb = Embeddings([f"w{k}" for k in range(10)], vectors)
    families = {"any": list(dict.fromkeys((f"w{a}", f"w{b}") for a, b in rows))}  # w10, w11: absent
    expected = one_by_one(emb, families)
    if not expected:
        with pytest.raises(W2VError):
            analogy_accuracy(emb, families)
        return
    assert analogy_accuracy(emb, families).by_family == expected


BAD_FAMILIES = {
    "unknown": ({"x": [("p", "q")]}, r"none of the 1 families has two pairs among the 2 words"),
    "one pair": ({"x": [("a", "b")]}, r"use a larger vocabulary, in lower case, or your own"),
    "none": ({}, r"none of the 0 families"),
    "no mapping": (
        [("a", "b")],
        r"families is \[\('a', 'b'\)\]; pass a dict of names to word pairs",
    ),
    "no list": ({"x": 3}, r"the list of pairs in family 'x' is 3; pass a list"),
    "no pair": ({"x": [None]}, r"None in family 'x' is not a pair"),
    "string": (
        {"x": ["ab"]},
        r"'ab' in family 'x' is not a pair of words; pass \(word_a, word_b\)",
    ),
    "three": ({"x": [("a", "b", "c")]}, r"\('a', 'b', 'c'\) in family 'x' is not a pair"),
    "number": ({"x": [("a", 1)]}, r"\('a', 1\) in family 'x' is not a pair"),
}


@pytest.mark.parametrize(("families", "message"), BAD_FAMILIES.values(), ids=BAD_FAMILIES)
def test_families_without_questions_are_refused(families, message):
    with pytest.raises(W2VError, match=message):
        analogy_accuracy(Embeddings(["a", "b"], np.eye(2)), families)


def test_a_result_prints_as_a_table():
    result = AnalogyResult(0.25, 1200, {"capital-common-countries": (1.0, 200), "x": (0.1, 1000)})
    assert str(result) == repr(result)
    assert str(result).splitlines() == [
        "family                    right %  questions",
        "capital-common-countries    100.0        200",
        "x                            10.0      1,000",
        "all families                 25.0      1,200",
    ]


def n_questions(words):
    emb = Embeddings(words, np.random.default_rng(0).normal(size=(len(words), 2)))
    return analogy_accuracy(emb).n_questions


@pytest.mark.parametrize(("V", "expected"), [(2000, 606), (3000, 1026), (5000, 2364)])
def test_questions_that_wikipedia_allows(V, expected):
    assert n_questions(w2vlib.load_statistics(V).words) == expected


@pytest.mark.slow
@pytest.mark.text_data
def test_questions_that_17_million_words_allow():
    counts, n_tokens = Counter(), 0
    with lzma.open(text_data("enwiki-part1.txt.xz"), "rt", encoding="utf-8") as articles:
        for article in articles:
            tokens = article.split()
            counts.update(tokens)
            n_tokens += len(tokens)
            if n_tokens >= 17_000_000:
                break
    assert n_tokens == 17_000_213
    words = [word for word, _ in counts.most_common(10_000)]
    assert [n_questions(words[:V]) for V in (2000, 5000, 10_000)] == [534, 2426, 5958]


# ---------------------------------------------------------------- similarity

RATED = [("a", "b", 9.0), ("a", "c", 5), ("b", "c", "4.5"), ("b", "d", 1.0)]


@pytest.fixture
def emb():
    return Embeddings(list("abcd"), np.random.default_rng(3).normal(size=(4, 3)))


def test_correlation_is_pearsons_between_ranks(emb):
    def cosine(x, y):
        return emb[x] @ emb[y] / np.linalg.norm(emb[x]) / np.linalg.norm(emb[y])

    ranks = [rankdata([cosine(x, y) for x, y, _ in RATED]), rankdata([float(r[2]) for r in RATED])]
    result = similarity_correlation(emb, RATED)
    assert result.correlation == pytest.approx(np.corrcoef(ranks)[0, 1])
    assert (result.n_pairs, result.n_missing) == (4, 0)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=3, max_size=9))
def test_ties_share_their_rank_as_in_scipy(rows):
    """Words on the ring of few cosines, ratings of few values: most of them equal."""
    cosines, ratings = (list(column) for column in zip(*rows, strict=True))
    angles = np.array([0.2, 0.5, 0.9, 1.3])[cosines]
    vectors = np.vstack([[1, 0], np.transpose([np.cos(angles), np.sin(angles)])])
    emb = Embeddings(["base", *(f"w{n}" for n in range(len(rows)))], vectors)
    table = [("base", f"w{n}", rating) for n, rating in enumerate(ratings)]
    if len(set(cosines)) == 1 or len(set(ratings)) == 1:
        return
    expected = spearmanr(-np.array(cosines), ratings).statistic
    assert similarity_correlation(emb, table).correlation == pytest.approx(expected, abs=1e-12)


def test_files_and_triples_give_the_same(emb, tmp_path):
    path = tmp_path / "ratings.tsv"
    lines = ["# word 1\tword 2\tmean", "", *("\t".join(map(str, row)) for row in RATED)]
    path.write_bytes("\r\n".join([*lines, "A\tzebra\t3.0"]).encode())
    result = similarity_correlation(emb, path)
    assert result.correlation == similarity_correlation(emb, iter(RATED)).correlation
    assert (result.n_pairs, result.n_missing) == (4, 1)
    assert similarity_correlation(emb, str(path)) == result


def test_words_are_tried_as_they_are_then_in_lower_case():
    emb = Embeddings(["US", "us", "we", "it"], [[1, 0], [0, 1], [0.1, 1], [1, 0.3]])
    upper = similarity_correlation(emb, [("US", "IT", 2), ("US", "We", 1)])
    lower = similarity_correlation(emb, [("us", "it", 2), ("us", "we", 1)])
    assert (upper.correlation, lower.correlation) == (pytest.approx(1), pytest.approx(-1))


@pytest.mark.parametrize("direction", [1, -1])
def test_only_the_order_of_ratings_matters(emb, direction):
    expected = direction * similarity_correlation(emb, RATED).correlation
    stretched = [(x, y, direction * np.exp(float(r))) for x, y, r in RATED]
    assert similarity_correlation(emb, stretched).correlation == pytest.approx(expected)


BAD_RATINGS = {
    "too few": ([("a", "b", 1), ("a", "x", 2)], r"1 of 2 rated pairs are among the 4 words; .* 2"),
    "none": ([], r"0 of 0 rated pairs"),
    "equal ratings": ([("a", "b", 1), ("a", "c", 1)], r"all 2 ratings, or all cosines, are equal"),
    "equal cosines": ([("a", "b", 1), ("b", "a", 2)], r"a rank correlation needs an order"),
    "two fields": ([("a", "b")], r"\('a', 'b'\) is no rating; give two words and a finite number"),
    "no number": ([("a", "b", "high")], r"\('a', 'b', 'high'\) is no rating"),
    "nan": ([("a", "b", float("nan"))], r"\('a', 'b', nan\) is no rating"),
    "no word": ([(1, "b", 2)], r"\(1, 'b', 2\) is no rating"),
    "no triple": ([7], r"7 is no rating"),
    "no list": (7, r"ratings is 7; pass a list of \(word, word, rating\), or a path"),
}


@pytest.mark.parametrize(("ratings", "message"), BAD_RATINGS.values(), ids=BAD_RATINGS)
def test_bad_ratings_are_refused(emb, ratings, message):
    with pytest.raises(W2VError, match=message):
        similarity_correlation(emb, ratings)


BAD_RATING_FILES = {
    "blanks for tabs": (b"a b 3\n", r"line 1 of .*r\.tsv, 'a b 3', is no rating; .* with tabs"),
    "no number": (b"# head\na\tb\t3\na\tc\tx\n", r"line 3 of .*, 'a\\tc\\tx', is no rating"),
    "latin-1": (b"\xe9t\xe9\tb\t3\n", r"r\.tsv is not UTF-8 .* convert"),
    "empty": (b"", r"0 of 0 rated pairs"),
}


@pytest.mark.parametrize(("content", "message"), BAD_RATING_FILES.values(), ids=BAD_RATING_FILES)
def test_bad_rating_files_are_refused(emb, tmp_path, content, message):
    (tmp_path / "r.tsv").write_bytes(content)
    with pytest.raises(W2VError, match=message):
        similarity_correlation(emb, tmp_path / "r.tsv")


def test_a_byte_order_mark_hides_no_pair(emb, tmp_path):
    lines = "a\tb\t3\na\tc\t1\n"
    (tmp_path / "r.tsv").write_text(lines, "utf-8-sig")
    assert similarity_correlation(emb, tmp_path / "r.tsv").n_pairs == 2


def test_a_missing_rating_file_is_named(emb, tmp_path):
    with pytest.raises(W2VError, match=r"none\.tsv' does not exist; check the path"):
        similarity_correlation(emb, tmp_path / "none.tsv")


@pytest.mark.parametrize(("name", "n"), [("wordsim353.tsv", 353), ("simlex999.txt", 999)])
@pytest.mark.text_data
def test_the_published_ratings_are_read_whole(name, n):
    path = text_data(name)
    words = {word for line in path.read_text("utf-8").splitlines() for word in line.split("\t")[:2]}
    emb = Embeddings(sorted(words), np.random.default_rng(0).normal(size=(len(words), 20)))
    result = similarity_correlation(emb, path)
    assert (result.n_pairs, result.n_missing) == (n, 0)
    assert abs(result.correlation) < 0.3  # random vectors know nothing of meaning

"""The course's data and the checkers of answers: whatever is passed gets an answer in words."""

import numpy as np
import pytest

from w2vbook import course, exercises
from w2vlib import W2VError, load_statistics

STATS = load_statistics(50)
RNG = np.random.default_rng(0)
LANGUAGE = course.personal_language("ada", "a1_counts_and_pmi")
BAD = {
    "an unknown word": (
        lambda: course.restricted(STATS, ["the", "zebra", "gnu"]),
        r"2 of 3 words are not among the 50 of stats, first 'zebra'; leave them out",
    ),
    "one string": (lambda: course.restricted(STATS, "the"), "words is one string, 'the'; pass a"),
    "no statistics": (lambda: course.restricted(None, ["the"]), "stats is of type NoneType; pass"),
    "few words": (
        lambda: course.personal_words("ada", "a3_pca_embeddings", n=50),
        r"n=50; choose a whole number, [0-9,]+ to 3,000",
    ),
    "many words": (
        lambda: course.personal_words("ada", "a3_pca_embeddings", n=3001),
        r"n=3001; choose a whole number, [0-9,]+ to 3,000",
    ),
    "no number": (lambda: course.personal_words("ada", "a3", n=None), "n=None; choose a whole"),
    "small matrix": (lambda: course.personal_matrix("ada", "a3", V=0), "V=0; choose a whole"),
    "no generator": (lambda: course.planted_eigenpairs(3, 8), "rng=3; pass rng="),
    "half an article": (lambda: LANGUAGE.articles(2.5, RNG), "n=2.5; choose a whole number"),
    "no length": (lambda: LANGUAGE.articles(2, RNG, length=0), "length=0; choose a whole number"),
    "a seed": (lambda: LANGUAGE.articles(2, 0), "rng=0; pass rng="),
    "a list for a label": (lambda: exercises.check(["ex-04"]), r"no exercise \['ex-04'\] among"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name):
    call, message = BAD[name]
    with pytest.raises(W2VError, match=message):
        call()


def test_the_smallest_vocabulary_can_be_had():
    with pytest.raises(W2VError) as error:
        course.personal_words("ada", "a3", n=1)
    least = int(str(error.value).split("number, ")[1].split(" ")[0].replace(",", ""))
    assert len(course.personal_words("ada", "a3", n=least)) == least


RAGGED = [[1], [1, 2]]


@pytest.mark.parametrize(
    "answer", [RAGGED, 10**400, np.ones((2, 2)) * 1j, {"a": 1}, object, [None], "text"], ids=repr
)
@pytest.mark.parametrize(
    ("label", "part"), [("ex-04-by-hand", "pmi"), ("ex-05-three", "m_star"), ("ex-04-k", "target")]
)
def test_any_answer_gets_a_verdict(label, part, answer):
    assert exercises.verdict(label, **{part: answer})[part] not in ("right", "")


def test_an_imaginary_part_is_not_dropped():
    right = next(p.value for p in exercises.parts_of("ex-05-three") if p.name == "m_star")
    for answer, said in ((right + 0j, "right"), (right + 1j, "its numbers are complex; give real")):
        assert exercises.verdict("ex-05-three", m_star=answer)["m_star"].startswith(said)


def test_a_function_may_return_anything():
    for result in (RAGGED, 10**400, None, "text", np.ones(3)):
        said = exercises.verdict("ex-04-k", target=lambda pmi, k, result=result: result)["target"]
        assert said not in ("right", "")

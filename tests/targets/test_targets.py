"""PMI, PPMI and M*: against double loops, and against each other."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from w2vlib import (
    CorpusStatistics,
    W2VError,
    count_cooccurrences,
    forecast,
    load_statistics,
    m_star,
    m_star_operator,
    pmi,
    ppmi,
    train,
    weights_of,
)
from w2vlib.targets import as_target, expected_pairs, weighted_target


@st.composite
def statistics(draw):
    V = draw(st.integers(2, 6))
    table = np.array(draw(st.lists(st.integers(0, 50), min_size=V * V, max_size=V * V)))
    table = table.reshape(V, V) + table.reshape(V, V).T
    table[0, 1] = table[1, 0] = 3  # at least one pair
    counts = np.array(draw(st.lists(st.integers(1, 1000), min_size=V, max_size=V)))
    return CorpusStatistics(tuple("abcdef"[:V]), counts, table, 5)


@settings(max_examples=80, deadline=None)
@given(statistics())
def test_entries_one_by_one(stats):
    pairs, tokens = int(stats.pair_counts.sum()), int(stats.word_counts.sum())
    PMI, PPMI, M = pmi(stats), ppmi(stats), m_star(stats)
    for i in range(len(stats)):
        for j in range(len(stats)):
            joint = int(stats.pair_counts[i, j]) / pairs
            chance = int(stats.word_counts[i]) * int(stats.word_counts[j]) / tokens**2
            expected = math.log(joint / chance) if joint else -math.inf
            assert PMI[i, j] == pytest.approx(expected, rel=1e-9, abs=1e-12)
            assert PPMI[i, j] == pytest.approx(max(expected, 0), rel=1e-9, abs=1e-12)
            assert M[i, j] == pytest.approx(2 * (joint - chance) / (joint + chance), abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(statistics())
def test_m_star_is_a_squashed_pmi(stats):
    M = m_star(stats)
    np.testing.assert_allclose(M, 2 * np.tanh(pmi(stats) / 2), atol=1e-12)
    assert np.array_equal(M, M.T)
    assert np.all((M >= -2) & (M < 2))
    assert np.array_equal(M == -2, stats.pair_counts == 0)


def test_by_hand():
    # Two words, each half of the text, always side by side: P_01 = 1/2 against 1/4 by chance.
    stats = count_cooccurrences(["a b"], vocab_size=2, window=1)
    assert pmi(stats)[0, 1] == pytest.approx(math.log(2))
    assert m_star(stats).tolist() == [[-2, pytest.approx(2 / 3)], [pytest.approx(2 / 3), -2]]


def test_single_precision_agrees_and_is_asked_for():
    stats = load_statistics(300)
    small = m_star(stats, dtype=np.float32)
    assert small.dtype == np.float32
    np.testing.assert_allclose(small, m_star(stats), atol=3e-7)


@pytest.mark.parametrize("dtype", [np.int64, int, bool, None, "text", np.complex128, [1], 3])
def test_integers_would_cut_the_entries_to_zero(dtype):
    with pytest.raises(W2VError, match=r"dtype=.*; choose a floating type: np.float64"):
        m_star(load_statistics(50), dtype=dtype)


@settings(max_examples=40, deadline=None)
@given(statistics())
def test_the_operator_is_m_star(stats):
    V, M = len(stats), m_star(stats)
    few = CorpusStatistics(
        stats.words, stats.word_counts, sparse.csr_array(stats.pair_counts), stats.window
    )
    for same in (stats, few):
        operator = m_star_operator(same)
        assert (operator.shape, operator.dtype) == ((V, V), np.float32)
        np.testing.assert_allclose(operator @ np.eye(V), M, atol=1e-6)
        np.testing.assert_allclose(operator @ np.arange(V), M @ np.arange(V), atol=3e-5)
        np.testing.assert_allclose(operator.T @ np.eye(V), M, atol=1e-6)
        assert operator.sparse.nnz == np.count_nonzero(stats.pair_counts)


@pytest.mark.parametrize("weights", [np.ones(200), np.linspace(0.1, 3, 200)])
def test_the_weighted_operator_is_the_weighted_target(weights):
    stats = load_statistics(200)
    few = CorpusStatistics(
        stats.words, stats.word_counts, sparse.csr_array(stats.pair_counts), stats.window
    )
    given = {"negative": 2.0, "sample": 1e-3, "ns_exponent": 0.75}
    expected = weighted_target(expected_pairs(stats, **given), weights)
    pairs = expected_pairs(few, **given)
    np.testing.assert_allclose(as_target(pairs, weights) @ np.eye(200), expected, atol=3e-6)
    np.testing.assert_allclose(weighted_target(pairs, weights), expected, atol=1e-7)


NEED_ALL_PAIRS = {
    "PMI": pmi,
    "P?PMI": ppmi,
    "M\\* as a matrix .* take m_star_operator": m_star,
    "weights_of": weights_of,
    "a forecast": lambda stats: forecast(stats, 5),
    "M\\* as a matrix": lambda stats: train(
        stats, 3, sigma=1e-3, learning_rate=0.1, steps=1, rng=np.random.default_rng(0)
    ),
}


@pytest.mark.parametrize("what", NEED_ALL_PAIRS)
def test_what_needs_the_full_table_says_so(what):
    few = count_cooccurrences(["a b", "a b", "c a"], vocab_size=3, window=1, sparse=True)
    with pytest.raises(W2VError, match=rf"{what}.*stats.to_dense\(\)"):
        NEED_ALL_PAIRS[what](few)


@pytest.mark.parametrize("function", [pmi, ppmi, m_star, weights_of, m_star_operator])
@pytest.mark.parametrize("stats", [None, "text.txt", np.eye(3)])
def test_statistics_are_asked_for(function, stats):
    with pytest.raises(
        W2VError, match=r"stats is of type \w+; pass CorpusStatistics, such as load"
    ):
        function(stats)


@pytest.mark.parametrize("weights", ["constant", "plain", "word2vec", (2.0, 3.0)])
def test_nothing_is_written_into_the_statistics(monkeypatch, weights):
    """Were p_i and p_ij kept from call to call, a second call must find them as they were."""
    stats = load_statistics(50)
    kept = {"p_i": stats.p_i, "p_ij": stats.p_ij}
    for name, array in kept.items():
        array.setflags(write=False)
        monkeypatch.setattr(CorpusStatistics, name, property(lambda _, array=array: array))
    first = weights_of(stats, weights)
    for one, other in zip(first, weights_of(stats, weights), strict=True):
        assert np.array_equal(one, other)
        assert not np.may_share_memory(one, kept["p_ij"])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sample": "x"}, "sample='x'; choose a finite number, 0 or above"),
        ({"weights": "word2vec", "sample": np.inf}, "sample=inf; choose a finite number"),
        ({"weights": ("a", "b")}, "psi_plus is not an array of real numbers"),
        ({"weights": (1.0, [None])}, "1 of the 1 entries of psi_minus are NaN"),
        ({"weights": (1.0, 1j)}, "psi_minus is not an array of real numbers"),
        ({"negative": np.ones(2)}, "negative=array.*; choose a finite number above 0"),
    ],
)
def test_bad_settings_of_weights(settings, message):
    with pytest.raises(W2VError, match=message):
        weights_of(load_statistics(50), **settings)

"""PMI, PPMI and M*: against double loops, and against each other."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2vlib import CorpusStatistics, count_cooccurrences, load_statistics, m_star, pmi, ppmi


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
